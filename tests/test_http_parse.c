/* tests/test_http_parse.c: heads that pass and heads that do not, each cut at every byte. */
#include "tests/http_cut.h"

#define SENT(bytes)              \
    {                            \
        bytes, sizeof(bytes) - 1 \
    }
#define HOST "Host: a.example\r\n"
#define END "\r\n"
#define GET(fields) SENT("GET / HTTP/1.1\r\n" HOST fields END)
#define LINE(line) SENT(line "\r\n" HOST END)
#define TARGET(target) LINE("GET " target " HTTP/1.1")
#define WITH_HOST(host) SENT("GET / HTTP/1.1\r\nHost: " host "\r\n\r\n")
#define POST(fields) SENT("POST / HTTP/1.1\r\n" HOST fields END)

static const struct {
    const char *name;
    struct text sent;
    enum http_reason reason;
} refused[] = {
    { "bare LF ends the request line", SENT("GET / HTTP/1.1\nHost: a\r\n\r\n"), HTTP_BAD_LINE_END },
    { "bare LF ends a field", SENT("GET / HTTP/1.1\r\nHost: a\n\r\n"), HTTP_BAD_LINE_END },
    { "bare LF ends the head", SENT("GET / HTTP/1.1\r\nHost: a\r\n\n"), HTTP_BAD_LINE_END },
    { "bare LF first", SENT("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP_BAD_LINE_END },
    { "bare CR in the request line", SENT("GET / HTTP/1.1\rHost: a\r\n\r\n"), HTTP_BAD_LINE_END },
    { "bare CR without any LF", SENT("GET / HTTP/1.1\rHost: a\r"), HTTP_BAD_LINE_END },
    { "bare CR in a value", GET("X: a\rb\r\n"), HTTP_BAD_LINE_END },
    { "bare CR in a name", GET("X\rY: a\r\n"), HTTP_BAD_LINE_END },
    { "two CR before LF", GET("X: a\r\r\n"), HTTP_BAD_LINE_END },
    { "CR first, then no LF", SENT("\rGET / HTTP/1.1\r\n\r\n"), HTTP_BAD_LINE_END },
    { "two empty lines first", SENT("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      HTTP_BAD_REQUEST_LINE },
    { "obs-fold by space", GET("X: a\r\n b\r\n"), HTTP_BAD_FIELD },
    { "obs-fold by tab", GET("X: a\r\n\tb\r\n"), HTTP_BAD_FIELD },
    { "obs-fold that looks like a field", GET("X: a\r\n Y: b\r\n"), HTTP_BAD_FIELD },
    { "white space before the first field", SENT("GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
      HTTP_BAD_FIELD },
    { "a line of white space", GET(" \r\n"), HTTP_BAD_FIELD },
    { "space before the colon", GET("X : a\r\n"), HTTP_BAD_FIELD },
    { "tab before the colon", GET("X\t: a\r\n"), HTTP_BAD_FIELD },
    { "space in a name", GET("X Y: a\r\n"), HTTP_BAD_FIELD },
    { "no name", GET(": a\r\n"), HTTP_BAD_FIELD },
    { "no colon", GET("X\r\n"), HTTP_BAD_FIELD },
    { "bracket in a name", GET("X[0]: a\r\n"), HTTP_BAD_FIELD },
    { "slash in a name", GET("X/Y: a\r\n"), HTTP_BAD_FIELD },
    { "quote in a name", GET("\"X\": a\r\n"), HTTP_BAD_FIELD },
    { "byte above 0x7f in a name", GET("X\303\253: a\r\n"), HTTP_BAD_FIELD },
    { "NUL in a name", GET("X\0Y: a\r\n"), HTTP_BAD_FIELD },
    { "NUL in a value", GET("X: a\0b\r\n"), HTTP_BAD_FIELD },
    { "BEL in a value", GET("X: a\007b\r\n"), HTTP_BAD_FIELD },
    { "VT in a value", GET("X: a\013b\r\n"), HTTP_BAD_FIELD },
    { "ESC in a value", GET("X: a\033[2J\r\n"), HTTP_BAD_FIELD },
    { "DEL in a value", GET("X: a\177b\r\n"), HTTP_BAD_FIELD },
    { "Transfer_Encoding", POST("Transfer_Encoding: chunked\r\n"), HTTP_BAD_FIELD },
    { "content_length", POST("content_length: 5\r\n"), HTTP_BAD_FIELD },

    { "no Host", SENT("GET / HTTP/1.1\r\n\r\n"), HTTP_BAD_HOST },
    { "two Hosts", GET("Host: b\r\n"), HTTP_BAD_HOST },
    { "two equal Hosts", GET("Host: a.example\r\n"), HTTP_BAD_HOST },
    { "two Hosts in HTTP/1.0", SENT("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
      HTTP_BAD_HOST },
    { "empty Host", WITH_HOST(""), HTTP_BAD_HOST },
    { "blank Host", WITH_HOST("  "), HTTP_BAD_HOST },
    { "empty Host with port", WITH_HOST(":80"), HTTP_BAD_HOST },
    { "Host list", WITH_HOST("a, b"), HTTP_BAD_HOST },
    { "Host list without space", WITH_HOST("a,b"), HTTP_BAD_HOST },
    { "Host with user", WITH_HOST("u@a"), HTTP_BAD_HOST },
    { "Host with path", WITH_HOST("a/b"), HTTP_BAD_HOST },
    { "Host with query", WITH_HOST("a?b"), HTTP_BAD_HOST },
    { "Host with scheme", WITH_HOST("http://a"), HTTP_BAD_HOST },
    { "Host with space", WITH_HOST("a b"), HTTP_BAD_HOST },
    { "Host percent-encoded", WITH_HOST("%61"), HTTP_BAD_HOST },
    { "Host port not a number", WITH_HOST("a:8o"), HTTP_BAD_HOST },
    { "Host port signed", WITH_HOST("a:-1"), HTTP_BAD_HOST },
    { "Host port too high", WITH_HOST("a:65536"), HTTP_BAD_HOST },
    { "Host port of six digits", WITH_HOST("a:000080"), HTTP_BAD_HOST },
    { "Host two ports", WITH_HOST("a:1:2"), HTTP_BAD_HOST },
    { "Host IPv6 without brackets", WITH_HOST("::1"), HTTP_BAD_HOST },
    { "Host IPv6 not closed", WITH_HOST("[::1"), HTTP_BAD_HOST },
    { "Host IPv6 not an address", WITH_HOST("[a]"), HTTP_BAD_HOST },
    { "Host IPv6 with zone", WITH_HOST("[fe80::1%25eth0]"), HTTP_BAD_HOST },
    { "Host IPv6 empty", WITH_HOST("[]"), HTTP_BAD_HOST },
    { "Host IPv6 then letters", WITH_HOST("[::1]a"), HTTP_BAD_HOST },
    { "Host IPv6 with NUL", WITH_HOST("[::1\0]"), HTTP_BAD_FIELD },
    { "Host differs from the target's", SENT("GET http://b.example/ HTTP/1.1\r\n" HOST END),
      HTTP_BAD_HOST },
    { "Host port differs from the target's", SENT("GET http://a.example:81/ HTTP/1.1\r\n" HOST END),
      HTTP_BAD_HOST },
    { "Host has https's port, the target is http",
      SENT("GET http://a/ HTTP/1.1\r\nHost: a:443\r\n\r\n"), HTTP_BAD_HOST },
    { "absolute target does not spare the Host", SENT("GET http://a.example/ HTTP/1.1\r\n\r\n"),
      HTTP_BAD_HOST },

    { "Transfer-Encoding gzip", POST("Transfer-Encoding: gzip\r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding xchunked", POST("Transfer-Encoding: xchunked\r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding identity", POST("Transfer-Encoding: identity\r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding empty", POST("Transfer-Encoding: \r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding gzip, chunked", POST("Transfer-Encoding: gzip, chunked\r\n"),
      HTTP_BAD_CODING },
    { "Transfer-Encoding chunked, chunked", POST("Transfer-Encoding: chunked, chunked\r\n"),
      HTTP_BAD_CODING },
    { "Transfer-Encoding , chunked", POST("Transfer-Encoding: , chunked\r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding chunked,", POST("Transfer-Encoding: chunked,\r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding chunked;q=1", POST("Transfer-Encoding: chunked;q=1\r\n"),
      HTTP_BAD_CODING },
    { "Transfer-Encoding \"chunked\"", POST("Transfer-Encoding: \"chunked\"\r\n"),
      HTTP_BAD_CODING },
    { "Transfer-Encoding twice",
      POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding VT chunked", POST("Transfer-Encoding: \013chunked\r\n"), HTTP_BAD_FIELD },
    { "Transfer-Encoding chunked NUL", POST("Transfer-Encoding: chunked\0\r\n"), HTTP_BAD_FIELD },
    { "Transfer-Encoding in HTTP/1.0",
      SENT("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"), HTTP_BAD_CODING },
    { "Transfer-Encoding, then Content-Length",
      POST("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), HTTP_BAD_CODING },
    { "Content-Length, then Transfer-Encoding",
      POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), HTTP_BAD_CODING },
    { "Content-Length 0, then Transfer-Encoding",
      POST("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), HTTP_BAD_CODING },

    { "Content-Length twice", POST("Content-Length: 5\r\nContent-Length: 6\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length twice, equal", POST("Content-Length: 5\r\nContent-Length: 5\r\n"),
      HTTP_BAD_LENGTH },
    { "Content-Length list", POST("Content-Length: 5, 6\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length list, equal", POST("Content-Length: 5, 5\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length list, no space", POST("Content-Length: 5,5\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length +5", POST("Content-Length: +5\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length -5", POST("Content-Length: -5\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length -0", POST("Content-Length: -0\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length 0x5", POST("Content-Length: 0x5\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length 5x", POST("Content-Length: 5x\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length 5.0", POST("Content-Length: 5.0\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length 1e1", POST("Content-Length: 1e1\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length 1 0", POST("Content-Length: 1 0\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length 1_0", POST("Content-Length: 1_0\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length empty", POST("Content-Length: \r\n"), HTTP_BAD_LENGTH },
    { "Content-Length \"5\"", POST("Content-Length: \"5\"\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length of 19 digits", POST("Content-Length: 1000000000000000000\r\n"),
      HTTP_BAD_LENGTH },
    { "Content-Length 2^64+5", POST("Content-Length: 18446744073709551621\r\n"), HTTP_BAD_LENGTH },
    { "Content-Length of full-width digits", POST("Content-Length: \357\274\225\r\n"),
      HTTP_BAD_LENGTH },

    { "two Authorizations", GET("Authorization: Bearer a\r\nAuthorization: Bearer a\r\n"),
      HTTP_TWO_AUTHORIZATIONS },
    { "two Authorizations, other case", GET("authorization: a\r\nAUTHORIZATION: b\r\n"),
      HTTP_TWO_AUTHORIZATIONS },
    { "unknown expectation", POST("Expect: 200-ok\r\n"), HTTP_BAD_EXPECTATION },
    { "an expectation more", POST("Expect: 100-continue, x\r\n"), HTTP_BAD_EXPECTATION },

    { "two spaces after the method", LINE("GET  / HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "two spaces before the version", LINE("GET /  HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "tab after the method", LINE("GET\t/ HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "tab before the version", LINE("GET /\tHTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "space first", LINE(" GET / HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "space last", LINE("GET / HTTP/1.1 "), HTTP_BAD_REQUEST_LINE },
    { "space in the target", LINE("GET /a b HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "VT in the request line", LINE("GET /\013HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "no target", LINE("GET HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "no version", LINE("GET /"), HTTP_BAD_REQUEST_LINE },
    { "method alone", LINE("GET"), HTTP_BAD_REQUEST_LINE },
    { "method not a token", LINE("G@T / HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "NUL in the method", LINE("G\0T / HTTP/1.1"), HTTP_BAD_REQUEST_LINE },
    { "http/1.1", LINE("GET / http/1.1"), HTTP_BAD_REQUEST_LINE },
    { "HTTP/1", LINE("GET / HTTP/1"), HTTP_BAD_REQUEST_LINE },
    { "HTTP/01.1", LINE("GET / HTTP/01.1"), HTTP_BAD_REQUEST_LINE },
    { "HTTP/1.10", LINE("GET / HTTP/1.10"), HTTP_BAD_REQUEST_LINE },
    { "HTTP/1,1", LINE("GET / HTTP/1,1"), HTTP_BAD_REQUEST_LINE },
    { "HTTP/a.1", LINE("GET / HTTP/a.1"), HTTP_BAD_REQUEST_LINE },
    { "HTTPS/1.1", LINE("GET / HTTPS/1.1"), HTTP_BAD_REQUEST_LINE },
    { "HTTP/1.2", LINE("GET / HTTP/1.2"), HTTP_UNKNOWN_VERSION },
    { "HTTP/1.9", LINE("GET / HTTP/1.9"), HTTP_UNKNOWN_VERSION },
    { "HTTP/0.9", LINE("GET / HTTP/0.9"), HTTP_UNKNOWN_VERSION },
    { "HTTP/2.0", LINE("GET / HTTP/2.0"), HTTP_UNKNOWN_VERSION },
    { "the preface of HTTP/2", SENT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HTTP_UNKNOWN_VERSION },
    { "HTTP/3.0", LINE("GET / HTTP/3.0"), HTTP_UNKNOWN_VERSION },
    { "CONNECT", LINE("CONNECT a.example:443 HTTP/1.1"), HTTP_UNKNOWN_METHOD },
    { "get", LINE("get / HTTP/1.1"), HTTP_UNKNOWN_METHOD },
    { "GETS", LINE("GETS / HTTP/1.1"), HTTP_UNKNOWN_METHOD },
    { "PATCH, of another RFC", LINE("PATCH / HTTP/1.1"), HTTP_UNKNOWN_METHOD },
    { "PROPFIND", LINE("PROPFIND / HTTP/1.1"), HTTP_UNKNOWN_METHOD },

    { "asterisk with GET", TARGET("*"), HTTP_BAD_TARGET },
    { "asterisk and more", LINE("OPTIONS *a HTTP/1.1"), HTTP_BAD_TARGET },
    { "authority form", TARGET("a.example:80"), HTTP_BAD_TARGET },
    { "no slash", TARGET("a"), HTTP_BAD_TARGET },
    { "query alone", TARGET("?a"), HTTP_BAD_TARGET },
    { "fragment", TARGET("/a#b"), HTTP_BAD_TARGET },
    { "fragment in the query", TARGET("/a?b#c"), HTTP_BAD_TARGET },
    { "%00", TARGET("/a%00b"), HTTP_BAD_TARGET },
    { "%00 in the query", TARGET("/a?b=%00"), HTTP_BAD_TARGET },
    { "% alone", TARGET("/a%"), HTTP_BAD_TARGET },
    { "%2", TARGET("/a%2"), HTTP_BAD_TARGET },
    { "%zz", TARGET("/a%zz"), HTTP_BAD_TARGET },
    { "%2z in the query", TARGET("/a?%2z"), HTTP_BAD_TARGET },
    { "% before the query", TARGET("/%?41"), HTTP_BAD_TARGET },
    { "..", TARGET("/.."), HTTP_BAD_TARGET },
    { ".. first", TARGET("/../a"), HTTP_BAD_TARGET },
    { ".. inside", TARGET("/a/../b"), HTTP_BAD_TARGET },
    { ".. before a query", TARGET("/a/..?b"), HTTP_BAD_TARGET },
    { "%2e%2e", TARGET("/a/%2e%2e/b"), HTTP_BAD_TARGET },
    { "%2E.", TARGET("/a/%2E./b"), HTTP_BAD_TARGET },
    { ".%2e", TARGET("/a/.%2e"), HTTP_BAD_TARGET },
    { "..%2f", TARGET("/a/..%2fb"), HTTP_BAD_TARGET },
    { "%2f..", TARGET("/a%2F.."), HTTP_BAD_TARGET },
    { "..%5c", TARGET("/a/..%5cb"), HTTP_BAD_TARGET },
    { ".. in absolute form", TARGET("http://a.example/../b"), HTTP_BAD_TARGET },
    { "backslash", TARGET("/a\\b"), HTTP_BAD_TARGET },
    { "quote in the target", TARGET("/a\"b"), HTTP_BAD_TARGET },
    { "angle bracket in the target", TARGET("/<script>"), HTTP_BAD_TARGET },
    { "brace in the query", TARGET("/?a={b}"), HTTP_BAD_TARGET },
    { "NUL in the target", TARGET("/a\0b"), HTTP_BAD_TARGET },
    { "DEL in the target", TARGET("/a\177"), HTTP_BAD_TARGET },
    { "UTF-8 in the target", TARGET("/\345\210\270"), HTTP_BAD_TARGET },
    { "overlong UTF-8 in the target", TARGET("/\300\257"), HTTP_BAD_TARGET },
    { "ftp", TARGET("ftp://a.example/"), HTTP_BAD_TARGET },
    { "absolute without host", TARGET("http:///a"), HTTP_BAD_TARGET },
    { "absolute with user", TARGET("http://u@a.example/"), HTTP_BAD_TARGET },
    { "absolute with bad port", TARGET("http://a.example:99999/"), HTTP_BAD_TARGET },
    { "one slash after http:", TARGET("http:/a.example/"), HTTP_BAD_TARGET },
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct http_request request;
        struct outcome got = parse_every_way(refused[i].name, &request, refused[i].sent);
        ROW_CHECK(refused[i].name, got.step == HTTP_REFUSED);
        ROW_CHECK(refused[i].name, got.reason == refused[i].reason);
        ROW_CHECK(refused[i].name, http_reason_status(got.reason) >= 400);
        row_passed();
    }
}

static const struct {
    const char *name;
    struct text sent;
    enum http_method method;
    struct text authority;
    struct text path;
    struct text query;
    bool keeps;
    int64_t length; /* -1: chunked */
} accepted[] = {
    { "plain", GET(""), HTTP_GET, SENT("a.example"), SENT("/"), SENT(""), true, 0 },
    { "one empty line first", SENT("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP_GET, SENT("a"),
      SENT("/"), SENT(""), true, 0 },
    { "query", TARGET("/a?b=c&d=/e?f"), HTTP_GET, SENT("a.example"), SENT("/a"), SENT("b=c&d=/e?f"),
      true, 0 },
    { "empty query", TARGET("/a?"), HTTP_GET, SENT("a.example"), SENT("/a"), SENT(""), true, 0 },
    { "percent-encoded", TARGET("/%E5%88%B8?q=%2e%2e"), HTTP_GET, SENT("a.example"),
      SENT("/%E5%88%B8"), SENT("q=%2e%2e"), true, 0 },
    { "every pchar", TARGET("/-._~!$&'()*+,;=:@"), HTTP_GET, SENT("a.example"),
      SENT("/-._~!$&'()*+,;=:@"), SENT(""), true, 0 },
    { "dots that are no segment", TARGET("/a..b/.../.c/..d"), HTTP_GET, SENT("a.example"),
      SENT("/a..b/.../.c/..d"), SENT(""), true, 0 },
    { "a single dot", TARGET("/./a"), HTTP_GET, SENT("a.example"), SENT("/./a"), SENT(""), true,
      0 },
    { "absolute form", TARGET("http://a.example/b?c"), HTTP_GET, SENT("a.example"), SENT("/b"),
      SENT("c"), true, 0 },
    { "absolute form, other case", TARGET("HTTP://A.Example/b"), HTTP_GET, SENT("A.Example"),
      SENT("/b"), SENT(""), true, 0 },
    { "absolute form, default port", TARGET("http://a.example:80/b"), HTTP_GET,
      SENT("a.example:80"), SENT("/b"), SENT(""), true, 0 },
    { "absolute form, https", SENT("GET https://a/ HTTP/1.1\r\nHost: a:443\r\n\r\n"), HTTP_GET,
      SENT("a"), SENT("/"), SENT(""), true, 0 },
    { "absolute form, no path", TARGET("http://a.example"), HTTP_GET, SENT("a.example"), SENT("/"),
      SENT(""), true, 0 },
    { "absolute form, query alone", TARGET("http://a.example?b"), HTTP_GET, SENT("a.example"),
      SENT("/"), SENT("b"), true, 0 },
    { "OPTIONS *", LINE("OPTIONS * HTTP/1.1"), HTTP_OPTIONS, SENT("a.example"), SENT("*"), SENT(""),
      true, 0 },
    { "OPTIONS of a host", LINE("OPTIONS http://a.example HTTP/1.1"), HTTP_OPTIONS,
      SENT("a.example"), SENT("*"), SENT(""), true, 0 },
    { "HEAD", LINE("HEAD / HTTP/1.1"), HTTP_HEAD, SENT("a.example"), SENT("/"), SENT(""), true, 0 },
    { "PUT", LINE("PUT / HTTP/1.1"), HTTP_PUT, SENT("a.example"), SENT("/"), SENT(""), true, 0 },
    { "DELETE", LINE("DELETE / HTTP/1.1"), HTTP_DELETE, SENT("a.example"), SENT("/"), SENT(""),
      true, 0 },
    { "TRACE", LINE("TRACE / HTTP/1.1"), HTTP_TRACE, SENT("a.example"), SENT("/"), SENT(""), true,
      0 },
    { "Content-Length", POST("Content-Length: 12\r\n"), HTTP_POST, SENT("a.example"), SENT("/"),
      SENT(""), true, 12 },
    { "Content-Length of 18 digits", POST("CONTENT-LENGTH:999999999999999999\r\n"), HTTP_POST,
      SENT("a.example"), SENT("/"), SENT(""), true, 999999999999999999 },
    { "chunked", POST("Transfer-Encoding: chunked\r\n"), HTTP_POST, SENT("a.example"), SENT("/"),
      SENT(""), true, -1 },
    { "Chunked, white space around", POST("transfer-encoding:\t CHUNKED \t\r\n"), HTTP_POST,
      SENT("a.example"), SENT("/"), SENT(""), true, -1 },
    { "Connection: close", GET("Connection: close\r\n"), HTTP_GET, SENT("a.example"), SENT("/"),
      SENT(""), false, 0 },
    { "Connection: x, Close", GET("Connection: x, Close\r\n"), HTTP_GET, SENT("a.example"),
      SENT("/"), SENT(""), false, 0 },
    { "close in a second Connection", GET("Connection: x\r\nConnection: close\r\n"), HTTP_GET,
      SENT("a.example"), SENT("/"), SENT(""), false, 0 },
    { "Connection: closed is no close", GET("Connection: closed\r\n"), HTTP_GET, SENT("a.example"),
      SENT("/"), SENT(""), true, 0 },
    { "HTTP/1.0", SENT("GET / HTTP/1.0\r\n\r\n"), HTTP_GET, SENT(""), SENT("/"), SENT(""), false,
      0 },
    { "HTTP/1.0, keep-alive", SENT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), HTTP_GET,
      SENT(""), SENT("/"), SENT(""), true, 0 },
    { "HTTP/1.0, both", SENT("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"), HTTP_GET,
      SENT(""), SENT("/"), SENT(""), false, 0 },
    { "HTTP/1.0 expects in vain", SENT("GET / HTTP/1.0\r\nExpect: wonders\r\n\r\n"), HTTP_GET,
      SENT(""), SENT("/"), SENT(""), false, 0 },
    { "Host with port", WITH_HOST("a:8080"), HTTP_GET, SENT("a:8080"), SENT("/"), SENT(""), true,
      0 },
    { "Host with empty port", WITH_HOST("a:"), HTTP_GET, SENT("a:"), SENT("/"), SENT(""), true, 0 },
    { "Host IPv4", WITH_HOST("127.0.0.1:80"), HTTP_GET, SENT("127.0.0.1:80"), SENT("/"), SENT(""),
      true, 0 },
    { "Host IPv6", WITH_HOST("[::1]:80"), HTTP_GET, SENT("[::1]:80"), SENT("/"), SENT(""), true,
      0 },
    { "Host with underscore", WITH_HOST("a_b"), HTTP_GET, SENT("a_b"), SENT("/"), SENT(""), true,
      0 },
    { "bytes above 0x7f in a value", GET("X: \345\210\270\r\n"), HTTP_GET, SENT("a.example"),
      SENT("/"), SENT(""), true, 0 },
    { "empty value", GET("X:\r\n"), HTTP_GET, SENT("a.example"), SENT("/"), SENT(""), true, 0 },
    { "every tchar in a name", GET("!#$%&'*+-.^_`|~09azAZ: a\r\n"), HTTP_GET, SENT("a.example"),
      SENT("/"), SENT(""), true, 0 },
};

static void
test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(accepted); i++) {
        const char *name = accepted[i].name;
        struct http_request request;
        struct outcome got = parse_every_way(name, &request, accepted[i].sent);
        ROW_CHECK(name, got.step == HTTP_DONE);
        ROW_CHECK(name, got.taken == accepted[i].sent.size);
        ROW_CHECK(name, request.method == accepted[i].method);
        ROW_CHECK(name, text_equal(request.authority, accepted[i].authority));
        ROW_CHECK(name, text_equal(request.path, accepted[i].path));
        ROW_CHECK(name, text_equal(request.query, accepted[i].query));
        ROW_CHECK(name, request.keep_alive == accepted[i].keeps);
        ROW_CHECK(name, request.is_chunked == (accepted[i].length < 0));
        ROW_CHECK(name, request.is_chunked || request.content_length == accepted[i].length);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_accepted),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
