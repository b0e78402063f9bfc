/* crypto/ff1.c: FF1 of SP 800-38G, section 5.1, algorithm 7, for radix 10 and an empty tweak.
 *
 * With an empty tweak and at most 9 digits in a half, a round's input is two AES blocks: P, which
 * never changes (its cipher is kept), and Q, which holds the round and the other half. */
#include "crypto/ff1.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/bytes.h"

#define FF1_ROUNDS 10
#define BLOCK_SIZE 16

struct ff1 {
    EVP_CIPHER_CTX *cipher; /* keyed AES in ECB, without padding; only ever copied */
    uint8_t first[BLOCK_SIZE]; /* AES of P */
    uint64_t left_limit, right_limit; /* 10^u, 10^v */
    unsigned half_bytes; /* b */
};

static uint64_t
power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    for (unsigned i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

/* b = ceil(ceil(v * log2(10)) / 8): the bytes that hold every number of v digits. */
static unsigned
bytes_below(uint64_t limit)
{
    unsigned bytes = 0;
    for (uint64_t largest = limit - 1; largest > 0; largest >>= 8)
        bytes++;
    return bytes;
}

static void
encrypt_block(EVP_CIPHER_CTX *cipher, const uint8_t in[BLOCK_SIZE], uint8_t out[BLOCK_SIZE])
{
    int size = 0;
    must(EVP_EncryptUpdate(cipher, out, &size, in, BLOCK_SIZE) == 1);
    must(size == BLOCK_SIZE);
}

static const EVP_CIPHER *
cipher_of(size_t key_size)
{
    must(key_size == 16 || key_size == 24 || key_size == 32);
    if (key_size == 16) return EVP_aes_128_ecb();
    return key_size == 24 ? EVP_aes_192_ecb() : EVP_aes_256_ecb();
}

enum fault
ff1_open(struct ff1 **out, struct text key, unsigned digit_count)
{
    must(digit_count >= FF1_DIGITS_MIN && digit_count <= FF1_DIGITS_MAX);
    *out = NULL;
    struct ff1 *f = calloc(1, sizeof *f);
    if (f == NULL) return FAULT_MEMORY;
    f->cipher = EVP_CIPHER_CTX_new();
    if (f->cipher == NULL ||
        EVP_EncryptInit_ex(f->cipher, cipher_of(key.size), NULL, (const uint8_t *)key.at, NULL) !=
            1 ||
        EVP_CIPHER_CTX_set_padding(f->cipher, 0) != 1) {
        ERR_clear_error(); /* left behind, it would be taken for a fault of TLS */
        ff1_close(f);
        return FAULT_MEMORY;
    }
    const unsigned left_digits = digit_count / 2;
    f->left_limit = power_of_ten(left_digits);
    f->right_limit = power_of_ten(digit_count - left_digits);
    f->half_bytes = bytes_below(f->right_limit);
    uint8_t p[BLOCK_SIZE] = { 1, 2, 1, 0, 0, 10, FF1_ROUNDS };
    p[7] = (uint8_t)left_digits;
    bytes_put_u32(p + 8, digit_count);
    encrypt_block(f->cipher, p, f->first);
    *out = f;
    return FAULT_NONE;
}

void
ff1_close(struct ff1 *f)
{
    if (f == NULL) return;
    EVP_CIPHER_CTX_free(f->cipher); /* wipes the key schedule */
    free(f);
}

/* y of one round: with b <= 4, d is 8, so y is the first eight bytes of the MAC. */
static uint64_t
round_value(const struct ff1 *f, EVP_CIPHER_CTX *cipher, unsigned round, uint64_t half)
{
    uint8_t q[BLOCK_SIZE] = { 0 }, mac[BLOCK_SIZE];
    must(f->half_bytes <= 4 && half < f->right_limit);
    q[BLOCK_SIZE - 1 - f->half_bytes] = (uint8_t)round; /* above every byte of half */
    for (unsigned i = 0; i < f->half_bytes; i++)
        q[BLOCK_SIZE - 1 - i] = (uint8_t)(half >> (8 * i));
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        q[i] ^= f->first[i];
    encrypt_block(cipher, q, mac);
    return bytes_get_u64(mac);
}

static EVP_CIPHER_CTX *
copy_cipher(const struct ff1 *f)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    must_have_memory(cipher != NULL);
    must_have_memory(EVP_CIPHER_CTX_copy(cipher, f->cipher) == 1);
    return cipher;
}

uint64_t
ff1_encrypt(const struct ff1 *f, uint64_t number)
{
    must(f != NULL && number < f->left_limit * f->right_limit);
    EVP_CIPHER_CTX *cipher = copy_cipher(f);
    uint64_t a = number / f->right_limit, b = number % f->right_limit;
    for (unsigned i = 0; i < FF1_ROUNDS; i++) {
        const uint64_t limit = i % 2 == 0 ? f->left_limit : f->right_limit;
        const uint64_t c = (a + round_value(f, cipher, i, b) % limit) % limit;
        a = b;
        b = c;
    }
    EVP_CIPHER_CTX_free(cipher);
    return a * f->right_limit + b;
}

uint64_t
ff1_decrypt(const struct ff1 *f, uint64_t number)
{
    must(f != NULL && number < f->left_limit * f->right_limit);
    EVP_CIPHER_CTX *cipher = copy_cipher(f);
    uint64_t a = number / f->right_limit, b = number % f->right_limit;
    for (unsigned i = FF1_ROUNDS; i > 0; i--) {
        const unsigned round = i - 1;
        const uint64_t limit = round % 2 == 0 ? f->left_limit : f->right_limit;
        const uint64_t c = (b + limit - round_value(f, cipher, round, a) % limit) % limit;
        b = a;
        a = c;
    }
    EVP_CIPHER_CTX_free(cipher);
    return a * f->right_limit + b;
}
