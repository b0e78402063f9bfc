/* tests/test_http_server.c: what is sent, and all that comes back. */
#include "tests/http_desk.h"

#define FORTY "0123456789012345678901234567890123456789"
#define LONG "X-Long: " FORTY FORTY FORTY FORTY FORTY FORTY "\r\n"

/* ---- transcripts: what is sent at once, and the statuses that come back ---- */

static const struct {
    const char *name;
    struct text sent;
    const char *statuses; /* of all answers, each as its last digits */
    bool closes;
    const char *last_body;
} transcripts[] = {
    { "one request", SENT(GET("/")), "200", false, "OK" },
    { "long heads and bodies in a pipeline",
      SENT(POST("/", LONG "Content-Length: 3\r\n", "abc")
               POST("/", LONG "Content-Length: 2\r\n", "de") GET("/")
                   POST("/", LONG "Transfer-Encoding: chunked\r\n", "2\r\nfg\r\n0\r\n\r\n")),
      "200 200 200 200", false, "fg" },
    { "two in a pipeline", SENT(GET("/") POST("/", "Content-Length: 1\r\n", "b")), "200 200", false,
      "b" },
    { "a crowd in a pipeline",
      SENT(GET("/") GET("/") GET("/") GET("/") GET("/") GET("/") GET("/") GET("/") GET("/")
               POST("/", "Content-Length: 2\r\n", "hi")),
      "200 200 200 200 200 200 200 200 200 200", false, "hi" },
    { "an empty line between two", SENT(GET("/") "\r\n" GET("/")), "200 200", false, "OK" },
    { "two empty lines between two", SENT(GET("/") "\r\n\r\n" GET("/")), "200 400", true, NULL },
    { "a body that looks like a request",
      SENT(POST("/", "Content-Length: 35\r\n", GET("/smuggled"))), "200", false,
      "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n" },
    { "a chunked body that looks like a request",
      SENT(
          POST("/", "Transfer-Encoding: chunked\r\n", "12\r\nGET / HTTP/1.1\r\n\r\n\r\n0\r\n\r\n")),
      "200", false, "GET / HTTP/1.1\r\n\r\n" },
    { "chunked, then another",
      SENT(POST("/", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
               GET("/")),
      "200 200", false, "OK" },
    { "chunked with trailer, then another",
      SENT(POST("/", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nX: b\r\n\r\n") GET("/")),
      "200 200", false, "OK" },
    { "GET with a body, then another",
      SENT("GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello" GET("/")), "200 200", false,
      "OK" },
    { "POST without body", SENT(POST("/", "", "")), "200", false, "" },
    { "a refused second closes", SENT(GET("/") "GET / HTTP/1.1\r\n\r\n" GET("/")), "200 400", true,
      NULL },
    { "nothing after a refusal", SENT("GET /# HTTP/1.1\r\n" HOST "\r\n" GET("/")), "400", true,
      NULL },
    { "nothing after a bad chunk",
      SENT(POST("/", "Transfer-Encoding: chunked\r\n", "x\r\n") GET("/")), "400", true, NULL },
    { "nothing after two lengths",
      SENT(POST("/", "Content-Length: 0\r\nContent-Length: 43\r\n", GET("/"))), "400", true, NULL },
    { "nothing after length and coding",
      SENT(POST("/", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                "1c\r\n" GET("/") "\r\n0\r\n\r\n")),
      "400", true, NULL },
    { "nothing after an unknown coding",
      SENT(POST("/", "Transfer-Encoding: xchunked\r\n", GET("/"))), "400", true, NULL },
    { "nothing after space before the colon", SENT(POST("/", "Content-Length : 0\r\n", GET("/"))),
      "400", true, NULL },
    { "nothing after close", SENT(LAST GET("/")), "200", true, "OK" },
    { "nothing after the handler's last", SENT(GET("/last") GET("/")), "200", true, "OK" },
    { "HTTP/1.0 closes", SENT("GET / HTTP/1.0\r\n\r\n" GET("/")), "200", true, "OK" },
    { "HTTP/1.0 keeps alive", SENT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET("/")),
      "200 200", false, "OK" },
    { "unknown method", SENT("BREW / HTTP/1.1\r\n" HOST "\r\n"), "501", true, NULL },
    { "CONNECT", SENT("CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n"), "501", true, NULL },
    { "known method that the route lacks", SENT("PUT / HTTP/1.1\r\n" HOST "\r\n" GET("/")),
      "405 200", false, "OK" },
    { "OPTIONS *", SENT("OPTIONS * HTTP/1.1\r\n" HOST "\r\n" GET("/")), "204 200", false, "OK" },
    { "version 1.9", SENT("GET / HTTP/1.9\r\n" HOST "\r\n"), "505", true, NULL },
    { "announced too large", SENT(POST("/", "Content-Length: 16385\r\n", "")), "413", true, NULL },
    { "chunk announced too large", SENT(POST("/", "Transfer-Encoding: chunked\r\n", "4001\r\n")),
      "413", true, NULL },
    { "chunks too large in sum",
      SENT(POST("/", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n4000\r\n")), "413", true, NULL },
    { "two Authorizations",
      SENT("GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n\r\n"), "400", true,
      NULL },
    { "unknown expectation", SENT(POST("/", "Expect: x\r\nContent-Length: 1\r\n", "a")), "417",
      true, NULL },
    { "answered at its head, no body", SENT(GET("/early") GET("/")), "401 200", false, "OK" },
    { "answered at its head, body unread", SENT(POST("/early", "Content-Length: 28\r\n", GET("/"))),
      "401", true, "no" },
    { "answered at its head, chunks unread",
      SENT(POST("/early", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n" GET("/"))), "401", true,
      "no" },
    { "a raised cap", SENT(POST("/upload", "Content-Length: 3\r\n", "abc")), "200", false, "3" },
    { "over a raised cap", SENT(POST("/upload", "Content-Length: 1048577\r\n", "abc")), "413", true,
      NULL },
    { "a streamed body", SENT(POST("/stream", "Content-Length: 3\r\n", "abc") GET("/")), "200 200",
      false, "OK" },
    { "a streamed body in chunks",
      SENT(POST("/stream", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")),
      "200", false, "3" },
    { "a streamed body with a bad chunk",
      SENT(POST("/stream", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\nz\r\n")), "400", true,
      NULL },
    { "an answer in parts", SENT(GET("/parts") GET("/")), "200 200", false, "OK" },
    { "an answer in parts is chunked", SENT(GET("/parts")), "200", false,
      "3\r\none\r\n5\r\nthree\r\n0\r\n\r\n" },
};

/* Sends the row and, where the connection should live on, one request that ends it: what comes back
 * until the end is then all there is. */
static void
run_transcript(struct desk *desk, size_t i, size_t cut)
{
    const char *name = transcripts[i].name;
    char want[128];
    char got[128];
    struct talk talk;
    struct text sent = transcripts[i].sent;
    snprintf(want, sizeof want, "%s%s", transcripts[i].statuses,
             transcripts[i].closes ? "" : " 200");
    talk_open(&talk, &desk->stage);
    talk_send(&talk, (struct text){ sent.at, cut });
    for (int turn = 0; turn < 3; turn++)
        event_base_loop(desk->stage.base, EVLOOP_NONBLOCK);
    talk_send(&talk, (struct text){ sent.at + cut, sent.size - cut });
    if (!transcripts[i].closes) talk_send(&talk, TEXT(LAST));
    ROW_CHECK(name, talk_wait(&talk, talk_is_closed));
    ROW_CHECK(name, !talk.is_reset);
    answer_statuses(TALKED(&talk), got, sizeof got);
    if (strcmp(got, want) != 0) print_message("%s: got %s\n", name, got);
    ROW_CHECK(name, strcmp(got, want) == 0);

    struct answer answer;
    size_t last = talk_answer_count(&talk) - (transcripts[i].closes ? 1 : 2);
    ROW_CHECK(name, talk_answer(&talk, last, &answer));
    struct text body = text_of(transcripts[i].last_body);
    ROW_CHECK(name, !transcripts[i].last_body || text_equal(answer.body, body));
    talk_close(&talk);
}

static void
test_transcripts(void **state)
{
    (void)state;
    struct desk desk;
    struct http_settings settings = soon();
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(transcripts); i++) {
        run_transcript(&desk, i, transcripts[i].sent.size);
        row_passed();
    }
    desk_close(&desk);
}

/* The same rows, cut in two at every byte. */
static void
test_transcripts_cut(void **state)
{
    (void)state;
    struct desk desk;
    struct http_settings settings = soon();
    settings.drain_wait_ms = 5;
    desk_open(&desk, &settings);
    for (size_t i = 0; i < COUNT_OF(transcripts); i++) {
        for (size_t cut = 1; cut < transcripts[i].sent.size; cut++)
            run_transcript(&desk, i, cut);
        row_passed();
    }
    desk_close(&desk);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transcripts),
        cmocka_unit_test(test_transcripts_cut),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
