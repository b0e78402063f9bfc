/* crypto/encode.h: bytes as text, and strictly back. Pure; any thread.
 *
 * Reading refuses whatever writing would not have written: padding where there is none, missing
 * padding where there is some, bits left over that are not zero, white space, another alphabet. */
#ifndef HUIQUAN_CRYPTO_ENCODE_H
#define HUIQUAN_CRYPTO_ENCODE_H

#include "voucher/base.h"

/* Room for the text of byte_count bytes, NUL included. */
#define BASE64_SIZE(byte_count) (((byte_count) + 2) / 3 * 4 + 1)
#define BASE64URL_SIZE(byte_count) (((byte_count)*4 + 2) / 3 + 1)
#define HEX_SIZE(byte_count) ((byte_count)*2 + 1)
#define CROCKFORD_SIZE 27

/* Base64url without padding (RFC 4648, 5; RFC 7515, 2). Both return the size without NUL. */
size_t encode_base64url(const void *bytes, size_t byte_count, char *out);
/* Base64 with padding (RFC 4648, 4), as in byte sequences of RFC 8941. */
size_t encode_base64(const void *bytes, size_t byte_count, char *out);
/* At most room bytes are written, and *out_size tells how many. On false both are as before. */
MUST_USE bool decode_base64url(struct text text, void *out, size_t room, size_t *out_size);
MUST_USE bool decode_base64(struct text text, void *out, size_t room, size_t *out_size);
/* True only when text stands for exactly byte_count bytes. */
MUST_USE bool decode_base64url_exact(struct text text, void *out, size_t byte_count);

/* Lower case. Returns the size without NUL. */
size_t encode_hex(const void *bytes, size_t byte_count, char *out);
MUST_USE bool decode_hex(struct text text, void *out, size_t byte_count);

/* 16 bytes as 26 Crockford base32 characters as in ULID: most significant bits first, two zero bits
 * in front, upper case. The first character is at most '7'. */
void encode_crockford(const struct uuid *id, char out[CROCKFORD_SIZE]);
MUST_USE bool decode_crockford(struct text text, struct uuid *out);

#endif
