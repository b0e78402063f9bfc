/* crypto/jwt.h: assertions of trusted issuers (RFC 7519 with the advice of RFC 8725). Any thread;
 * the table of issuers is immutable and may be shared.
 *
 * The table pins issuer, kid and algorithm: the token's header only chooses among pinned keys,
 * never brings one. A header's typ other than JWT is of another kind of token and refused. The
 * signature is judged before any claim is read. */
#ifndef HUIQUAN_CRYPTO_JWT_H
#define HUIQUAN_CRYPTO_JWT_H

#include "crypto/jwk.h"
#include "voucher/base.h"

#define JWT_LEEWAY_S_MAX 60
#define JWT_ISSUERS_MAX 16
#define JWT_WHY_SIZE 160

/* X(NAME, word for logs and metrics) */
#define JWT_RESULTS(X)                                                                    \
    X(GOOD, "good")                                                                       \
    X(MALFORMED, "malformed")                                                             \
    X(HEADER_REFUSED, "header_refused")                                                   \
    X(ALG_REFUSED, "alg_refused")                                                         \
    X(UNKNOWN_KEY, "unknown_key")                                                         \
    X(BAD_SIGNATURE, "bad_signature")                                                     \
    X(BAD_CLAIMS, "bad_claims") /* signed, but a claim has a wrong type or is too long */ \
    X(WRONG_ISSUER, "wrong_issuer")                                                       \
    X(WRONG_AUDIENCE, "wrong_audience")                                                   \
    X(EXPIRED, "expired") /* or has no exp */                                             \
    X(NOT_YET, "not_yet") /* nbf or iat in the future */

enum jwt_result {
#define X(name, word) JWT_##name,
    JWT_RESULTS(X)
#undef X
        JWT_RESULT_COUNT
};
const char *jwt_result_text(enum jwt_result result);

struct jwt_issuers;

/* JSON: [{"iss": "...", "jwks": {"keys": [...]}}, ...]. FAULT_CONFIG with a sentence in why. Every
 * key needs a kid; oct keys are refused; an issuer needs at least one key. */
MUST_USE enum fault jwt_issuers_open(struct jwt_issuers **out, struct text json,
                                     char why[JWT_WHY_SIZE]);
void jwt_issuers_close(struct jwt_issuers *issuers); /* NULL is fine */

struct jwt_check {
    const struct jwt_issuers *issuers;
    struct text audience;
    int64_t now_s;
    int64_t leeway_s; /* 0 .. JWT_LEEWAY_S_MAX */
};

/* Texts with NUL; an absent claim is empty. Personal data: wipe after use. */
struct jwt_claims {
    char iss[129], sub[129];
    char name[193], id_number[65], mobile[65];
    int64_t expires_at_s;
};

/* Unless GOOD, *out is wiped. */
MUST_USE enum jwt_result jwt_verify(const struct jwt_check *check, struct text compact,
                                    struct jwt_claims *out);

#endif
