/* tests/httpsig_keys.h: the keys, the body and the judge of tests that sign. */
#ifndef HUIQUAN_TESTS_HTTPSIG_KEYS_H
#define HUIQUAN_TESTS_HTTPSIG_KEYS_H

#include "tests/rows.h"
#include "tests/vectors/rfc9421.h"

#include "voucher/httpsig/sign.h"

#define KEYID "trm_06F0000000000000000000000A"
#define CREATED_S 1700000000
#define BODY "{\"a\":1}"
#define DIGEST "sha-256=:AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=:"

static struct ed25519_signer *till_signer, *service_signer;
static struct ed25519_verifier *till_verifier, *service_verifier;

static inline int
open_keys(void **state)
{
    (void)state;
    static const uint8_t service_seed[ED25519_KEY_SIZE] = { 7 };
    enum fault fault = ed25519_signer_open(&till_signer, rfc9421_ed25519_seed);
    if (fault == FAULT_NONE) fault = ed25519_signer_open(&service_signer, service_seed);
    if (fault == FAULT_NONE) {
        fault = ed25519_verifier_open(&till_verifier, rfc9421_ed25519_public);
    }
    if (fault == FAULT_NONE) {
        fault = ed25519_verifier_open(&service_verifier, ed25519_signer_public_key(service_signer));
    }
    return fault == FAULT_NONE ? 0 : -1;
}

static inline int
close_keys(void **state)
{
    (void)state;
    ed25519_signer_close(till_signer);
    ed25519_signer_close(service_signer);
    ed25519_verifier_close(till_verifier);
    ed25519_verifier_close(service_verifier);
    return 0;
}

static inline struct httpsig_key
till_key(void)
{
    return (struct httpsig_key){ .algorithm = TERMINAL_ED25519, .verifier = till_verifier };
}

static inline enum httpsig_reason
judge(const struct signed_message *m, const struct httpsig_key *key, int64_t now_s)
{
    static char base[HTTPSIG_BASE_ROOM];
    struct httpsig_claim claim;
    const enum httpsig_reason reason = httpsig_parse(m, base, sizeof base, &claim);
    return reason != HTTPSIG_FINE ? reason : httpsig_check(&claim, key, now_s, HTTPSIG_WINDOW_S);
}

#endif
