/* crypto/short_code.h: a voucher's number as 18 digits to be typed: 17 by FF1 under a key of the
 * keyring (so no index is needed and no code tells its neighbours) and one Luhn digit
 * (ISO/IEC 7812-1). Any thread. */
#ifndef HUIQUAN_CRYPTO_SHORT_CODE_H
#define HUIQUAN_CRYPTO_SHORT_CODE_H

#include "crypto/keyring.h"
#include "voucher/base.h"

#define SHORT_CODE_DIGITS 18
#define SHORT_CODE_NUMBERS INT64_C(100000000000000000) /* 10^17 */

/* number in 0 .. SHORT_CODE_NUMBERS - 1. */
void short_code_write(const struct keyring *keyring, int64_t number,
                      char out[SHORT_CODE_DIGITS + 1]);
/* False is "malformed": not 18 digits, or the Luhn digit is wrong. True does not mean that such a
 * voucher exists. */
MUST_USE bool short_code_read(const struct keyring *keyring, struct text code, int64_t *out_number);

#endif
