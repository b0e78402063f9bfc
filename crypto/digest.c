/* crypto/digest.c */
#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

/* OpenSSL's low-level SHA-256 keeps its state on the stack: no allocation and no fetch per call,
 * which EVP in 3.0 costs more than the digest of a journal entry itself. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define BLOCK_SIZE 64

static void
sha_update(SHA256_CTX *sha, const struct text *parts, size_t part_count)
{
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size > 0) must(SHA256_Update(sha, parts[i].at, parts[i].size) == 1);
    }
}

void
digest_sha256(struct digest *out, const struct text *parts, size_t part_count)
{
    SHA256_CTX sha;
    must(SHA256_Init(&sha) == 1);
    sha_update(&sha, parts, part_count);
    must(SHA256_Final(out->bytes, &sha) == 1);
}

/* RFC 2104: H(K ^ opad, H(K ^ ipad, text)). */
void
digest_hmac_sha256(struct digest *out, struct text key, const struct text *parts,
                   size_t part_count)
{
    uint8_t block[BLOCK_SIZE] = { 0 };
    SHA256_CTX sha;
    struct digest inner;
    if (key.size > sizeof block) {
        digest_sha256(&inner, &key, 1);
        memcpy(block, inner.bytes, sizeof inner.bytes);
    } else if (key.size > 0) {
        memcpy(block, key.at, key.size);
    }
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x36;
    }
    must(SHA256_Init(&sha) == 1 && SHA256_Update(&sha, block, sizeof block) == 1);
    sha_update(&sha, parts, part_count);
    must(SHA256_Final(inner.bytes, &sha) == 1);
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }
    must(SHA256_Init(&sha) == 1 && SHA256_Update(&sha, block, sizeof block) == 1);
    must(SHA256_Update(&sha, inner.bytes, sizeof inner.bytes) == 1);
    must(SHA256_Final(out->bytes, &sha) == 1);
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(&sha, sizeof sha);
}

bool
crypto_equal(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void
crypto_wipe(void *at, size_t size)
{
    OPENSSL_cleanse(at, size);
}

void
crypto_random_fill(void *out, size_t size)
{
    must(RAND_bytes(out, (int)size) == 1);
}
