/* crypto/seal.c: see seal.h. */
#include "crypto/seal.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/digest.h"

#define SEAL_VERSION 1
#define NONCE_AT 1
#define NONCE_SIZE 12
#define BODY_AT (NONCE_AT + NONCE_SIZE)
#define TAG_SIZE 16

_Static_assert(BODY_AT + TAG_SIZE == SEAL_OVERHEAD, "the parts make up the overhead");

/* Version and context are authenticated and not encrypted. GCM knows sizes, so that the one byte
 * in front cannot be taken for the context's own. */
static bool
feed_context(EVP_CIPHER_CTX *cipher, uint8_t version, struct text context)
{
    int size = 0;
    if (EVP_CipherUpdate(cipher, NULL, &size, &version, 1) != 1) return false;
    if (context.size == 0) return true;
    return EVP_CipherUpdate(cipher, NULL, &size, (const uint8_t *)context.at, (int)context.size) ==
           1;
}

void
seal_shut(const struct digest *key, struct text context, struct text plain, uint8_t *out)
{
    must(plain.size <= INT32_MAX && context.size <= INT32_MAX);
    out[0] = SEAL_VERSION;
    crypto_random_fill(out + NONCE_AT, NONCE_SIZE);
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    must_have_memory(cipher != NULL);
    must_have_memory(
        EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, out + NONCE_AT, 1) == 1);
    must(feed_context(cipher, SEAL_VERSION, context));
    int size = 0;
    if (plain.size > 0) {
        must(EVP_CipherUpdate(cipher, out + BODY_AT, &size, (const uint8_t *)plain.at,
                              (int)plain.size) == 1);
    }
    must((size_t)size == plain.size);
    int rest = 0;
    uint8_t *tag = out + BODY_AT + plain.size;
    must(EVP_CipherFinal_ex(cipher, tag, &rest) == 1 && rest == 0);
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1);
    EVP_CIPHER_CTX_free(cipher);
}

static bool
open_with(EVP_CIPHER_CTX *cipher, struct text context, const uint8_t *sealed, size_t plain_size,
          uint8_t *out)
{
    uint8_t tag[TAG_SIZE];
    memcpy(tag, sealed + BODY_AT + plain_size, sizeof tag); /* the call below wants it writable */
    if (!feed_context(cipher, SEAL_VERSION, context)) return false;
    int size = 0;
    if (plain_size > 0 &&
        EVP_CipherUpdate(cipher, out, &size, sealed + BODY_AT, (int)plain_size) != 1) {
        return false;
    }
    if (EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1) return false;
    uint8_t nothing[TAG_SIZE];
    int rest = 0;
    return EVP_CipherFinal_ex(cipher, nothing, &rest) == 1 && rest == 0;
}

bool
seal_open(const struct digest *key, struct text context, struct text sealed, uint8_t *out)
{
    must(sealed.size <= INT32_MAX && context.size <= INT32_MAX);
    if (sealed.size < SEAL_OVERHEAD) return false; /* nothing was written, nothing to wipe */
    const uint8_t *bytes = (const uint8_t *)sealed.at;
    const size_t plain_size = sealed.size - SEAL_OVERHEAD;
    if (bytes[0] != SEAL_VERSION) {
        crypto_wipe(out, plain_size);
        return false;
    }
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    must_have_memory(cipher != NULL);
    must_have_memory(
        EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, bytes + NONCE_AT, 0) == 1);
    const bool held = open_with(cipher, context, bytes, plain_size, out);
    EVP_CIPHER_CTX_free(cipher);
    if (!held) {
        ERR_clear_error();
        crypto_wipe(out, plain_size);
    }
    return held;
}
