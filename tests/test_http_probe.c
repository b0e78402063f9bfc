/* tests/test_http_probe.c: the cases of Http11Probe against the codec, over a socket. Silence is no
 * refusal here: whoever is refused gets an answer, and then the connection ends. */
#include "tests/http_echo.h"
#include "tests/http_talk.h"

#define SENT(bytes)              \
    {                            \
        bytes, sizeof(bytes) - 1 \
    }

static const struct {
    const char *name;
    struct text first;
    struct text second;
    int status;
    bool closes;
    const char *body;
} probes[] = {
#include "tests/vectors/http11probe.inc"
};

static const struct text last = SENT("GET /last HTTP/1.1\r\nHost: localhost:8080\r\n"
                                     "Connection: close\r\n\r\n");

static void
run_probe(struct stage *stage, size_t i)
{
    const char *name = probes[i].name;
    struct talk talk;
    struct answer answer;
    size_t answer_count = 1;
    talk_open(&talk, stage);
    talk_send(&talk, probes[i].first);
    ROW_CHECK(name, talk_wait(&talk, talk_has_answer));
    ROW_CHECK(name, talk_answer(&talk, 0, &answer));
    ROW_CHECK(name, answer.status == probes[i].status);
    ROW_CHECK(name, !probes[i].body || text_equal(answer.body, text_of(probes[i].body)));
    talk_send(&talk, probes[i].second);
    if (!probes[i].closes) {
        /* One request more, and its answer is the only one more: nothing was left in between. */
        talk_send(&talk, last);
        answer_count++;
    }
    ROW_CHECK(name, talk_wait(&talk, talk_is_closed));
    ROW_CHECK(name, !talk.is_reset);
    ROW_CHECK(name, talk_answer_count(&talk) == answer_count);
    talk_close(&talk);
    row_passed();
}

static bool
is_get(const struct text *sent)
{
    return sent->size > 4 && memcmp(sent->at, "HEAD", 4) != 0;
}

/* No Content-Length lies about a body that does not come. */
static void
run_head_probe(struct stage *stage, size_t i)
{
    struct talk talk;
    talk_open(&talk, stage);
    talk_send(&talk, probes[i].first);
    talk_send(&talk, last);
    ROW_CHECK(probes[i].name, talk_wait(&talk, talk_is_closed));
    struct text in = { talk.in, talk.size };
    struct answer answer;
    ROW_CHECK(probes[i].name, answer_take(&in, true, &answer) && answer.status == 200);
    ROW_CHECK(probes[i].name, answer_take(&in, false, &answer) && answer.status == 200);
    ROW_CHECK(probes[i].name, in.size == 0);
    talk_close(&talk);
    row_passed();
}

static void
test_probes(void **state)
{
    (void)state;
    static const struct http_handler handler = { .request = echo_request };
    struct http_settings settings = http_settings_default;
    struct stage stage;
    settings.body_wait_ms = 50;
    settings.drain_wait_ms = 50;
    stage_open(&stage, &settings, &handler);
    for (size_t i = 0; i < COUNT_OF(probes); i++) {
        if (is_get(&probes[i].first))
            run_probe(&stage, i);
        else
            run_head_probe(&stage, i);
    }
    assert_int_equal(COUNT_OF(probes), 127);
    stage_close(&stage);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_probes) };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
