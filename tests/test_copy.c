/* tests/test_copy.c: copies beside the writer, that nothing opens on one, and what a raise leaves.
 */
#include <sqlite3.h>
#include <sys/stat.h>

#include "storage/sqlite/engine.h"
#include "tests/ledger_fork.h"

#define LOG_BYTES_MAX (INT64_C(1) << 30)
#define MILLION 1000000
#define VOUCHERS_ON INT64_C(1000000000000)

static struct ledger_raise raise_plain;

static void
make_copy(const struct kit *from, struct kit *to)
{
    kit_make_dir(to);
    to->now_s = from->now_s;
    struct copy_settings settings = { from->dir, to->dir, LOG_BYTES_MAX };
    assert_int_equal(ledger_copy(&settings), FAULT_NONE);
}

static void
raw_exec(const struct kit *of, const char *sql)
{
    char path[512];
    sqlite3 *db = NULL;
    kit_path(of, DATABASE_NAME, path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

/* The writer goes on between what is copied and what is looked at. */
static void
test_copy_is_one_instant(void **state)
{
    struct kit to;
    struct claim_row claim;
    struct standing standing;
    struct stat st;
    struct view *v = NULL;
    char path[512], why[COPY_WHY_SIZE];
    (void)state;
    start();
    make_copy(&k, &to);
    KIT_BATCH(&k) moves_claim(&m, 0, 9, k.now_s + 100, &claim);
    kit_path(&to, DATABASE_NAME, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    kit_path(&to, DATABASE_NAME "-wal", path);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(view_open(&v, to.dir), FAULT_NONE);
    view_standing(v, &standing);
    assert_int_equal(view_fault(v), FAULT_NONE);
    assert_true(standing.is_copy && standing.schema_version == SCHEMA_VERSION);
    assert_true(standing.claims == 3 && standing.vouchers == 3 && standing.epoch == 1);
    assert_true(standing.last.writer == k.ledger->writer && standing.last.seq == standing.entries);
    assert_true(standing.kid_count == 1);
    assert_true(view_is_whole(v, why));
    view_close(v);
    struct audit audit = kit_audit(&to);
    assert_true(audit_is_clean(&audit) && audit.entries == standing.entries);
    kit_end(&to);
    kit_end(&k);
    for (int i = 0; i < 9; i++) {
        row_passed();
    }
}

static void
test_copying_is_refused(void **state)
{
    struct kit to, none;
    struct copy_settings settings = { k.dir, to.dir, LOG_BYTES_MAX };
    (void)state;
    start();
    make_copy(&k, &to);
    ROW_CHECK("there is a copy already", ledger_copy(&settings) == FAULT_IO);
    kit_end(&to);
    kit_make_dir(&to);
    kit_make_dir(&none);
    settings = (struct copy_settings){ none.dir, to.dir, LOG_BYTES_MAX };
    ROW_CHECK("there is no ledger", ledger_copy(&settings) == FAULT_UNREACHABLE);
    settings = (struct copy_settings){ k.dir, "/nowhere", LOG_BYTES_MAX };
    ROW_CHECK("there is no place", ledger_copy(&settings) == FAULT_IO);
    settings = (struct copy_settings){ k.dir, to.dir, 1 };
    ROW_CHECK("the log is too long", ledger_copy(&settings) == FAULT_LOST_RACE);
    for (int i = 0; i < 4; i++) {
        row_passed();
    }
    kit_end(&none);
    kit_end(&to);
    kit_end(&k);
}

static void
touch(const struct kit *of, const char *name)
{
    char path[512];
    kit_path(of, name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
}

static void
test_nothing_opens_on_a_copy(void **state)
{
    struct kit to, other;
    (void)state;
    start();
    make_copy(&k, &to);
    ROW_CHECK("a ledger is none", ledger_standing(k.dir) == FAULT_NONE);
    ROW_CHECK("a copy", ledger_standing(to.dir) == FAULT_COPY);
    ROW_CHECK("a copy opens", kit_try_open(&to) == FAULT_COPY && to.ledger == NULL);
    ROW_CHECK("a copy opens again", kit_try_open(&to) == FAULT_COPY && to.ledger == NULL);
    make_copy(&to, &other);
    ROW_CHECK("a copy of a copy", ledger_standing(other.dir) == FAULT_COPY);
    kit_end(&other);
    kit_make_dir(&other);
    ROW_CHECK("nothing", ledger_standing(other.dir) == FAULT_NONE);
    touch(&other, RESTORING_NAME);
    ROW_CHECK("a restore was cut short", ledger_standing(other.dir) == FAULT_COPY);
    kit_end(&other);
    kit_make_dir(&other);
    touch(&other, DATABASE_NAME);
    ROW_CHECK("an empty file", ledger_standing(other.dir) == FAULT_NONE);
    int lock = ledger_lock(other.dir);
    ROW_CHECK("a lock", lock >= 0);
    ROW_CHECK("one lock", ledger_lock(other.dir) == -1);
    ROW_CHECK("locked out", kit_try_open(&other) == FAULT_LOST_RACE);
    (void)close(lock);
    ROW_CHECK("the daemon's lock", ledger_lock(k.dir) == -1);
    for (int i = 0; i < 12; i++) {
        row_passed();
    }
    kit_end(&other);
    kit_end(&to);
    kit_end(&k);
}

static enum fault
raise_copy(struct kit *of, const struct ledger_raise *raise)
{
    of->settings.raise = raise;
    enum fault fault = kit_try_open(of);
    of->settings.raise = NULL;
    return fault;
}

struct first_two {
    struct journal_row rows[2];
    char detail[JOURNAL_DETAIL_MAX + 1];
    size_t count;
};

static bool
take_two(void *owner, const struct journal_row *row)
{
    struct first_two *two = owner;
    if (row->entry.kind == JOURNAL_EPOCH_RAISE)
        (void)snprintf(two->detail, sizeof two->detail, "%.*s", (int)row->entry.detail.size,
                       row->entry.detail.at);
    two->rows[two->count++] = *row;
    return two->count < 2;
}

static void
test_raise(void **state)
{
    struct kit to;
    struct claim_row claim;
    struct restored_row row;
    struct first_two two = { .count = 0 };
    (void)state;
    start();
    int64_t next = k.ledger->now.next_voucher;
    make_copy(&k, &to);
    to.now_s += 50;
    const struct ledger_raise raise = { .reason = TEXT("the disk is \"gone\""),
                                        .operator= TEXT("wang"),
                                        .witnessed = 99,
                                        .root = kit_digest(7) };
    assert_int_equal(raise_copy(&to, &raise), FAULT_NONE);
    assert_true(view_restored(to.view, &row));
    assert_true(row.epoch == MILLION && row.skipped == MILLION - 2 && row.witnessed == 99);
    assert_true(row.copied_at_s == k.now_s && row.raised_at_s == to.now_s);
    assert_true(row.voucher_from == next && row.voucher_floor == VOUCHERS_ON);
    assert_true(row.campaign_floor == MILLION && row.pool_floor == MILLION);
    assert_int_equal(to.ledger->writer & 0xffffffff, MILLION);
    m.kit = &to;
    KIT_BATCH(&to) moves_claim(&m, 0, 1000, to.now_s + 100, &claim);
    assert_int_equal(claim.first_number, VOUCHERS_ON);
    view_journal(to.view, to.ledger->writer, 0, take_two, &two);
    assert_int_equal(two.rows[0].entry.kind, JOURNAL_WRITER_START);
    assert_int_equal(two.rows[1].entry.kind, JOURNAL_EPOCH_RAISE);
    assert_non_null(strstr(two.detail, "\"reason\":\"the disk is \\\"gone\\\"\""));
    assert_non_null(strstr(two.detail, "\"operator\":\"wang\""));
    kit_close(&to);
    assert_int_equal(ledger_standing(to.dir), FAULT_NONE);
    kit_open(&to); /* as a daemon does */
    assert_int_equal(to.ledger->writer & 0xffffffff, MILLION + 1);
    assert_int_equal(to.ledger->now.next_voucher, VOUCHERS_ON + 1);
    struct audit audit = kit_audit(&to);
    assert_true(audit_is_clean(&audit));
    kit_end(&to);
    kit_end(&k);
    for (int i = 0; i < 15; i++) {
        row_passed();
    }
}

/* Restored once more, from a copy of what was restored; and beyond what a witness saw. */
static void
test_raise_again(void **state)
{
    struct kit first, second;
    struct restored_row row;
    (void)state;
    start();
    make_copy(&k, &first);
    assert_int_equal(raise_copy(&first, &raise_plain), FAULT_NONE);
    make_copy(&first, &second);
    struct ledger_raise raise = raise_plain;
    char quotes[RAISE_REASON_MAX]; /* the longest that an entry has to hold */
    memset(quotes, '"', sizeof quotes);
    raise.reason = (struct text){ quotes, sizeof quotes };
    raise.operator=(struct text){ quotes, RAISE_OPERATOR_MAX };
    raise.root = kit_digest(3);
    raise.witnessed = INT64_MAX;
    raise.epoch_seen = 7 * MILLION + 600000;
    assert_int_equal(raise_copy(&second, &raise), FAULT_NONE);
    assert_true(view_restored(second.view, &row));
    assert_int_equal(row.epoch, 9 * MILLION); /* half a step away at least */
    assert_int_equal(row.voucher_floor, 2 * VOUCHERS_ON);
    assert_int_equal(second.ledger->now.next_campaign, 2 * MILLION);
    struct audit audit = kit_audit(&second);
    assert_true(audit_is_clean(&audit));
    kit_end(&second);
    kit_end(&first);
    kit_end(&k);
    for (int i = 0; i < 5; i++) {
        row_passed();
    }
}

static void
test_raising_is_refused(void **state)
{
    struct kit to, none;
    (void)state;
    start();
    make_copy(&k, &to);
    kit_close(&k);
    ROW_CHECK("a ledger is no copy", raise_copy(&k, &raise_plain) == FAULT_CONFIG);
    kit_make_dir(&none);
    ROW_CHECK("nothing is no copy", raise_copy(&none, &raise_plain) == FAULT_CONFIG);
    ROW_CHECK("once", raise_copy(&to, &raise_plain) == FAULT_NONE);
    kit_close(&to);
    ROW_CHECK("twice", raise_copy(&to, &raise_plain) == FAULT_CONFIG);
    kit_open(&k);
    for (int i = 0; i < 4; i++) {
        row_passed();
    }
    kit_end(&none);
    kit_end(&to);
    kit_end(&k);
}

/* A copy that an older version made stays one until the raise is sealed. */
static void
test_older_copy(void **state)
{
    struct kit to;
    (void)state;
    start();
    make_copy(&k, &to);
    raw_exec(&to, "DROP TRIGGER voucher_not_lost; DROP TABLE restored; PRAGMA user_version = 3");
    ROW_CHECK("opens", kit_try_open(&to) == FAULT_COPY);
    ROW_CHECK("is raised", raise_copy(&to, &raise_plain) == FAULT_NONE);
    struct audit audit = kit_audit(&to);
    ROW_CHECK("is clean", audit_is_clean(&audit));
    raw_exec(&k, "PRAGMA user_version = 3"); /* a view of another version does not read it */
    struct copy_settings settings = { k.dir, "/nowhere", LOG_BYTES_MAX };
    ROW_CHECK("another version's ledger", ledger_copy(&settings) == FAULT_CONFIG);
    for (int i = 0; i < 4; i++) {
        row_passed();
    }
    kit_end(&to);
    kit_end(&k);
}

static const struct {
    const char *name, *sql; /* after its guards are gone */
    const char *guard; /* of the statement while they are there */
} tampered[] = {
    { "a restoration is forgotten", "DELETE FROM restored", "never forgotten" },
    { "a restoration of another epoch", "UPDATE restored SET epoch = epoch + 1", "never changes" },
    { "fewer epochs were skipped", "UPDATE restored SET skipped = skipped - 1", "never changes" },
    { "numbers begin further on", "UPDATE restored SET voucher_floor = voucher_floor + 1000000",
      "never changes" },
    { "copied at another time", "UPDATE restored SET copied_at = copied_at - 1", "never changes" },
    { "raised at another time", "UPDATE restored SET raised_at = raised_at + 1", "never changes" },
    { "of fewer entries", "UPDATE restored SET entries = entries - 1", "never changes" },
    { "fewer were witnessed", "UPDATE restored SET witnessed = 0", "never changes" },
    { "another root", "UPDATE restored SET root = randomblob(32)", "never changes" },
    { "no root", "UPDATE restored SET root = NULL", "never changes" },
    { "less is lost", "UPDATE restored SET voucher_from = voucher_from + 1", "never changes" },
    { "campaigns from", "UPDATE restored SET campaign_from = campaign_from - 1", "never changes" },
    { "campaigns on", "UPDATE restored SET campaign_floor = campaign_floor + 1", "never changes" },
    { "pools from", "UPDATE restored SET pool_from = pool_from - 1", "never changes" },
    { "pools on", "UPDATE restored SET pool_floor = pool_floor + 1", "never changes" },
    { "a lost number is given out",
      "INSERT INTO voucher SELECT (SELECT voucher_from FROM restored), randomblob(16), claim, 1,"
      " value, min_spend FROM voucher LIMIT 1",
      "may have been given out" },
    { "a restoration that never was",
      "INSERT INTO restored SELECT epoch + 1, skipped - 1, copied_at, raised_at, entries,"
      " witnessed, root, voucher_from, voucher_floor, campaign_from, campaign_floor, pool_from,"
      " pool_floor FROM restored",
      NULL },
};

static void
test_tampering_is_told(void **state)
{
    struct kit to;
    struct claim_row claim;
    (void)state;
    start();
    for (size_t i = 0; i < COUNT_OF(tampered); i++) {
        char path[512];
        sqlite3 *db = NULL;
        make_copy(&k, &to);
        struct ledger_raise raise = raise_plain;
        raise.witnessed = 50;
        raise.root = kit_digest(9);
        assert_int_equal(raise_copy(&to, &raise), FAULT_NONE);
        m.kit = &to;
        KIT_BATCH(&to) moves_claim(&m, 0, 1000, to.now_s + 100, &claim);
        kit_close(&to);
        kit_path(&to, DATABASE_NAME, path);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        int code = sqlite3_exec(db, tampered[i].sql, NULL, NULL, NULL);
        const char *guard = tampered[i].guard;
        ROW_CHECK(tampered[i].name, (code == SQLITE_OK) == (guard == NULL));
        ROW_CHECK(tampered[i].name, guard == NULL || strstr(sqlite3_errmsg(db), guard) != NULL);
        (void)sqlite3_close(db);
        raw_exec(&to, "DROP TRIGGER restored_stays; DROP TRIGGER restored_kept;"
                      "DROP TRIGGER voucher_not_lost");
        if (guard != NULL) raw_exec(&to, tampered[i].sql);
        struct audit audit = kit_audit(&to);
        ROW_CHECK(tampered[i].name, !audit_is_clean(&audit));
        kit_end(&to);
        row_passed();
    }
    kit_end(&k);
}

/* Which vouchers that are not there may have gone with the lost ledger. */
static void
test_what_may_be_lost(void **state)
{
    static const struct {
        const char *name;
        int64_t after_s; /* the last entry that was kept; -1: by its number */
        int64_t number;
        bool may;
    } rows[] = {
        { "a minute before the copy", -61, 0, false },
        { "drawn just before its entry", -1, 0, true },
        { "between copy and raise", 25, 0, true },
        { "at the raise", 50, 0, true },
        { "after the raise", 51, 0, false },
        { "the first number that was lost", INT64_MIN, 4, true },
        { "the last one", INT64_MIN, VOUCHERS_ON - 1, true },
        { "a number that was kept", INT64_MIN, 3, false },
        { "a number given out since", INT64_MIN, VOUCHERS_ON, false },
    };
    struct kit to;
    (void)state;
    start();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ROW_CHECK("without a raise", !view_may_be_lost(k.view, NULL, rows[i].number));
    }
    make_copy(&k, &to);
    to.now_s += 50;
    assert_int_equal(raise_copy(&to, &raise_plain), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct uuid id = { { 0 } };
        const bool by_number = rows[i].after_s == INT64_MIN;
        int64_t ms = by_number ? 0 : (k.now_s + rows[i].after_s) * 1000;
        for (int at = 5; at >= 0; at--, ms >>= 8) {
            id.bytes[at] = (uint8_t)ms;
        }
        bool may = view_may_be_lost(to.view, by_number ? NULL : &id, rows[i].number);
        ROW_CHECK(rows[i].name, may == rows[i].may);
        row_passed();
    }
    kit_end(&to);
    kit_end(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_is_one_instant),
        cmocka_unit_test(test_copying_is_refused),
        cmocka_unit_test(test_nothing_opens_on_a_copy),
        cmocka_unit_test(test_raise),
        cmocka_unit_test(test_raise_again),
        cmocka_unit_test(test_raising_is_refused),
        cmocka_unit_test(test_older_copy),
        cmocka_unit_test(test_tampering_is_told),
        cmocka_unit_test(test_what_may_be_lost),
    };
    raise_plain = (struct ledger_raise){ .reason = TEXT("a test"), .operator= TEXT("tester") };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
