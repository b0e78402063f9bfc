/* voucher/book/book.h: one function per operation: gather state from the ledger, ask the pure rule,
 * store the effect. Runs on the clerk's thread only, within an open batch. Everything that may
 * refuse stands before the first store, so that a refusal has no effect. */
#ifndef HUIQUAN_BOOK_H
#define HUIQUAN_BOOK_H

#include "storage/gcra.h"
#include "storage/ledger.h"
#include "voucher/book/op.h"
#include "voucher/catalogue.h"

struct book_settings {
    int64_t hold_s;
    int64_t reverse_window_s;
    int64_t enrollment_s;
    int64_t otp_s, otp_interval_s, otp_tries;
    int64_t short_code_misses_per_min;
    int64_t admin_session_s, login_tries, login_lock_s;
    int32_t offset_s; /* of times in replies that belong to no campaign */
};

struct book {
    struct ledger *ledger;
    struct view *view; /* of the ledger: sees the open batch */
    struct catalogue *catalogue;
    struct id_source *ids;
    struct gcra_table *misses; /* of short codes, by terminal; NULL: they are not counted */
    struct book_settings settings;
    int64_t now_s; /* one instant for the whole batch; never goes back */
};

/* Judges one operation and stores its effect; the verdict and the answer stand in the op. They must
 * not leave before the batch is sealed. */
void book_decide(struct book *b, struct op *op);
/* The roots that an operation reads first; answers how many keys were written. */
#define BOOK_KEYS_MAX 8
size_t book_keys(const struct op *op, struct ledger_key out[BOOK_KEYS_MAX]);

/* The families; called by book_decide alone. */
enum verdict book_claim(struct book *b, struct op *op);
enum verdict book_grant(struct book *b, struct op *op);
enum verdict book_redeem(struct book *b, struct op *op);
enum verdict book_capture(struct book *b, struct op *op);
enum verdict book_release(struct book *b, struct op *op);
enum verdict book_refund(struct book *b, struct op *op);
enum verdict book_reverse(struct book *b, struct op *op);
/* Puts the voucher that a short code names into op->redeem.voucher, none where there is none, and
 * counts the miss: with redemptions by short code, so that a terminal has one count. */
enum verdict book_short_code(struct book *b, struct op *op);
enum verdict book_void(struct book *b, struct op *op);
enum verdict book_campaign_create(struct book *b, struct op *op);
enum verdict book_campaign_change(struct book *b, struct op *op);
enum verdict book_campaign_act(struct book *b, struct op *op);
enum verdict book_budget_propose(struct book *b, struct op *op);
enum verdict book_budget_judge(struct book *b, struct op *op);
enum verdict book_merchant_create(struct book *b, struct op *op);
enum verdict book_terminal_create(struct book *b, struct op *op);
enum verdict book_terminal_enroll(struct book *b, struct op *op);
enum verdict book_terminal_revoke(struct book *b, struct op *op);
enum verdict book_admin_create(struct book *b, struct op *op);
enum verdict book_resident_seen(struct book *b, struct op *op);
enum verdict book_otp_send(struct book *b, struct op *op);
enum verdict book_otp_try(struct book *b, struct op *op);
enum verdict book_job_create(struct book *b, struct op *op);
enum verdict book_job_act(struct book *b, struct op *op);
/* Applies the rows of a step, when the job still stands where the step begins; otherwise nothing
 * happens and the verdict is WRONG_STATE. */
enum verdict book_job_step(struct book *b, struct op *op);
/* A login for an administrator, or a new beginning for it: a one-time code, a new secret. */
enum verdict book_login_make(struct book *b, struct op *op);
/* Counts failures, locks, lets each TOTP step pass once; a success begins op->login.session. */
enum verdict book_login_try(struct book *b, struct op *op);
enum verdict book_login_end(struct book *b, struct op *op);
/* A new password; all other sessions end. */
enum verdict book_login_change(struct book *b, struct op *op);
/* Leaves an entry; the worker opens the seal afterwards. */
enum verdict book_unmask(struct book *b, struct op *op);
/* Lapsed holds and ended buckets, a bounded number per call; op->status is how many. */
enum verdict book_sweep(struct book *b, struct op *op);

#endif
