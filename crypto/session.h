/* crypto/session.h: a session that needs no database read: 28 bytes and their MAC, base64url. Any
 * thread.
 *
 *   u8 version=1 · u8 generation · u8 audience · u8 assurance · 16 subject · u32 issued ·
 *   u32 expires (Unix seconds) · 32 HMAC-SHA256 */
#ifndef HUIQUAN_CRYPTO_SESSION_H
#define HUIQUAN_CRYPTO_SESSION_H

#include "crypto/keyring.h"
#include "voucher/base.h"

#define SESSION_TEXT_SIZE 80 /* without NUL */

/* A person is no session: it says who signed in on a device before. */
enum session_audience { SESSION_RESIDENT = 1, SESSION_ADMIN = 2, SESSION_PERSON = 3 };

struct session {
    enum session_audience audience;
    enum assurance assurance; /* administrators: ASSURANCE_ISSUER */
    struct uuid subject; /* resident or administrator */
    int64_t issued_at_s, expires_at_s;
};

enum session_result {
    SESSION_GOOD = 0,
    SESSION_MALFORMED, /* not such a text, or another version */
    SESSION_FORGED, /* the MAC does not hold, or its generation is over */
    SESSION_EXPIRED,
};

/* Times in 0 .. 2^32 - 1. */
void session_write(const struct keyring *keyring, const struct session *s,
                   char out[SESSION_TEXT_SIZE + 1]);
/* The MAC is judged before anything but the version is read. Unless GOOD, *out is zeroed. A session
 * is good in [issued - 60 s, expires): clocks of daemons differ. The audience is the caller's to
 * judge. */
MUST_USE enum session_result session_read(const struct keyring *keyring, struct text text,
                                          int64_t now_s, struct session *out);

#endif
