/* crypto/p256.c: see p256.h. Threads as in ed25519.c. */
#include "crypto/p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

struct p256_verifier {
    EVP_PKEY *key;
};

/* The order n of the group (SP 800-186, 3.2.1.3). */
static const uint8_t group_order[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

/* OpenSSL refuses a point that is off the curve while it reads it. */
static enum fault
key_open(EVP_PKEY_CTX *context, const uint8_t public_key[P256_KEY_SIZE], EVP_PKEY **out)
{
    uint8_t point[1 + P256_KEY_SIZE] = { POINT_CONVERSION_UNCOMPRESSED };
    memcpy(point + 1, public_key, P256_KEY_SIZE);
    char group[] = "prime256v1";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_PKEY_fromdata_init(context) != 1) return FAULT_MEMORY;
    return EVP_PKEY_fromdata(context, out, EVP_PKEY_PUBLIC_KEY, params) == 1 ? FAULT_NONE
                                                                             : FAULT_MALFORMED;
}

static bool
key_is_sound(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (context == NULL) return false;
    const bool sound = EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return sound;
}

enum fault
p256_verifier_open(struct p256_verifier **out, const uint8_t public_key[P256_KEY_SIZE])
{
    must(out != NULL && public_key != NULL);
    *out = NULL;
    struct p256_verifier *verifier = calloc(1, sizeof *verifier);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    enum fault fault = FAULT_MEMORY;
    if (verifier == NULL || context == NULL) goto out;
    fault = key_open(context, public_key, &verifier->key);
    if (fault == FAULT_NONE && !key_is_sound(verifier->key)) fault = FAULT_MALFORMED;
out:
    EVP_PKEY_CTX_free(context);
    if (fault != FAULT_NONE) {
        ERR_clear_error();
        p256_verifier_close(verifier);
        return fault;
    }
    *out = verifier;
    return FAULT_NONE;
}

static bool
scalar_in_range(const uint8_t scalar[32])
{
    static const uint8_t zero[32];
    return memcmp(scalar, zero, sizeof zero) != 0 && memcmp(scalar, group_order, 32) < 0;
}

/* A DER INTEGER of 32 bytes at most. Returns its size. */
static size_t
write_integer(const uint8_t scalar[32], uint8_t out[35])
{
    size_t zeros = 0;
    while (zeros < 31 && scalar[zeros] == 0)
        zeros++;
    const size_t sign = scalar[zeros] >> 7; /* a set top bit would read as negative */
    out[0] = 0x02;
    out[1] = (uint8_t)(32 - zeros + sign);
    out[2] = 0;
    memcpy(out + 2 + sign, scalar + zeros, 32 - zeros);
    return 2 + sign + 32 - zeros;
}

bool
p256_verify(const struct p256_verifier *verifier, struct text message,
            const uint8_t signature[P256_SIGNATURE_SIZE])
{
    must(verifier != NULL && signature != NULL);
    if (!scalar_in_range(signature) || !scalar_in_range(signature + 32)) return false;
    uint8_t der[2 + 35 + 35];
    size_t size = 2;
    size += write_integer(signature, der + size);
    size += write_integer(signature + 32, der + size);
    der[0] = 0x30;
    der[1] = (uint8_t)(size - 2);

    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must_have_memory(context != NULL);
    must_have_memory(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, verifier->key) == 1);
    const char *at = message.at != NULL ? message.at : "";
    const bool held = EVP_DigestVerify(context, der, size, (const uint8_t *)at, message.size) == 1;
    EVP_MD_CTX_free(context);
    if (!held) ERR_clear_error(); /* left behind, it would be taken for a fault of TLS */
    return held;
}

void
p256_verifier_close(struct p256_verifier *verifier)
{
    if (verifier == NULL) return;
    EVP_PKEY_free(verifier->key);
    free(verifier);
}
