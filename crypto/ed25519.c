/* crypto/ed25519.c: see ed25519.h.
 *
 * By libsodium: 17-23 us to sign and 50 us to verify, where OpenSSL 3.0 takes 40 and 108 (its
 * Ed25519 has limbs of 26 bits). The signatures are the same bytes. Keys are read-only after
 * opening; a signer's lie on pages that are locked in memory, left out of core dumps, guarded on
 * both sides and wiped when given back. */
#include "crypto/ed25519.h"

#include <sodium.h>

_Static_assert(crypto_sign_BYTES == ED25519_SIGNATURE_SIZE, "libsodium's Ed25519");
_Static_assert(crypto_sign_PUBLICKEYBYTES == ED25519_KEY_SIZE, "libsodium's Ed25519");
_Static_assert(crypto_sign_SEEDBYTES == ED25519_KEY_SIZE, "libsodium's Ed25519");

struct ed25519_signer {
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    uint8_t public_key[ED25519_KEY_SIZE];
};

struct ed25519_verifier {
    uint8_t public_key[ED25519_KEY_SIZE];
};

/* The y of the eight points whose order divides 8 (edwards25519, cofactor 8), sign bit clear: two
 * with x = 0, one pair with y = 0, and two pairs of order 8. */
static const uint8_t small_order_y[][ED25519_KEY_SIZE] = {
    { 0x01 }, /* the identity */
    { 0x00 }, /* order 4 */
    { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f }, /* p - 1, order 2 */
    { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
      0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
      0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 }, /* order 8 */
    { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
      0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
      0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a }, /* order 8 */
};

/* y < p = 2^255 - 19, the sign bit left out. */
static bool
y_is_canonical(const uint8_t y[ED25519_KEY_SIZE])
{
    if (y[31] != 0x7f) return true;
    for (size_t i = 30; i > 0; i--) {
        if (y[i] != 0xff) return true;
    }
    return y[0] < 0xed;
}

/* x = 0 with the sign bit set (not canonical either) has y = 1 or p - 1, which are in the list. */
bool
ed25519_public_key_is_safe(const uint8_t public_key[ED25519_KEY_SIZE])
{
    must(public_key != NULL);
    uint8_t y[ED25519_KEY_SIZE];
    memcpy(y, public_key, sizeof y);
    y[31] &= 0x7f;
    if (!y_is_canonical(y)) return false;
    for (size_t i = 0; i < COUNT_OF(small_order_y); i++) {
        if (memcmp(y, small_order_y[i], sizeof y) == 0) return false;
    }
    return true;
}

static const uint8_t *
message_bytes(struct text message)
{
    must(message.at != NULL || message.size == 0);
    return (const uint8_t *)(message.at != NULL ? message.at : "");
}

enum fault
ed25519_signer_open(struct ed25519_signer **out, const uint8_t seed[ED25519_KEY_SIZE])
{
    must(out != NULL && seed != NULL);
    *out = NULL;
    must(sodium_init() >= 0); /* chooses code for this processor, once */
    struct ed25519_signer *signer = sodium_malloc(sizeof *signer);
    if (signer == NULL) return FAULT_MEMORY;
    must(crypto_sign_seed_keypair(signer->public_key, signer->secret_key, seed) == 0);
    must(sodium_mprotect_readonly(signer) == 0);
    *out = signer;
    return FAULT_NONE;
}

const uint8_t *
ed25519_signer_public_key(const struct ed25519_signer *signer)
{
    must(signer != NULL);
    return signer->public_key;
}

void
ed25519_sign(const struct ed25519_signer *signer, struct text message,
             uint8_t out[ED25519_SIGNATURE_SIZE])
{
    must(signer != NULL);
    must(crypto_sign_detached(out, NULL, message_bytes(message), message.size,
                              signer->secret_key) == 0);
}

void
ed25519_signer_close(struct ed25519_signer *signer)
{
    sodium_free(signer);
}

enum fault
ed25519_verifier_open(struct ed25519_verifier **out, const uint8_t public_key[ED25519_KEY_SIZE])
{
    must(out != NULL);
    *out = NULL;
    must(sodium_init() >= 0);
    if (!ed25519_public_key_is_safe(public_key)) return FAULT_MALFORMED;
    struct ed25519_verifier *verifier = malloc(sizeof *verifier);
    if (verifier == NULL) return FAULT_MEMORY;
    /* A point off the curve is found out at each verification, none of which holds. */
    memcpy(verifier->public_key, public_key, sizeof verifier->public_key);
    *out = verifier;
    return FAULT_NONE;
}

bool
ed25519_verify(const struct ed25519_verifier *verifier, struct text message,
               const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
    must(verifier != NULL && signature != NULL);
    return crypto_sign_verify_detached(signature, message_bytes(message), message.size,
                                       verifier->public_key) == 0;
}

void
ed25519_verifier_close(struct ed25519_verifier *verifier)
{
    free(verifier);
}
