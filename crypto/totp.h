/* crypto/totp.h: an authenticator app's six digits (RFC 6238: HMAC-SHA1, 30 s), each step good
 * once. Pure but for the drawing; any thread. */
#ifndef HUIQUAN_CRYPTO_TOTP_H
#define HUIQUAN_CRYPTO_TOTP_H

#include "voucher/base.h"

#define TOTP_SECRET_SIZE 20
#define TOTP_BASE32_SIZE 33 /* with NUL */
#define TOTP_STEP_S 30

void totp_draw(uint8_t out[TOTP_SECRET_SIZE]);
/* RFC 4648, without padding: 20 bytes are 32 characters. */
void totp_write_base32(const uint8_t secret[TOTP_SECRET_SIZE], char out[TOTP_BASE32_SIZE]);
/* The step that the digits belong to: this one, or one to either side; 0: none. All are compared.
 */
int64_t totp_find_step(const uint8_t secret[TOTP_SECRET_SIZE], int64_t now_s, struct text digits);

#endif
