/* crypto/p256.h: ECDSA with P-256 and SHA-256, verify only, signatures as r || s (IEEE P1363, the
 * ES256 of RFC 7518). Any thread; a verifier may be shared by threads. */
#ifndef HUIQUAN_CRYPTO_P256_H
#define HUIQUAN_CRYPTO_P256_H

#include "voucher/base.h"

#define P256_KEY_SIZE 64 /* x || y */
#define P256_SIGNATURE_SIZE 64

struct p256_verifier;

/* FAULT_MALFORMED when the point is not on the curve (or a coordinate is not below p). */
MUST_USE enum fault p256_verifier_open(struct p256_verifier **out,
                                       const uint8_t public_key[P256_KEY_SIZE]);
/* False also when r or s is 0 or not below the group's order. */
MUST_USE bool p256_verify(const struct p256_verifier *verifier, struct text message,
                          const uint8_t signature[P256_SIGNATURE_SIZE]);
void p256_verifier_close(struct p256_verifier *verifier); /* NULL is fine */

#endif
