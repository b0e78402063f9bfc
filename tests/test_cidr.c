#include "tests/rows.h"

#include "voucher/cidr.h"

static const struct {
    const char *name, *block;
    bool reads;
} readings[] = {
    { "a block of IPv4", "10.0.0.0/8", true },
    { "one IPv4 address", "192.0.2.7", true },
    { "all of IPv4", "0.0.0.0/0", true },
    { "a block of IPv6", "2001:db8::/32", true },
    { "one IPv6 address", "::1", true },
    { "nothing", "", false },
    { "a slash alone", "/", false },
    { "no address", "/8", false },
    { "no prefix", "10.0.0.0/", false },
    { "bits behind the prefix", "10.0.0.1/8", false },
    { "bits behind the prefix of IPv6", "2001:db8::1/32", false },
    { "33 bits of IPv4", "10.0.0.0/33", false },
    { "129 bits", "::/129", false },
    { "a leading zero in the prefix", "10.0.0.0/08", false },
    { "a sign in the prefix", "10.0.0.0/+8", false },
    { "a blank", "10.0.0.0 /8", false },
    { "octal", "010.0.0.0/8", false },
    { "three numbers", "10.0.0/8", false },
    { "256", "256.0.0.0/8", false },
    { "a name", "localhost", false },
    { "a port", "10.0.0.1:80", false },
    { "a zone", "fe80::1%eth0", false },
    { "brackets", "[::1]", false },
    { "two slashes", "10.0.0.0/8/8", false },
    { "longer than any address", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", false },
};

static void
blocks_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        struct cidr block;
        ROW_CHECK(readings[i].name,
                  cidr_read(text_of(readings[i].block), &block) == readings[i].reads);
        row_passed();
    }
}

static const struct {
    const char *name, *block, *address;
    bool holds;
} holdings[] = {
    { "first of a block", "10.0.0.0/8", "10.0.0.0", true },
    { "last of a block", "10.0.0.0/8", "10.255.255.255", true },
    { "before the block", "10.0.0.0/8", "9.255.255.255", false },
    { "after the block", "10.0.0.0/8", "11.0.0.0", false },
    { "inside an odd prefix", "172.16.0.0/12", "172.31.255.255", true },
    { "outside an odd prefix", "172.16.0.0/12", "172.32.0.0", false },
    { "the one address", "192.0.2.7", "192.0.2.7", true },
    { "its neighbour", "192.0.2.7", "192.0.2.6", false },
    { "an IPv4 peer on a dual socket", "127.0.0.0/8", "::ffff:127.0.0.1", true },
    { "all of IPv4 holds no IPv6", "0.0.0.0/0", "2001:db8::1", false },
    { "all of IPv6 holds IPv4 too", "::/0", "192.0.2.7", true },
    { "inside IPv6", "2001:db8::/33", "2001:db8:7fff::1", true },
    { "outside IPv6", "2001:db8::/33", "2001:db8:8000::1", false },
    { "loopback only", "::1", "::2", false },
};

static void
blocks_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(holdings); i++) {
        struct cidr block;
        struct address address;
        ROW_CHECK(holdings[i].name, cidr_read(text_of(holdings[i].block), &block));
        ROW_CHECK(holdings[i].name, address_read(text_of(holdings[i].address), &address));
        ROW_CHECK(holdings[i].name, cidr_holds(&block, &address) == holdings[i].holds);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_read),
        cmocka_unit_test(blocks_hold),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
