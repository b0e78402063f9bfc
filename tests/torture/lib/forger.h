/* tests/torture/lib/forger.h: makes credentials, honest and forged, of which it knows by
 * construction whether they must be believed; and asks the service's own code. One thread.
 *
 * A forgery is a text: a voucher token's digits, an issuer's assertion or a session; or a raw
 * Ed25519 signature, as message and signature. Its maker says is_honest; the judge says what the
 * code said. */
#ifndef HUIQUAN_TORTURE_FORGER_H
#define HUIQUAN_TORTURE_FORGER_H

#include "crypto/jwt.h"
#include "crypto/keyring.h"
#include "tests/torture/lib/dice.h"

#define FORGER_NOW_S INT64_C(1781834400)
#define FORGERY_SIZE 2048

struct forger {
    struct dice dice;
    char directory[64];
    struct keyring *ring; /* a next, an active, a retired and a revoked key */
    struct keyring *before; /* the same ring when the revoked key was active */
    struct ed25519_signer *issuers[2]; /* trusted, and both call their key k1 */
    struct ed25519_signer *stranger;
    struct jwt_issuers *table;
};

struct forgery {
    char text[FORGERY_SIZE];
    size_t size;
    bool is_honest;
    const char *what; /* the trick, for the report */
};

/* Makes the keyring in a directory of its own; ended by forger_close(). */
void forger_open(struct forger *f, uint64_t seed);
void forger_close(struct forger *f);

/* One row of the table of tricks. */
struct forger_trick {
    const char *name;
    void (*make)(struct forger *f, struct forgery *out);
    bool (*judge)(const struct forger *f, const struct forgery *forgery);
};
extern const struct forger_trick forger_token_tricks[], forger_jwt_tricks[], forger_other_tricks[];
extern const size_t forger_token_trick_count, forger_jwt_trick_count, forger_other_trick_count;

/* Changes the text in one to three places; it is never the same text afterwards. */
void forger_spoil(struct dice *dice, struct forgery *forgery);
/* Changes one signature so that a lax verifier might still take it: S + k L, R of small order, the
 * sign of R, zeros, r and s changed round, a bit or a few. */
void forger_bend_signature(struct dice *dice, uint8_t signature[ED25519_SIGNATURE_SIZE]);
/* An encoding of a point of small order. */
const uint8_t *forger_small_point(struct dice *dice);

#endif
