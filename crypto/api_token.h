/* crypto/api_token.h: tokens of administrators: "hqt_" and 256 random bits in base64url. Any
 * thread.
 *
 * Only the digest is stored. A plain digest is enough (and argon2id would be waste): what has 256
 * random bits cannot be guessed. */
#ifndef HUIQUAN_CRYPTO_API_TOKEN_H
#define HUIQUAN_CRYPTO_API_TOKEN_H

#include "voucher/base.h"

#define API_TOKEN_SIZE 47 /* without NUL */

void api_token_make(char out[API_TOKEN_SIZE + 1]);
/* False when the text cannot be such a token; *out is then unchanged. */
MUST_USE bool api_token_digest(struct text token, struct digest *out);

#endif
