/* voucher/book/op.h: one operation on its way from a worker to the clerk and back. Whoever holds it
 * owns it: the worker until it is posted, the clerk until it is answered, then the worker again. */
#ifndef HUIQUAN_BOOK_OP_H
#define HUIQUAN_BOOK_OP_H

#include "voucher/book/commands.h"
#include "voucher/detail.h"
#include "voucher/faults.h"
#include "voucher/json_writer.h"
#include "voucher/mailbox.h"

#define OP_REPLY_BYTES_MAX ((size_t)1 << 20)

/* X(NAME, text for logs and metrics,
 *   spends: only spends, and goes on when the disk is full,
 *   outdates: what workers remember of campaigns and terminals is read anew,
 *   crowds: comes in thousands at once; everything else goes ahead of it) */
#define OP_KINDS(X)                                            \
    X(CLAIM, "claim", false, false, true)                      \
    X(GRANT, "grant", false, false, false)                     \
    X(REDEEM, "redeem", true, false, false)                    \
    X(CAPTURE, "capture", true, false, false)                  \
    X(RELEASE, "release", true, true, false)                   \
    X(REFUND, "refund", true, true, false)                     \
    X(REVERSE, "reverse", true, true, false)                   \
    X(SHORT_CODE, "short_code", true, false, false)            \
    X(VOID, "void", false, true, false)                        \
    X(CAMPAIGN_CREATE, "campaign_create", false, false, false) \
    X(CAMPAIGN_CHANGE, "campaign_change", false, true, false)  \
    X(CAMPAIGN_ACT, "campaign_act", false, true, false)        \
    X(BUDGET_PROPOSE, "budget_propose", false, false, false)   \
    X(BUDGET_JUDGE, "budget_judge", false, true, false)        \
    X(MERCHANT_CREATE, "merchant_create", false, false, false) \
    X(TERMINAL_CREATE, "terminal_create", false, false, false) \
    X(TERMINAL_ENROLL, "terminal_enroll", false, true, false)  \
    X(TERMINAL_REVOKE, "terminal_revoke", true, true, false)   \
    X(ADMIN_CREATE, "admin_create", false, false, false)       \
    X(RESIDENT_SEEN, "resident_seen", false, false, true)      \
    X(OTP_SEND, "otp_send", false, false, true)                \
    X(OTP_TRY, "otp_try", false, false, true)                  \
    X(JOB_CREATE, "job_create", false, false, false)           \
    X(JOB_ACT, "job_act", false, false, false)                 \
    X(JOB_STEP, "job_step", false, false, false)               \
    X(LOGIN_MAKE, "login_make", false, false, false)           \
    X(LOGIN_TRY, "login_try", true, false, false)              \
    X(LOGIN_END, "login_end", true, false, false)              \
    X(LOGIN_CHANGE, "login_change", false, false, false)       \
    X(UNMASK, "unmask", false, false, false)                   \
    X(SWEEP, "sweep", true, true, false)

enum op_kind {
#define X(name, text, spends, outdates, crowds) OP_##name,
    OP_KINDS(X)
#undef X
        OP_KIND_COUNT
};

struct op {
    struct mail mail; /* first: the mailbox carries this */
    struct mailbox *reply; /* of the worker that waits */
    enum op_kind kind;
    struct caller caller;
    char key[CALLER_NUMBER_MAX + 1]; /* Idempotency-Key; empty: none is kept */
    struct digest fingerprint; /* keyed, over method, path and body */
    int64_t if_match; /* revision, or -1 */
    uint32_t kid; /* signs what is issued */
    struct uuid target; /* of the path: redemption, voucher, … */
    union {
        struct claim_command claim;
        struct grant_command grant;
        struct redeem_command redeem; /* also capture: its evidence; short_code: what it names */
        struct refund_command refund; /* also reverse and void: its reason */
        struct campaign_command campaign;
        struct budget_command budget;
        struct merchant_row merchant;
        struct terminal_command terminal;
        struct admin_command admin;
        struct resident_row resident;
        struct otp_row otp;
        struct job_command job;
        struct login_command login;
        struct unmask_command unmask;
    };
    char out_request_no[CALLER_NUMBER_MAX + 1]; /* of reverse */

    /* The answer. */
    enum verdict verdict;
    int status; /* HTTP, with VERDICT_OK */
    bool replayed;
    int64_t revision; /* of the campaign, for the ETag */
    int64_t retry_after_s; /* with a retryable verdict; 0: the table's default */
    unsigned evidence_faults; /* bits of enum evidence_fault */
    enum detail because; /* for a refusal; DETAIL_NONE: the catalogue's words, or: */
    char detail[384]; /* the particulars; empty: none */
    struct claim_result claimed; /* from here on op_start() zeroes nothing but the counts */
    struct faults faults; /* what the ledger alone could see */
    struct json_writer body; /* of everything but claims; closed by op_end */
};

const char *op_kind_text(enum op_kind kind);
bool op_kind_spends(enum op_kind kind);
bool op_kind_outdates(enum op_kind kind);
bool op_kind_crowds(enum op_kind kind);
void op_start(struct op *op, enum op_kind kind);
void op_end(struct op *op);

#endif
