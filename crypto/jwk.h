/* crypto/jwk.h: JSON Web Keys (RFC 7517, 7518, 8037) for verifying. Any thread; a key may be
 * shared.
 *
 * OKP/Ed25519, EC/P-256 and, for tests of the machinery, oct (HS256, 32 bytes or more). Unknown
 * members are ignored, and so are private ones ("d"): they are never kept. A duplicate member, a
 * coordinate of the wrong length, a point off the curve or of small order, a "use" other than sig,
 * "key_ops" without verify and an "alg" that is not the key's own are refused. */
#ifndef HUIQUAN_CRYPTO_JWK_H
#define HUIQUAN_CRYPTO_JWK_H

#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "voucher/base.h"

#define JWK_KID_MAX 128
#define JWK_OCT_MAX 128
#define JWK_KEYS_MAX 16
#define JWK_TEXT_MAX 16384

enum jwk_kind { JWK_NONE = 0, JWK_ED25519, JWK_P256, JWK_OCT };

struct jwk {
    enum jwk_kind kind;
    char kid[JWK_KID_MAX + 1]; /* empty: none */
    uint8_t ed25519_key[ED25519_KEY_SIZE];
    struct ed25519_verifier *ed25519;
    struct p256_verifier *p256;
    uint8_t oct[JWK_OCT_MAX];
    size_t oct_size;
};

/* The key's own algorithm by RFC 7518 and RFC 9864: "Ed25519" ("EdDSA" is its other name). */
MUST_USE bool jwk_answers_to(const struct jwk *key, struct text alg);

/* FAULT_MALFORMED: refused. On a fault *out is zeroed; otherwise ended by jwk_close(). */
MUST_USE enum fault jwk_read(struct jwk *out, struct text json);
/* A set {"keys": [...]}: keys of another kty, crv or use are passed over (RFC 7517, 5). A broken
 * key, a kid that stands twice, or oct beside other keys refuses the set. JWK_KEYS_MAX at most. */
MUST_USE enum fault jwk_read_set(struct jwk out[JWK_KEYS_MAX], size_t *out_count, struct text json);
void jwk_close(struct jwk *key); /* zeroed is fine */

/* The three members of an Ed25519 key, as a reader of a larger document has them. False unless kty
 * is OKP, crv Ed25519 and x a safe key. */
MUST_USE bool jwk_read_ed25519(struct text kty, struct text crv, struct text x,
                               uint8_t out[ED25519_KEY_SIZE]);

#endif
