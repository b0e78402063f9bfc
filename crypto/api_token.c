/* crypto/api_token.c: see api_token.h. */
#include "crypto/api_token.h"

#include "crypto/digest.h"
#include "crypto/encode.h"

static const char domain[] = "huiquan-api-token-v1"; /* its NUL is part of it */

#define API_TOKEN_PREFIX "hqt_"
#define PREFIX_SIZE 4
#define RANDOM_SIZE 32

_Static_assert(PREFIX_SIZE + BASE64URL_SIZE(RANDOM_SIZE) == API_TOKEN_SIZE + 1, "size of the text");

void
api_token_make(char out[API_TOKEN_SIZE + 1])
{
    must(out != NULL);
    uint8_t random[RANDOM_SIZE];
    crypto_random_fill(random, sizeof random);
    memcpy(out, API_TOKEN_PREFIX, PREFIX_SIZE);
    (void)encode_base64url(random, sizeof random, out + PREFIX_SIZE);
    crypto_wipe(random, sizeof random);
}

bool
api_token_digest(struct text token, struct digest *out)
{
    must(out != NULL);
    if (token.size != API_TOKEN_SIZE) return false;
    if (memcmp(token.at, API_TOKEN_PREFIX, PREFIX_SIZE) != 0) return false;
    const struct text rest = { token.at + PREFIX_SIZE, token.size - PREFIX_SIZE };
    uint8_t random[RANDOM_SIZE];
    if (!decode_base64url_exact(rest, random, sizeof random)) return false;
    crypto_wipe(random, sizeof random);
    const struct text parts[] = { { domain, sizeof domain }, token };
    digest_sha256(out, parts, COUNT_OF(parts));
    return true;
}
