/* voucher/verdict.h: every answer of the domain as data. Pure; any thread.
 *
 * Rows stand in order of precedence: when two apply, the earlier one is the answer. Numbers are
 * stored in metrics and must never be reused: append numbers, insert rows where they belong. */
#ifndef HUIQUAN_VERDICT_H
#define HUIQUAN_VERDICT_H

#include "voucher/base.h"

/* What the caller knows about the effect after this answer (RFC 9457 extension `op_state`). */
enum op_state { OP_NONE, OP_DONE, OP_UNKNOWN };

/* X(NAME, number, code, HTTP status, retryable, op_state) */
#define VERDICTS(X)                                                               \
    X(OK, 0, "ok", 200, false, OP_DONE)                                           \
    X(MALFORMED, 1, "malformed", 400, false, OP_NONE)                             \
    X(IDEMPOTENCY_KEY_MISSING, 2, "idempotency_key_missing", 400, false, OP_NONE) \
    X(UNAUTHENTICATED, 3, "unauthenticated", 401, false, OP_NONE)                 \
    X(FORBIDDEN, 4, "forbidden", 403, false, OP_NONE)                             \
    X(PRECONDITION_REQUIRED, 42, "precondition_required", 428, false, OP_NONE)    \
    X(IDEMPOTENCY_KEY_REUSED, 5, "idempotency_key_reused", 422, false, OP_NONE)   \
    X(REQUEST_IN_PROGRESS, 6, "request_in_progress", 409, true, OP_UNKNOWN)       \
    X(REQUEST_REVERSED, 7, "request_reversed", 409, false, OP_NONE)               \
    X(NOT_FOUND, 8, "not_found", 404, false, OP_NONE)                             \
    X(PRECONDITION_FAILED, 43, "precondition_failed", 412, false, OP_NONE)        \
    X(INVALID, 9, "invalid", 422, false, OP_NONE)                                 \
    X(WRONG_STATE, 10, "wrong_state", 409, false, OP_NONE)                        \
    X(CAMPAIGN_NOT_OPEN, 11, "campaign_not_open", 409, true, OP_NONE)             \
    X(CAMPAIGN_CLOSED, 12, "campaign_closed", 409, false, OP_NONE)                \
    X(CAMPAIGN_PAUSED, 13, "campaign_paused", 409, true, OP_NONE)                 \
    X(NOT_ELIGIBLE, 14, "not_eligible", 403, false, OP_NONE)                      \
    X(ALREADY_CLAIMED, 15, "already_claimed", 409, false, OP_NONE)                \
    X(SOLD_OUT, 16, "sold_out", 409, false, OP_NONE)                              \
    X(SIGNATURE_INVALID, 17, "signature_invalid", 422, false, OP_NONE)            \
    X(VOUCHER_UNKNOWN, 18, "voucher_unknown", 404, false, OP_NONE)                \
    X(VOUCHER_VOID, 19, "voucher_void", 409, false, OP_NONE)                      \
    X(ALREADY_REDEEMED, 20, "already_redeemed", 409, false, OP_NONE)              \
    X(VOUCHER_HELD, 21, "voucher_held", 409, true, OP_NONE)                       \
    X(VOUCHER_NOT_YET_VALID, 22, "voucher_not_yet_valid", 409, true, OP_NONE)     \
    X(VOUCHER_EXPIRED, 23, "voucher_expired", 409, false, OP_NONE)                \
    X(MERCHANT_NOT_ALLOWED, 24, "merchant_not_allowed", 403, false, OP_NONE)      \
    X(CATEGORY_NOT_ALLOWED, 25, "category_not_allowed", 422, false, OP_NONE)      \
    X(BELOW_MIN_SPEND, 26, "below_min_spend", 422, false, OP_NONE)                \
    X(OUTSIDE_HOURS, 27, "outside_hours", 409, true, OP_NONE)                     \
    X(NOT_STACKABLE, 28, "not_stackable", 409, false, OP_NONE)                    \
    X(EVIDENCE_INVALID, 29, "evidence_invalid", 422, false, OP_NONE)              \
    X(VIN_ALREADY_USED, 30, "vin_already_used", 409, false, OP_NONE)              \
    X(INVOICE_ALREADY_USED, 31, "invoice_already_used", 409, false, OP_NONE)      \
    X(PLATE_ALREADY_USED, 32, "plate_already_used", 409, false, OP_NONE)          \
    X(BUDGET_CONFLICT, 33, "budget_conflict", 409, false, OP_NONE)                \
    X(NEEDS_SECOND_PERSON, 34, "needs_second_person", 403, false, OP_NONE)        \
    X(RATE_LIMITED, 35, "rate_limited", 429, true, OP_NONE)                       \
    X(UNAVAILABLE, 36, "unavailable", 503, true, OP_NONE)                         \
    /* The codec's and the router's own. */                                       \
    X(METHOD_NOT_ALLOWED, 50, "method_not_allowed", 405, false, OP_NONE)          \
    X(REQUEST_TIMEOUT, 51, "request_timeout", 408, true, OP_NONE)                 \
    X(CONTENT_TOO_LARGE, 52, "content_too_large", 413, false, OP_NONE)            \
    X(URI_TOO_LONG, 53, "uri_too_long", 414, false, OP_NONE)                      \
    X(UNSUPPORTED_MEDIA_TYPE, 54, "unsupported_media_type", 415, false, OP_NONE)  \
    X(EXPECTATION_FAILED, 55, "expectation_failed", 417, false, OP_NONE)          \
    X(HEADERS_TOO_LARGE, 56, "headers_too_large", 431, false, OP_NONE)            \
    X(NOT_IMPLEMENTED, 57, "not_implemented", 501, false, OP_NONE)                \
    X(HTTP_VERSION, 58, "http_version_not_supported", 505, false, OP_NONE)

/* Enumerators count rows, so that a smaller one outranks a greater one. */
enum verdict {
#define X(name, number, code, status, retryable, op_state) VERDICT_##name,
    VERDICTS(X)
#undef X
        VERDICT_COUNT
};

enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_COUNT };

struct verdict_words {
    const char *title; /* a few words, the same for each occurrence */
    const char *help; /* one sentence: what to do next */
};

int verdict_number(enum verdict v);
const char *verdict_code(enum verdict v);
int verdict_status(enum verdict v);
bool verdict_retryable(enum verdict v);
enum op_state verdict_op_state(enum verdict v);
struct verdict_words verdict_words(enum verdict v, enum language language);
/* VERDICT_COUNT when no row has the code. */
enum verdict verdict_by_code(struct text code);
/* The row that answers when the codec refuses with an HTTP status. */
enum verdict verdict_by_codec_status(int status);

#endif
