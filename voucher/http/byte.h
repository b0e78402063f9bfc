/* voucher/http/byte.h: which bytes may stand where (RFC 9110 section 5.6, RFC 3986). Any thread. */
#ifndef HUIQUAN_HTTP_BYTE_H
#define HUIQUAN_HTTP_BYTE_H

#include "voucher/base.h"

enum http_byte_kind {
    HTTP_BYTE_TOKEN = 1, /* tchar */
    HTTP_BYTE_PATH = 2, /* pchar and "/", without "%" */
    HTTP_BYTE_HOST = 4, /* unreserved */
    HTTP_BYTE_VALUE = 8, /* field-vchar, SP, HTAB */
    HTTP_BYTE_HEX = 16, /* either case */
    HTTP_BYTE_DIGIT = 32, /* 0 to 9 */
};

extern const uint8_t http_byte_kinds[256];

static inline bool
http_byte_is(char byte, enum http_byte_kind kind)
{
    return (http_byte_kinds[(uint8_t)byte] & kind) != 0;
}

/* True for an empty text. Looks at every byte: what is refused is rare. */
static inline bool
http_bytes_are(struct text text, enum http_byte_kind kind)
{
    unsigned common = kind;
    for (size_t i = 0; i < text.size; i++)
        common &= http_byte_kinds[(uint8_t)text.at[i]];
    return common != 0;
}

static inline char
http_byte_lower(char byte)
{
    return (byte >= 'A' && byte <= 'Z') ? (char)(byte + ('a' - 'A')) : byte;
}

/* Equal without regard to the case of ASCII letters. */
static inline bool
http_bytes_match(struct text a, struct text b)
{
    if (a.size != b.size) return false;
    for (size_t i = 0; i < a.size; i++) {
        if (http_byte_lower(a.at[i]) != http_byte_lower(b.at[i])) return false;
    }
    return true;
}

/* The value of a byte that is HTTP_BYTE_HEX. */
static inline unsigned
http_byte_hex(char byte)
{
    must(http_byte_is(byte, HTTP_BYTE_HEX));
    return byte <= '9' ? (unsigned)(byte - '0') : (unsigned)(http_byte_lower(byte) - 'a') + 10U;
}

#endif
