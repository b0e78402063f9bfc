/* voucher/model/journal.h: what is appended for every effect. Plain data.
 *
 * Canonical bytes of an entry, big-endian, hashed into the writer's chain (crypto/chain.h):
 *   u8 layout=1 · u8 kind · u16 posting_count · u32 rule_version · i64 at_s · 16 campaign ·
 *   16 subject · 16 object · 16 actor · postings · u16 detail size · detail (UTF-8)
 *   posting: u32 pool number · u8 from · u8 to · i32 issued · i32 redeemed · i64 amount_fen
 * With marks the layout is 2, and they fill the entry to its end: digests of the rows that were
 * written with it (storage/sqlite/mark.h). The chain is over the bytes, whatever their layout.
 * No personal data: persons are keyed references, evidence is keyed digests. */
#ifndef HUIQUAN_MODEL_JOURNAL_H
#define HUIQUAN_MODEL_JOURNAL_H

#include "voucher/base.h"

#define JOURNAL_POSTINGS_MAX 4
#define JOURNAL_DETAIL_MAX 1024
#define JOURNAL_MARKS_MAX 640

/* Stored; append, never reuse. */
#define ACCOUNTS(X)                                                                    \
    X(FUND, 0, "fund") /* outside: where money comes from; never has a balance here */ \
    X(AVAILABLE, 1, "available")                                                       \
    X(LIVE, 2, "live")                                                                 \
    X(HELD, 3, "held")                                                                 \
    X(REDEEMED, 4, "redeemed")                                                         \
    X(SETTLED, 5, "settled")                                                           \
    X(RETURNED, 6, "returned")

#define JOURNAL_KINDS(X)                        \
    X(CLAIM, 1, "claim")                        \
    X(HOLD, 2, "hold")                          \
    X(CAPTURE, 3, "capture")                    \
    X(RELEASE, 4, "release")                    \
    X(REVERSE, 5, "reverse")                    \
    X(REFUND, 6, "refund")                      \
    X(VOID, 7, "void")                          \
    X(EXPIRE, 8, "expire")                      \
    X(CAMPAIGN_CREATE, 20, "campaign_create")   \
    X(CAMPAIGN_CHANGE, 21, "campaign_change")   \
    X(CAMPAIGN_SUBMIT, 22, "campaign_submit")   \
    X(CAMPAIGN_APPROVE, 23, "campaign_approve") \
    X(CAMPAIGN_REJECT, 24, "campaign_reject")   \
    X(CAMPAIGN_PAUSE, 25, "campaign_pause")     \
    X(CAMPAIGN_RESUME, 26, "campaign_resume")   \
    X(CAMPAIGN_CLOSE, 27, "campaign_close")     \
    X(BUDGET_PROPOSE, 30, "budget_propose")     \
    X(BUDGET_APPROVE, 31, "budget_approve")     \
    X(BUDGET_REJECT, 32, "budget_reject")       \
    X(MERCHANT_CREATE, 40, "merchant_create")   \
    X(TERMINAL_CREATE, 41, "terminal_create")   \
    X(TERMINAL_ENROLL, 42, "terminal_enroll")   \
    X(TERMINAL_REVOKE, 43, "terminal_revoke")   \
    X(ADMIN_CREATE, 50, "admin_create")         \
    X(ADMIN_ENROLL, 51, "admin_enroll")         \
    X(ADMIN_SIGN_IN, 52, "admin_sign_in")       \
    X(ADMIN_SIGN_OUT, 53, "admin_sign_out")     \
    X(ADMIN_LOCK, 54, "admin_lock")             \
    X(ADMIN_PASSWORD, 55, "admin_password")     \
    X(ADMIN_RESET, 56, "admin_reset")           \
    X(RESIDENT_SEEN, 60, "resident_seen")       \
    X(UNMASK, 61, "unmask")                     \
    X(JOB_CREATE, 80, "job_create")             \
    X(JOB_STOP, 81, "job_stop")                 \
    X(JOB_RESUME, 82, "job_resume")             \
    X(JOB_END, 83, "job_end")                   \
    X(WRITER_START, 70, "writer_start")         \
    X(EPOCH_RAISE, 71, "epoch_raise")           \
    X(ROWS, 72, "rows") /* only marks: of what was written after its operation's entry */

enum account {
#define X(name, number, text) ACCOUNT_##name = number,
    ACCOUNTS(X)
#undef X
};

enum journal_kind {
#define X(name, number, text) JOURNAL_##name = number,
    JOURNAL_KINDS(X)
#undef X
};

/* Moves amount_fen of one pool between two accounts. Pool number 0 is the campaign itself
 * (funding). */
struct posting {
    int64_t pool_number;
    enum account from, to;
    int64_t amount_fen;
    int64_t issued, redeemed; /* changes of the pool's counters */
};

struct journal_entry {
    enum journal_kind kind;
    int64_t at_s;
    int64_t rule_version;
    struct uuid campaign;
    struct uuid subject; /* what was made or changed: claim, redemption, campaign, terminal … */
    struct uuid object; /* what it was about: voucher, merchant, budget change … */
    struct uuid actor; /* resident, terminal or administrator; none: time itself */
    size_t posting_count;
    struct posting postings[JOURNAL_POSTINGS_MAX];
    struct text detail; /* JSON members without braces, or empty */
    struct text marks; /* the engine's own; none: layout 1 */
};

/* An entry as it is read back. */
struct journal_row {
    int64_t writer;
    int64_t seq;
    struct journal_entry entry; /* detail and marks borrowed until the next step */
    struct text bytes; /* the canonical bytes, borrowed likewise */
    struct digest prev, hash;
};

#endif
