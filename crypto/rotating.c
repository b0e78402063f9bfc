/* crypto/rotating.c: see rotating.h. */
#include "crypto/rotating.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/bytes.h"
#include "crypto/digest.h"

#define SHA1_SIZE 20

void
rotating_write_counter(struct text key, uint64_t counter, size_t digit_count, char *out)
{
    must(digit_count >= 6 && digit_count <= 8);
    must(key.at != NULL && key.size <= 128);
    uint8_t message[8], mac[EVP_MAX_MD_SIZE];
    bytes_put_u64(message, counter);
    unsigned size = 0;
    must_have_memory(HMAC(EVP_sha1(), key.at, (int)key.size, message, sizeof message, mac, &size) !=
                     NULL);
    must(size == SHA1_SIZE);
    /* RFC 4226, 5.3: dynamic truncation. */
    uint32_t code = bytes_get_u32(mac + (mac[SHA1_SIZE - 1] & 15)) & 0x7fffffff;
    for (size_t i = digit_count; i > 0; i--) {
        out[i - 1] = (char)('0' + code % 10);
        code /= 10;
    }
    out[digit_count] = '\0';
    crypto_wipe(mac, sizeof mac);
}

void
rotating_write(const struct digest *key, int64_t now_s, char out[ROTATING_DIGITS + 1])
{
    must(key != NULL && now_s >= 0);
    const struct text key_text = { (const char *)key->bytes, sizeof key->bytes };
    rotating_write_counter(key_text, (uint64_t)(now_s / ROTATING_STEP_S), ROTATING_DIGITS, out);
}

bool
rotating_check(const struct digest *key, int64_t now_s, struct text digits)
{
    must(key != NULL && now_s >= 0);
    if (digits.size != ROTATING_DIGITS) return false;
    bool held = false;
    for (int64_t step = -1; step <= 1; step++) {
        const int64_t at_s = now_s + step * ROTATING_STEP_S;
        if (at_s < 0) continue;
        char want[ROTATING_DIGITS + 1];
        rotating_write(key, at_s, want);
        held |= crypto_equal(want, digits.at, ROTATING_DIGITS);
    }
    return held;
}
