/* crypto/jws.h: compact JSON Web Signatures (RFC 7515). Any thread. */
#ifndef HUIQUAN_CRYPTO_JWS_H
#define HUIQUAN_CRYPTO_JWS_H

#include "crypto/jwk.h"
#include "crypto/token.h"

#define JWS_SIZE_MAX 8192
#define JWS_ALG_MAX 16
#define JWS_NAME_MAX 128
#define JWS_TYP_MAX 64
#define JWS_VOUCHER_SIZE 1024

enum jws_result {
    JWS_GOOD = 0,
    JWS_MALFORMED, /* not three parts of strict base64url, header not a strict object */
    JWS_HEADER_REFUSED, /* crit, b64, jwk, jku, x5u, x5c, or zip: nothing here needs them */
    JWS_ALG_REFUSED, /* none, or not the key's own algorithm */
    JWS_UNKNOWN_KEY, /* kid of the header is not the key's */
    JWS_BAD_SIGNATURE,
};

/* A compact JWS whose parts are decoded and whose signature is not judged yet. */
struct jws {
    char alg[JWS_ALG_MAX + 1];
    char kid[JWK_KID_MAX + 1]; /* empty: none */
    char typ[JWS_TYP_MAX + 1]; /* empty: none; which is wanted, only the caller knows */
    struct text signing_input; /* borrowed from the compact text */
    uint8_t signature[64];
    size_t signature_size; /* above 64: of an algorithm that no key here has; not kept */
    struct text payload_text; /* base64url, borrowed likewise */
};

MUST_USE enum jws_result jws_read(struct jws *out, struct text compact);
/* A kid of the key, when both have one, must be that of the header. */
MUST_USE enum jws_result jws_verify(const struct jws *jws, const struct jwk *key);
/* Only after jws_verify() was good. False when room is too small or the text is not base64url. */
MUST_USE bool jws_payload(const struct jws *jws, uint8_t *out, size_t room, size_t *out_size);

/* Signs what is JSON already. Returns the size without NUL, 0 when room is too small. */
size_t jws_sign(const struct ed25519_signer *signer, struct text header, struct text payload,
                char *out, size_t room);
struct jws_voucher {
    struct text issuer, audience; /* each 1 to 128 bytes of printable ASCII but '"' and '\\' */
    struct uuid campaign;
    const struct voucher_claims *claims;
};

/* A voucher as a JWS: header {"alg":"Ed25519","kid","typ":"voucher+jwt"}, claims iss, aud, jti
 * (vch_...), cid (cmp_...), amt (fen), nbf, exp. Returns the size without NUL. */
size_t jws_write_voucher(const struct ed25519_signer *signer, const struct jws_voucher *v,
                         char out[JWS_VOUCHER_SIZE]);

#endif
