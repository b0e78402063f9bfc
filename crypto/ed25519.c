/* crypto/ed25519.c: see ed25519.h. The key objects are read-only after opening, and each call has
 * its own context; OpenSSL allows that from many threads. */
#include "crypto/ed25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/digest.h"

struct ed25519_signer {
    EVP_PKEY *key;
    uint8_t public_key[ED25519_KEY_SIZE];
};

struct ed25519_verifier {
    EVP_PKEY *key;
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

enum fault
ed25519_signer_open(struct ed25519_signer **out, const uint8_t seed[ED25519_KEY_SIZE])
{
    must(out != NULL && seed != NULL);
    *out = NULL;
    struct ed25519_signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL) return FAULT_MEMORY;
    signer->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, ED25519_KEY_SIZE);
    size_t size = sizeof signer->public_key;
    if (signer->key == NULL ||
        EVP_PKEY_get_raw_public_key(signer->key, signer->public_key, &size) != 1) {
        ed25519_signer_close(signer);
        return FAULT_MEMORY; /* every seed is a key */
    }
    must(size == sizeof signer->public_key);
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
    must(message.at != NULL || message.size == 0);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL);
    must(EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) == 1);
    size_t size = ED25519_SIGNATURE_SIZE;
    const char *at = message.at != NULL ? message.at : "";
    must(EVP_DigestSign(context, out, &size, (const uint8_t *)at, message.size) == 1);
    must(size == ED25519_SIGNATURE_SIZE);
    EVP_MD_CTX_free(context);
}

void
ed25519_signer_close(struct ed25519_signer *signer)
{
    if (signer == NULL) return;
    EVP_PKEY_free(signer->key); /* wipes the seed */
    free(signer);
}

enum fault
ed25519_verifier_open(struct ed25519_verifier **out, const uint8_t public_key[ED25519_KEY_SIZE])
{
    must(out != NULL);
    *out = NULL;
    if (!ed25519_public_key_is_safe(public_key)) return FAULT_MALFORMED;
    struct ed25519_verifier *verifier = calloc(1, sizeof *verifier);
    if (verifier == NULL) return FAULT_MEMORY;
    verifier->key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, ED25519_KEY_SIZE);
    if (verifier->key == NULL) {
        free(verifier);
        return FAULT_MEMORY; /* 32 bytes are always taken; a point off the curve fails to verify */
    }
    *out = verifier;
    return FAULT_NONE;
}

bool
ed25519_verify(const struct ed25519_verifier *verifier, struct text message,
               const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
    must(verifier != NULL && signature != NULL);
    must(message.at != NULL || message.size == 0);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL);
    must(EVP_DigestVerifyInit(context, NULL, NULL, NULL, verifier->key) == 1);
    const char *at = message.at != NULL ? message.at : "";
    /* 0 is a wrong signature, below 0 an error: neither is a yes. */
    const bool held = EVP_DigestVerify(context, signature, ED25519_SIGNATURE_SIZE,
                                       (const uint8_t *)at, message.size) == 1;
    EVP_MD_CTX_free(context);
    if (!held) ERR_clear_error(); /* left behind, it would be taken for a fault of TLS */
    return held;
}

void
ed25519_verifier_close(struct ed25519_verifier *verifier)
{
    if (verifier == NULL) return;
    EVP_PKEY_free(verifier->key);
    free(verifier);
}
