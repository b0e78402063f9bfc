/* crypto/ff1.h: FF1 format-preserving encryption of decimal numbers (NIST SP 800-38G, radix 10,
 * empty tweak). Any thread may use one object. */
#ifndef HUIQUAN_CRYPTO_FF1_H
#define HUIQUAN_CRYPTO_FF1_H

#include "voucher/base.h"

#define FF1_DIGITS_MIN 6 /* SP 800-38G revision 1: at least a million values */
#define FF1_DIGITS_MAX 18

struct ff1;

/* key of 16, 24 or 32 bytes. On success *out belongs to the caller. */
MUST_USE enum fault ff1_open(struct ff1 **out, struct text key, unsigned digit_count);
void ff1_close(struct ff1 *f); /* NULL is fine */

/* number < 10^digit_count; so is the answer, and each answer has one number. */
uint64_t ff1_encrypt(const struct ff1 *f, uint64_t number);
uint64_t ff1_decrypt(const struct ff1 *f, uint64_t number);

#endif
