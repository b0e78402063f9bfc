/* crypto/rotating.h: the six digits that change every 30 seconds (RFC 6238 with its defaults:
 * HMAC-SHA1, T0 = 0, 30 s, 6 digits). Pure; any thread. The key comes from keyring_rotating_key().
 */
#ifndef HUIQUAN_CRYPTO_ROTATING_H
#define HUIQUAN_CRYPTO_ROTATING_H

#include "voucher/base.h"

#define ROTATING_DIGITS 6
#define ROTATING_STEP_S 30

/* RFC 4226 over any counter; digit_count 6 to 8, NUL included in out. */
void rotating_write_counter(struct text key, uint64_t counter, size_t digit_count, char *out);
/* now_s >= 0. */
void rotating_write(const struct digest *key, int64_t now_s, char out[ROTATING_DIGITS + 1]);
/* Holds for the step before, this one, and the next. All three are always compared. */
MUST_USE bool rotating_check(const struct digest *key, int64_t now_s, struct text digits);

#endif
