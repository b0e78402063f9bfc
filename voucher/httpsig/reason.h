/* voucher/httpsig/reason.h: every refusal of a message signature (RFC 9421) or digest (RFC 9530).
 * Each answers 401; its words are the `detail`. They never quote what was sent. Any thread. */
#ifndef HUIQUAN_HTTPSIG_REASON_H
#define HUIQUAN_HTTPSIG_REASON_H

#include "voucher/base.h"
#include "voucher/verdict.h"

/* In the order in which they are looked for. The words stand in reason.c. */
#define HTTPSIG_REASONS(X)                                                                \
    X(FINE)                                                                               \
    X(INPUT_MISSING) /* no Signature-Input field */                                       \
    X(SIGNATURE_MISSING) /* no Signature field */                                         \
    X(FIELD_TOO_LONG) /* Signature-Input, Signature or Content-Digest */                  \
    X(INPUT_MALFORMED) /* Signature-Input is no dictionary */                             \
    X(INPUT_LABEL_MISSING) /* has no sig1 */                                              \
    X(INPUT_LABEL_REPEATED)                                                               \
    X(INPUT_NOT_A_LIST) /* sig1 is not an inner list */                                   \
    X(SIGNATURE_MALFORMED)                                                                \
    X(SIGNATURE_LABEL_MISSING)                                                            \
    X(SIGNATURE_LABEL_REPEATED)                                                           \
    X(SIGNATURE_NOT_BYTES) /* sig1 is not a byte sequence */                              \
    X(PARAMETERS_TOO_MANY)                                                                \
    X(PARAMETER_REPEATED)                                                                 \
    X(PARAMETER_TYPE)                                                                     \
    X(TAG_MISSING)                                                                        \
    X(TAG_WRONG)                                                                          \
    X(ALG_MISSING)                                                                        \
    X(ALG_UNKNOWN)                                                                        \
    X(KEYID_MISSING)                                                                      \
    X(KEYID_NOT_A_TERMINAL)                                                               \
    X(CREATED_MISSING)                                                                    \
    X(NONCE_MISSING)                                                                      \
    X(NONCE_SIZE)                                                                         \
    X(SIGNATURE_SIZE)                                                                     \
    X(COMPONENTS_TOO_MANY)                                                                \
    X(COMPONENT_MALFORMED) /* not a string in lower case */                               \
    X(COMPONENT_PARAMETER) /* sf, bs, key, req, tr, name: none is taken */                \
    X(COMPONENT_REPEATED)                                                                 \
    X(COMPONENT_UNKNOWN)                                                                  \
    X(COMPONENT_ABSENT) /* covered, but the message has no such thing */                  \
    X(COMPONENT_VALUE) /* a line end or NUL in a covered value */                         \
    X(BASE_TOO_LONG)                                                                      \
    X(METHOD_UNCOVERED)                                                                   \
    X(PATH_UNCOVERED)                                                                     \
    X(QUERY_UNCOVERED)                                                                    \
    X(IDEMPOTENCY_KEY_UNCOVERED)                                                          \
    X(DIGEST_MISSING) /* there is a body */                                               \
    X(DIGEST_UNCOVERED)                                                                   \
    X(DIGEST_MALFORMED)                                                                   \
    X(DIGEST_ALGORITHM) /* no sha-256 in it */                                            \
    X(DIGEST_MISMATCH)                                                                    \
    X(KEY_UNKNOWN) /* for the caller, between parse and check: no such active terminal */ \
    X(ALG_DIFFERS) /* from the terminal's own */                                          \
    X(CREATED_TOO_EARLY)                                                                  \
    X(CREATED_TOO_LATE)                                                                   \
    X(EXPIRED)                                                                            \
    X(SIGNATURE_WRONG)

enum httpsig_reason {
#define X(name) HTTPSIG_##name,
    HTTPSIG_REASONS(X)
#undef X
        HTTPSIG_REASON_COUNT
};

/* For logs and metrics, as "created_too_early". */
const char *httpsig_reason_name(enum httpsig_reason reason);
/* One sentence for the till's developer. */
const char *httpsig_reason_words(enum httpsig_reason reason, enum language language);

#endif
