#include "voucher/cidr.h"

#include <arpa/inet.h>

#define ADDRESS_TEXT_MAX 45
#define ADDRESS_BITS 128u
#define MAPPED_BITS 96u

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool
address_read(struct text text, struct address *out)
{
    char copy[ADDRESS_TEXT_MAX + 1];
    struct address found;
    if (text.size == 0 || text.size > ADDRESS_TEXT_MAX) return false;
    if (memchr(text.at, '\0', text.size) != NULL) return false;
    memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';

    if (inet_pton(AF_INET, copy, found.bytes + sizeof mapped_prefix) == 1) {
        memcpy(found.bytes, mapped_prefix, sizeof mapped_prefix);
    } else if (inet_pton(AF_INET6, copy, found.bytes) != 1) {
        return false;
    }
    *out = found;
    return true;
}

/* The bits of one byte of the prefix that count. */
static uint8_t
mask_of(unsigned prefix_bits, size_t byte)
{
    const unsigned before = (unsigned)byte * 8;
    if (prefix_bits >= before + 8) return 0xff;
    if (prefix_bits <= before) return 0;
    return (uint8_t)(0xff00u >> (prefix_bits - before));
}

static bool
read_prefix(struct text digits, unsigned *out)
{
    unsigned bits = 0;
    if (digits.size == 0 || digits.size > 3) return false;
    if (digits.size > 1 && digits.at[0] == '0') return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') return false;
        bits = bits * 10 + (unsigned)(digits.at[i] - '0');
    }
    *out = bits;
    return true;
}

bool
cidr_read(struct text text, struct cidr *out)
{
    struct cidr found = { .prefix_bits = ADDRESS_BITS };
    const char *slash = text.size > 0 ? memchr(text.at, '/', text.size) : NULL;
    struct text host = { text.at, slash ? (size_t)(slash - text.at) : text.size };
    if (!address_read(host, &found.address)) return false;

    if (slash != NULL) {
        struct text digits = { slash + 1, text.size - host.size - 1 };
        const bool is_v4 = memchr(host.at, ':', host.size) == NULL;
        const unsigned offset = is_v4 ? MAPPED_BITS : 0;
        unsigned bits;
        if (!read_prefix(digits, &bits) || bits > ADDRESS_BITS - offset) return false;
        found.prefix_bits = bits + offset;
    }
    for (size_t i = 0; i < sizeof found.address.bytes; i++) {
        if (found.address.bytes[i] & (uint8_t)~mask_of(found.prefix_bits, i)) return false;
    }
    *out = found;
    return true;
}

bool
cidr_holds(const struct cidr *block, const struct address *address)
{
    must(block->prefix_bits <= ADDRESS_BITS);
    for (size_t i = 0; i < sizeof address->bytes; i++) {
        const uint8_t differs = block->address.bytes[i] ^ address->bytes[i];
        if (differs & mask_of(block->prefix_bits, i)) return false;
    }
    return true;
}
