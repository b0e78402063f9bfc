/* crypto/ed25519.h: pure Ed25519 (RFC 8032). Any thread; a signer may be shared by threads. */
#ifndef HUIQUAN_CRYPTO_ED25519_H
#define HUIQUAN_CRYPTO_ED25519_H

#include "voucher/base.h"

#define ED25519_KEY_SIZE 32
#define ED25519_SIGNATURE_SIZE 64

struct ed25519_signer;
struct ed25519_verifier;

/* False for the encodings of the small-order points and for every non-canonical encoding: some
 * libraries accept those, and a signature under them proves nothing. */
MUST_USE bool ed25519_public_key_is_safe(const uint8_t public_key[ED25519_KEY_SIZE]);

/* On success *out belongs to the caller, who ends it with ed25519_signer_close(). */
MUST_USE enum fault ed25519_signer_open(struct ed25519_signer **out,
                                        const uint8_t seed[ED25519_KEY_SIZE]);
const uint8_t *ed25519_signer_public_key(const struct ed25519_signer *signer);
void ed25519_sign(const struct ed25519_signer *signer, struct text message,
                  uint8_t out[ED25519_SIGNATURE_SIZE]);
void ed25519_signer_close(struct ed25519_signer *signer); /* NULL is fine; wipes the seed */

/* FAULT_MALFORMED when the key is not safe (see above). */
MUST_USE enum fault ed25519_verifier_open(struct ed25519_verifier **out,
                                          const uint8_t public_key[ED25519_KEY_SIZE]);
MUST_USE bool ed25519_verify(const struct ed25519_verifier *verifier, struct text message,
                             const uint8_t signature[ED25519_SIGNATURE_SIZE]);
void ed25519_verifier_close(struct ed25519_verifier *verifier); /* NULL is fine */

#endif
