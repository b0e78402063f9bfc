/* storage/sqlite/audit_checks.c: what must agree with what, as data. No statement names a person.
 * Sums over all claims are in audit_sums.c. */
#include "storage/sqlite/audit.h"

/* Of claim c: a reward whose car was reversed or refunded, and of which nothing was spent. */
#define REWARD_WENT_BACK                                                            \
    "(c.source = 2 AND EXISTS (SELECT 1 FROM redemption WHERE id = c.source_id"     \
    "  AND state IN (4, 5)) AND NOT EXISTS (SELECT 1 FROM voucher WHERE state <> 4" \
    "  AND number BETWEEN c.first_number AND c.first_number + c.voucher_count - 1))"
#define USED_TWICE(column, states)                                                            \
    "SELECT 0, 1, count(*) FROM redemption WHERE " column " IS NOT NULL AND state IN " states \
    " GROUP BY " column " HAVING count(*) > 1"
#define NOT_TAKEN(column, kind, states)                                               \
    "SELECT v.number, 1, 0 FROM redemption r JOIN voucher v ON v.id = r.voucher"      \
    " LEFT JOIN evidence e ON e.kind = " kind " AND e.digest = r." column             \
    "  AND e.redemption = r.id WHERE r." column " IS NOT NULL AND r.state IN " states \
    "  AND e.kind IS NULL"
/* Also one whose redemption is not there. */
#define TAKEN_BY_NOBODY(column, kind, states)                                             \
    "SELECT " kind ", 0, 1 FROM evidence e LEFT JOIN redemption r ON r.id = e.redemption" \
    " AND r." column " = e.digest AND r.state IN " states " WHERE e.kind = " kind         \
    " AND r.id IS NULL"

/* What the detail of the entry has of row r (raise.c), as bytes. */
#define RESTORED_SAYS                                                                      \
    "CAST(printf('\"skipped\":%d,\"copied_at\":%d,\"raised_at\":%d,\"entries\":%d,'"       \
    " || '\"witnessed\":%d,\"root\":\"%s\",\"voucher_from\":%d,\"voucher_floor\":%d,'"     \
    " || '\"campaign_from\":%d,\"campaign_floor\":%d,\"pool_from\":%d,\"pool_floor\":%d'," \
    " r.skipped, r.copied_at, r.raised_at, r.entries, r.witnessed, lower(hex(r.root)),"    \
    " r.voucher_from, r.voucher_floor, r.campaign_from, r.campaign_floor, r.pool_from,"    \
    " r.pool_floor) AS BLOB)"

#define COUNTER(member) offsetof(struct audit, member)

/* clang-format off */
const struct audit_check audit_checks[] = {
    { COUNTER(equation_broken), "campaign", "funded, and the sum of its accounts",
      "SELECT number, funded, available + live + held + redeemed + settled + returned"
      " FROM campaign WHERE min(funded, available, live, held, redeemed, settled, returned) < 0"
      "  OR funded <> available + live + held + redeemed + settled + returned" },
    { COUNTER(vouchers_differ), "campaign", "redeemed and settled, and the sum of its redemptions",
      "SELECT k.number, k.redeemed + k.settled, coalesce(s.fen, 0) FROM campaign k LEFT JOIN"
      " (SELECT campaign, sum(value - refunded_value) AS fen FROM redemption WHERE state = 2"
      "  GROUP BY campaign) s ON s.campaign = k.id"
      " WHERE k.redeemed + k.settled <> coalesce(s.fen, 0)" },
    { COUNTER(vouchers_differ), "pool", "contents of a bucket that no claim filled",
      "SELECT coalesce(p.number, 0), b.live + b.unspent, 0 FROM bucket b"
      " LEFT JOIN pool p ON p.id = b.pool"
      " WHERE b.live + b.unspent > 0 AND NOT EXISTS"
      "  (SELECT 1 FROM claim c WHERE c.pool = b.pool AND c.valid_to = b.valid_to)" },
    { COUNTER(vouchers_differ), "pool", "a bucket of it is called another campaign's",
      "SELECT p.number, 0, 1 FROM bucket b JOIN pool p ON p.id = b.pool"
      " WHERE b.campaign <> p.campaign" },
    { COUNTER(vouchers_differ), "voucher", "state, and what its redemption says",
      "SELECT v.number, v.state, coalesce(r.state + 1, 1) FROM voucher v"
      " LEFT JOIN redemption r ON r.voucher = v.id AND r.state IN (1, 2)"
      " WHERE CASE WHEN v.state IN (2, 3) THEN r.state IS NOT v.state - 1"
      "  ELSE r.state IS NOT NULL END" },
    { COUNTER(pools_over_issued), "pool", "count, and issued",
      "SELECT number, count, issued FROM pool WHERE issued > count" },
    { COUNTER(persons_over_limit), "campaign", "claims that a person may have, and has",
      "SELECT k.number, max(r.most), sum(NOT " REWARD_WENT_BACK ")"
      " FROM claim c JOIN campaign k ON k.id = c.campaign"
      " LEFT JOIN (SELECT campaign, version, definition ->> '$.per_person_limit' AS most"
      "  FROM rule_version) r ON r.campaign = c.campaign AND r.version = c.rule_version"
      " GROUP BY c.resident, c.campaign"
      " HAVING sum(NOT " REWARD_WENT_BACK ") > max(r.most) OR max(c.ordinal) <> count(*)" },
    { COUNTER(redeemed_twice), "voucher", "redemptions that it may have, and has",
      "SELECT v.number, 1, count(*) FROM redemption r JOIN voucher v ON v.id = r.voucher"
      " WHERE r.state IN (1, 2) GROUP BY r.voucher HAVING count(*) > 1" },
    { COUNTER(evidence_twice), "VIN", "uses that it may have, and has",
      USED_TWICE("vin", "(1, 2)") },
    { COUNTER(evidence_twice), "invoice", "uses that it may have, and has",
      USED_TWICE("invoice", "(1, 2, 5)") },
    { COUNTER(evidence_twice), "plate", "uses that it may have, and has",
      USED_TWICE("plate", "(1, 2)") },
    { COUNTER(evidence_twice), "voucher", "its VIN is not marked as used",
      NOT_TAKEN("vin", "1", "(1, 2)") },
    { COUNTER(evidence_twice), "voucher", "its invoice is not marked as used",
      NOT_TAKEN("invoice", "2", "(1, 2, 5)") },
    { COUNTER(evidence_twice), "voucher", "its plate is not marked as used",
      NOT_TAKEN("plate", "3", "(1, 2)") },
    { COUNTER(evidence_twice), "evidence of kind", "is used by no redemption that has it",
      TAKEN_BY_NOBODY("vin", "1", "(1, 2)") },
    { COUNTER(evidence_twice), "evidence of kind", "is used by no redemption that has it",
      TAKEN_BY_NOBODY("invoice", "2", "(1, 2, 5)") },
    { COUNTER(evidence_twice), "evidence of kind", "is used by no redemption that has it",
      TAKEN_BY_NOBODY("plate", "3", "(1, 2)") },
    { COUNTER(evidence_twice), "evidence of kind", "there is no such kind",
      "SELECT kind, 3, kind FROM evidence WHERE kind NOT BETWEEN 1 AND 3" },
    { COUNTER(chain_broken), "writer", "its head, and the end of its journal",
      "SELECT h.writer, h.seq, coalesce(max(j.seq), 0) FROM head h"
      " LEFT JOIN journal j ON j.writer = h.writer GROUP BY h.writer"
      " HAVING coalesce(max(j.seq), 0) <> h.seq" },
    { COUNTER(chain_broken), "writer", "the hash at its head is another",
      "SELECT h.writer, h.seq, h.seq FROM head h JOIN journal j ON j.writer = h.writer"
      "  AND j.seq = h.seq WHERE j.hash <> h.hash" },
    { COUNTER(chain_broken), "writer", "entries without a head",
      "SELECT writer, 0, count(*) FROM journal WHERE writer NOT IN (SELECT writer FROM head)"
      " GROUP BY writer" },
    { COUNTER(chain_broken), "daemon", "its number and epoch, and how many such there are",
      "SELECT 0, 2, count(*) FROM meta HAVING count(*) <> 2"
      "  OR count(CASE WHEN name IN ('daemon', 'epoch') THEN 1 END) <> 2" },
    { COUNTER(chain_broken), "daemon", "epochs, and heads and what restorations skipped",
      "SELECT d.value, e.value, s.heads FROM meta d, meta e,"
      " (SELECT m.value AS daemon, (SELECT count(*) FROM head WHERE writer >> 32 = m.value)"
      "   + (SELECT coalesce(sum(skipped), 0) FROM restored) AS heads"
      "  FROM meta m WHERE m.name = 'daemon') s"
      " WHERE d.name = 'daemon' AND e.name = 'epoch' AND e.value <> s.heads" },
    { COUNTER(chain_broken), "epoch", "began on a copy, and its second entry does not say so",
      "SELECT r.epoch, 71, coalesce(unicode(substr(j.bytes, 2, 1)), 0) FROM restored r"
      " JOIN meta d ON d.name = 'daemon'"
      " LEFT JOIN journal j ON j.writer = d.value << 32 | r.epoch AND j.seq = 2"
      " WHERE j.bytes IS NULL OR substr(j.bytes, 2, 1) <> X'47' OR instr(j.bytes, " RESTORED_SAYS
      ") = 0" },
    { COUNTER(chain_broken), "epoch", "its second entry says that it began on a copy",
      "SELECT h.writer & 4294967295, 71, 0 FROM head h"
      " JOIN journal j ON j.writer = h.writer AND j.seq = 2"
      " WHERE substr(j.bytes, 2, 1) = X'47'"
      "  AND h.writer & 4294967295 NOT IN (SELECT epoch FROM restored)" },
    { COUNTER(vouchers_differ), "voucher", "numbers that a lost ledger may have given out",
      "SELECT v.number, r.voucher_from, r.voucher_floor FROM restored r"
      " JOIN voucher v ON v.number >= r.voucher_from AND v.number < r.voucher_floor" },
    { COUNTER(vouchers_differ), "campaign", "numbers that a lost ledger may have given out",
      "SELECT c.number, r.campaign_from, r.campaign_floor FROM restored r"
      " JOIN campaign c ON c.number >= r.campaign_from AND c.number < r.campaign_floor" },
    { COUNTER(vouchers_differ), "pool", "numbers that a lost ledger may have given out",
      "SELECT p.number, r.pool_from, r.pool_floor FROM restored r"
      " JOIN pool p ON p.number >= r.pool_from AND p.number < r.pool_floor" },
};
/* clang-format on */
const size_t audit_check_count = COUNT_OF(audit_checks);

const struct audit_total audit_totals[] = {
    { COUNTER(campaigns), "SELECT count(*) FROM campaign" },
    { COUNTER(claims), "SELECT count(*) FROM claim" },
    { COUNTER(vouchers), "SELECT count(*) FROM voucher" },
    { COUNTER(redemptions), "SELECT count(*) FROM redemption" },
    { COUNTER(entries), "SELECT count(*) FROM journal" },
};
const size_t audit_total_count = COUNT_OF(audit_totals);
