/* crypto/digest.c: see digest.h. A context is made per call: sharing one needs a lock or a thread's
 * own state, and making one costs less than a tenth of any signature. */
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define HMAC_BLOCK_SIZE 64
#define HKDF_OUT_MAX ((size_t)255 * sizeof(struct digest))

static void
digest_feed(EVP_MD_CTX *context, const struct text *parts, size_t part_count)
{
    must(parts != NULL || part_count == 0);
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size == 0) continue;
        must(EVP_DigestUpdate(context, parts[i].at, parts[i].size) == 1);
    }
}

/* One digest over a prefix (the padded key of HMAC, or nothing) and the parts. */
static void
digest_prefixed(EVP_MD_CTX *context, struct text prefix, const struct text *parts,
                size_t part_count, struct digest *out)
{
    must(EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    digest_feed(context, &prefix, 1);
    digest_feed(context, parts, part_count);
    unsigned size = 0;
    must(EVP_DigestFinal_ex(context, out->bytes, &size) == 1);
    must(size == sizeof out->bytes);
}

void
digest_sha256(struct digest *out, const struct text *parts, size_t part_count)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL);
    digest_prefixed(context, (struct text){ 0 }, parts, part_count, out);
    EVP_MD_CTX_free(context);
}

/* RFC 2104 in its own words: H(K ^ opad, H(K ^ ipad, text)). The library's MAC object costs three
 * times as much for our short messages. */
void
digest_hmac_sha256(struct digest *out, struct text key, const struct text *parts, size_t part_count)
{
    must(key.at != NULL || key.size == 0);
    uint8_t pad[HMAC_BLOCK_SIZE] = { 0 };
    struct digest inner;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL);

    if (key.size > sizeof pad) {
        digest_prefixed(context, (struct text){ 0 }, &key, 1, &inner);
        memcpy(pad, inner.bytes, sizeof inner.bytes);
    } else if (key.size > 0) {
        memcpy(pad, key.at, key.size);
    }
    const struct text prefix = { (const char *)pad, sizeof pad };
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36;
    digest_prefixed(context, prefix, parts, part_count, &inner);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    const struct text inner_text = { (const char *)inner.bytes, sizeof inner.bytes };
    digest_prefixed(context, prefix, &inner_text, 1, out);

    EVP_MD_CTX_free(context); /* wipes its state */
    crypto_wipe(pad, sizeof pad);
    crypto_wipe(&inner, sizeof inner);
}

void
digest_hkdf_sha256(void *out, size_t out_size, struct text secret, struct text salt,
                   struct text info)
{
    must(out_size > 0 && out_size <= HKDF_OUT_MAX);
    struct digest pseudorandom_key, block;
    digest_hmac_sha256(&pseudorandom_key, salt, &secret, 1); /* HMAC pads a short salt with zeros */
    const struct text key = { (const char *)pseudorandom_key.bytes, sizeof pseudorandom_key.bytes };

    uint8_t *at = out;
    struct text previous = { 0 };
    uint8_t counter = 0;
    for (size_t done = 0; done < out_size;) {
        counter++;
        const struct text parts[] = { previous, info, { (const char *)&counter, 1 } };
        struct digest next;
        digest_hmac_sha256(&next, key, parts, COUNT_OF(parts));
        block = next;
        previous = (struct text){ (const char *)block.bytes, sizeof block.bytes };
        const size_t left = out_size - done;
        const size_t part = left < sizeof block.bytes ? left : sizeof block.bytes;
        memcpy(at + done, block.bytes, part);
        done += part;
        crypto_wipe(&next, sizeof next);
    }
    crypto_wipe(&pseudorandom_key, sizeof pseudorandom_key);
    crypto_wipe(&block, sizeof block);
}

bool
crypto_equal(const void *a, const void *b, size_t size)
{
    must((a != NULL && b != NULL) || size == 0);
    return size == 0 || CRYPTO_memcmp(a, b, size) == 0;
}

void
crypto_wipe(void *at, size_t size)
{
    must(at != NULL || size == 0);
    if (size > 0) OPENSSL_cleanse(at, size);
}

void
crypto_random_fill(void *out, size_t size)
{
    must(out != NULL || size == 0);
    must(size <= INT32_MAX);
    if (size > 0) must(RAND_bytes(out, (int)size) == 1);
}
