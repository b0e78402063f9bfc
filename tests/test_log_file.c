/* tests/test_log_file.c: what the writer's log hands down, and when. A layer below records every
 * call and can be told to fail. */
#include "tests/rows.h"

#include <sqlite3.h>

#include "storage/sqlite/log_file.h"

#define TRACE_SIZE 512
#define BIG 140000

struct below {
    sqlite3_file base;
};

/* One test at a time; cmocka runs them one after the other. */
static struct {
    char trace[TRACE_SIZE]; /* "w AT SIZE;" "s;" "r;" "t SIZE;" "z;" "c;" */
    uint8_t bytes[1 << 18];
    int write_code;
} seen;

static void __attribute__((format(printf, 1, 2))) seen_note(const char *format, ...)
{
    size_t used = strlen(seen.trace);
    assert_true(used + 32 < sizeof seen.trace);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(seen.trace + used, sizeof seen.trace - used, format, arguments);
    va_end(arguments);
}

static int
below_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    (void)file;
    seen_note("w %lld %d;", at, size);
    if (seen.write_code != SQLITE_OK) return seen.write_code;
    assert_true((size_t)at + (size_t)size <= sizeof seen.bytes);
    memcpy(seen.bytes + at, bytes, (size_t)size);
    return SQLITE_OK;
}

static int
below_read(sqlite3_file *file, void *out, int size, sqlite3_int64 at)
{
    (void)file;
    seen_note("r;");
    memcpy(out, seen.bytes + at, (size_t)size);
    return SQLITE_OK;
}

static int
below_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    seen_note("s;");
    return SQLITE_OK;
}

static int
below_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    (void)file;
    seen_note("t %lld;", size);
    return SQLITE_OK;
}

static int
below_size(sqlite3_file *file, sqlite3_int64 *out)
{
    (void)file;
    *out = 0;
    seen_note("z;");
    return SQLITE_OK;
}

static int
below_close(sqlite3_file *file)
{
    (void)file;
    seen_note("c;");
    return SQLITE_OK;
}

static const sqlite3_io_methods below_methods = {
    .iVersion = 1,
    .xClose = below_close,
    .xRead = below_read,
    .xWrite = below_write,
    .xTruncate = below_truncate,
    .xSync = below_sync,
    .xFileSize = below_size,
};

static int
below_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    (void)name;
    (void)out_flags;
    file->pMethods = flags & SQLITE_OPEN_WAL ? &below_methods : NULL;
    return SQLITE_OK;
}

struct opened {
    sqlite3_vfs below;
    struct log_layer *layer;
    sqlite3_file *log;
};

static void
open_log(struct opened *o)
{
    memset(&seen, 0, sizeof seen);
    o->below = *sqlite3_vfs_find(NULL);
    o->below.zName = "below";
    o->below.szOsFile = (int)sizeof(struct below);
    o->below.xOpen = below_open;
    assert_int_equal(sqlite3_vfs_register(&o->below, 0), SQLITE_OK);
    assert_int_equal(log_layer_open(&o->layer, "below"), FAULT_NONE);
    sqlite3_vfs *ours = sqlite3_vfs_find(log_layer_name(o->layer));
    assert_non_null(ours);
    o->log = calloc(1, (size_t)ours->szOsFile);
    assert_non_null(o->log);
    assert_int_equal(ours->xOpen(ours, "x-wal", o->log, SQLITE_OPEN_WAL, NULL), SQLITE_OK);
}

static void
close_log(struct opened *o)
{
    log_layer_close(o->layer);
    assert_int_equal(sqlite3_vfs_unregister(&o->below), SQLITE_OK);
    free(o->log);
}

/* A program of one letter a step: a..z writes 100 bytes of that letter behind the last write, 0
 * writes 100 bytes at 0, B a write beyond what is collected, S sync, R read of the first byte, T
 * truncate, Z size, C close. */
static int
run_step(sqlite3_file *log, char step, sqlite3_int64 *end)
{
    const sqlite3_io_methods *m = log->pMethods;
    static char big[BIG];
    char bytes[100];
    sqlite3_int64 size;
    memset(bytes, step, sizeof bytes);
    switch (step) {
    case 'S': return m->xSync(log, SQLITE_SYNC_NORMAL);
    case 'R': return m->xRead(log, bytes, 1, 0);
    case 'T': return m->xTruncate(log, 7);
    case 'Z': return m->xFileSize(log, &size);
    case 'C': return m->xClose(log);
    case '0': *end = 100; return m->xWrite(log, bytes, sizeof bytes, 0);
    case 'B': *end += BIG; return m->xWrite(log, big, BIG, *end - BIG);
    default: *end += 100; return m->xWrite(log, bytes, sizeof bytes, *end - 100);
    }
}

static const struct {
    const char *name, *steps, *want;
} rows[] = {
    { "nothing is written before the sync", "abc", "" },
    { "what follows is one write", "abcS", "w 0 300;s;" },
    { "a sync without writes", "S", "s;" },
    { "each byte once", "abScS", "w 0 200;s;w 200 100;s;" },
    { "another place begins anew", "ab0S", "w 0 200;w 0 100;s;" },
    { "a read sees what was written", "aR", "w 0 100;r;" },
    { "a size too", "aZ", "w 0 100;z;" },
    { "a cut comes after", "aT", "w 0 100;t 7;" },
    { "closing loses nothing", "abC", "w 0 200;c;" },
    { "what is too big goes through, in order", "aBbS", "w 0 100;w 100 140000;w 140100 100;s;" },
};

static void
calls_below(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct opened o;
        sqlite3_int64 end = 0;
        bool closed = false;
        open_log(&o);
        for (const char *step = rows[i].steps; *step != '\0'; step++) {
            ROW_CHECK(rows[i].name, run_step(o.log, *step, &end) == SQLITE_OK);
            closed = *step == 'C';
        }
        ROW_CHECK(rows[i].name, strcmp(seen.trace, rows[i].want) == 0);
        if (!closed) (void)run_step(o.log, 'C', &end);
        close_log(&o);
        row_passed();
    }
}

/* Whoever syncs hears it, nothing is synced, and the lost bytes are not written later. */
static void
failed_writes_are_told(void **state)
{
    static const int codes[] = { SQLITE_FULL, SQLITE_IOERR_WRITE };
    static const char asks[] = "SRTZC";
    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes) * (sizeof asks - 1); i++) {
        struct opened o;
        sqlite3_int64 end = 0;
        char ask = asks[i / COUNT_OF(codes)];
        open_log(&o);
        assert_int_equal(run_step(o.log, 'a', &end), SQLITE_OK);
        seen.write_code = codes[i % COUNT_OF(codes)];
        assert_int_equal(run_step(o.log, ask, &end), seen.write_code);
        assert_string_equal(seen.trace, ask == 'C' ? "w 0 100;c;" : "w 0 100;");
        seen.write_code = SQLITE_OK;
        seen.trace[0] = '\0';
        if (ask != 'C') {
            assert_int_equal(run_step(o.log, '0', &end), SQLITE_OK);
            assert_int_equal(run_step(o.log, 'S', &end), SQLITE_OK);
            assert_string_equal(seen.trace, "w 0 100;s;");
            assert_int_equal(seen.bytes[0], '0');
            (void)run_step(o.log, 'C', &end);
        }
        close_log(&o);
        row_passed();
    }
}

/* As many pieces as there are: every write below stays under 2^17 and each byte arrives. */
static void
long_batches_leave_in_parts(void **state)
{
    (void)state;
    struct opened o;
    sqlite3_int64 end = 0;
    open_log(&o);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(run_step(o.log, (char)('a' + i % 26), &end), SQLITE_OK);
    }
    assert_int_equal(run_step(o.log, 'S', &end), SQLITE_OK);
    assert_string_equal(seen.trace, "w 0 131000;w 131000 69000;s;");
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(seen.bytes[i * 100], 'a' + i % 26);
        assert_int_equal(seen.bytes[i * 100 + 99], 'a' + i % 26);
    }
    (void)run_step(o.log, 'C', &end);
    close_log(&o);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_below),
        cmocka_unit_test(failed_writes_are_told),
        cmocka_unit_test(long_batches_leave_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
