/* storage/effect.h: what a decision asks the ledger to store. Data only. Within a batch effects are
 * stored in order; all of a batch or nothing becomes durable at the seal. */
#ifndef HUIQUAN_STORAGE_EFFECT_H
#define HUIQUAN_STORAGE_EFFECT_H

#include "voucher/model/job.h"
#include "voucher/model/journal.h"
#include "voucher/model/people.h"
#include "voucher/model/voucher.h"

enum effect_kind {
    EFFECT_JOURNAL, /* entry: appended and chained; its postings move the balances */
    EFFECT_BUCKET, /* bucket: live_fen and unspent_claims are differences; swept is set */
    EFFECT_CLAIM, /* claim: new */
    EFFECT_VOUCHER, /* voucher: new */
    EFFECT_VOUCHER_STATE, /* voucher: state changes from voucher_from; anything else is a bug */
    EFFECT_REDEMPTION, /* redemption: new */
    EFFECT_REDEMPTION_STATE, /* redemption: all that may change is replaced */
    EFFECT_EVIDENCE, /* evidence: taken into use */
    EFFECT_EVIDENCE_FREE, /* evidence: may be used again */
    EFFECT_IDEMPOTENCY, /* idempotency: new */
    EFFECT_CAMPAIGN, /* campaign: new, or state, versions and revision replaced */
    EFFECT_POOL, /* pool: new, or value and count replaced (counters stay) */
    EFFECT_VERSION, /* version with definition: new or replaced */
    EFFECT_BUDGET_CHANGE, /* change: new or replaced */
    EFFECT_MERCHANT, /* merchant: new or replaced */
    EFFECT_TERMINAL, /* terminal: new or replaced */
    EFFECT_ADMIN, /* admin: new or replaced */
    EFFECT_RESIDENT, /* resident: new or replaced */
    EFFECT_OTP, /* otp: new or replaced */
    EFFECT_JOB, /* job: new, or what moves on replaced */
    EFFECT_JOB_FAILURE, /* failure: new; a second one of a line and column is dropped */
    EFFECT_ROLL, /* roll: new or replaced */
    EFFECT_LOGIN, /* login: new or replaced */
    EFFECT_SESSION, /* session: new */
    EFFECT_SESSIONS_END, /* session: all of its admin but the one of its token, or it alone */
};

struct pool_change {
    struct uuid campaign;
    struct pool_row row;
    int64_t place; /* in the acting version; -1: no longer offered */
};

/* Rows are borrowed for the length of the call. */
struct effect {
    enum effect_kind kind;
    enum voucher_state voucher_from;
    bool only_this; /* of EFFECT_SESSIONS_END: the session of this token */
    union {
        const struct journal_entry *entry;
        const struct bucket_row *bucket;
        const struct claim_row *claim;
        const struct voucher_row *voucher;
        const struct redemption_row *redemption;
        const struct evidence_row *evidence;
        const struct idempotency_row *idempotency;
        const struct campaign_row *campaign;
        const struct pool_change *pool;
        const struct budget_change_row *change;
        const struct merchant_row *merchant;
        const struct terminal_row *terminal;
        const struct admin_row *admin;
        const struct resident_row *resident;
        const struct otp_row *otp;
        const struct version_row *version;
        const struct job_row *job;
        const struct job_failure *failure;
        const struct roll_row *roll;
        const struct login_row *login;
        const struct admin_session_row *session;
    };
    struct text definition; /* of EFFECT_VERSION */
};

enum ledger_key_kind {
    KEY_CAMPAIGN,
    KEY_CLAIMS_OF_RESIDENT,
    KEY_VOUCHER,
    KEY_VOUCHER_NUMBER,
    KEY_REDEMPTION,
    KEY_REQUEST,
    KEY_IDEMPOTENCY,
    KEY_EVIDENCE,
    KEY_TERMINAL,
    KEY_ORDER,
};

struct ledger_key {
    enum ledger_key_kind kind;
    struct uuid id; /* campaign, resident, voucher, redemption, terminal, merchant, caller */
    int64_t number; /* voucher number, evidence kind */
    struct digest digest; /* evidence */
    struct text text; /* request number, key, order number; borrowed */
};

#endif
