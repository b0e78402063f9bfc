/* tests/test_http_stop.c: refusals of one's own, limits, sockets, and the end. */
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/http_desk.h"
#include "voucher/http/field.h"

/* ---- limits, and the end ---- */

static size_t
refusal_mine(void *owner, const struct http_refusal *why, char *out, size_t out_size)
{
    struct text value;
    bool has_language = http_field_find(why->request, TEXT("accept-language"), &value);
    (void)owner;
    int size = snprintf(out, out_size, "{%d %s}", why->status, has_language ? "zh" : "-");
    return (size_t)size;
}

static void
test_refusal_of_ones_own(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct answer answer;
    struct http_settings settings = soon();
    settings.refusal = refusal_mine;
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT("GET / HTTP/1.1\r\nAccept-Language: zh\r\nHost: a b\r\n\r\n"));
    assert_true(talk_wait(&talk, talk_is_closed));
    assert_true(talk_answer(&talk, 0, &answer) && answer.status == 400);
    assert_true(text_equal(answer.body, TEXT("{400 zh}")));
    assert_int_equal(http_server_counters(desk.stage.server)->refused[HTTP_BAD_HOST], 1);
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

static void
test_too_many(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talks[3];
    struct answer answer;
    struct http_settings settings = soon();
    settings.connection_count_max = 2;
    desk_open(&desk, &settings);
    for (size_t i = 0; i < 3; i++) {
        talk_open(&talks[i], &desk.stage);
        talk_send(&talks[i], TEXT(GET("/")));
        assert_true(talk_wait(&talks[i], talk_has_answer));
        assert_true(talk_answer(&talks[i], 0, &answer));
        assert_int_equal(answer.status, i < 2 ? 200 : 503);
    }
    char value[16];
    assert_true(answer_field(&answer, "Retry-After", value, sizeof value));
    assert_true(talk_wait(&talks[2], talk_is_closed));
    assert_false(talks[2].is_reset);
    for (size_t i = 0; i < 3; i++)
        talk_close(&talks[i]);
    desk_close(&desk);
    row_passed();
}

static void
desk_stopped(void *owner)
{
    struct desk *desk = owner;
    desk->stage.has_stopped = true;
}

static bool
desk_has_stopped(const void *about)
{
    const struct desk *desk = about;
    return desk->stage.has_stopped;
}

static void
test_stop(void **state)
{
    (void)state;
    struct desk desk;
    struct talk idle;
    struct talk busy;
    struct answer answer;
    struct http_settings settings = soon();
    settings.idle_wait_ms = 3600 * 1000;
    desk_open(&desk, &settings);
    talk_open(&idle, &desk.stage);
    talk_send(&idle, TEXT(GET("/")));
    assert_true(talk_wait(&idle, talk_has_answer));
    talk_open(&busy, &desk.stage);
    talk_send(&busy, TEXT(GET("/hold")));
    assert_true(stage_until(&desk.stage, desk_holds_one, &desk));
    http_server_stop(desk.stage.server, 3600 * 1000, desk_stopped, &desk);
    assert_true(talk_wait(&idle, talk_is_closed));
    assert_int_equal(talk_answer_count(&idle), 1);
    assert_false(desk.stage.has_stopped);
    http_answer(desk.held[0], 200, TEXT(""), TEXT("still"));
    assert_true(talk_wait(&busy, talk_is_closed));
    char value[16];
    assert_true(talk_answer(&busy, 0, &answer) && text_equal(answer.body, TEXT("still")));
    assert_true(answer_field(&answer, "Connection", value, sizeof value));
    talk_close(&busy);
    assert_true(stage_until(&desk.stage, desk_has_stopped, &desk));
    talk_close(&idle);
    desk_close(&desk);
    row_passed();
}

static void
test_stop_cuts(void **state)
{
    (void)state;
    struct desk desk;
    struct talk talk;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    talk_open(&talk, &desk.stage);
    talk_send(&talk, TEXT(GET("/hold")));
    assert_true(stage_until(&desk.stage, desk_holds_one, &desk));
    http_server_stop(desk.stage.server, 0, desk_stopped, &desk);
    assert_true(stage_until(&desk.stage, desk_missed_one, &desk));
    /* The operation goes on: the server has not stopped before it is answered. */
    assert_false(desk.stage.has_stopped);
    http_answer(desk.held[0], 200, TEXT(""), TEXT(""));
    assert_true(stage_until(&desk.stage, desk_has_stopped, &desk));
    assert_true(talk_wait(&talk, talk_is_closed));
    talk_close(&talk);
    desk_close(&desk);
    row_passed();
}

static void
test_unix_socket(void **state)
{
    (void)state;
    static const struct http_handler handler = { .request = echo_request };
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    struct stage stage = { .base = event_base_new() };
    struct stat status;
    struct talk talk;
    int fd;
    int other;
    char directory[] = "/tmp/huiquan-test-XXXXXX";
    assert_non_null(mkdtemp(directory));
    snprintf(where.sun_path, sizeof where.sun_path, "%s/s", directory);
    assert_int_equal(http_listen_unix(&fd, where.sun_path), FAULT_NONE);
    assert_int_equal(lstat(where.sun_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(http_listen_unix(&other, where.sun_path), FAULT_IO); /* it is in use */
    close(fd);
    assert_int_equal(http_listen_unix(&fd, where.sun_path), FAULT_NONE); /* it is dead */
    assert_int_equal(
        http_server_open(&stage.server, stage.base, fd, &http_settings_default, &handler),
        FAULT_NONE);
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)(void *)&where, sizeof where), 0);
    talk_adopt(&talk, &stage, client);
    talk_send(&talk, TEXT(GET("/")));
    assert_true(talk_wait(&talk, talk_has_answer));
    assert_int_equal(talk_answer_count(&talk), 1);
    talk_close(&talk);
    stage_close(&stage);
    unlink(where.sun_path);
    fclose(fopen(where.sun_path, "w"));
    assert_int_equal(http_listen_unix(&fd, where.sun_path), FAULT_IO); /* it is no socket */
    assert_int_equal(fd, -1);
    unlink(where.sun_path);
    rmdir(directory);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusal_of_ones_own),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stop_cuts),
        cmocka_unit_test(test_unix_socket),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
