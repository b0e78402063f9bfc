/* tests/test_audit.c: where somebody has taken the guards away and changed the file, the audit says
 * which books no longer agree. */
#include "tests/ledger_full.h"

#define OF_VOUCHER(number) "(SELECT id FROM voucher WHERE number = " number ")"

#define COUNTER(member) offsetof(struct audit, member)
#define NO_GUARD "DROP INDEX claim_of_person; DROP INDEX redemption_of_voucher;"
/* Moves money in the balances only, so that the equation still holds. */
#define SHIFT(from, to) "UPDATE campaign SET " from " = " from " - 100, " to " = " to " + 100"

static const struct {
    const char *name;
    size_t counter;
    const char *sql;
} tampered[] = {
    { "money appears", COUNTER(equation_broken), "UPDATE campaign SET available = available + 1" },
    { "money disappears", COUNTER(equation_broken), "UPDATE campaign SET live = live - 1" },
    { "funded is raised", COUNTER(equation_broken), "UPDATE campaign SET funded = funded + 1" },
    { "an account goes below zero", COUNTER(equation_broken),
      "UPDATE campaign SET returned = -1, available = available + 1" },
    { "live is too small", COUNTER(vouchers_differ), SHIFT("live", "available") },
    { "held is too small", COUNTER(vouchers_differ), SHIFT("held", "available") },
    { "redeemed is too small", COUNTER(vouchers_differ), SHIFT("redeemed", "available") },
    { "settled out of nothing", COUNTER(vouchers_differ), SHIFT("available", "settled") },
    { "live that is held", COUNTER(vouchers_differ), SHIFT("live", "held") },
    { "a voucher is worth more", COUNTER(vouchers_differ),
      "UPDATE voucher SET value = value + 1 WHERE number = 1" },
    { "a held voucher is worth more", COUNTER(vouchers_differ),
      "UPDATE voucher SET value = value + 1 WHERE number = 2" },
    { "a void voucher lives", COUNTER(vouchers_differ),
      "UPDATE voucher SET state = 1 WHERE number = 4" },
    { "a live voucher is void", COUNTER(vouchers_differ),
      "UPDATE voucher SET state = 4 WHERE number = 1" },
    { "a live voucher is redeemed", COUNTER(vouchers_differ),
      "UPDATE voucher SET state = 3 WHERE number = 1" },
    { "a redeemed voucher lives", COUNTER(vouchers_differ),
      "UPDATE voucher SET state = 1 WHERE number = 3" },
    { "a voucher is gone", COUNTER(vouchers_differ), "DELETE FROM voucher WHERE number = 4" },
    { "a claim is gone", COUNTER(vouchers_differ), "DELETE FROM claim WHERE first_number = 1" },
    { "a bucket holds less", COUNTER(vouchers_differ),
      "UPDATE bucket SET live = live - 1"
      " WHERE swept = 0" },
    { "a bucket waits for less", COUNTER(vouchers_differ),
      "UPDATE bucket SET unspent = 0"
      " WHERE swept = 0" },
    { "a bucket is gone", COUNTER(vouchers_differ), "DELETE FROM bucket WHERE swept = 0" },
    { "a bucket out of nowhere", COUNTER(vouchers_differ),
      "INSERT INTO bucket SELECT pool, 5, campaign, 7, 0, 0 FROM bucket LIMIT 1" },
    { "a bucket swept too early", COUNTER(vouchers_differ),
      "UPDATE bucket SET swept = 1, live = 0, unspent = 0" },
    { "a pool issued less", COUNTER(vouchers_differ), "UPDATE pool SET issued = issued - 1" },
    { "a pool redeemed more", COUNTER(vouchers_differ), "UPDATE pool SET redeemed = redeemed + 1" },
    { "a redemption pays more", COUNTER(vouchers_differ),
      "UPDATE redemption SET value = value + 1 WHERE state = 2" },
    { "a redemption was released", COUNTER(vouchers_differ),
      "UPDATE redemption SET state = 3 WHERE state = 1" },
    { "balances move together", COUNTER(journal_differs), SHIFT("live", "available") },
    { "funded and available", COUNTER(journal_differs),
      "UPDATE campaign SET funded = funded + 9, available = available + 9" },
    { "counters of a pool", COUNTER(journal_differs), "UPDATE pool SET issued = issued + 1" },
    { "redeemed of a pool", COUNTER(journal_differs), "UPDATE pool SET redeemed = redeemed + 1" },
    { "a campaign that the journal knows", COUNTER(journal_differs),
      "UPDATE campaign SET id = randomblob(16)" },
    { "a pool that the journal knows", COUNTER(journal_differs),
      "UPDATE pool SET number = number + 50" },
    { "an entry of no layout", COUNTER(journal_differs),
      "UPDATE journal SET bytes = X'02' WHERE seq = 3" },
    { "a pool without bottom", COUNTER(pools_over_issued), "UPDATE pool SET count = issued - 1" },
    { "a person claims too often", COUNTER(persons_over_limit),
      "UPDATE rule_version SET definition = '{\"per_person_limit\":0}'" },
    { "a claim is missing in a row", COUNTER(persons_over_limit),
      "UPDATE claim SET ordinal = 2 WHERE first_number = 1" },
    { "many claims of one", COUNTER(persons_over_limit),
      "UPDATE claim SET resident = (SELECT resident FROM claim WHERE first_number = 1),"
      " ordinal = first_number" },
    { "redeemed twice", COUNTER(redeemed_twice),
      "UPDATE redemption SET voucher = " OF_VOUCHER("2") " WHERE state = 2" },
    { "a refunded one is captured again", COUNTER(redeemed_twice),
      "UPDATE redemption SET state = 2, voucher = " OF_VOUCHER("3") },
    { "one VIN twice", COUNTER(evidence_twice),
      "UPDATE redemption SET vin = (SELECT vin FROM redemption WHERE vin IS NOT NULL)" },
    { "one invoice twice", COUNTER(evidence_twice),
      "UPDATE redemption SET invoice = (SELECT invoice FROM redemption WHERE invoice IS NOT "
      "NULL)" },
    { "one plate twice", COUNTER(evidence_twice),
      "UPDATE redemption SET plate = (SELECT plate FROM redemption WHERE plate IS NOT NULL)" },
    { "a VIN is free again", COUNTER(evidence_twice), "DELETE FROM evidence WHERE kind = 1" },
    { "an invoice is free again", COUNTER(evidence_twice), "DELETE FROM evidence WHERE kind = 2" },
    { "a plate is free again", COUNTER(evidence_twice), "DELETE FROM evidence WHERE kind = 3" },
    { "an entry changes", COUNTER(chain_broken),
      "UPDATE journal SET bytes = CAST(bytes || X'00' AS BLOB) WHERE seq = 2" },
    { "a hash changes", COUNTER(chain_broken),
      "UPDATE journal SET hash = randomblob(32) WHERE seq = 2" },
    { "the last hash changes", COUNTER(chain_broken),
      "UPDATE journal SET hash = randomblob(32) WHERE writer = (SELECT max(writer) FROM journal)" },
    { "an entry is gone", COUNTER(chain_broken), "DELETE FROM journal WHERE seq = 4" },
    { "the end is gone", COUNTER(chain_broken),
      "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)" },
    { "an epoch is gone", COUNTER(chain_broken),
      "DELETE FROM journal WHERE writer = (SELECT max(writer) FROM journal)" },
    { "an epoch and its head are gone", COUNTER(chain_broken),
      "DELETE FROM journal WHERE writer = (SELECT max(writer) FROM head);"
      "DELETE FROM head WHERE writer = (SELECT max(writer) FROM head)" },
    { "the first epoch is gone", COUNTER(chain_broken),
      "DELETE FROM journal WHERE writer = (SELECT min(writer) FROM head);"
      "DELETE FROM head WHERE writer = (SELECT min(writer) FROM head)" },
    { "all heads are gone", COUNTER(chain_broken), "DELETE FROM head" },
    { "a head is elsewhere", COUNTER(chain_broken), "UPDATE head SET hash = randomblob(32)" },
    { "a head is further", COUNTER(chain_broken), "UPDATE head SET seq = seq + 1" },
};

static void
raw_run(sqlite3 *db, const char *name, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK) return;
    fail_msg("row \"%s\": %s", name, sqlite3_errmsg(db));
}

static void
raw_drop_triggers(sqlite3 *db)
{
    char sql[256];
    sqlite3_stmt *s;
    for (;;) {
        assert_int_equal(sqlite3_prepare_v2(db,
                                            "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
                                            -1, &s, NULL),
                         SQLITE_OK);
        bool more = sqlite3_step(s) == SQLITE_ROW;
        if (more) (void)snprintf(sql, sizeof sql, "DROP TRIGGER %s", sqlite3_column_text(s, 0));
        (void)sqlite3_finalize(s);
        if (!more) return;
        raw_run(db, sql, sql);
    }
}

static void
file_copy(const char *from, const char *to)
{
    char bytes[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in != NULL && out != NULL);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, in)) > 0;) {
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    }
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void
test_audit_sees_it(void **state)
{
    struct kit whole, k;
    char from[512], to[512];
    (void)state;
    full_make(&whole);
    kit_path(&whole, "huiquan.db", from);
    for (size_t i = 0; i < COUNT_OF(tampered); i++) {
        kit_make_dir(&k);
        kit_path(&k, "huiquan.db", to);
        file_copy(from, to);
        sqlite3 *db = raw_open(to);
        raw_drop_triggers(db);
        raw_run(db, tampered[i].name,
                "PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1");
        raw_run(db, tampered[i].name, NO_GUARD);
        raw_run(db, tampered[i].name, tampered[i].sql);
        (void)sqlite3_close(db);
        struct audit audit = kit_audit(&k);
        const char *at = (const char *)&audit + tampered[i].counter;
        int64_t count;
        memcpy(&count, at, sizeof count);
        ROW_CHECK(tampered[i].name, count > 0);
        ROW_CHECK(tampered[i].name, !audit_is_clean(&audit) && audit.first_fault[0] != '\0');
        row_passed();
        kit_end(&k);
    }
    kit_end(&whole);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit_sees_it),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
