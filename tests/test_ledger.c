/* tests/test_ledger.c: batches are all or nothing, lists are whole, one daemon at a time. */
#include "storage/sqlite/engine.h"
#include "tests/ledger_spend.h"

/* What the batch has stored is seen within it at once, by others after the seal. */
static void
test_hot_rows(void **state)
{
    struct kit k;
    struct moves m;
    struct view *v;
    struct claim_row claim;
    struct campaign_row in, out;
    struct bucket_row bucket;
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    KIT_BATCH(&k)
    {
        moves_claim(&m, 0, 1, k.now_s + 100, &claim);
        assert_true(view_campaign(k.view, &m.campaign, &in));
        assert_int_equal(in.balances.live_fen, 3000);
        assert_int_equal(in.balances.available_fen, MOVES_BUDGET_FEN - 3000);
        assert_int_equal(in.pools[0].issued, 1);
        assert_true(view_campaign_by_number(k.view, in.number, &out));
        assert_int_equal(out.balances.live_fen, 3000);
        assert_true(view_bucket(k.view, &m.pools[0], k.now_s + 100, &bucket));
        assert_true(bucket.live_fen == 3000 && bucket.unspent_claims == 1);
        assert_true(view_campaign(v, &m.campaign, &out));
        assert_true(out.balances.live_fen == 0 && out.pools[0].issued == 0);
        assert_false(view_claim(v, &claim.id, &claim));
        row_passed();
    }
    assert_true(view_campaign(v, &m.campaign, &out));
    assert_memory_equal(&in, &out, sizeof in);
    row_passed();

    /* A dropped batch never was. */
    assert_int_equal(ledger_begin(k.ledger), FAULT_NONE);
    moves_claim(&m, 0, 2, k.now_s + 100, &claim);
    moves_claim(&m, 0, 3, k.now_s + 200, &claim);
    ledger_drop(k.ledger);
    assert_true(view_campaign(k.view, &m.campaign, &out));
    assert_memory_equal(&in, &out, sizeof in);
    assert_false(view_bucket(k.view, &m.pools[0], k.now_s + 200, &bucket));
    assert_true(view_bucket(k.view, &m.pools[0], k.now_s + 100, &bucket));
    assert_int_equal(bucket.live_fen, 3000);
    KIT_BATCH(&k)
    {
        assert_int_equal(ledger_next_voucher_number(k.ledger, 5), 2);
        assert_int_equal(ledger_next_voucher_number(k.ledger, 1), 7);
        assert_int_equal(ledger_next_campaign_number(k.ledger), 2);
        assert_int_equal(ledger_next_pool_number(k.ledger), 3);
    }
    row_passed();
    view_close(v);
    struct audit audit = kit_audit(&k);
    assert_true(audit_is_clean(&audit));
    kit_end(&k);
}

/* A pool that is taken from the offer keeps its counters, and value may still move in it. */
static void
test_pools_come_and_go(void **state)
{
    struct kit k;
    struct moves m;
    struct campaign_row row;
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    KIT_BATCH(&k)
    {
        struct claim_row claim;
        moves_found(&m, &k);
        moves_claim(&m, 0, 1, k.now_s + 100, &claim);
        assert_true(view_campaign(k.view, &m.campaign, &row));
        struct pool_change gone = { m.campaign, row.pools[0], -1 };
        kit_store(&k, (struct effect){ .kind = EFFECT_POOL, .pool = &gone });
        assert_true(view_campaign(k.view, &m.campaign, &row));
        assert_int_equal(row.pool_count, 1);
        assert_true(uuid_equal(&row.pools[0].id, &m.pools[1]));
        (void)spend_redeem(&m, 1, false, 2000);
    }
    KIT_BATCH(&k)
    {
        struct pool_change back = { m.campaign,
                                    { m.pools[0], m.pool_numbers[0], 3000, 9, 0, 0 },
                                    1 };
        struct pool_change first = { m.campaign, row.pools[0], 0 };
        kit_store(&k, (struct effect){ .kind = EFFECT_POOL, .pool = &back });
        kit_store(&k, (struct effect){ .kind = EFFECT_POOL, .pool = &first });
    }
    assert_true(view_campaign(k.view, &m.campaign, &row));
    assert_int_equal(row.pool_count, 2);
    assert_true(uuid_equal(&row.pools[1].id, &m.pools[0]));
    assert_true(row.pools[1].issued == 1 && row.pools[1].redeemed == 1 && row.pools[1].count == 9);
    struct audit audit = kit_audit(&k);
    if (!audit_is_clean(&audit)) fail_msg("%s", audit.first_fault);
    row_passed();
    kit_end(&k);
}

/* Each list in pages of two. */
#define PAGES(name, row, want, call)                                            \
    do {                                                                        \
        struct uuid after = { { 0 } };                                          \
        struct row page[2];                                                     \
        size_t seen = 0;                                                        \
        for (size_t got; (got = (call)) > 0;) {                                 \
            seen += got;                                                        \
            ROW_CHECK(name, got <= 2 && seen <= (want));                        \
            ROW_CHECK(name, memcmp(&page[got - 1], &after, sizeof after) == 0); \
            row_passed();                                                       \
        }                                                                       \
        ROW_CHECK(name, seen == (want));                                        \
    } while (0)

static void
check_lists(struct view *v, struct moves *m, int64_t now_s)
{
    struct uuid ids[8], person = kit_id(5, 1), merchant = kit_id(2, 7);
    struct redemption_row orders[ORDER_ROWS];
    struct bucket_row buckets[4];
    struct claim_row claims[4];
    PAGES("campaigns", uuid, 1, view_campaigns(v, &after, page, 2));
    PAGES("claims", claim_row, 3, view_claims_of_resident(v, &person, &after, page, 2));
    PAGES("redemptions", redemption_row, 3,
          view_redemptions_of_terminal(v, &m->terminal, &after, page, 2));
    PAGES("merchants", merchant_row, 1, view_merchants(v, &after, page, 2));
    PAGES("terminals", terminal_row, 5, view_terminals_of_merchant(v, &merchant, &after, page, 2));
    PAGES("changes", budget_change_row, 3, view_budget_changes(v, &m->campaign, &after, page, 2));
    assert_int_equal(view_claims_in_campaign(v, &person, &m->campaign, claims, 4), 3);
    assert_int_equal(claims[2].ordinal, 3);
    assert_int_equal(view_claims_in_campaign(v, &person, &person, claims, 4), 0);
    struct text order = TEXT("one order");
    assert_int_equal(view_redemptions_of_order(v, &m->merchant, order, now_s + 899, orders), 2);
    assert_int_equal(view_redemptions_of_order(v, &m->merchant, order, now_s + 900, orders), 0);
    assert_int_equal(view_redemptions_of_order(v, &m->merchant, TEXT("other"), 0, orders), 0);
    assert_int_equal(view_holds_lapsed(v, now_s + 899, ids, 8), 0);
    assert_int_equal(view_holds_lapsed(v, now_s + 900, ids, 8), 2);
    assert_int_equal(view_holds_lapsed(v, now_s + 900, ids, 1), 1);
    assert_int_equal(view_buckets_ended(v, now_s + 99, buckets, 4), 0);
    assert_int_equal(view_buckets_ended(v, now_s + 100, buckets, 4), 1);
    assert_int_equal(buckets[0].live_fen, 3000);
    assert_int_equal(buckets[0].unspent_claims, 1);
    row_passed();
}

static void
make_merchant(struct merchant_row *out)
{
    *out = (struct merchant_row){ .id = kit_id(2, 7), .uscc = "91350100M000100Y43" };
}

static void
make_terminal(struct terminal_row *out)
{
    *out = (struct terminal_row){ .id = kit_id(3, 7), .merchant = kit_id(2, 7) };
}

static void
test_lists(void **state)
{
    struct kit k;
    struct moves m;
    struct merchant_row merchant;
    struct terminal_row terminal;
    struct view *v;
    (void)state;
    make_merchant(&merchant);
    make_terminal(&terminal);
    kit_make_dir(&k);
    kit_open(&k);
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
        kit_store(&k, (struct effect){ .kind = EFFECT_MERCHANT, .merchant = &merchant });
        for (uint32_t i = 0; i < 5; i++) {
            terminal.id = kit_id(3, 100 - i);
            kit_store(&k, (struct effect){ .kind = EFFECT_TERMINAL, .terminal = &terminal });
        }
        for (uint32_t i = 0; i < 3; i++) {
            struct claim_row claim;
            struct budget_change_row change = { .id = kit_id(10, 9 - i),
                                                .campaign = m.campaign,
                                                .target_fen = 5,
                                                .author = kit_id(9, 1) };
            moves_claim(&m, 0, 1, k.now_s + 100, &claim);
            kit_store(&k, (struct effect){ .kind = EFFECT_BUDGET_CHANGE, .change = &change });
        }
        struct redemption_row r = spend_redeem(&m, 1, true, 0);
        struct redemption_row s = spend_redeem(&m, 2, true, 0);
        struct redemption_row reversed = r;
        reversed.state = REDEMPTION_REVERSED;
        reversed.id = moves_id(&m, 8);
        reversed.voucher = (struct uuid){ 0 };
        memcpy(reversed.out_request_no, "advance", sizeof "advance");
        kit_store(&k, (struct effect){ .kind = EFFECT_REDEMPTION, .redemption = &reversed });
        must(s.state == REDEMPTION_HELD);
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    KIT_BATCH(&k)
    {
        check_lists(k.view, &m, k.now_s);
    }
    check_lists(v, &m, k.now_s);
    view_snapshot_begin(v);
    check_lists(v, &m, k.now_s);
    view_snapshot_end(v);
    view_close(v);
    kit_end(&k);
}

/* A snapshot stays what it was while the writer goes on. */
static void
test_snapshot_stands_still(void **state)
{
    struct kit k;
    struct moves m;
    struct view *v;
    struct campaign_row row;
    struct claim_row claim;
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    view_snapshot_begin(v);
    assert_true(view_campaign(v, &m.campaign, &row));
    KIT_BATCH(&k)
    {
        moves_claim(&m, 0, 1, k.now_s + 100, &claim);
    }
    assert_true(view_campaign(v, &m.campaign, &row));
    assert_int_equal(row.balances.live_fen, 0);
    view_snapshot_end(v);
    assert_true(view_campaign(v, &m.campaign, &row));
    assert_int_equal(row.balances.live_fen, 3000);
    assert_int_equal(view_fault(v), FAULT_NONE);
    row_passed();
    view_close(v);
    kit_end(&k);
}

/* Every statement finds its rows by an index: a table that has grown must not make it slow. (The
 * plan of an insert names what it would look through for orphans, and does not, as there are none.)
 */
static void
check_plan(sqlite3 *db, enum query q)
{
    char sql[2048];
    sqlite3_stmt *s;
    bool of_person = strstr(query_sql[q], "FROM claim WHERE resident = ?") != NULL;
    bool all = q == QUERY_HEADS || strncmp(query_sql[q], "INSERT", 6) == 0;
    (void)snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", query_sql[q]);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW) {
        const char *plan = (const char *)sqlite3_column_text(s, 3);
        bool scans = !all && strstr(plan, "SCAN") && !strstr(plan, "CONSTANT ROW");
        bool astray = of_person && !strstr(plan, "claim_of_person") && !strstr(plan, "TEMP");
        if (scans || astray) fail_msg("%s: %s", query_sql[q], plan);
    }
    (void)sqlite3_finalize(s);
    row_passed();
}

static void
test_nothing_is_scanned(void **state)
{
    struct kit k;
    struct moves m;
    struct claim_row claim;
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    for (int q = 0; q < QUERY_COUNT; q++) {
        check_plan(k.view->db, (enum query)q);
    }
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
        for (uint32_t i = 1; i <= 5; i++) {
            moves_claim(&m, 1, i, k.now_s + 100, &claim);
            (void)spend_redeem(&m, claim.first_number, false, 2000);
        }
        for (int q = 0; q < QUERY_COUNT; q++) {
            sqlite3_stmt *s = k.view->statements[q];
            if (s == NULL) continue;
            int steps = sqlite3_stmt_status(s, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
            if (steps > 0) fail_msg("%s: looked through %d rows", query_sql[q], steps);
        }
        row_passed();
    }
    kit_end(&k);
}

static void
write_file(const struct kit *k, const char *name, const char *bytes, size_t size)
{
    char path[512];
    kit_path(k, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void
test_opening_is_refused(void **state)
{
    struct kit k, other;
    struct view *v;
    char long_dir[4000];
    (void)state;
    memset(long_dir, 'd', sizeof long_dir);
    long_dir[sizeof long_dir - 1] = '\0';
    kit_make_dir(&k);
    ROW_CHECK("no database yet", view_open(&v, k.dir) == FAULT_UNREACHABLE && v == NULL);
    ROW_CHECK("no directory", view_open(&v, "/nonexistent/huiquan") == FAULT_UNREACHABLE);
    ROW_CHECK("a long path", view_open(&v, long_dir) != FAULT_NONE && v == NULL);
    write_file(&k, "huiquan.db", "", 0);
    ROW_CHECK("a database that is being made", view_open(&v, k.dir) == FAULT_UNREACHABLE);
    kit_open(&k);
    other = k;
    ROW_CHECK("a second daemon", kit_try_open(&other) == FAULT_LOST_RACE);
    other.settings.busy_ms_max = 30;
    ROW_CHECK("a second daemon waits", kit_try_open(&other) == FAULT_LOST_RACE);
    ROW_CHECK("nothing opened", other.ledger == NULL);
    kit_close(&k);
    ROW_CHECK("after the first", kit_try_open(&k) == FAULT_NONE);
    kit_close(&k);
    k.settings.data_dir = "";
    ROW_CHECK("no directory named", kit_try_open(&k) == FAULT_CONFIG);
    k.settings.data_dir = "/nonexistent/huiquan/deep";
    ROW_CHECK("a directory that cannot be", kit_try_open(&k) == FAULT_CONFIG);
    k.settings.data_dir = long_dir;
    ROW_CHECK("a name too long", kit_try_open(&k) == FAULT_CONFIG);
    k.settings.data_dir = k.dir;
    char text[4096];
    memset(text, 'x', sizeof text);
    write_file(&k, "huiquan.db", text, sizeof text);
    ROW_CHECK("not a database", kit_try_open(&k) == FAULT_CONFIG && k.ledger == NULL);
    ROW_CHECK("not a database", view_open(&v, k.dir) != FAULT_NONE && v == NULL);
    for (int i = 0; i < 13; i++) {
        row_passed();
    }
    kit_end(&k);
}

/* A database of each older version is raised, and keeps what it had. */
static void
test_older_versions_are_raised(void **state)
{
    (void)state;
    for (int64_t version = 1; version <= SCHEMA_VERSION; version++) {
        struct kit k;
        char path[512], sql[256];
        sqlite3 *db = NULL;
        struct merchant_row row;
        kit_make_dir(&k);
        kit_path(&k, DATABASE_NAME, path);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        for (int64_t i = 0; i < version; i++) {
            for (const char *const *step = schema_steps[i]; *step != NULL; step++) {
                assert_int_equal(sqlite3_exec(db, *step, NULL, NULL, NULL), SQLITE_OK);
            }
        }
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO merchant (id, name, uscc, kind, labels, created_at) VALUES"
                       " (X'01010101010101010101010101010101', 'm', 'u', 0, X'6100', 7);"
                       "PRAGMA application_id = %d; PRAGMA user_version = %d",
                       APPLICATION_ID, (int)version);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        kit_open(&k);
        assert_true(view_merchant_by_uscc(k.view, TEXT("u"), &row));
        assert_string_equal(row.groups[0].text, "a");
        assert_string_equal(row.cell, "");
        kit_end(&k);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hot_rows),
        cmocka_unit_test(test_pools_come_and_go),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_snapshot_stands_still),
        cmocka_unit_test(test_nothing_is_scanned),
        cmocka_unit_test(test_opening_is_refused),
        cmocka_unit_test(test_older_versions_are_raised),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
