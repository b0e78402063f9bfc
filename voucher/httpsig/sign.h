/* voucher/httpsig/sign.h: signs answers to terminals with a service key (tag "huiquan-receipt"),
 * and requests as a terminal does (the command line, the bench, tests). Writes the values of three
 * fields into fixed buffers. No allocation; any thread. */
#ifndef HUIQUAN_HTTPSIG_SIGN_H
#define HUIQUAN_HTTPSIG_SIGN_H

#include "voucher/httpsig/content_digest.h"
#include "voucher/httpsig/httpsig.h"

#define HTTPSIG_ANSWER_TAG "huiquan-receipt"
#define HTTPSIG_INPUT_SIZE 576
#define HTTPSIG_SIGNATURE_SIZE 96 /* sig1=:88 characters:, NUL */
#define HTTPSIG_KID_SIZE 8

/* Each ends with NUL. An empty content_digest: the field is not sent. */
struct httpsig_fields {
    char content_digest[CONTENT_DIGEST_SIZE];
    char signature_input[HTTPSIG_INPUT_SIZE];
    char signature[HTTPSIG_SIGNATURE_SIZE];
};

struct httpsig_answer {
    int status;
    struct text body; /* the bytes that leave, empty for 204 */
    struct text nonce; /* of the request's claim */
    int64_t created_s;
};

/* kid: the 8 hex digits of JWKS. */
void httpsig_sign_answer(const struct httpsig_answer *answer, struct text kid,
                         const struct ed25519_signer *signer, struct httpsig_fields *out);

/* Who signs a request: seed's signer or, for a weak till, the secret. */
struct httpsig_till {
    struct text keyid;
    const struct ed25519_signer *signer; /* NULL: HMAC-SHA256 */
    struct text secret;
};

struct httpsig_request {
    const struct signed_message *message; /* fields: at most an Idempotency-Key is covered */
    struct text nonce; /* at most HTTPSIG_NONCE_SIZE_MAX, printable ASCII */
    int64_t created_s;
};

/* False: the request is beyond what httpsig_parse() takes. */
MUST_USE bool httpsig_sign_request(const struct httpsig_request *request,
                                   const struct httpsig_till *till, struct httpsig_fields *out);

#endif
