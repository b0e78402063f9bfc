/* storage/ledger.h: the batch seam. Sole owner of budgets, vouchers and the journal.
 *
 * A ledger is used by one thread, the clerk's:  begin → prefetch → (get … store …)* → seal.
 * A view reads committed rows; each thread opens its own. Gets on ledger_view() of a ledger see
 * what the open batch has stored so far.
 *
 * Faults are sticky: a get that meets one answers "not there", a store does nothing, and seal (or
 * view_fault) reports it. So callers decide freely and look once, at the end.
 *
 * Nothing here says SQL: storage/sqlite/ is the embedded engine; a second one over a distributed
 * database answers the same calls, and may end a seal with FAULT_LOST_RACE. */
#ifndef HUIQUAN_STORAGE_LEDGER_H
#define HUIQUAN_STORAGE_LEDGER_H

#include "storage/effect.h"
#include "voucher/model/job.h"
#include "voucher/model/journal.h"
#include "voucher/model/people.h"
#include "voucher/model/voucher.h"

struct claimants;
struct ledger;
struct ledger_raise;
struct view;

struct ledger_settings {
    const char *data_dir;
    int64_t reserve_mib; /* disk kept back for redemptions when it fills up */
    int64_t busy_ms_max; /* how long to wait for another daemon that still holds the file */
    bool checkpoints_beside; /* in a thread of the engine's own: a long log then delays no batch */
    const char *vfs; /* for tests of faults: the engine's file layer; NULL is the usual one */
    int log_pages_max; /* likewise: checkpoint beyond this; 0 is the usual length */
    const struct ledger_raise *raise; /* storage/copy.h; NULL: a copy is refused (FAULT_COPY) */
};

/* Whether data_dir holds a database already. Any thread. */
bool ledger_is_there(const char *data_dir);
/* Creates or migrates the database, takes the daemon's lock (FAULT_LOST_RACE when another daemon
 * has it) and opens a new epoch of the journal. On a fault *out is NULL. */
MUST_USE enum fault ledger_open(struct ledger **out, const struct ledger_settings *settings,
                                const struct seams *seams);
void ledger_close(struct ledger *l); /* NULL is fine; an open batch is dropped */

MUST_USE enum fault ledger_begin(struct ledger *l);
/* Roots that the batch is about to read; engines that are far away fetch them in one go, with the
 * rows these lead to (voucher → claim, campaign; terminal → merchant). A hint: gets work without.
 */
void ledger_prefetch(struct ledger *l, const struct ledger_key *keys, size_t key_count);
struct view *ledger_view(struct ledger *l);
void ledger_store(struct ledger *l, const struct effect *e);
/* Returns after fsync. FAULT_LOST_RACE or FAULT_FULL: nothing was stored, the ledger goes on.
 * FAULT_IO: unknown whether stored; the process must end without a verdict. */
MUST_USE enum fault ledger_seal(struct ledger *l);
/* Forgets the open batch. */
void ledger_drop(struct ledger *l);
/* After a seal: room for another redemption-only batch is left on a full disk. */
bool ledger_is_full(const struct ledger *l);
/* What can wait, between batches: checkpoint when the log is long, read who has claimed. True: call
 * again soon. */
bool ledger_tidy(struct ledger *l);
/* Who may have claims; the ledger's, any thread may ask. */
const struct claimants *ledger_claimants(const struct ledger *l);
/* Next numbers within the open batch, dense but for what a raise skips. */
int64_t ledger_next_voucher_number(struct ledger *l, int64_t count); /* the first of count */
int64_t ledger_next_campaign_number(struct ledger *l);
int64_t ledger_next_pool_number(struct ledger *l);

/* Query-only, never checkpoints. FAULT_UNREACHABLE when there is no database yet. */
MUST_USE enum fault view_open(struct view **out, const char *data_dir);
void view_close(struct view *v); /* NULL is fine */
/* Of the ledger that v reads, which outlives v: spares looks for claims of who has none. */
void view_learn_claimants(struct view *v, const struct claimants *claimants);
/* The first fault met since the last call; FAULT_NONE clears nothing. */
MUST_USE enum fault view_fault(struct view *v);
/* A fault that the caller met with what he had read. */
void view_note(struct view *v, enum fault fault);
/* A consistent snapshot over several gets; optional around single ones. */
void view_snapshot_begin(struct view *v);
void view_snapshot_end(struct view *v);

/* Gets answer false, and a zeroed *out, when the row is not there. */
bool view_campaign(struct view *v, const struct uuid *id, struct campaign_row *out);
bool view_campaign_by_number(struct view *v, int64_t number, struct campaign_row *out);
bool view_version(struct view *v, const struct uuid *campaign, int64_t version,
                  struct version_row *out);
/* The definition as canonical JSON; borrowed until the next call on the view. */
bool view_definition(struct view *v, const struct uuid *campaign, int64_t version,
                     struct text *out);
bool view_budget_change(struct view *v, const struct uuid *id, struct budget_change_row *out);
bool view_claim(struct view *v, const struct uuid *id, struct claim_row *out);
bool view_voucher(struct view *v, const struct uuid *id, struct voucher_row *out);
bool view_voucher_by_number(struct view *v, int64_t number, struct voucher_row *out);
bool view_redemption(struct view *v, const struct uuid *id, struct redemption_row *out);
bool view_redemption_by_request(struct view *v, const struct uuid *terminal, struct text request_no,
                                struct redemption_row *out);
/* The held or captured one of a voucher. */
bool view_redemption_of_voucher(struct view *v, const struct uuid *voucher,
                                struct redemption_row *out);
bool view_evidence(struct view *v, enum evidence_kind kind, const struct digest *digest,
                   struct evidence_row *out);
bool view_bucket(struct view *v, const struct uuid *pool, int64_t valid_to_s,
                 struct bucket_row *out);
bool view_idempotency(struct view *v, const struct uuid *caller, struct text key,
                      struct idempotency_row *out);
bool view_merchant(struct view *v, const struct uuid *id, struct merchant_row *out);
bool view_merchant_by_uscc(struct view *v, struct text uscc, struct merchant_row *out);
bool view_terminal(struct view *v, const struct uuid *id, struct terminal_row *out);
bool view_admin(struct view *v, const struct uuid *id, struct admin_row *out);
bool view_admin_by_token(struct view *v, const struct digest *token, struct admin_row *out);
bool view_resident(struct view *v, const struct uuid *id, struct resident_row *out);
bool view_otp(struct view *v, const struct digest *mobile, struct otp_row *out);
bool view_job(struct view *v, const struct uuid *id, struct job_row *out);
bool view_login(struct view *v, struct text login, struct login_row *out);
bool view_login_of_admin(struct view *v, const struct uuid *admin, struct login_row *out);
bool view_admin_session(struct view *v, const struct digest *token, struct admin_session_row *out);
bool view_roll(struct view *v, const struct uuid *resident, struct roll_row *out);

/* Lists: *after is exclusive and moves on; answers the number of rows written, at most out_max.
 * A zeroed *after starts at the beginning. */
size_t view_campaigns(struct view *v, struct uuid *after, struct uuid *out, size_t out_max);
size_t view_claims_of_resident(struct view *v, const struct uuid *resident, struct uuid *after,
                               struct claim_row *out, size_t out_max);
bool view_has_claims(struct view *v, const struct uuid *resident); /* in any campaign */
size_t view_claims_in_campaign(struct view *v, const struct uuid *resident,
                               const struct uuid *campaign, struct claim_row *out, size_t out_max);
/* A claim of this resident, in any campaign, that was made under this Idempotency-Key. */
bool view_claim_by_key(struct view *v, const struct uuid *resident, struct text key,
                       struct claim_row *out);
size_t view_redemptions_of_terminal(struct view *v, const struct uuid *terminal, struct uuid *after,
                                    struct redemption_row *out, size_t out_max);
/* At most two of the redemptions that stand on one order at one merchant: captured, or held and not
 * lapsed by now_s. */
#define ORDER_ROWS 2
size_t view_redemptions_of_order(struct view *v, const struct uuid *merchant, struct text order_no,
                                 int64_t now_s, struct redemption_row out[ORDER_ROWS]);
size_t view_holds_lapsed(struct view *v, int64_t now_s, struct uuid *out, size_t out_max);
size_t view_buckets_ended(struct view *v, int64_t now_s, struct bucket_row *out, size_t out_max);
size_t view_merchants(struct view *v, struct uuid *after, struct merchant_row *out, size_t out_max);
size_t view_terminals_of_merchant(struct view *v, const struct uuid *merchant, struct uuid *after,
                                  struct terminal_row *out, size_t out_max);
size_t view_budget_changes(struct view *v, const struct uuid *campaign, struct uuid *after,
                           struct budget_change_row *out, size_t out_max);
size_t view_jobs(struct view *v, struct uuid *after, struct job_row *out, size_t out_max);
/* The first job to be worked on whose id is greater than *after (not moved). */
bool view_job_waiting(struct view *v, const struct uuid *after, struct job_row *out);
/* By line and column, after those of *after, whose job is named. */
size_t view_job_failures(struct view *v, const struct job_failure *after, struct job_failure *out,
                         size_t out_max);

#endif
