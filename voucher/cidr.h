/* voucher/cidr.h: blocks of addresses (RFC 4632, RFC 4291 section 2.3). Pure; any thread.
 * IPv4 is held as ::ffff:a.b.c.d, so that one comparison serves both families. */
#ifndef HUIQUAN_CIDR_H
#define HUIQUAN_CIDR_H

#include "voucher/base.h"

struct address {
    uint8_t bytes[16];
};

struct cidr {
    struct address address;
    unsigned prefix_bits; /* of the 128 */
};

/* "192.0.2.7" or "2001:db8::1", no brackets, no zone. False: not an address, *out is unchanged. */
bool address_read(struct text text, struct address *out);
/* "10.0.0.0/8", "2001:db8::/32" or one address. Bits behind the prefix must be zero. */
bool cidr_read(struct text text, struct cidr *out);
bool cidr_holds(const struct cidr *block, const struct address *address);

#endif
