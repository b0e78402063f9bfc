/* tests/test_ledger_guards.c: the database refuses even when the C is wrong. Each row is refused by
 * the guard that it names. */
#include "tests/ledger_full.h"

/* Copies of a row of its own table with one thing changed. */
#define NEW_CAMPAIGN(state, funded, available)                                                   \
    "INSERT INTO campaign (id, number, state, acting_version, latest_version, revision,"         \
    " created_at, funded, available) VALUES (randomblob(16), 99, " state ", 0, 1, 1, 1, " funded \
    ", " available ")"
#define NEW_POOL(value, count, issued)                                     \
    "INSERT INTO pool (id, campaign, number, place, value, count, issued)" \
    " SELECT randomblob(16), id, 99, 5, " value ", " count ", " issued " FROM campaign"
#define NEW_CLAIM(id, pool, ordinal, count)                                                     \
    "INSERT INTO claim SELECT " id ", campaign, " pool ", resident, " ordinal ", rule_version," \
    " source, source_id, claimed_at, valid_from, valid_to, kid, first_number, " count ", key,"  \
    " fingerprint FROM claim WHERE first_number = 1"
#define NEW_VOUCHER(number, id, claim, state, value)                                          \
    "INSERT INTO voucher (number, id, claim, state, value, min_spend) SELECT " number ", " id \
    ", " claim ", " state ", " value ", 0 FROM voucher WHERE number = 1"
#define NEW_REDEMPTION(request, voucher, state, value)                                            \
    "INSERT INTO redemption SELECT randomblob(16), terminal, merchant, " request ", fingerprint," \
    " key, " voucher ", campaign, pool, rule_version, " state ", vin_warning, order_no,"          \
    " order_amount, " value ", redeemed_at, hold_expires_at, 0, 0, vin, invoice, plate,"          \
    " reward_claim, category FROM redemption WHERE state = 2"
#define OF_VOUCHER(number) "(SELECT id FROM voucher WHERE number = " number ")"

static const struct {
    const char *name, *words, *sql; /* words: of the guard that refuses */
} refused[] = {
    { "the daemon's number stays", "an epoch never goes back, a",
      "UPDATE meta SET value = value + 1 WHERE name = 'daemon'" },
    { "the epoch goes back", "an epoch never goes back, a",
      "UPDATE meta SET value = value - 1 WHERE name = 'epoch'" },
    { "the epoch is forgotten", "the epoch is never deleted", "DELETE FROM meta" },
    { "meta knows two names", "name IN ('daemon', 'epoch')",
      "INSERT INTO meta VALUES ('other', 1)" },
    { "a campaign's money from nowhere", "funded = available + live +",
      "UPDATE campaign SET available = available + 1" },
    { "funded without money", "funded = available + live +",
      "UPDATE campaign SET funded = funded + 1" },
    { "negative live", "live >= 0",
      "UPDATE campaign SET live = -1, available = available + live + 1" },
    { "negative held", "held >= 0",
      "UPDATE campaign SET held = -1, available = available + held + 1" },
    { "negative available", "available >= 0", NEW_CAMPAIGN("0", "0", "-5") },
    { "no such campaign state", "state BETWEEN 0 AND 5 AND state <> 3",
      NEW_CAMPAIGN("9", "0", "0") },
    { "running is never stored", "state BETWEEN 0 AND 5 AND state <> 3",
      NEW_CAMPAIGN("3", "0", "0") },
    { "back to draft", "a campaign cannot take that", "UPDATE campaign SET state = 0" },
    { "back to submitted", "a campaign cannot take that", "UPDATE campaign SET state = 1" },
    { "opened again", "a campaign cannot take that",
      "UPDATE campaign SET state = 5; UPDATE campaign SET state = 2" },
    { "paused after the end", "a campaign cannot take that",
      "UPDATE campaign SET state = 5; UPDATE campaign SET state = 4" },
    { "a version goes back", "versions never go back", "UPDATE campaign SET acting_version = 0" },
    { "a revision goes back", "versions never go back",
      "UPDATE campaign SET revision = revision - 1" },
    { "acting beyond the latest", "acting_version <=", "UPDATE campaign SET acting_version = 7" },
    { "a campaign's number changes", "a campaign keeps its number",
      "UPDATE campaign SET number = 5" },
    { "a campaign is deleted", "campaigns are never deleted", "DELETE FROM campaign" },
    { "issued above the count", "issued BETWEEN 0 AND count",
      "UPDATE pool SET issued = count + 1" },
    { "issued below none", "issued BETWEEN 0 AND count", "UPDATE pool SET issued = -1" },
    { "count below issued", "issued BETWEEN 0 AND count",
      "UPDATE pool SET count = 1 WHERE issued > 1" },
    { "redeemed below none", "redeemed >= 0", "UPDATE pool SET redeemed = -1" },
    { "an issued pool's value", "the value of an issued pool",
      "UPDATE pool SET value = value + 1" },
    { "a pool changes its campaign", "a pool keeps its campaign and",
      "UPDATE pool SET campaign = randomblob(16)" },
    { "a pool's number changes", "a pool keeps its campaign and",
      "UPDATE pool SET number = number + 50" },
    { "a pool is deleted", "pools are never deleted", "DELETE FROM pool" },
    { "a pool without value", "value > 0", NEW_POOL("0", "1", "0") },
    { "a pool born over-issued", "issued BETWEEN 0 AND count", NEW_POOL("5", "1", "2") },
    { "an approved version changes", "an approved rule version",
      "UPDATE rule_version SET definition = '{}' WHERE version = 1" },
    { "an approved version is withdrawn", "an approved rule version",
      "UPDATE rule_version SET state = 0 WHERE version = 1" },
    { "approved by its author", "state <> 2 OR (approver IS",
      "UPDATE rule_version SET state = 2, approver = author WHERE version = 2" },
    { "approved by nobody", "state <> 2 OR (approver IS",
      "UPDATE rule_version SET state = 2 WHERE version = 2" },
    { "approved by its submitter", "state <> 2 OR (approver IS",
      "UPDATE rule_version SET state = 2, submitter = X'01',"
      " approver = X'01' WHERE version = 2" },
    { "a version is deleted", "rule versions are never",
      "DELETE FROM rule_version WHERE version = 2" },
    { "a definition that is no object", "definition GLOB '{*}'",
      "UPDATE rule_version SET definition = '' WHERE version = 2" },
    { "a judged change is judged again", "a judged budget change never",
      "UPDATE budget_change SET state = 1, judge = X'02'" },
    { "a budget change is deleted", "budget changes are never", "DELETE FROM budget_change" },
    { "a change approved by its author", "state <> 1 OR (judge IS NOT",
      "INSERT INTO budget_change SELECT randomblob(16), campaign, current, target, reason, 1,"
      " author, author, created_at, judged_at FROM budget_change" },
    { "the same claim of a person twice",
      "UNIQUE constraint failed: claim.resident, claim.campaign, claim.ordinal",
      NEW_CLAIM("randomblob(16)", "pool", "ordinal", "1") },
    { "two claims of one id", "UNIQUE constraint failed: claim.id",
      NEW_CLAIM("id", "pool", "2", "1") },
    { "a claim of no ordinal", "ordinal > 0", NEW_CLAIM("randomblob(16)", "pool", "0", "1") },
    { "a claim of nothing", "voucher_count BETWEEN 1 AND 16",
      NEW_CLAIM("randomblob(16)", "pool", "2", "0") },
    { "a claim of too much", "voucher_count BETWEEN 1 AND 16",
      NEW_CLAIM("randomblob(16)", "pool", "2", "17") },
    { "a claim from no pool", "FOREIGN KEY constraint failed",
      NEW_CLAIM("randomblob(16)", "randomblob(16)", "2", "1") },
    { "a claim with a short id", "length(id) = 16", NEW_CLAIM("X'01'", "pool", "2", "1") },
    { "a claim changes", "a claim never changes",
      "UPDATE claim SET ordinal = 9 WHERE first_number = 1" },
    { "a claim is deleted", "claims are never deleted",
      "DELETE FROM claim WHERE first_number = 1" },
    { "two vouchers of one number", "UNIQUE constraint failed: voucher.number",
      NEW_VOUCHER("1", "randomblob(16)", "claim", "1", "5") },
    { "two vouchers of one id", "UNIQUE constraint failed: voucher.id",
      NEW_VOUCHER("99", "id", "claim", "1", "5") },
    { "a voucher of no claim", "FOREIGN KEY constraint failed",
      NEW_VOUCHER("99", "randomblob(16)", "randomblob(16)", "1", "5") },
    { "a voucher without value", "value > 0",
      NEW_VOUCHER("99", "randomblob(16)", "claim", "1", "0") },
    { "a voucher born redeemed", "a voucher is born live",
      NEW_VOUCHER("99", "randomblob(16)", "claim", "3", "5") },
    { "a voucher in no state", "state BETWEEN 1 AND 4",
      "UPDATE voucher SET state = 5 WHERE number = 1" },
    { "a voucher's value changes", "a voucher cannot change so",
      "UPDATE voucher SET value = value + 1, state = 2"
      " WHERE number = 1" },
    { "a void voucher lives again", "a voucher cannot change so",
      "UPDATE voucher SET state = 1 WHERE number = 4" },
    { "a void voucher is redeemed", "a voucher cannot change so",
      "UPDATE voucher SET state = 3 WHERE number = 4" },
    { "a redeemed voucher is held", "a voucher cannot change so",
      "UPDATE voucher SET state = 2 WHERE number = 3" },
    { "a redeemed voucher is redeemed", "a voucher cannot change so",
      "UPDATE voucher SET state = 3 WHERE number = 3" },
    { "a held voucher is voided", "a voucher cannot change so",
      "UPDATE voucher SET state = 4 WHERE number = 2" },
    { "a voucher is born again by a replacement", "vouchers are never deleted",
      "INSERT OR REPLACE INTO voucher SELECT number, id, claim, 1, value, min_spend FROM voucher" },
    { "an answer is replaced", "answers are never deleted",
      "INSERT OR REPLACE INTO idempotency SELECT caller, key, fingerprint, at, 299, reply"
      " FROM idempotency" },
    { "a voucher is deleted", "vouchers are never deleted",
      "DELETE FROM voucher WHERE number = 1" },
    { "redeemed twice", "UNIQUE constraint failed: redemption.voucher",
      NEW_REDEMPTION("'new'", "voucher", "2", "1") },
    { "held while captured", "UNIQUE constraint failed: redemption.voucher",
      NEW_REDEMPTION("'new'", "voucher", "1", "1") },
    { "captured while held", "UNIQUE constraint failed: redemption.voucher",
      NEW_REDEMPTION("'new'", OF_VOUCHER("2"), "2", "1") },
    { "one number, two intents",
      "UNIQUE constraint failed: redemption.terminal, redemption.request_no",
      NEW_REDEMPTION("request_no", OF_VOUCHER("1"), "2", "1") },
    { "a redemption of nothing", "voucher IS NOT NULL OR state",
      NEW_REDEMPTION("'new'", "NULL", "2", "1") },
    { "a redemption of no voucher", "FOREIGN KEY constraint failed",
      NEW_REDEMPTION("'new'", "randomblob(16)", "2", "1") },
    { "a redemption above the face", "no voucher pays more than its",
      NEW_REDEMPTION("'new'", OF_VOUCHER("1"), "2", "3001") },
    { "a negative redemption", "value >= 0", NEW_REDEMPTION("'new'", OF_VOUCHER("1"), "2", "-1") },
    { "a redemption in no state", "state BETWEEN 1 AND 5",
      NEW_REDEMPTION("'new'", OF_VOUCHER("1"), "6", "1") },
    { "captured is held again", "a redemption cannot take that",
      "UPDATE redemption SET state = 1 WHERE state = 2" },
    { "captured is released", "a redemption cannot take that",
      "UPDATE redemption SET state = 3 WHERE state = 2" },
    { "held is refunded", "a redemption cannot take that",
      "UPDATE redemption SET state = 5 WHERE state = 1" },
    { "reversed is captured", "a redemption cannot take that",
      "UPDATE redemption SET state = 2 WHERE state = 4" },
    { "refunded is captured", "a redemption cannot take that",
      "UPDATE redemption SET state = 2 WHERE state = 5" },
    { "refunded is refunded", "a redemption cannot take that",
      "UPDATE redemption SET state = 5 WHERE state = 5" },
    { "another voucher", "a redemption keeps what it",
      "UPDATE redemption SET voucher = " OF_VOUCHER("1") " WHERE state = 2" },
    { "another terminal", "a redemption keeps what it",
      "UPDATE redemption SET terminal = randomblob(16) WHERE state = 2" },
    { "another order", "a redemption keeps what it",
      "UPDATE redemption SET order_no = 'x' WHERE state = 2" },
    { "a captured value changes", "what was refunded stays",
      "UPDATE redemption SET value = 2400 WHERE state = 2" },
    { "a held value above the face", "no voucher pays more than its",
      "UPDATE redemption SET value = 3001 WHERE state = 1" },
    { "refunded more than was paid", "refunded_value BETWEEN 0 AND",
      "UPDATE redemption SET refunded_value = 2501 WHERE state = 2" },
    { "refunded more than the order", "refunded_order BETWEEN 0 AND",
      "UPDATE redemption SET refunded_order = 20001 WHERE state = 2" },
    { "a refund is taken back", "what was refunded stays",
      "UPDATE redemption SET refunded_value = 9 WHERE state = 2;"
      "UPDATE redemption SET refunded_value = 8 WHERE state = 2" },
    { "a redemption is deleted", "redemptions are never deleted",
      "DELETE FROM redemption WHERE state = 4" },
    { "evidence used twice", "UNIQUE constraint failed: evidence.kind, evidence.digest",
      "INSERT INTO evidence SELECT kind, digest, (SELECT id FROM redemption"
      " WHERE state = 1) FROM evidence WHERE kind = 1" },
    { "evidence goes over", "evidence is used once",
      "UPDATE evidence SET redemption = (SELECT id FROM redemption WHERE"
      " state = 1)" },
    { "evidence of nothing", "FOREIGN KEY constraint failed",
      "INSERT INTO evidence VALUES (1, randomblob(32), randomblob(16))" },
    { "evidence of no kind", "kind BETWEEN 1 AND 3",
      "INSERT INTO evidence SELECT 4, randomblob(32), id FROM redemption" },
    { "a short digest", "length(digest) = 32",
      "INSERT INTO evidence SELECT 1, X'01', id FROM redemption LIMIT 1" },
    { "a bucket below none", "live >= 0", "UPDATE bucket SET live = -1 WHERE swept = 0" },
    { "claims below none", "unspent >= 0", "UPDATE bucket SET unspent = -1 WHERE swept = 0" },
    { "swept but not empty", "swept = 0 OR (live = 0 AND",
      "UPDATE bucket SET swept = 1 WHERE live > 0" },
    { "a swept bucket fills", "a bucket is swept once",
      "UPDATE bucket SET live = 5, swept = 0 WHERE swept = 1" },
    { "a bucket is deleted", "buckets are never deleted", "DELETE FROM bucket WHERE swept = 1" },
    { "a bucket of no pool", "FOREIGN KEY constraint failed",
      "INSERT INTO bucket SELECT randomblob(16), 1, campaign, 0, 0, 0"
      " FROM bucket LIMIT 1" },
    { "one key, two answers", "UNIQUE constraint failed: idempotency.caller, idempotency.key",
      "INSERT INTO idempotency SELECT caller, key, X'00', 2, 200, X'00'"
      " FROM idempotency" },
    { "an answer changes", "an answer never changes", "UPDATE idempotency SET reply = X'00'" },
    { "an answer is deleted", "answers are never deleted", "DELETE FROM idempotency" },
    { "no such status", "status BETWEEN 200 AND 599",
      "INSERT INTO idempotency VALUES (X'01', 'k', X'00', 2, 99, X'00')" },
    { "two merchants of one code", "UNIQUE constraint failed: merchant.uscc",
      "INSERT INTO merchant SELECT randomblob(16), name, uscc, kind,"
      " labels, 1, cell FROM merchant" },
    { "a merchant is deleted", "merchants are never deleted", "DELETE FROM merchant" },
    { "a terminal goes back", "a terminal never goes back",
      "UPDATE terminal SET state = 2; UPDATE terminal SET state = 1" },
    { "a terminal enrolls again", "a terminal never goes back", "UPDATE terminal SET state = 0" },
    { "a terminal of no merchant", "FOREIGN KEY constraint failed",
      "INSERT INTO terminal SELECT randomblob(16), randomblob(16),"
      " outlet, 0, 0, public_key, 0, 0, 0 FROM terminal" },
    { "a terminal is deleted", "terminals are never deleted", "DELETE FROM terminal" },
    { "two administrators of one token", "UNIQUE constraint failed: admin.token",
      "INSERT INTO admin SELECT randomblob(16), name, roles,"
      " token, 1, 1 FROM admin" },
    { "no such role", "roles BETWEEN 0 AND 15", "UPDATE admin SET roles = 16" },
    { "an administrator is deleted", "administrators are never", "DELETE FROM admin" },
    { "an entry changes", "the journal is append-only", "UPDATE journal SET bytes = X'00'" },
    { "an entry is deleted", "the journal is append-only", "DELETE FROM journal WHERE seq = 1" },
    { "an entry is replaced", "the journal has no gaps",
      "INSERT OR REPLACE INTO journal SELECT writer, seq, X'00', hash FROM"
      " journal WHERE seq = 2" },
    { "a gap", "the journal has no gaps",
      "INSERT INTO journal SELECT writer, max(seq) + 2, bytes, hash FROM journal" },
    { "a writer begins late", "the journal has no gaps",
      "INSERT INTO journal SELECT writer + 1, 2, bytes, hash FROM journal"
      " WHERE seq = 1" },
    { "a short hash", "length(hash) = 32",
      "INSERT INTO journal SELECT writer, max(seq) + 1, bytes, X'00' FROM journal" },
    { "a head goes back", "a head never goes back", "UPDATE head SET seq = seq - 1" },
    { "a head stands still", "a head never goes back", "UPDATE head SET hash = randomblob(32)" },
    { "a head is deleted", "heads are never deleted", "DELETE FROM head" },
    { "a text where a number is due", "cannot store TEXT value in",
      "UPDATE campaign SET available = 'much'" },
    { "a number where an id is due", "cannot store INT value in",
      "UPDATE redemption SET reward_claim = 5" },
};

static void
test_schema_refuses(void **state)
{
    struct kit k;
    char path[512];
    (void)state;
    full_make(&k);
    kit_path(&k, "huiquan.db", path);
    sqlite3 *db = raw_open(path);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
        int code = sqlite3_exec(db, refused[i].sql, NULL, NULL, NULL);
        if (code == SQLITE_OK) code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        bool right = strstr(sqlite3_errmsg(db), refused[i].words) != NULL;
        if (code != SQLITE_CONSTRAINT || !right) {
            fail_msg("row \"%s\": %d, %s", refused[i].name, code, sqlite3_errmsg(db));
        }
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        row_passed();
    }
    (void)sqlite3_close(db);
    struct audit audit = kit_audit(&k);
    assert_true(audit_is_clean(&audit));
    kit_end(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_refuses),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
