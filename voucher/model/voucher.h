/* voucher/model/voucher.h: claims, vouchers, redemptions as the ledger keeps them. Plain data. */
#ifndef HUIQUAN_MODEL_VOUCHER_H
#define HUIQUAN_MODEL_VOUCHER_H

#include "voucher/model/campaign.h"

#define CALLER_NUMBER_MAX 64 /* out_request_no, order_no, Idempotency-Key */

/* Stored; append, never reuse. Expired is a fact of time and is never stored. */
enum voucher_state {
    VOUCHER_NONE = 0,
    VOUCHER_LIVE = 1,
    VOUCHER_HELD = 2,
    VOUCHER_REDEEMED = 3,
    VOUCHER_VOID = 4,
};

enum claim_source { CLAIM_RUSH = 0, CLAIM_GRANT = 1, CLAIM_REWARD = 2 };

struct claim_row {
    struct uuid id;
    struct uuid campaign, pool;
    struct uuid resident; /* the keyed person reference */
    int64_t ordinal; /* 1 for the first claim of this person in this campaign */
    int64_t rule_version;
    enum claim_source source;
    struct uuid source_id; /* the redemption that earned a reward, the job of a grant */
    int64_t claimed_at_s;
    int64_t valid_from_s, valid_to_s; /* of all its vouchers */
    uint32_t kid;
    int64_t first_number; /* of its vouchers, which are numbered in a row */
    int64_t voucher_count;
    char key[CALLER_NUMBER_MAX + 1]; /* Idempotency-Key; empty for grants and rewards */
    struct digest fingerprint; /* of the request that made it */
};

struct voucher_row {
    int64_t number; /* dense; the short code is a permutation of it */
    struct uuid id;
    struct uuid claim, campaign, pool;
    enum voucher_state state;
    int64_t value_fen, min_spend_fen;
    int64_t valid_from_s, valid_to_s;
    bool swept; /* its value has gone back: expired for good, whatever a clock says later */
};

/* A claim with all that it gave. */
struct claim_result {
    struct claim_row claim;
    struct voucher_row vouchers[PACK_VOUCHERS_MAX];
};

/* Stored; append, never reuse. */
enum redemption_state {
    REDEMPTION_NONE = 0,
    REDEMPTION_HELD = 1,
    REDEMPTION_CAPTURED = 2,
    REDEMPTION_RELEASED = 3, /* by the terminal, or lapsed */
    REDEMPTION_REVERSED = 4, /* also a reversal that came before its original: no voucher then */
    REDEMPTION_REFUNDED = 5, /* wholly */
};

struct redemption_row {
    struct uuid id;
    struct uuid terminal, merchant;
    char out_request_no[CALLER_NUMBER_MAX + 1];
    struct digest fingerprint; /* of the command, so that another content under it is seen */
    char key[CALLER_NUMBER_MAX + 1]; /* Idempotency-Key whose reply is given again */
    struct uuid voucher, campaign, pool;
    int64_t rule_version;
    enum redemption_state state;
    bool imported_vin_warning;
    char order_no[CALLER_NUMBER_MAX + 1];
    int64_t order_amount_fen;
    char category[LABEL_BYTES_MAX + 1]; /* of the order; empty: not named */
    int64_t value_fen; /* what the fund pays; the face while held */
    int64_t redeemed_at_s;
    int64_t hold_expires_at_s; /* 0 when captured at once */
    int64_t refunded_order_fen; /* parts given back so far */
    int64_t refunded_value_fen;
    struct digest vin, invoice, plate; /* keyed digests; none without evidence */
    struct uuid reward_claim;
};

enum evidence_kind { EVIDENCE_VIN = 1, EVIDENCE_INVOICE = 2, EVIDENCE_PLATE = 3 };

struct evidence_row {
    enum evidence_kind kind;
    struct digest digest;
    struct uuid redemption;
};

/* What is left of a pool's vouchers that expire at one instant; expiry moves it in one posting. */
struct bucket_row {
    struct uuid campaign, pool;
    int64_t valid_to_s;
    int64_t live_fen;
    int64_t unspent_claims; /* claims with a live and no held or redeemed voucher */
    bool swept;
};

/* A call that made something: its answer is given again, byte for byte. Claims keep theirs in the
 * claim row. */
struct idempotency_row {
    struct uuid caller;
    char key[CALLER_NUMBER_MAX + 1];
    struct digest fingerprint;
    int64_t at_s;
    int32_t status;
    struct text reply; /* borrowed; lives until the next get on the same view */
};

#endif
