/* storage/sqlite/audit_checks.c: what must agree with what, as data. No statement names a person.
 */
#include "storage/sqlite/audit.h"

/* What a claim has become: its vouchers are numbered in a row. It counts as issued while anything
 * of it is spent, or live in a bucket that was not swept. */
#define CLAIM_STATES                                                                          \
    "WITH became AS (SELECT c.campaign, c.pool, c.valid_to, c.first_number, c.voucher_count," \
    "  count(v.number) AS vouchers, total(v.value) AS face,"                                  \
    "  coalesce(sum(v.value * (v.state = 1)), 0) AS live,"                                    \
    "  coalesce(sum(v.value * (v.state = 2)), 0) AS held,"                                    \
    "  coalesce(sum(v.state = 3), 0) AS redeemed,"                                            \
    "  coalesce(max(v.state IN (2, 3)), 0) AS spent, coalesce(max(v.state = 1), 0) AS alive"  \
    " FROM claim c LEFT JOIN voucher v ON v.claim = c.id"                                     \
    "  AND v.number BETWEEN c.first_number AND c.first_number + c.voucher_count - 1"          \
    " GROUP BY c.id) "

/* Of claim c: a reward whose car was reversed or refunded, and of which nothing was spent. */
#define REWARD_WENT_BACK                                                            \
    "(c.source = 2 AND EXISTS (SELECT 1 FROM redemption WHERE id = c.source_id"     \
    "  AND state IN (4, 5)) AND NOT EXISTS (SELECT 1 FROM voucher WHERE state <> 4" \
    "  AND number BETWEEN c.first_number AND c.first_number + c.voucher_count - 1))"
#define USED_TWICE(column, states)                                                            \
    "SELECT 0, 1, count(*) FROM redemption WHERE " column " IS NOT NULL AND state IN " states \
    " GROUP BY " column " HAVING count(*) > 1"
#define NOT_TAKEN(column, kind)                                                      \
    "SELECT v.number, 1, 0 FROM redemption r JOIN voucher v ON v.id = r.voucher"     \
    " LEFT JOIN evidence e ON e.kind = " kind " AND e.digest = r." column            \
    "  AND e.redemption = r.id WHERE r." column " IS NOT NULL AND r.state IN (1, 2)" \
    "  AND e.kind IS NULL"

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
    { COUNTER(vouchers_differ), "campaign", "live, and the sum of its live vouchers",
      CLAIM_STATES "SELECT k.number, k.live, coalesce(s.fen, 0) FROM campaign k LEFT JOIN"
      " (SELECT became.campaign, sum(became.live) AS fen FROM became LEFT JOIN bucket b"
      "   ON b.pool = became.pool AND b.valid_to = became.valid_to"
      "  WHERE coalesce(b.swept, 0) = 0 GROUP BY became.campaign) s ON s.campaign = k.id"
      " WHERE k.live <> coalesce(s.fen, 0)" },
    { COUNTER(vouchers_differ), "campaign", "held, and the sum of its held vouchers",
      CLAIM_STATES "SELECT k.number, k.held, coalesce(s.fen, 0) FROM campaign k LEFT JOIN"
      " (SELECT campaign, sum(held) AS fen FROM became GROUP BY campaign) s ON s.campaign = k.id"
      " WHERE k.held <> coalesce(s.fen, 0)" },
    { COUNTER(vouchers_differ), "campaign", "redeemed and settled, and the sum of its redemptions",
      "SELECT k.number, k.redeemed + k.settled, coalesce(s.fen, 0) FROM campaign k LEFT JOIN"
      " (SELECT campaign, sum(value - refunded_value) AS fen FROM redemption WHERE state = 2"
      "  GROUP BY campaign) s ON s.campaign = k.id"
      " WHERE k.redeemed + k.settled <> coalesce(s.fen, 0)" },
    { COUNTER(vouchers_differ), "pool", "live fen of a bucket, and the sum of its vouchers",
      CLAIM_STATES "SELECT p.number, coalesce(b.live, 0), coalesce(s.fen, 0) FROM pool p"
      " JOIN (SELECT pool, valid_to, sum(live) AS fen FROM became GROUP BY pool, valid_to) s"
      "  ON s.pool = p.id LEFT JOIN bucket b ON b.pool = s.pool AND b.valid_to = s.valid_to"
      " WHERE coalesce(b.swept, 0) = 0 AND coalesce(b.live, 0) <> s.fen" },
    { COUNTER(vouchers_differ), "pool", "unspent claims of a bucket, and those there are",
      CLAIM_STATES "SELECT p.number, coalesce(b.unspent, 0), s.claims FROM pool p"
      " JOIN (SELECT pool, valid_to, sum(alive AND NOT spent) AS claims FROM became"
      "  GROUP BY pool, valid_to) s ON s.pool = p.id"
      " LEFT JOIN bucket b ON b.pool = s.pool AND b.valid_to = s.valid_to"
      " WHERE coalesce(b.swept, 0) = 0 AND coalesce(b.unspent, 0) <> s.claims" },
    { COUNTER(vouchers_differ), "pool", "contents of a bucket that no claim filled",
      "SELECT p.number, b.live + b.unspent, 0 FROM bucket b JOIN pool p ON p.id = b.pool"
      " WHERE b.live + b.unspent > 0 AND NOT EXISTS"
      "  (SELECT 1 FROM claim c WHERE c.pool = b.pool AND c.valid_to = b.valid_to)" },
    { COUNTER(vouchers_differ), "pool", "issued, and its claims",
      CLAIM_STATES "SELECT p.number, p.issued, coalesce(s.claims, 0) FROM pool p LEFT JOIN"
      " (SELECT became.pool, sum(spent OR (alive AND coalesce(b.swept, 0) = 0)) AS claims"
      "  FROM became LEFT JOIN bucket b ON b.pool = became.pool AND b.valid_to = became.valid_to"
      "  GROUP BY became.pool) s ON s.pool = p.id WHERE p.issued <> coalesce(s.claims, 0)" },
    { COUNTER(vouchers_differ), "pool", "redeemed, and its redeemed vouchers",
      CLAIM_STATES "SELECT p.number, p.redeemed, coalesce(s.vouchers, 0) FROM pool p LEFT JOIN"
      " (SELECT pool, sum(redeemed) AS vouchers FROM became GROUP BY pool) s ON s.pool = p.id"
      " WHERE p.redeemed <> coalesce(s.vouchers, 0)" },
    { COUNTER(vouchers_differ), "claim from voucher", "vouchers, and those there are",
      CLAIM_STATES "SELECT first_number, voucher_count, vouchers FROM became"
      " WHERE voucher_count <> vouchers" },
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
      NOT_TAKEN("vin", "1") },
    { COUNTER(evidence_twice), "voucher", "its invoice is not marked as used",
      NOT_TAKEN("invoice", "2") },
    { COUNTER(evidence_twice), "voucher", "its plate is not marked as used",
      NOT_TAKEN("plate", "3") },
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
