/* voucher/reach.c: RFC 6890's registry, as far as a webhook has business there. */
#include "voucher/reach.h"

static const char *const never[] = {
    "0.0.0.0/8",      "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/3", "::/128",
    "fe80::/10",      "fec0::/10",     "ff00::/8",       "100::/64",     "2001::/32", /* Teredo */
    "fd00:ec2::/32", /* metadata by IPv6 */
    "64:ff9b:1::/48", /* NAT64 of somebody's own: where its IPv4 address stands, only he knows */
};
static const char *const loopback[] = { "127.0.0.0/8", "::1" };

/* What stands in front of an IPv4 address within an IPv6 one, and where the address then is. */
static const struct {
    const char *block;
    size_t at;
} clothes[] = {
    { "64:ff9b::/96", 12 },
    { "2002::/16", 2 },
    { "::/96", 12 },
    { "::ffff:0:0:0/96", 12 },
};

static bool
any_holds(const char *const *blocks, size_t count, const struct address *address)
{
    for (size_t i = 0; i < count; i++) {
        struct cidr block;
        must(cidr_read(text_of(blocks[i]), &block));
        if (cidr_holds(&block, address)) return true;
    }
    return false;
}

/* ::1 and :: are in ::/96 as well, and are themselves. */
static struct address
undress(const struct address *address)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    for (size_t i = 0; i < COUNT_OF(clothes); i++) {
        struct cidr block;
        struct address bare;
        must(cidr_read(text_of(clothes[i].block), &block));
        must(clothes[i].at + 4 <= sizeof bare.bytes);
        if (!cidr_holds(&block, address)) continue;
        memcpy(bare.bytes, mapped, sizeof mapped);
        memcpy(bare.bytes + sizeof mapped, address->bytes + clothes[i].at, 4);
        return bare;
    }
    return *address;
}

bool
reach_is_literal(struct text host)
{
    struct address ignored;
    if (host.size > 2 && host.at[0] == '[') host = (struct text){ host.at + 1, host.size - 2 };
    return text_equal(host, TEXT("localhost")) || address_read(host, &ignored);
}

bool
reach_allows(const struct address *address, bool is_literal)
{
    if (any_holds(loopback, COUNT_OF(loopback), address)) return is_literal;
    if (any_holds(never, COUNT_OF(never), address)) return false;
    struct address bare = undress(address);
    if (any_holds(loopback, COUNT_OF(loopback), &bare)) return false;
    return !any_holds(never, COUNT_OF(never), &bare);
}
