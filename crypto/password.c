/* crypto/password.c */
#include "crypto/password.h"

#include <sodium.h>
#include <zxcvbn.h>

#define GUESSES_BITS_MIN 30

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "libsodium's own size");

bool
password_hash(struct text password, char out[PASSWORD_HASH_SIZE])
{
    must(sodium_init() >= 0);
    memset(out, 0, PASSWORD_HASH_SIZE);
    return crypto_pwhash_str_alg(
               out, password.at, password.size, crypto_pwhash_OPSLIMIT_INTERACTIVE,
               crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool
password_is_guessable(const char *password, const char *words[])
{
    must(password[0] != '\0');
    must(strlen(password) <= PASSWORD_BYTES_MAX);
    return ZxcvbnMatch(password, words, NULL) < GUESSES_BITS_MIN;
}

bool
password_holds(struct text password, const char hash[PASSWORD_HASH_SIZE])
{
    char spent[PASSWORD_HASH_SIZE];
    must(sodium_init() >= 0);
    if (hash[0] != '\0') return crypto_pwhash_str_verify(hash, password.at, password.size) == 0;
    /* Who asks must not learn that nobody is there. */
    return password_hash(password, spent) && spent[0] == '\0';
}
