/* tests/test_page_cache.c: what SQLite's own cache is asked for, below ours: no page far beyond the
 * file, since a cut at the file's size would then walk over everything that is cached. */
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/sqlite/page_cache.h"
#include "tests/rows.h"
#include "voucher/base.h"

enum { ROW_COUNT = 30000, BATCH = 25 };

/* SQLite's methods, counted. */
static sqlite3_pcache_methods2 below;
static unsigned key_max;
static unsigned rename_count;

static char dir[256], path[300];

static sqlite3_pcache_page *
below_fetch(sqlite3_pcache *cache, unsigned key, int may_create)
{
    sqlite3_pcache_page *page = below.xFetch(cache, key, may_create);
    if (page != NULL && key > key_max) key_max = key;
    return page;
}

static void
below_rename(sqlite3_pcache *cache, sqlite3_pcache_page *page, unsigned from, unsigned to)
{
    rename_count++;
    if (to > key_max) key_max = to;
    below.xRekey(cache, page, from, to);
}

static void
run(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t
number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* Scattered keys: pages split and change places all the time. */
static void
fill(sqlite3 *db)
{
    sqlite3_stmt *statement;
    const char *sql = "INSERT INTO scattered VALUES (?, zeroblob(40))";
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    for (uint64_t i = 1; i <= ROW_COUNT; i++) {
        if (i % BATCH == 1) run(db, "BEGIN");
        sqlite3_bind_int64(statement, 1, (int64_t)((i * UINT64_C(0x9e3779b97f4a7c15)) >> 1));
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_reset(statement);
        if (i % BATCH == 0) run(db, i % (BATCH * 7) == 0 ? "ROLLBACK" : "COMMIT");
    }
    sqlite3_finalize(statement);
}

static void
test_no_far_page(void **state)
{
    sqlite3 *db;
    (void)state;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
            "CREATE TABLE scattered (key INTEGER, rest BLOB, PRIMARY KEY (key)) WITHOUT ROWID");
    fill(db);
    const int64_t page_count = number(db, "PRAGMA page_count");
    assert_true(rename_count > 0); /* or this shows nothing */
    assert_true(page_count > 100 && key_max <= 2 * page_count);
    assert_int_equal(number(db, "SELECT count(*) FROM scattered"),
                     ROW_COUNT - (ROW_COUNT / (BATCH * 7)) * BATCH);
    row_passed();
    assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    row_passed();
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The cuts of a file that shrinks, and of a cache that is given back. */
static void
test_cuts(void **state)
{
    sqlite3 *db;
    (void)state;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    const int64_t before = number(db, "SELECT total(key) FROM scattered WHERE key % 5 = 0");
    run(db, "DELETE FROM scattered WHERE key % 5 <> 0; VACUUM; PRAGMA shrink_memory;"
            "PRAGMA incremental_vacuum");
    assert_int_equal(number(db, "SELECT total(key) FROM scattered"), before);
    row_passed();
    assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    row_passed();
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int
set_up(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    (void)snprintf(dir, sizeof dir, "%s/huiquan-pages-XXXXXX", base ? base : "/tmp");
    if (mkdtemp(dir) == NULL) return -1;
    (void)snprintf(path, sizeof path, "%s/pages.db", dir);
    return 0;
}

/* The last connection has taken the log along. */
static int
tear_down(void **state)
{
    (void)state;
    return unlink(path) == 0 && rmdir(dir) == 0 ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_no_far_page),
                                        cmocka_unit_test(test_cuts) };
    if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &below) != SQLITE_OK) return 1;
    sqlite3_pcache_methods2 counted = below;
    counted.xFetch = below_fetch;
    counted.xRekey = below_rename;
    if (sqlite3_config(SQLITE_CONFIG_PCACHE2, &counted) != SQLITE_OK) return 1;
    page_cache_install();
    return rows_report(cmocka_run_group_tests(tests, set_up, tear_down));
}
