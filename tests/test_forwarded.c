#include "tests/rows.h"

#include <arpa/inet.h>

#include "voucher/forwarded.h"

#define FOR "X-Forwarded-For: "
#define LONG_JUNK                                                      \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define JUNK_1024 LONG_JUNK LONG_JUNK LONG_JUNK LONG_JUNK LONG_JUNK LONG_JUNK LONG_JUNK LONG_JUNK

/* Peers of 10.0.0.0/8 and fd00::/8 are trusted. want: the address, or NULL for none. */
static const struct {
    const char *name, *peer, *fields;
    bool secure;
    const char *address, *scheme, *authority;
} rows[] = {
    { "a client of its own", "192.0.2.1", "", false, "192.0.2.1", "http", "own" },
    { "over TLS", "192.0.2.1", "", true, "192.0.2.1", "https", "own" },
    { "a client that names another is not believed", "192.0.2.1", FOR "192.0.2.9\r\n", false,
      "192.0.2.1", "http", "own" },
    { "nor one that claims TLS and another host", "192.0.2.1",
      "X-Forwarded-Proto: https\r\nX-Forwarded-Host: other\r\n", false, "192.0.2.1", "http",
      "own" },
    { "a proxy names its client", "10.0.0.1", FOR "192.0.2.9\r\n", false, "192.0.2.9", "http",
      "own" },
    { "the last is what the proxy saw", "10.0.0.1", FOR "198.51.100.1, 192.0.2.9\r\n", false,
      "192.0.2.9", "http", "own" },
    { "over two lines", "10.0.0.1", FOR "198.51.100.1\r\n" FOR "192.0.2.9\r\n", false, "192.0.2.9",
      "http", "own" },
    { "through two proxies", "10.0.0.1", FOR "198.51.100.1,192.0.2.9 ,\t10.0.0.7\r\n", false,
      "192.0.2.9", "http", "own" },
    { "a client among the proxies", "10.0.0.1", FOR "10.0.0.7\r\n", false, "10.0.0.7", "http",
      "own" },
    { "a proxy that names nobody speaks for many", "10.0.0.1", "", false, NULL, "http", "own" },
    { "and one that names nothing readable", "10.0.0.1", FOR "unknown\r\n", false, NULL, "http",
      "own" },
    { "what a client wrote in front changes nothing", "10.0.0.1", FOR "x, , 192.0.2.9\r\n", false,
      "192.0.2.9", "http", "own" },
    { "nor however long it is", "10.0.0.1", FOR JUNK_1024 ", 192.0.2.9\r\n", false, "192.0.2.9",
      "http", "own" },
    { "nor in a line of its own", "10.0.0.1", FOR JUNK_1024 "\r\n" FOR "192.0.2.9\r\n", false,
      "192.0.2.9", "http", "own" },
    { "empty elements do not count", "10.0.0.1", FOR "192.0.2.9, ,\r\n" FOR "\r\n", false,
      "192.0.2.9", "http", "own" },
    { "with a port", "10.0.0.1", FOR "192.0.2.9:4711\r\n", false, "192.0.2.9", "http", "own" },
    { "IPv6", "fd00::1", FOR "2001:db8::9\r\n", false, "2001:db8::9", "http", "own" },
    { "IPv6 with a port", "fd00::1", FOR "[2001:db8::9]:4711\r\n", false, "2001:db8::9", "http",
      "own" },
    { "a bracket without its fellow", "fd00::1", FOR "[2001:db8::9\r\n", false, NULL, "http",
      "own" },
    { "a proxy that ended TLS", "10.0.0.1", "X-Forwarded-Proto: https\r\n", false, NULL, "https",
      "own" },
    { "in any case", "10.0.0.1", "x-forwarded-proto: HTTPS\r\n", false, NULL, "https", "own" },
    { "the nearest proxy's word counts", "10.0.0.1", "X-Forwarded-Proto: http, https\r\n", false,
      NULL, "https", "own" },
    { "a scheme that is none", "10.0.0.1", "X-Forwarded-Proto: gopher\r\n", true, NULL, "https",
      "own" },
    { "the name that the client used", "10.0.0.1", "X-Forwarded-Host: Q.example:8443\r\n", false,
      NULL, "http", "Q.example:8443" },
    { "the nearest proxy's name", "10.0.0.1", "X-Forwarded-Host: a\r\nX-Forwarded-Host: b\r\n",
      false, NULL, "http", "b" },
    { "a name that is none", "10.0.0.1", "X-Forwarded-Host: a@b\r\n", false, NULL, "http", "own" },
    { "Forwarded is not read", "10.0.0.1", "Forwarded: for=192.0.2.9;proto=https;host=x\r\n", false,
      NULL, "http", "own" },
};

static void
peer_set(union http_peer *peer, const char *text)
{
    peer->any.sa_family = AF_INET;
    if (inet_pton(AF_INET, text, &peer->v4.sin_addr) == 1) return;
    peer->any.sa_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, text, &peer->v6.sin6_addr), 1);
}

static void
parse(struct http_exchange *exchange, char *bytes, size_t room, const char *fields)
{
    static const struct http_limits limits = { 8192, 2048, 64 };
    struct http_head head;
    int size = snprintf(bytes, room, "GET / HTTP/1.1\r\nHost: own\r\n%s\r\n", fields);
    assert_true(size > 0 && (size_t)size < room);
    http_head_begin(&head, &limits, &exchange->request);
    assert_int_equal(http_head_parse(&head, &exchange->request, bytes, (size_t)size), HTTP_DONE);
}

static void
test_rows(void **state)
{
    (void)state;
    struct config config = { .proxy_count = 2 };
    assert_true(cidr_read(TEXT("10.0.0.0/8"), &config.proxies[0]));
    assert_true(cidr_read(TEXT("fd00::/8"), &config.proxies[1]));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char bytes[4096];
        struct http_exchange exchange = { .is_secure = rows[i].secure };
        struct forwarded found;
        struct address wanted;
        peer_set(&exchange.peer, rows[i].peer);
        parse(&exchange, bytes, sizeof bytes, rows[i].fields);
        forwarded_read(&config, &exchange, &found);
        ROW_CHECK(rows[i].name, found.address_known == (rows[i].address != NULL));
        if (rows[i].address != NULL) {
            assert_true(address_read(text_of(rows[i].address), &wanted));
            ROW_CHECK(rows[i].name, memcmp(&wanted, &found.address, sizeof wanted) == 0);
        }
        ROW_CHECK(rows[i].name, text_equal(found.scheme, text_of(rows[i].scheme)));
        ROW_CHECK(rows[i].name, text_equal(found.authority, text_of(rows[i].authority)));
        row_passed();
    }
}

static void
test_no_address(void **state)
{
    (void)state;
    struct config config = { 0 };
    char bytes[256];
    struct http_exchange exchange = { .peer.any.sa_family = AF_UNIX };
    struct forwarded found;
    parse(&exchange, bytes, sizeof bytes, FOR "192.0.2.9\r\nX-Forwarded-Host: x\r\n");
    forwarded_read(&config, &exchange, &found);
    assert_false(found.address_known);
    assert_true(text_equal(found.authority, TEXT("own")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
                                        cmocka_unit_test(test_no_address) };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
