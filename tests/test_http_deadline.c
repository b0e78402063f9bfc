/* tests/test_http_deadline.c: peers that are slow, and peers that end their side early. */
#include "tests/http_desk.h"

/* ---- deadlines ---- */

struct trickle {
    struct talk talk;
    struct event *dripping;
};

/* A byte every few milliseconds, for ever: a time-out per read would never come. */
static void
trickle_drip(evutil_socket_t fd, short what, void *owner)
{
    struct trickle *trickle = owner;
    (void)fd;
    (void)what;
    if (!trickle->talk.is_closed) talk_send(&trickle->talk, TEXT("a"));
}

static const struct {
    const char *name;
    struct text sent;
    bool trickles;
    int status;
} slow[] = {
    { "nothing at all", SENT(""), false, 408 },
    { "an empty line", SENT("\r\n"), false, 408 },
    { "half a request line", SENT("GET /"), false, 408 },
    { "half a head", SENT("GET / HTTP/1.1\r\nHost"), false, 408 },
    { "a head that trickles", SENT("GET / HTTP/1.1\r\n" HOST "X: "), true, 408 },
    { "a target that trickles", SENT("GET /"), true, 408 },
    { "no body", SENT(POST("/", "Content-Length: 5\r\n", "")), false, 408 },
    { "half a body", SENT(POST("/", "Content-Length: 5\r\n", "he")), false, 408 },
    { "a body that trickles", SENT(POST("/", "Content-Length: 16000\r\n", "")), true, 408 },
    { "half a chunk", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "5\r\nhe")), false, 408 },
    { "a chunk that trickles", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "3000\r\n")), true,
      408 },
    { "no last chunk", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n")), false,
      408 },
    { "a trailer that trickles", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "0\r\nX:")), true,
      408 },
    { "an upload that trickles", SENT(POST("/upload", "Content-Length: 100000\r\n", "")), true,
      408 },
    { "a streamed upload that trickles", SENT(POST("/stream", "Content-Length: 100000\r\n", "")),
      true, 408 },
};

static void
test_deadlines(void **state)
{
    (void)state;
    struct desk desk;
    struct http_settings settings = soon();
    settings.head_wait_ms = settings.body_wait_ms = settings.idle_wait_ms = SOON_MS;
    settings.upload_wait_ms = SOON_MS;
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(slow); i++) {
        struct trickle trickle;
        struct answer answer;
        struct timeval drip = { .tv_usec = 4000 };
        talk_open(&trickle.talk, &desk.stage);
        trickle.dripping = event_new(desk.stage.base, -1, EV_PERSIST, trickle_drip, &trickle);
        if (slow[i].trickles) event_add(trickle.dripping, &drip);
        talk_send(&trickle.talk, slow[i].sent);
        ROW_CHECK(slow[i].name, talk_wait(&trickle.talk, talk_is_closed));
        ROW_CHECK(slow[i].name, talk_answer(&trickle.talk, 0, &answer));
        ROW_CHECK(slow[i].name, answer.status == slow[i].status);
        ROW_CHECK(slow[i].name, talk_answer_count(&trickle.talk) == 1);
        event_free(trickle.dripping);
        talk_close(&trickle.talk);
        row_passed();
    }
    assert_int_equal(desk.request_count, 0);
    desk_close(&desk);
}

/* Idle is counted from the last answer; then 408 and the end. */
static void
test_idle_between(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    char got[64];
    struct http_settings settings = soon();
    settings.idle_wait_ms = SOON_MS;
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(GET("/")));
    assert_true(talk_wait(&talk, talk_is_closed));
    answer_statuses(TALKED(&talk), got, sizeof got);
    assert_string_equal(got, "200 408");
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

/* Those that came together are late together; each hears it, and soon. */
static void
test_crowd_is_late(void **state)
{
    (void)state;
    enum { CROWD = 200 };
    static struct talk talks[CROWD];
    struct desk desk;
    struct http_settings settings = soon();
    settings.idle_wait_ms = SOON_MS;
    desk_open(&desk, &settings);
    for (size_t i = 0; i < CROWD; i++)
        talk_open(&talks[i], &desk.stage);
    for (size_t i = 0; i < CROWD; i++) {
        struct answer answer;
        assert_true(talk_wait(&talks[i], talk_is_closed));
        assert_true(talk_answer(&talks[i], 0, &answer));
        assert_int_equal(answer.status, 408);
        talk_close(&talks[i]);
        row_passed();
    }
    assert_int_equal(desk.request_count, 0);
    desk_close(&desk);
}

/* A crowd that drips heads must not cost a request's room each. The half of a second request comes
 * with the first, whose answer shows that it was looked at. */
static void
test_room_while_waiting(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct text sent;
        size_t slot_count;
        const char *statuses;
    } rows[] = {
        { "for anything", SENT(GET("/")), 0, "200 408" },
        { "behind an empty line", SENT(GET("/") "\r\n"), 0, "200 408" },
        { "for the rest of a method", SENT(GET("/") "GE"), 0, "200 408" },
        { "for the rest of a target", SENT(GET("/") "GET /abc"), 0, "200 408" },
        { "for the rest of a field", SENT(GET("/") "GET / HTTP/1.1\r\nHo"), 0, "200 408" },
        { "for the empty line", SENT(GET("/") "GET / HTTP/1.1\r\n" HOST), 0, "200 408" },
        { "for a body", SENT(GET("/") POST("/", "Content-Length: 5\r\n", "he")), 1, "200 408" },
    };
    struct desk desk;
    struct http_settings settings = soon();
    settings.head_wait_ms = settings.body_wait_ms = settings.idle_wait_ms = SOON_MS;
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct talk talk;
        char got[64];
        talk_open(&talk, &desk.stage);
        talk_send(&talk, rows[i].sent);
        ROW_CHECK(rows[i].name, talk_wait(&talk, talk_has_answer));
        const struct http_counters *counters = http_server_counters(desk.stage.server);
        ROW_CHECK(rows[i].name, counters->slot_count == rows[i].slot_count);
        ROW_CHECK(rows[i].name, talk_wait(&talk, talk_is_closed));
        ROW_CHECK(rows[i].name, counters->slot_count == 0);
        answer_statuses(TALKED(&talk), got, sizeof got);
        ROW_CHECK(rows[i].name, strcmp(got, rows[i].statuses) == 0);
        talk_close(&talk);
        row_passed();
    }
    desk_close(&desk);
}

/* What is known of a late head counts: an answer to HEAD has no body. */
static void
test_late_head_method(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct http_settings settings = soon();
    settings.head_wait_ms = SOON_MS;
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT("HEAD / HTTP/1.1\r\n" HOST));
    assert_true(talk_wait(&talk, talk_is_closed));
    assert_true(talk.size > 16);
    assert_memory_equal(talk.in, "HTTP/1.1 408 ", 13);
    assert_memory_equal(talk.in + talk.size - 4, "\r\n\r\n", 4);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

/* ---- the peer ends its side ---- */

static void
test_half_closed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct text sent;
        const char *statuses;
    } rows[] = {
        { "after nothing", SENT(""), "" },
        { "after a request", SENT(GET("/")), "200" },
        { "after two requests", SENT(GET("/") GET("/")), "200 200" },
        { "in a head", SENT("GET / HTTP/1.1\r\nHo"), "400" },
        { "in a second head", SENT(GET("/") "GET"), "200 400" },
        { "in a body", SENT(POST("/", "Content-Length: 5\r\n", "he")), "400" },
        { "in a streamed body", SENT(POST("/stream", "Content-Length: 5\r\n", "he")), "400" },
        { "in a chunk", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "5\r\nhe")), "400" },
        { "before the last chunk", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n")),
          "400" },
        { "in the trailer", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "0\r\n")), "400" },
    };
    struct desk desk;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct talk talk;
        char got[64];
        talk_open(&talk, &desk.stage);
        talk_send(&talk, rows[i].sent);
        shutdown(talk.fd, SHUT_WR);
        ROW_CHECK(rows[i].name, talk_wait(&talk, talk_is_closed));
        answer_statuses(TALKED(&talk), got, sizeof got);
        ROW_CHECK(rows[i].name, strcmp(got, rows[i].statuses) == 0);
        talk_close(&talk);
        row_passed();
    }
    desk_close(&desk);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadlines),          cmocka_unit_test(test_idle_between),
        cmocka_unit_test(test_room_while_waiting), cmocka_unit_test(test_late_head_method),
        cmocka_unit_test(test_half_closed),        cmocka_unit_test(test_crowd_is_late),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
