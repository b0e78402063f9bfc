#include "voucher/utf8.h"

/* What the first byte promises: how many follow, its own bits, and the least that may be spelled
 * so. */
struct lead {
    size_t size;
    uint32_t bits, least;
};

static struct lead
lead_of(uint8_t byte)
{
    if (byte < 0x80) return (struct lead){ 1, byte, 0 };
    if (byte >= 0xc2 && byte < 0xe0) return (struct lead){ 2, byte & 0x1fu, 0x80 };
    if (byte >= 0xe0 && byte < 0xf0) return (struct lead){ 3, byte & 0x0fu, 0x800 };
    if (byte >= 0xf0 && byte < 0xf5) return (struct lead){ 4, byte & 0x07u, 0x10000 };
    return (struct lead){ 0 };
}

size_t
utf8_read(struct text text, size_t from, uint32_t *out)
{
    must(from < text.size);
    const struct lead lead = lead_of((uint8_t)text.at[from]);
    if (lead.size == 0 || lead.size > text.size - from) return 0;
    uint32_t character = lead.bits;
    for (size_t i = 1; i < lead.size; i++) {
        const uint8_t byte = (uint8_t)text.at[from + i];
        if ((byte & 0xc0) != 0x80) return 0;
        character = character << 6 | (byte & 0x3fu);
    }
    if (character < lead.least || character > 0x10ffff) return 0;
    if (character >= 0xd800 && character <= 0xdfff) return 0;
    *out = character;
    return lead.size;
}
