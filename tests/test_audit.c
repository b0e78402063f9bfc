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
    { "no epoch is known", COUNTER(chain_broken), "DELETE FROM meta WHERE name = 'epoch'" },
    { "a third number", COUNTER(chain_broken), "INSERT INTO meta VALUES ('third', 1)" },
    { "a bucket of another campaign", COUNTER(vouchers_differ),
      "UPDATE bucket SET campaign = randomblob(16)" },
    { "a bucket of no pool", COUNTER(vouchers_differ),
      "INSERT INTO bucket SELECT randomblob(16), valid_to, campaign, 7, 1, 0 FROM bucket LIMIT 1" },
    { "evidence of nobody", COUNTER(evidence_twice),
      "UPDATE evidence SET redemption = randomblob(16) WHERE kind = 2" },
    { "evidence that was made up", COUNTER(evidence_twice),
      "INSERT INTO evidence SELECT 1, randomblob(32), redemption FROM evidence LIMIT 1" },
    { "two of one worth change places", COUNTER(rows_differ),
      "UPDATE voucher SET state = 5 - state WHERE number IN (1, 4)" },
    { "a head is further", COUNTER(chain_broken), "UPDATE head SET seq = seq + 1" },
};

/* One column of one row; what is told begins with the row's table and names the column. */
static const struct {
    const char *table, *column, *value, *where;
} held[] = {
    { "claim", "resident", "randomblob(16)", "first_number = 1" },
    { "claim", "valid_to", "valid_to + 86400", "first_number = 2" },
    { "claim", "valid_from", "valid_from - 1", "first_number = 5" },
    { "claim", "kid", "1", "first_number = 2" },
    { "claim", "key", "'key-other'", "first_number = 1" },
    { "claim", "fingerprint", "randomblob(32)", "first_number = 1" },
    { "claim", "source", "1", "first_number = 1" },
    { "claim", "source_id", "randomblob(16)", "first_number = 2" },
    { "claim", "ordinal", "2", "first_number = 2" },
    { "claim", "rule_version", "2", "first_number = 2" },
    { "claim", "pool", "(SELECT id FROM pool WHERE place = 1)", "first_number = 2" },
    { "claim", "first_number", "3", "first_number = 2" },
    { "redemption", "terminal", "randomblob(16)", "state = 2" },
    { "redemption", "merchant", "randomblob(16)", "state = 2" },
    { "redemption", "request_no", "'another'", "state = 4" },
    { "redemption", "order_no", "'another'", "state = 1" },
    { "redemption", "order_amount", "order_amount + 1", "state = 5" },
    { "redemption", "redeemed_at", "redeemed_at - 1", "state = 2" },
    { "redemption", "hold_expires_at", "hold_expires_at + 9", "state = 1" },
    { "redemption", "refunded_value", "0", "state = 5" },
    { "redemption", "vin_warning", "1", "state = 2" },
    { "redemption", "category", "'food'", "state = 2" },
    { "redemption", "key", "'made-up'", "state = 2" },
    { "campaign", "state", "4", "1" },
    { "campaign", "acting_version", "0", "1" },
    { "campaign", "latest_version", "2", "1" },
    { "campaign", "revision", "99", "1" },
    { "campaign", "created_at", "1", "1" },
    { "pool", "place", "-1", "place = 1" },
    { "pool", "value", "value - 1", "place = 1" },
    { "pool", "count", "count + 1", "place = 1" },
    { "rule_version", "state", "0", "version = 1" },
    { "rule_version", "author", "randomblob(16)", "version = 1" },
    { "rule_version", "submitter", "NULL", "version = 1" },
    { "rule_version", "approver", "randomblob(16)", "version = 1" },
    { "rule_version", "changed_at", "7", "version = 2" },
    { "rule_version", "definition", "replace(definition, '3', '4')", "version = 1" },
    { "budget_change", "target", "target + 1", "1" },
    { "budget_change", "current", "current + 1", "1" },
    { "budget_change", "state", "1", "1" },
    { "budget_change", "judge", "randomblob(16)", "1" },
    { "merchant", "name", "name || '.'", "1" },
    { "merchant", "uscc", "'91110000101623741L'", "1" },
    { "merchant", "kind", "1", "1" },
    { "merchant", "labels", "CAST(x'616100' AS BLOB)", "1" },
    { "merchant", "cell", "'c1'", "1" },
    { "terminal", "merchant", "randomblob(16)", "1" },
    { "terminal", "public_key", "randomblob(32)", "1" },
    { "terminal", "state", "0", "1" },
    { "terminal", "algorithm", "1", "1" },
    { "terminal", "outlet", "'elsewhere'", "1" },
    { "terminal", "per_min", "100000", "1" },
    { "admin", "name", "'somebody'", "1" },
    { "admin", "roles", "15", "1" },
    { "admin", "token", "randomblob(32)", "1" },
    { "admin", "active", "1", "1" },
};

/* Rows that no entry made, and rows that are gone. */
static const struct {
    const char *name, *table, *sql;
} strangers[] = {
    { "an administrator of his own", "admin",
      "INSERT INTO admin VALUES (randomblob(16), 'x', 15, randomblob(32), 1, 1)" },
    { "an administrator gone", "admin", "DELETE FROM admin" },
    { "a till of his own", "terminal",
      "INSERT INTO terminal SELECT randomblob(16), merchant, outlet, state, algorithm,"
      " public_key, enroll_until, per_min, created_at FROM terminal" },
    { "a till gone", "terminal", "DELETE FROM terminal" },
    { "a session of his own", "admin_session",
      "INSERT INTO admin_session SELECT randomblob(32), id, 1, 9000000000 FROM admin" },
    { "a login of his own", "login",
      "INSERT INTO login SELECT 'me', id, 'x', randomblob(60), 0, 0, 0, NULL, 0 FROM admin" },
    { "a job of his own", "job",
      "INSERT INTO job SELECT randomblob(16), 1, 1, 0, id, NULL, NULL, 1, 'a', 9, 0, 1, 0, 0, 0, 1,"
      " 0, 0, 0, 0 FROM admin" },
    { "a rule version of his own", "rule_version",
      "INSERT INTO rule_version SELECT campaign, 3, 0, author, NULL, NULL, 1, definition"
      " FROM rule_version WHERE version = 2" },
    { "a pool of his own", "pool",
      "INSERT INTO pool SELECT randomblob(16), campaign, 77, 9, 1, 1, 0, 0 FROM pool LIMIT 1" },
    { "a claim of his own", "claim",
      "INSERT INTO claim SELECT randomblob(16), campaign, pool, randomblob(16), 1, rule_version,"
      " source, source_id, claimed_at, valid_from, valid_to, kid, 1, 1, key, fingerprint FROM claim"
      " WHERE first_number = 1" },
    { "a voucher of his own", "voucher",
      "INSERT INTO voucher SELECT 900, randomblob(16), claim, 4, 1, 0 FROM voucher LIMIT 1" },
    { "a voucher far away", "voucher",
      "INSERT INTO voucher SELECT 9000000000000000000, randomblob(16), claim, 4, 1, 0 FROM voucher"
      " LIMIT 1" },
    { "a redemption of his own", "redemption",
      "INSERT INTO redemption (id, terminal, merchant, request_no, rule_version, state,"
      " vin_warning, order_amount, value, redeemed_at, hold_expires_at, refunded_order,"
      " refunded_value) SELECT randomblob(16), terminal, merchant, 'new', 0, 4, 0, 0, 0, 1, 0, 0, 0"
      " FROM redemption LIMIT 1" },
    { "a redemption gone", "redemption", "DELETE FROM redemption WHERE state = 4" },
    { "a claim and its voucher gone", "claim",
      "DELETE FROM voucher WHERE number = 1; DELETE FROM claim WHERE first_number = 1" },
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

/* A copy of the whole ledger, its guards gone, and this done to it. */
static void
tamper(const char *from, struct kit *k, const char *name, const char *sql)
{
    char to[512];
    kit_make_dir(k);
    kit_path(k, "huiquan.db", to);
    file_copy(from, to);
    sqlite3 *db = raw_open(to);
    raw_drop_triggers(db);
    raw_run(db, name, "PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1");
    raw_run(db, name, NO_GUARD);
    raw_run(db, name, sql);
    (void)sqlite3_close(db);
}

static void
test_audit_sees_it(void **state)
{
    struct kit whole, k;
    char from[512];
    (void)state;
    full_make(&whole);
    kit_path(&whole, "huiquan.db", from);
    for (size_t i = 0; i < COUNT_OF(tampered); i++) {
        tamper(from, &k, tampered[i].name, tampered[i].sql);
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

struct hearing {
    const char *table, *words;
    bool heard;
};

static void
hear(void *owner, const char *words)
{
    struct hearing *h = owner;
    size_t size = strlen(h->table);
    bool is_of = strncmp(words, h->table, size) == 0 && words[size] == ' ';
    if (is_of && strstr(words + size, h->words) != NULL) h->heard = true;
}

static bool
is_heard(const struct kit *k, const char *table, const char *words)
{
    struct hearing hearing = { table, words, false };
    const struct audit_ear ear = { hear, &hearing };
    struct audit audit;
    struct view *v;
    assert_int_equal(view_open(&v, k->dir), FAULT_NONE);
    assert_int_equal(view_audit_told(v, &audit, &ear), FAULT_NONE);
    view_close(v);
    return hearing.heard && audit.rows_differ > 0;
}

static void
test_columns_are_named(void **state)
{
    struct kit whole, k;
    char from[512], sql[256];
    (void)state;
    full_make(&whole);
    kit_path(&whole, "huiquan.db", from);
    for (size_t i = 0; i < COUNT_OF(held); i++) {
        (void)snprintf(sql, sizeof sql, "UPDATE %s SET %s = %s WHERE %s", held[i].table,
                       held[i].column, held[i].value, held[i].where);
        tamper(from, &k, held[i].column, sql);
        ROW_CHECK(sql, is_heard(&k, held[i].table, held[i].column));
        row_passed();
        kit_end(&k);
    }
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        tamper(from, &k, strangers[i].name, strangers[i].sql);
        bool gone = is_heard(&k, strangers[i].table, "the row is gone");
        ROW_CHECK(strangers[i].name, gone || is_heard(&k, strangers[i].table, "no entry made it"));
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
        cmocka_unit_test(test_columns_are_named),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
