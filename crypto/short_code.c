/* crypto/short_code.c: see short_code.h. */
#include "crypto/short_code.h"

#define BODY_DIGITS (SHORT_CODE_DIGITS - 1)

/* ISO/IEC 7812-1, annex B: counted from the right, every second digit of the body (beginning with
 * its last) is doubled. */
static char
luhn_digit(const char body[BODY_DIGITS])
{
    unsigned sum = 0;
    for (size_t i = 0; i < BODY_DIGITS; i++) {
        const unsigned digit = (unsigned)(body[BODY_DIGITS - 1 - i] - '0');
        const unsigned doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += i % 2 == 0 ? doubled : digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

void
short_code_write(const struct keyring *keyring, int64_t number, char out[SHORT_CODE_DIGITS + 1])
{
    must(number >= 0 && number < SHORT_CODE_NUMBERS);
    uint64_t hidden = keyring_short_encrypt(keyring, (uint64_t)number);
    for (size_t i = BODY_DIGITS; i > 0; i--) {
        out[i - 1] = (char)('0' + hidden % 10);
        hidden /= 10;
    }
    must(hidden == 0);
    out[BODY_DIGITS] = luhn_digit(out);
    out[SHORT_CODE_DIGITS] = '\0';
}

bool
short_code_read(const struct keyring *keyring, struct text code, int64_t *out_number)
{
    must(keyring != NULL && out_number != NULL);
    if (code.size != SHORT_CODE_DIGITS) return false;
    uint64_t hidden = 0;
    for (size_t i = 0; i < SHORT_CODE_DIGITS; i++) {
        if (code.at[i] < '0' || code.at[i] > '9') return false;
        if (i < BODY_DIGITS) hidden = hidden * 10 + (uint64_t)(code.at[i] - '0');
    }
    if (luhn_digit(code.at) != code.at[BODY_DIGITS]) return false;
    *out_number = (int64_t)keyring_short_decrypt(keyring, hidden);
    return true;
}
