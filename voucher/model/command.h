/* voucher/model/command.h: what callers ask for, after parsing. Plain data, no personal data: who
 * somebody is has become a keyed reference before a command leaves the worker. */
#ifndef HUIQUAN_MODEL_COMMAND_H
#define HUIQUAN_MODEL_COMMAND_H

#include "voucher/model/people.h"
#include "voucher/model/voucher.h"

#define REASON_BYTES_MAX 512

enum caller_kind {
    CALLER_NONE,
    CALLER_RESIDENT,
    CALLER_TERMINAL,
    CALLER_ADMIN,
    CALLER_SYSTEM, /* time itself, or the operator on the control socket */
};

struct caller {
    enum caller_kind kind;
    struct uuid id;
    struct uuid merchant; /* of a terminal */
    unsigned roles; /* of an administrator */
    enum assurance assurance; /* of a resident's session */
};

/* What is wrong with evidence, with its place and its flaw (voucher/faults.h); all that apply are
 * reported at once. */
#define EVIDENCE_FAULTS(X)                                          \
    X(MISSING, "/evidence", NEEDED_HERE)                            \
    X(INVOICE_CODE, "/evidence/invoice/code", INVOICE_CODE)         \
    X(INVOICE_NUMBER, "/evidence/invoice/number", INVOICE_NUMBER)   \
    X(INVOICE_DATE, "/evidence/invoice/date", NO_SUCH_TIME)         \
    X(INVOICE_WINDOW, "/evidence/invoice/date", INVOICE_DATE)       \
    X(INVOICE_AMOUNT, "/evidence/invoice/amount_fen", OUT_OF_RANGE) \
    X(VIN_SHAPE, "/evidence/vin", VIN_SHAPE)                        \
    X(VIN_ALL_EQUAL, "/evidence/vin", VIN_ALL_EQUAL)                \
    X(VIN_CHECK, "/evidence/vin", VIN_CHECK)                        \
    X(PLATE_SHAPE, "/evidence/plate", PLATE_SHAPE)                  \
    X(PLATE_ENERGY, "/evidence/plate", PLATE_ENERGY)                \
    X(ID_SHAPE, "/evidence/buyer_id_number", ID_NUMBER_SHAPE)       \
    X(ID_DATE, "/evidence/buyer_id_number", ID_NUMBER_DATE)         \
    X(ID_FUTURE, "/evidence/buyer_id_number", ID_NUMBER_FUTURE)     \
    X(ID_TOO_OLD, "/evidence/buyer_id_number", ID_NUMBER_TOO_OLD)   \
    X(ID_CHECK, "/evidence/buyer_id_number", ID_NUMBER_CHECK)       \
    X(BUYER_OTHER, "/evidence/buyer_id_number", BUYER_MISMATCH)     \
    X(BUYER_NAME, "/evidence/buyer_name", BUYER_MISMATCH)           \
    X(ENERGY_OTHER, "/evidence/energy", ENERGY_MISMATCH)

enum evidence_fault {
#define X(name, pointer, flaw) EVIDENCE_FAULT_##name,
    EVIDENCE_FAULTS(X)
#undef X
        EVIDENCE_FAULT_COUNT
};

struct evidence {
    bool present;
    unsigned faults; /* bits of enum evidence_fault */
    struct digest vin, invoice, plate;
    bool plate_named;
    bool vin_imported_mismatch; /* a warning, not a fault */
    struct uuid buyer; /* keyed person reference of buyer_id_number */
    struct digest buyer_name;
    enum car_energy energy;
    int64_t invoice_day; /* of the calendar; the campaign's zone says when it is */
    int64_t invoice_amount_fen;
};

struct order {
    char order_no[CALLER_NUMBER_MAX + 1];
    int64_t amount_fen;
    char category[LABEL_BYTES_MAX + 1]; /* empty: not named */
};

/* How the voucher was shown. The worker has verified the token; a verdict waits for its turn. */
enum token_finding { TOKEN_GOOD, TOKEN_FORGED, TOKEN_CODE_STALE };

struct redeem_command {
    char out_request_no[CALLER_NUMBER_MAX + 1];
    struct digest fingerprint; /* of the content, without the key: one number, one content */
    enum token_finding token;
    bool by_short_code;
    int64_t voucher_number; /* of a short code */
    struct uuid voucher; /* of a token */
    bool hold;
    struct order order;
    struct evidence evidence;
};

struct refund_command {
    int64_t amount_fen;
    char reason[REASON_BYTES_MAX + 1];
};

#endif
