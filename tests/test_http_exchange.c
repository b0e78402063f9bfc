/* tests/test_http_exchange.c: answers that come late, in parts, or to nobody. */
#include "tests/http_desk.h"

/* ---- answers that come later ---- */

static bool
desk_holds_two(const void *about)
{
    const struct desk *desk = about;
    return desk->held_count == 2;
}

static void
test_later_answers_keep_order(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct answer answer;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(POST("/hold", "Content-Length: 3\r\n", "abc") GET("/hold") "GET\r\n"));
    assert_true(stage_until(&desk.stage, desk_holds_one, &desk));
    for (int i = 0; i < 20; i++)
        event_base_loop(desk.stage.base, EVLOOP_NONBLOCK);
    /* The second waits, and the fault of the third does not overtake the first's answer. */
    assert_int_equal(desk.request_count, 1);
    assert_int_equal(http_server_counters(desk.stage.server)->exchange_count, 1);
    assert_true(text_equal(desk.held[0]->request.body, TEXT("abc")));
    http_answer(desk.held[0], 201, TEXT(""), TEXT("first"));
    assert_true(stage_until(&desk.stage, desk_holds_two, &desk));
    http_answer(desk.held[1], 200, TEXT(""), TEXT("second"));
    assert_true(talk_wait(&talk, talk_is_closed));
    assert_true(talk_answer(&talk, 0, &answer) && answer.status == 201);
    assert_true(talk_answer(&talk, 1, &answer) && text_equal(answer.body, TEXT("second")));
    assert_true(talk_answer(&talk, 2, &answer) && answer.status == 400);
    assert_int_equal(talk_answer_count(&talk), 3);
    assert_int_equal(http_server_counters(desk.stage.server)->exchange_count, 0);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

/* A peer that asks twice and then ends its side still gets both answers. */
static void
test_later_answers_to_half_closed(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    char got[32];
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(GET("/hold") GET("/")));
    shutdown(talk.fd, SHUT_WR);
    assert_true(stage_until(&desk.stage, desk_holds_one, &desk));
    for (int i = 0; i < 20; i++)
        event_base_loop(desk.stage.base, EVLOOP_NONBLOCK);
    http_answer(desk.held[0], 201, TEXT(""), TEXT("first"));
    assert_true(talk_wait(&talk, talk_is_closed));
    answer_statuses(TALKED(&talk), got, sizeof got);
    assert_string_equal(got, "201 200");
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

static void
talk_reset(struct talk *talk)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    assert_int_equal(setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    event_del(talk->reading);
    close(talk->fd);
    talk->fd = -1;
}

static void
test_gone_while_held(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(POST("/hold", "Content-Length: 3\r\n", "abc")));
    assert_true(stage_until(&desk.stage, desk_holds_one, &desk));
    talk_reset(&talk);
    assert_true(stage_until(&desk.stage, desk_missed_one, &desk));
    const struct http_counters *counters = http_server_counters(desk.stage.server);
    assert_true(desk.held[0]->is_gone);
    assert_ptr_equal(desk.held[0]->user, &desk);
    assert_true(text_equal(desk.held[0]->request.body, TEXT("abc")));
    assert_int_equal(counters->connection_count, 0);
    assert_int_equal(counters->exchange_count, 1);
    http_answer(desk.held[0], 200, TEXT(""), TEXT("nobody reads this"));
    assert_int_equal(counters->exchange_count, 0);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

static void
test_gone_in_parts(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(GET("/hold")));
    assert_true(stage_until(&desk.stage, desk_holds_one, &desk));
    http_answer_begin(desk.held[0], 200, TEXT(""));
    http_answer_part(desk.held[0], TEXT("one"));
    talk_reset(&talk);
    assert_true(stage_until(&desk.stage, desk_missed_one, &desk));
    assert_int_equal(http_answer_part(desk.held[0], TEXT("two")), 0);
    http_answer_end(desk.held[0]);
    assert_int_equal(http_server_counters(desk.stage.server)->exchange_count, 0);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

/* A reader that takes nothing is dropped by the write deadline. */
static void
test_slow_reader(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct http_settings settings = soon();
    settings.write_wait_ms = SOON_MS;
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    event_del(talk.reading);
    talk_send(&talk, TEXT(GET("/hold")));
    assert_true(stage_until(&desk.stage, desk_holds_one, &desk));
    http_answer_begin(desk.held[0], 200, TEXT(""));
    while (http_answer_part(desk.held[0], desk.large) == 0) {}
    assert_true(stage_until(&desk.stage, desk_missed_one, &desk));
    http_answer_end(desk.held[0]);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

static void
test_large_answer(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct answer answer;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    event_del(talk.reading);
    talk_send(&talk, TEXT(GET("/large") LAST));
    for (int i = 0; i < 20; i++)
        event_base_loop(desk.stage.base, EVLOOP_NONBLOCK);
    /* The second is not begun before the first has left. */
    assert_int_equal(desk.request_count, 1);
    event_add(talk.reading, NULL);
    assert_true(talk_wait(&talk, talk_is_closed));
    assert_true(talk_answer(&talk, 0, &answer));
    assert_true(text_equal(answer.body, desk.large));
    assert_int_equal(talk_answer_count(&talk), 2);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

static void
test_continue(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct answer answer;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(POST("/", "Expect: 100-continue\r\nContent-Length: 5\r\n", "")));
    assert_true(talk_wait(&talk, talk_has_answer));
    assert_true(talk_answer(&talk, 0, &answer) && answer.status == 100);
    talk_send(&talk, TEXT("hello" LAST));
    assert_true(talk_wait(&talk, talk_is_closed));
    assert_true(talk_answer(&talk, 1, &answer) && text_equal(answer.body, TEXT("hello")));
    assert_int_equal(talk_answer_count(&talk), 3);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

/* Who has the body at hand already is not told to go on. */
static void
test_continue_not_needed(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    char got[64];
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(POST("/", "Expect: 100-continue\r\nContent-Length: 1\r\n", "a") LAST));
    assert_true(talk_wait(&talk, talk_is_closed));
    answer_statuses(TALKED(&talk), got, sizeof got);
    assert_string_equal(got, "200 200");
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

static void
test_upload(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *path;
        const char *size;
    } rows[] = { { "collected", "/upload", "716800" }, { "streamed", "/stream", "716800" } };
    struct desk desk;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct talk talk;
        struct answer answer;
        char head[128];
        talk_open(&talk, &desk.stage);
        int size =
            snprintf(head, sizeof head, "POST %s HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n",
                     rows[i].path, UPLOAD_SIZE);
        talk_send(&talk, (struct text){ head, (size_t)size });
        for (size_t at = 0; at < UPLOAD_SIZE; at += 4096) {
            talk_send(&talk, (struct text){ desk.large.at + at, 4096 });
            event_base_loop(desk.stage.base, EVLOOP_NONBLOCK);
        }
        ROW_CHECK(rows[i].name, talk_wait(&talk, talk_has_answer));
        ROW_CHECK(rows[i].name, talk_answer(&talk, 0, &answer));
        ROW_CHECK(rows[i].name, text_equal(answer.body, text_of(rows[i].size)));
        talk_close(&talk);
        row_passed();
    }
    desk_close(&desk);
}

/* All of it is in the socket before the loop looks: the kernel tells of it once. */
static void
test_upload_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t size;
    } rows[] = { { "less than a read takes", 1000 },
                 { "with its head exactly what a read takes", 16384 },
                 { "a byte more", 16385 },
                 { "twice what a read takes", 32768 },
                 { "several reads", 60001 } };
    struct desk desk;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct talk talk;
        struct answer answer;
        static char request[65536];
        char expected[24];
        static const char head[] = "POST /stream HTTP/1.1\r\n" HOST "Content-Length: %05zu\r\n\r\n";
        const size_t body = rows[i].size - (sizeof head - 1) + strlen("%05zu") - strlen("01234");
        int size = snprintf(request, sizeof request, head, body);
        assert_int_equal((size_t)size + body, rows[i].size);
        memset(request + size, 'a', body);
        snprintf(expected, sizeof expected, "%zu", body);
        talk_open(&talk, &desk.stage);
        event_base_loop(desk.stage.base, EVLOOP_NONBLOCK);
        talk_send(&talk, (struct text){ request, rows[i].size });
        ROW_CHECK(rows[i].name, talk_wait(&talk, talk_has_answer));
        ROW_CHECK(rows[i].name, talk_answer(&talk, 0, &answer));
        ROW_CHECK(rows[i].name, text_equal(answer.body, text_of(expected)));
        talk_close(&talk);
        row_passed();
    }
    desk_close(&desk);
}

/* ---- what an answer says ---- */

/* The example of RFC 9110 section 5.6.7. */
static int64_t
wall_1994(void *owner)
{
    (void)owner;
    return 784111777;
}

static void
test_answer_fields(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct text sent;
        const char *field;
        const char *value; /* NULL: absent */
    } rows[] = {
        { "length", SENT(GET("/")), "Content-Length", "2" },
        { "date", SENT(GET("/")), "Date", "Sun, 06 Nov 1994 08:49:37 GMT" },
        { "nothing of the server", SENT(GET("/")), "Server", NULL },
        { "keeps alive, says nothing", SENT(GET("/")), "Connection", NULL },
        { "closes, says so", SENT(LAST), "Connection", "close" },
        { "HTTP/1.0 is told", SENT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
          "Connection", "keep-alive" },
        { "HTTP/1.0 closes", SENT("GET / HTTP/1.0\r\n\r\n"), "Connection", "close" },
        { "204 has no length", SENT("OPTIONS / HTTP/1.1\r\n" HOST "\r\n"), "Content-Length", NULL },
        { "405 names the methods", SENT("PUT / HTTP/1.1\r\n" HOST "\r\n"), "Allow",
          "GET, HEAD, POST, OPTIONS" },
        { "HEAD tells the length", SENT("HEAD / HTTP/1.1\r\n" HOST "\r\n"), "Content-Length", "2" },
        { "parts have no length", SENT(GET("/parts")), "Content-Length", NULL },
        { "parts are chunked", SENT(GET("/parts")), "Transfer-Encoding", "chunked" },
        { "HTTP/1.0 gets no chunks", SENT("GET /parts HTTP/1.0\r\n\r\n"), "Transfer-Encoding",
          NULL },
        { "a refusal is a problem", SENT("GET\r\n"), "Content-Type", "application/problem+json" },
        { "a refused HEAD tells the length", SENT("HEAD / HTTP/1.1\r\n\r\n"), "Content-Length",
          "101" },
        { "a refusal closes", SENT("GET\r\n"), "Connection", "close" },
        { "a refusal has a date", SENT("GET\r\n"), "Date", "Sun, 06 Nov 1994 08:49:37 GMT" },
    };
    struct desk desk;
    struct http_settings settings = soon();
    settings.wall_s = wall_1994;
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct talk talk;
        struct answer answer;
        char value[128];
        talk_open(&talk, &desk.stage);
        talk_send(&talk, rows[i].sent);
        shutdown(talk.fd, SHUT_WR);
        ROW_CHECK(rows[i].name, talk_wait(&talk, talk_is_closed));
        struct text in = { talk.in, talk.size };
        bool is_head = rows[i].sent.at[0] == 'H';
        ROW_CHECK(rows[i].name, answer_take(&in, is_head, &answer));
        bool is_there = answer_field(&answer, rows[i].field, value, sizeof value);
        ROW_CHECK(rows[i].name, is_there == (rows[i].value != NULL));
        ROW_CHECK(rows[i].name, !is_there || strcmp(value, rows[i].value) == 0);
        ROW_CHECK(rows[i].name, !is_head || in.size == 0);
        talk_close(&talk);
        row_passed();
    }
    desk_close(&desk);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_later_answers_keep_order),
        cmocka_unit_test(test_later_answers_to_half_closed),
        cmocka_unit_test(test_gone_while_held),
        cmocka_unit_test(test_gone_in_parts),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_large_answer),
        cmocka_unit_test(test_continue),
        cmocka_unit_test(test_continue_not_needed),
        cmocka_unit_test(test_upload),
        cmocka_unit_test(test_upload_at_once),
        cmocka_unit_test(test_answer_fields),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
