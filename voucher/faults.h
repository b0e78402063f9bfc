/* voucher/faults.h: all that is wrong with an input, found in one pass (RFC 9457 `errors`).
 * Plain data, no allocation; any thread. (Not to be mixed with enum fault of base.h, which is about
 * disk, network and memory.)
 *
 * Invariants
 *  1 No fault holds the offending value: an input may be personal data, a log line may not.
 *    A pointer names members only; member names that nobody asked for are the caller's own text,
 *    so pointers go into answers, never into logs.
 *  2 A pointer (RFC 6901) is exact or, when it would be too long, that of the nearest ancestor.
 *  3 The list is bounded; what no longer fits still weighs in the verdict. */
#ifndef HUIQUAN_FAULTS_H
#define HUIQUAN_FAULTS_H

#include "voucher/base.h"
#include "voucher/verdict.h"

#define FAULTS_MAX 64
#define POINTER_BYTES_MAX 111

/* Ordered: the greater outranks. A warning refuses nothing. */
enum severity { SEVERITY_NONE, SEVERITY_WARNING, SEVERITY_INVALID, SEVERITY_MALFORMED };

/* X(NAME, code, severity). Codes are public: extend, never rename. Words stand in faults.c. */
#define FLAWS(X)                                                                              \
    X(NOT_JSON, "not_json", MALFORMED)                                                        \
    X(MISSING, "missing", MALFORMED)                                                          \
    X(UNKNOWN_MEMBER, "unknown_member", MALFORMED)                                            \
    X(ONE_OF_TWO, "one_of_two", MALFORMED)                                                    \
    X(WRONG_TYPE, "wrong_type", MALFORMED)                                                    \
    X(NOT_INTEGER, "not_an_integer", MALFORMED) /* also 1.0 and 1e3 */                        \
    X(BAD_CHARACTERS, "bad_characters", MALFORMED)                                            \
    X(BAD_SHAPE, "bad_shape", MALFORMED)                                                      \
    X(UNKNOWN_WORD, "unknown_word", MALFORMED)                                                \
    X(BAD_ID, "bad_id", MALFORMED)                                                            \
    X(BAD_TIME, "bad_time", MALFORMED)                                                        \
    X(NO_SUCH_TIME, "no_such_time", INVALID) /* 2026-02-30 */                                 \
    X(OUT_OF_RANGE, "out_of_range", INVALID)                                                  \
    X(TOO_SHORT, "too_short", INVALID)                                                        \
    X(TOO_LONG, "too_long", INVALID)                                                          \
    X(GUESSABLE, "guessable", INVALID)                                                        \
    X(TOO_FEW, "too_few", INVALID)                                                            \
    X(TOO_MANY, "too_many", INVALID)                                                          \
    X(REPEATED, "repeated", INVALID)                                                          \
    X(WINDOW_REVERSED, "window_reversed", INVALID)                                            \
    X(SUM_MISMATCH, "sum_mismatch", INVALID)                                                  \
    X(OVER_BUDGET, "over_budget", INVALID)                                                    \
    X(NOT_ALLOWED_HERE, "not_allowed_here", INVALID)                                          \
    X(NEEDED_HERE, "needed_here", INVALID)                                                    \
    X(UNKNOWN_ZONE, "unknown_timezone", INVALID)                                              \
    X(NAMES_NOTHING, "names_nothing", INVALID)                                                \
    X(BANDS_OVERLAP, "bands_overlap", INVALID)                                                \
    X(ID_NUMBER_SHAPE, "id_number_shape", INVALID)                                            \
    X(ID_NUMBER_DATE, "id_number_date", INVALID)                                              \
    X(ID_NUMBER_FUTURE, "id_number_future", INVALID)                                          \
    X(ID_NUMBER_TOO_OLD, "id_number_too_old", INVALID)                                        \
    X(ID_NUMBER_CHECK, "id_number_check", INVALID)                                            \
    X(USCC_SHAPE, "uscc_shape", INVALID)                                                      \
    X(USCC_CHECK, "uscc_check", INVALID) /* an administrator may override it with a reason */ \
    X(VIN_SHAPE, "vin_shape", INVALID)                                                        \
    X(VIN_ALL_EQUAL, "vin_all_equal", INVALID)                                                \
    X(VIN_CHECK, "vin_check", INVALID)                                                        \
    X(VIN_CHECK_IMPORTED, "vin_check_imported", WARNING)                                      \
    X(INVOICE_CODE, "invoice_code", INVALID)                                                  \
    X(INVOICE_NUMBER, "invoice_number", INVALID)                                              \
    X(INVOICE_DATE, "invoice_date", INVALID) /* outside the campaign's window */              \
    X(PLATE_SHAPE, "plate_shape", INVALID)                                                    \
    X(PLATE_ENERGY, "plate_energy", INVALID)                                                  \
    X(ENERGY_MISMATCH, "energy_mismatch", INVALID)                                            \
    X(BUYER_MISMATCH, "buyer_mismatch", INVALID)                                              \
    X(MOBILE_SHAPE, "mobile_shape", INVALID)

enum flaw {
    FLAW_NONE,
#define X(name, code, severity) FLAW_##name,
    FLAWS(X)
#undef X
        FLAW_COUNT
};

const char *flaw_code(enum flaw flaw);
enum severity flaw_severity(enum flaw flaw);
/* One sentence: what is wrong and how to mend it. */
const char *flaw_words(enum flaw flaw, enum language language);

/* A JSON pointer (RFC 6901, the string form); terminated by NUL. Zeroed, it means the whole. */
struct pointer {
    uint8_t size;
    bool closed; /* a part did not fit: it stays that of the ancestor */
    char text[POINTER_BYTES_MAX + 1];
};

void pointer_push_key(struct pointer *p, struct text key); /* escapes ~ and / */
void pointer_push_index(struct pointer *p, size_t index);

struct flaw_at {
    enum flaw flaw;
    struct pointer pointer;
};

/* Start with a zeroed struct, or with faults_clear(): rows beyond count mean nothing. */
struct faults {
    size_t count; /* rows kept, warnings included */
    size_t dropped; /* rows that did not fit */
    enum severity worst;
    bool beyond_evidence; /* an invalid row that is not under /evidence */
    struct flaw_at rows[FAULTS_MAX];
};

void faults_clear(struct faults *f); /* as a zeroed one, without touching 8 KiB of rows */
void faults_add(struct faults *f, enum flaw flaw, const struct pointer *at);
/* Whether a fault at this very place is told already. */
bool faults_hold(const struct faults *f, const struct pointer *at);
/* VERDICT_OK (warnings only, or nothing), VERDICT_MALFORMED, VERDICT_INVALID, or
 * VERDICT_EVIDENCE_INVALID when every invalid row lies under "/evidence". */
enum verdict faults_verdict(const struct faults *f);

#endif
