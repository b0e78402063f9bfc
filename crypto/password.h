/* crypto/password.h: passwords of administrators: argon2id (RFC 9106) by libsodium, 64 MiB and two
 * passes. Takes some 0.1 s: never on an event loop, never on the clerk. Any other thread. */
#ifndef HUIQUAN_CRYPTO_PASSWORD_H
#define HUIQUAN_CRYPTO_PASSWORD_H

#include "voucher/base.h"

#define PASSWORD_BYTES_MIN 12
#define PASSWORD_BYTES_MAX 128
#define PASSWORD_HASH_SIZE 128 /* with NUL */

/* False without memory; *out is then empty. */
MUST_USE bool password_hash(struct text password, char out[PASSWORD_HASH_SIZE]);
/* Found by fewer than some 2^30 guesses: dictionaries, names, dates, keyboards and repetitions, as
 * zxcvbn sees them (Wheeler 2016), and these words, which a NULL ends. Some milliseconds. */
bool password_is_guessable(const char *password, const char *words[]);
/* An empty hash holds for no password, and takes as long. */
MUST_USE bool password_holds(struct text password, const char hash[PASSWORD_HASH_SIZE]);

#endif
