/* voucher/api/login.h: what signing in needs beyond a call, and what makes a login. */
#ifndef HUIQUAN_API_LOGIN_H
#define HUIQUAN_API_LOGIN_H

#include "crypto/seal.h"
#include "crypto/totp.h"
#include "voucher/call.h"

#define LOGIN_SEALED_SIZE SEAL_SIZE(TOTP_SECRET_SIZE)

/* Lower-case letters, digits, '.', '_' and '-'. */
bool login_is_sound(struct text text);

#endif
