/* crypto/totp.c */
#include "crypto/totp.h"

#include "crypto/digest.h"
#include "crypto/rotating.h"

#define DIGITS 6

void
totp_draw(uint8_t out[TOTP_SECRET_SIZE])
{
    crypto_random_fill(out, TOTP_SECRET_SIZE);
}

void
totp_write_base32(const uint8_t secret[TOTP_SECRET_SIZE], char out[TOTP_BASE32_SIZE])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < TOTP_BASE32_SIZE - 1; i++) {
        size_t bit = i * 5, byte = bit / 8, shift = bit % 8;
        unsigned pair = (unsigned)secret[byte] << 8;
        if (byte + 1 < TOTP_SECRET_SIZE) pair |= secret[byte + 1];
        out[i] = alphabet[pair >> (11 - shift) & 31];
    }
    out[TOTP_BASE32_SIZE - 1] = '\0';
}

int64_t
totp_find_step(const uint8_t secret[TOTP_SECRET_SIZE], int64_t now_s, struct text digits)
{
    int64_t found = 0, now = now_s / TOTP_STEP_S;
    must(now_s >= TOTP_STEP_S);
    for (int64_t step = now - 1; step <= now + 1; step++) {
        char right[DIGITS + 1];
        rotating_write_counter((struct text){ (const char *)secret, TOTP_SECRET_SIZE },
                               (uint64_t)step, DIGITS, right);
        bool same = digits.size == DIGITS && crypto_equal(right, digits.at, DIGITS);
        if (same) found = step;
    }
    return found;
}
