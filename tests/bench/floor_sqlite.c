/* tests/bench/floor_sqlite.c: see floor.h. Plain SQLite, nothing of ours in between; the rows are
 * as large as a claim's (about 200 bytes). Checkpoints are deferred to the end and not measured,
 * as the ledger does them between batches. */
#include <sqlite3.h>
#include <unistd.h>

#include "tests/bench/cpu.h"
#include "tests/bench/floor.h"
#include "tests/bench/hist.h"

#define MILLISECOND_NS INT64_C(1000000)
#define ROW_SIZE 180
#define KEY_SIZE 16

struct table {
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit;
    bool is_scattered;
    uint64_t chance;
    int64_t rows;
};

static void
run(sqlite3 *db, const char *sql)
{
    must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *
prepared(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK);
    return statement;
}

static void
step(sqlite3_stmt *statement)
{
    must(sqlite3_step(statement) == SQLITE_DONE);
    must(sqlite3_reset(statement) == SQLITE_OK);
}

static void
files_remove(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char name[512];
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

static void
table_open(struct table *t, const char *path, bool is_scattered)
{
    *t = (struct table){ .is_scattered = is_scattered, .chance = 88172645463325252u };
    files_remove(path);
    must(sqlite3_open(path, &t->db) == SQLITE_OK);
    run(t->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = "
               "0; PRAGMA cache_size = -65536");
    run(t->db, "CREATE TABLE row (id INTEGER PRIMARY KEY, person BLOB, rest BLOB) STRICT");
    if (is_scattered) run(t->db, "CREATE UNIQUE INDEX row_person ON row (person)");
    t->begin = prepared(t->db, "BEGIN IMMEDIATE");
    t->insert = prepared(t->db, "INSERT INTO row (person, rest) VALUES (?1, ?2)");
    t->commit = prepared(t->db, "COMMIT");
}

static void
table_close(struct table *t, const char *path)
{
    sqlite3_finalize(t->begin);
    sqlite3_finalize(t->insert);
    sqlite3_finalize(t->commit);
    must(sqlite3_close(t->db) == SQLITE_OK);
    files_remove(path);
}

static uint64_t
chance_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void
table_add(struct table *t, int rows)
{
    static const char rest[ROW_SIZE];
    uint64_t person[KEY_SIZE / sizeof(uint64_t)];
    step(t->begin);
    for (int i = 0; i < rows; i++) {
        person[0] = chance_next(&t->chance);
        person[1] = chance_next(&t->chance);
        must(sqlite3_bind_blob(t->insert, 1, person, sizeof person, SQLITE_STATIC) == SQLITE_OK);
        must(sqlite3_bind_blob(t->insert, 2, rest, sizeof rest, SQLITE_STATIC) == SQLITE_OK);
        step(t->insert);
    }
    step(t->commit);
    t->rows += rows;
}

static void
measure(struct table *t, int rows_a_commit, int64_t millis)
{
    const int64_t rows_before = t->rows, cpu_ns = cpu_of_self_ns(), begin_ns = monotonic_ns();
    int64_t passed_ns = 0;
    while (passed_ns < millis * MILLISECOND_NS) {
        table_add(t, rows_a_commit);
        passed_ns = monotonic_ns() - begin_ns;
    }
    const int64_t rows = t->rows - rows_before, used_ns = cpu_of_self_ns() - cpu_ns;
    printf("{\"scattered_unique\":%s,\"rows_a_commit\":%d,\"rows_a_second\":%lld,\"cpu_us\":",
           t->is_scattered ? "true" : "false", rows_a_commit,
           (long long)(rows * INT64_C(1000000000) / passed_ns));
    print_us(stdout, used_ns / rows);
    fputc('}', stdout);
}

void
floor_sqlite(const char *directory, int64_t millis)
{
    static const int rows_a_commit[] = { 1, 100, 1000 };
    char path[256];
    struct table t;
    (void)snprintf(path, sizeof path, "%s/floor.db", directory);
    fputs("{\"rows\":[", stdout);
    for (int scattered = 0; scattered < 2; scattered++) {
        for (size_t i = 0; i < COUNT_OF(rows_a_commit); i++) {
            if (scattered + (int)i > 0) fputc(',', stdout);
            table_open(&t, path, scattered == 1);
            measure(&t, rows_a_commit[i], millis);
            table_close(&t, path);
        }
    }
    puts("]}");
}
