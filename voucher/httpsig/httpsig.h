/* voucher/httpsig/httpsig.h: whether a terminal signed this request (RFC 9421), as the contract
 * wants it: label sig1 (other labels are not looked at), tag "huiquan-pos", covered at least
 * @method @path @query, content-digest where there is a body, idempotency-key where it is sent.
 *
 * In two steps, between which the caller looks up the terminal's key: httpsig_parse() reads,
 * rebuilds what was signed and checks the digest of the body; httpsig_check() verifies. No
 * allocation, no clock; any thread. A replay is not seen here: the ledger sees it.
 *
 * Unknown signature parameters are part of what is signed and otherwise ignored. */
#ifndef HUIQUAN_HTTPSIG_HTTPSIG_H
#define HUIQUAN_HTTPSIG_HTTPSIG_H

#include "crypto/ed25519.h"
#include "voucher/httpsig/base.h"
#include "voucher/model/people.h"

#define HTTPSIG_LABEL "sig1"
#define HTTPSIG_REQUEST_TAG "huiquan-pos"
#define HTTPSIG_NONCE_SIZE_MAX 128
#define HTTPSIG_PARAMETERS_MAX 16
#define HTTPSIG_WINDOW_S 300 /* the default of the setting */
/* Enough for whatever the codec's caps let in (head 8 KiB, target 2 KiB). */
#define HTTPSIG_BASE_ROOM 16384

/* What a request claims. Nothing of it holds before httpsig_check() said HTTPSIG_FINE. */
struct httpsig_claim {
    struct uuid terminal; /* keyid */
    enum terminal_algorithm algorithm;
    int64_t created_s;
    bool has_expiry;
    int64_t expires_s;
    unsigned covered; /* bits of enum httpsig_covers */
    size_t nonce_size;
    char nonce[HTTPSIG_NONCE_SIZE_MAX]; /* printable ASCII; not terminated */
    size_t signature_size; /* 64 or 32, as the algorithm wants */
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    struct text base; /* in the caller's buffer */
};

/* base is the caller's buffer of base_room bytes, HTTPSIG_BASE_ROOM at best; it must stay until the
 * claim was checked. After a refusal the claim and the buffer hold nothing of use. */
MUST_USE enum httpsig_reason httpsig_parse(const struct signed_message *request, char *base,
                                           size_t base_room, struct httpsig_claim *out);

/* The terminal's key, borrowed. */
struct httpsig_key {
    enum terminal_algorithm algorithm;
    const struct ed25519_verifier *verifier; /* of TERMINAL_ED25519 */
    struct text secret; /* of TERMINAL_HMAC_SHA256 */
};

/* created must lie within [now - window, now + window], both ends in; expires, where given, not
 * before now and not before created. */
MUST_USE enum httpsig_reason httpsig_check(const struct httpsig_claim *claim,
                                           const struct httpsig_key *key, int64_t now_s,
                                           int64_t window_s);

#endif
