/* crypto/digest.c: see digest.h.
 *
 * SHA-256 uses OpenSSL's low-level calls, whose state is on the stack: 73 ns for 64 bytes, against
 * 370 ns through EVP, which allocates, fetches and takes a lock each time. Every journal entry and
 * every request is digested. OpenSSL 3 calls them deprecated and keeps them. */
#include "crypto/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define HMAC_BLOCK_SIZE 64
#define HKDF_OUT_MAX ((size_t)255 * sizeof(struct digest))

/* One digest over a prefix (the padded key of HMAC, or nothing) and the parts. */
static void
digest_prefixed(struct digest *out, struct text prefix, const struct text *parts, size_t part_count)
{
    must(parts != NULL || part_count == 0);
    SHA256_CTX sha;
    must(SHA256_Init(&sha) == 1);
    if (prefix.size > 0) must(SHA256_Update(&sha, prefix.at, prefix.size) == 1);
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size > 0) must(SHA256_Update(&sha, parts[i].at, parts[i].size) == 1);
    }
    must(SHA256_Final(out->bytes, &sha) == 1);
    if (prefix.size > 0) OPENSSL_cleanse(&sha, sizeof sha);
}

void
digest_sha256(struct digest *out, const struct text *parts, size_t part_count)
{
    must(out != NULL);
    digest_prefixed(out, (struct text){ 0 }, parts, part_count);
}

bool
digest_sha256_file(struct digest *out, int fd, int64_t *out_size)
{
    static const size_t room = 1 << 20;
    char *bytes = malloc(room);
    SHA256_CTX sha;
    ssize_t got = bytes == NULL ? -1 : 1;
    must(out_size != NULL);
    must(SHA256_Init(&sha) == 1);
    *out_size = 0;
    while (got > 0) {
        got = read(fd, bytes, room);
        if (got > 0) must(SHA256_Update(&sha, bytes, (size_t)got) == 1);
        if (got > 0) *out_size += got;
        if (got < 0 && errno == EINTR) got = 1;
    }
    must(SHA256_Final(out->bytes, &sha) == 1);
    free(bytes);
    return got == 0;
}

/* RFC 2104: H(K ^ opad, H(K ^ ipad, text)). */
void
digest_hmac_sha256(struct digest *out, struct text key, const struct text *parts, size_t part_count)
{
    must(key.at != NULL || key.size == 0);
    uint8_t pad[HMAC_BLOCK_SIZE] = { 0 };
    struct digest inner;
    if (key.size > sizeof pad) {
        digest_sha256(&inner, &key, 1);
        memcpy(pad, inner.bytes, sizeof inner.bytes);
    } else if (key.size > 0) {
        memcpy(pad, key.at, key.size);
    }
    const struct text prefix = { (const char *)pad, sizeof pad };
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36;
    digest_prefixed(&inner, prefix, parts, part_count);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    const struct text inner_text = { (const char *)inner.bytes, sizeof inner.bytes };
    digest_prefixed(out, prefix, &inner_text, 1);
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
    for (uint8_t *at = out; size > 0;) {
        ssize_t drawn = getrandom(at, size, 0);
        must(drawn > 0 || errno == EINTR); /* flags of 0: it waits, and knows no other failure */
        if (drawn <= 0) continue;
        at += drawn;
        size -= (size_t)drawn;
    }
}
