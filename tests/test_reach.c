/* tests/test_reach.c: where the service's own calls may lead, by address and by how it was named.
 */
#include "tests/rows.h"

#include "voucher/reach.h"

enum want { NEVER, LITERAL, ALWAYS };

static const struct {
    const char *address;
    enum want want;
} rows[] = {
    { "127.0.0.1", LITERAL },
    { "127.255.255.255", LITERAL },
    { "::1", LITERAL },
    { "::ffff:127.0.0.1", LITERAL }, /* a connection to it is one to 127.0.0.1 */
    { "0.0.0.0", NEVER },
    { "0.1.2.3", NEVER },
    { "::", NEVER },
    { "169.254.169.254", NEVER },
    { "169.254.0.1", NEVER },
    { "::ffff:169.254.169.254", NEVER },
    { "100.100.100.200", NEVER },
    { "100.64.0.1", NEVER },
    { "192.0.0.192", NEVER },
    { "224.0.0.1", NEVER },
    { "239.255.255.250", NEVER },
    { "240.0.0.1", NEVER },
    { "255.255.255.255", NEVER },
    { "fe80::1", NEVER },
    { "febf::1", NEVER },
    { "fec0::1", NEVER },
    { "ff02::1", NEVER },
    { "fd00:ec2::254", NEVER },
    { "100::1", NEVER },
    { "2001::1", NEVER },
    { "::127.0.0.1", NEVER },
    { "::169.254.169.254", NEVER },
    { "64:ff9b::7f00:1", NEVER },
    { "64:ff9b::a9fe:a9fe", NEVER },
    { "2002:7f00:1::", NEVER },
    { "2002:a9fe:a9fe::1", NEVER },
    { "2002:6464:64c8::", NEVER },
    { "64:ff9b::6464:64c8", NEVER },
    { "64:ff9b:1::a9fe:a9fe", NEVER }, /* a NAT64 of one's own (RFC 8215) */
    { "64:ff9b:1:a9fe:a9:fe00::", NEVER },
    { "::ffff:0:a9fe:a9fe", NEVER }, /* translated (RFC 2765) */
    { "::ffff:0:7f00:1", NEVER },
    { "10.0.0.1", ALWAYS },
    { "172.16.3.4", ALWAYS },
    { "192.168.1.1", ALWAYS },
    { "fd12:3456::1", ALWAYS },
    { "203.0.113.7", ALWAYS },
    { "100.63.255.255", ALWAYS },
    { "100.128.0.0", ALWAYS },
    { "169.253.255.255", ALWAYS },
    { "169.255.0.0", ALWAYS },
    { "126.255.255.255", ALWAYS },
    { "128.0.0.1", ALWAYS },
    { "223.255.255.255", ALWAYS },
    { "2408:8000::1", ALWAYS },
    { "64:ff9b::cb00:7107", ALWAYS },
};

static void
test_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct address address;
        if (!address_read(text_of(rows[i].address), &address)) fail_msg("%s", rows[i].address);
        bool named = reach_allows(&address, false), literal = reach_allows(&address, true);
        if (named != (rows[i].want == ALWAYS)) fail_msg("%s by a name", rows[i].address);
        if (literal != (rows[i].want != NEVER)) fail_msg("%s as itself", rows[i].address);
        row_passed();
    }
}

static const struct {
    const char *host;
    bool is_literal;
} hosts[] = {
    { "127.0.0.1", true },
    { "localhost", true },
    { "[::1]", true },
    { "10.1.2.3", true },
    { "localhost.", false },
    { "sms.example", false },
    { "127.0.0.1.nip.io", false },
    { "localhost.evil", false },
    { "", false },
    { "[", false },
    { "[]", false },
    { "2130706433", false },
    { "0x7f000001", false },
};

static void
test_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        if (reach_is_literal(text_of(hosts[i].host)) != hosts[i].is_literal) {
            fail_msg("%s", hosts[i].host);
        }
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_hosts),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
