#include "tests/rows.h"

#include <fcntl.h>
#include <unistd.h>

#include <jansson.h>

#include "voucher/log.h"

#define START "{\"time\":\"2026-06-19T02:00:00.123Z\",\"level\":\"info\",\"event\":\"e\""

static int64_t
wall_us(void *owner)
{
    (void)owner;
    return INT64_C(1781834400123456);
}

static const struct seams seams = { .wall_us = wall_us };

struct pipe {
    int read_fd, write_fd;
};

static struct pipe
pipe_open(void)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_true(fcntl(fds[0], F_SETFL, O_NONBLOCK) >= 0);
    return (struct pipe){ fds[0], fds[1] };
}

static void
pipe_close(const struct pipe *p)
{
    close(p->read_fd);
    close(p->write_fd);
}

/* What lies in the pipe, ended by NUL; its size. */
static size_t
pipe_take(const struct pipe *p, char *out, size_t room)
{
    size_t size = 0;
    ssize_t got;
    while (size + 1 < room && (got = read(p->read_fd, out + size, room - 1 - size)) > 0)
        size += (size_t)got;
    out[size] = '\0';
    return size;
}

static const struct {
    const char *name, *value;
    const char *want; /* the line behind its first three members */
} texts[] = {
    { "plain", "abc", ",\"error\":\"abc\"}\n" },
    { "Chinese", "惠券", ",\"error\":\"惠券\"}\n" },
    { "empty is left out", "", "}\n" },
    { "NULL is left out", NULL, "}\n" },
    { "quote", "a\"b", ",\"error\":\"a\\\"b\"}\n" },
    { "backslash", "a\\b", ",\"error\":\"a\\\\b\"}\n" },
    { "a forged line", "a\n{\"level\":\"error\"}",
      ",\"error\":\"a\\n{\\\"level\\\":\\\"error\\\"}\"}\n" },
    { "carriage return", "a\rb", ",\"error\":\"a\\rb\"}\n" },
    { "escape of a terminal", "\x1b[31m", ",\"error\":\"\\u001b[31m\"}\n" },
    { "stray byte", "a\xff", ",\"error\":\"a\xef\xbf\xbd\"}\n" },
    { "overlong form", "\xc0\xaf", ",\"error\":\"\xef\xbf\xbd\xef\xbf\xbd\"}\n" },
};

static void
texts_are_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct pipe p = pipe_open();
        struct log log;
        struct log_line line;
        char got[4096], want[4096];
        log_open(&log, p.write_fd, LOG_LEVEL_INFO, &seams);
        log_begin(&line, &log, LOG_LEVEL_INFO, "e");
        log_string(&line, LOG_ERROR, texts[i].value);
        log_end(&line);
        pipe_take(&p, got, sizeof got);
        snprintf(want, sizeof want, START "%s", texts[i].want);
        if (strcmp(got, want) != 0) print_error("%s%s", got, want);
        ROW_CHECK(texts[i].name, strcmp(got, want) == 0);
        pipe_close(&p);
        row_passed();
    }
}

static const struct {
    const char *name;
    enum log_level least, level;
    bool written;
} levels[] = {
    { "debug at debug", LOG_LEVEL_DEBUG, LOG_LEVEL_DEBUG, true },
    { "debug at info", LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, false },
    { "info at info", LOG_LEVEL_INFO, LOG_LEVEL_INFO, true },
    { "info at warn", LOG_LEVEL_WARN, LOG_LEVEL_INFO, false },
    { "warn at error", LOG_LEVEL_ERROR, LOG_LEVEL_WARN, false },
    { "error at error", LOG_LEVEL_ERROR, LOG_LEVEL_ERROR, true },
    { "error at debug", LOG_LEVEL_DEBUG, LOG_LEVEL_ERROR, true },
};

static void
levels_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        struct pipe p = pipe_open();
        struct log log;
        struct log_line line;
        char got[4096];
        log_open(&log, p.write_fd, levels[i].least, &seams);
        log_begin(&line, &log, levels[i].level, "e");
        log_string(&line, LOG_ROUTE, "/healthz");
        log_integer(&line, LOG_STATUS, 200);
        log_boolean(&line, LOG_REPLAYED, true);
        log_end(&line);
        const bool written = pipe_take(&p, got, sizeof got) > 0;
        ROW_CHECK(levels[i].name, written == levels[i].written);
        const char *want = "\"route\":\"/healthz\",\"status\":200,\"replayed\":true}\n";
        ROW_CHECK(levels[i].name, !written || strstr(got, want) != NULL);
        pipe_close(&p);
        row_passed();
    }
}

static const struct {
    const char *name;
    const char *filler; /* repeated */
    size_t repeats, members;
    bool cut;
} lengths[] = {
    { "as long as may be", "x", LOG_VALUE_SIZE_MAX, 1, false },
    { "one too long", "x", LOG_VALUE_SIZE_MAX + 1, 1, true },
    { "characters of three bytes", "惠", 200, 1, true },
    { "escapes of six bytes", "\x01", LOG_VALUE_SIZE_MAX, 1, false },
    { "more members than room", "x", LOG_VALUE_SIZE_MAX, 8, true },
    { "the second has no room", "\x01", LOG_VALUE_SIZE_MAX, 2, true },
};

/* However much is said, the line is one JSON object that fits, and says that it was cut. */
static void
lines_are_bounded(void **state)
{
    (void)state;
    static const enum log_key keys[] = { LOG_ERROR, LOG_PATH,   LOG_ADDRESS, LOG_SIGNAL,
                                         LOG_STATE, LOG_METHOD, LOG_ROLE,    LOG_FAULT };
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct pipe p = pipe_open();
        struct log log;
        struct log_line line;
        char got[8192], value[1024] = "";
        const size_t filler_size = strlen(lengths[i].filler);
        for (size_t k = 0; k < lengths[i].repeats; k++)
            memcpy(value + k * filler_size, lengths[i].filler, filler_size);
        log_open(&log, p.write_fd, LOG_LEVEL_INFO, &seams);
        log_begin(&line, &log, LOG_LEVEL_INFO, "e");
        for (size_t k = 0; k < lengths[i].members; k++)
            log_string(&line, keys[k], value);
        log_end(&line);
        const size_t size = pipe_take(&p, got, sizeof got);
        ROW_CHECK(lengths[i].name, size > 0 && size <= LOG_LINE_SIZE_MAX);
        ROW_CHECK(lengths[i].name, strchr(got, '\n') == got + size - 1);
        json_t *object = json_loads(got, JSON_REJECT_DUPLICATES, NULL);
        ROW_CHECK(lengths[i].name, json_is_object(object));
        ROW_CHECK(lengths[i].name, strstr(got, "\xef\xbf\xbd") == NULL);
        ROW_CHECK(lengths[i].name, json_is_true(json_object_get(object, "cut")) == lengths[i].cut);
        json_decref(object);
        pipe_close(&p);
        row_passed();
    }
}

static void
say(struct log *log)
{
    struct log_line line;
    log_begin(&line, log, LOG_LEVEL_INFO, "e");
    log_end(&line);
}

/* Whatever room the members leave, what the end adds has its place. */
static void
tail_always_fits(void **state)
{
    (void)state;
    static char value[LOG_VALUE_SIZE_MAX];
    memset(value, 'x', sizeof value);
    for (size_t size = 1; size <= sizeof value; size++) {
        struct pipe p = pipe_open();
        struct log log;
        struct log_line line;
        char got[4096];
        log_open(&log, p.write_fd, LOG_LEVEL_INFO, &seams);
        atomic_store(&log.lost, UINT64_C(1) << 62);
        log_begin(&line, &log, LOG_LEVEL_INFO, "e");
        for (int k = 0; k < 16; k++)
            log_text(&line, LOG_ERROR, (struct text){ value, size });
        for (int k = 0; k < 128; k++)
            log_boolean(&line, LOG_REPLAYED, true);
        log_end(&line);
        assert_true(pipe_take(&p, got, sizeof got) <= LOG_LINE_SIZE_MAX);
        assert_non_null(strstr(got, ",\"cut\":true,\"lost\":4611686018427387904}\n"));
        pipe_close(&p);
    }
    row_passed();
}

/* A reader that stalls loses lines, and the next that gets through tells how many. */
static void
stalled_reader_stops_nobody(void **state)
{
    (void)state;
    struct pipe p = pipe_open();
    struct log log;
    static char got[1 << 17];
    log_open(&log, p.write_fd, LOG_LEVEL_INFO, &seams);
    while (atomic_load(&log.lost) < 3)
        say(&log);
    assert_true(pipe_take(&p, got, sizeof got) > 0);
    assert_null(strstr(got, "lost"));
    say(&log);
    pipe_take(&p, got, sizeof got);
    assert_string_equal(got, START ",\"lost\":3}\n");
    say(&log);
    pipe_take(&p, got, sizeof got);
    assert_string_equal(got, START "}\n");
    assert_int_equal(atomic_load(&log.lost), 0);
    assert_int_equal(atomic_load(&log.lost_sum), 3);
    pipe_close(&p);
    row_passed();
}

/* Lines that a lost line was to tell of are not forgotten with it. */
static void
lost_lines_add_up(void **state)
{
    (void)state;
    struct pipe p = pipe_open();
    struct log log;
    log_open(&log, p.write_fd, LOG_LEVEL_INFO, &seams);
    while (atomic_load(&log.lost) < 1)
        say(&log);
    for (int i = 0; i < 9; i++)
        say(&log);
    assert_int_equal(atomic_load(&log.lost), 10);
    assert_int_equal(atomic_load(&log.lost_sum), 10);
    pipe_close(&p);
    row_passed();
}

static void
say_later(struct log *log, struct log_buffer *buffer)
{
    struct log_line line;
    log_begin(&line, log, LOG_LEVEL_INFO, "e");
    log_end_later(&line, buffer);
}

/* Lines wait, leave whole, in order and in one piece; a buffer without room lets go what it has. */
static void
buffered_lines_leave_whole(void **state)
{
    (void)state;
    struct pipe p = pipe_open();
    struct log log;
    struct log_buffer buffer = { 0 };
    static char got[1 << 17];
    log_open(&log, p.write_fd, LOG_LEVEL_INFO, &seams);
    say_later(&log, &buffer);
    say_later(&log, &buffer);
    assert_int_equal(pipe_take(&p, got, sizeof got), 0);
    log_flush(&log, &buffer);
    pipe_take(&p, got, sizeof got);
    assert_string_equal(got, START "}\n" START "}\n");
    log_flush(&log, &buffer);
    assert_int_equal(pipe_take(&p, got, sizeof got), 0);
    size_t line_size = strlen(START "}\n"), fit = LOG_BUFFER_SIZE / line_size;
    for (size_t i = 0; i < fit; i++)
        say_later(&log, &buffer);
    assert_int_equal(pipe_take(&p, got, sizeof got), 0);
    say_later(&log, &buffer);
    assert_int_equal(pipe_take(&p, got, sizeof got), fit * line_size);
    assert_int_equal(buffer.size, line_size);
    pipe_close(&p);
    row_passed();
}

/* A buffer that cannot leave is lost with all that it was to tell. */
static void
buffered_lines_are_counted_when_lost(void **state)
{
    (void)state;
    struct pipe p = pipe_open();
    struct log log;
    struct log_buffer buffer = { 0 };
    log_open(&log, p.write_fd, LOG_LEVEL_INFO, &seams);
    while (atomic_load(&log.lost) < 2)
        say(&log);
    say_later(&log, &buffer); /* tells of two */
    say_later(&log, &buffer);
    assert_int_equal(atomic_load(&log.lost), 0);
    log_flush(&log, &buffer);
    assert_int_equal(atomic_load(&log.lost), 4);
    assert_int_equal(atomic_load(&log.lost_sum), 4);
    pipe_close(&p);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(levels_are_kept),
        cmocka_unit_test(lines_are_bounded),
        cmocka_unit_test(stalled_reader_stops_nobody),
        cmocka_unit_test(lost_lines_add_up),
        cmocka_unit_test(buffered_lines_leave_whole),
        cmocka_unit_test(buffered_lines_are_counted_when_lost),
        cmocka_unit_test(tail_always_fits),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
