/* voucher/book/moves.h: the few ways in which value moves. Clerk's thread.
 *
 * A voucher's money lies, by its state:  LIVE in live (in available once its bucket is swept) ·
 * HELD in held · REDEEMED in redeemed (what is not redeemed of the face: in available) · VOID in
 * available. A claim counts as issued until all that it gave has come back unused. */
#ifndef HUIQUAN_BOOK_MOVES_H
#define HUIQUAN_BOOK_MOVES_H

#include "voucher/book/book.h"
#include "voucher/rules/claim.h"

struct move {
    struct voucher_row voucher; /* state is what it was */
    enum voucher_state to;
    int64_t redeemed_before_fen, redeemed_after_fen; /* net of refunds, where REDEEMED */
};

/* Stores the voucher's new state and its bucket's change, and appends the postings to *entry. */
void move_voucher(struct book *b, const struct move *m, struct journal_entry *entry);

void store_journal(struct book *b, const struct journal_entry *entry);
void store_redemption(struct book *b, const struct redemption_row *row, bool is_new);
void store_evidence(struct book *b, const struct redemption_row *row);
void free_evidence(struct book *b, const struct redemption_row *row, bool invoice_too);
/* Keeps the op's answer under its key, when it has one. */
void store_reply(struct book *b, const struct op *op);

/* A replay fills the answer. VERDICT_OK with op->replayed; VERDICT_IDEMPOTENCY_KEY_REUSED; or
 * VERDICT_COUNT when the key is new. */
enum verdict book_replay(struct book *b, struct op *op);

struct issue {
    const struct campaign_row *campaign;
    const struct campaign_rules *rules;
    size_t pool_place; /* in both */
    struct uuid resident;
    int64_t ordinal;
    enum claim_source source;
    enum assurance assurance; /* of a rush */
    struct uuid source_id;
    uint32_t kid;
    const char *key; /* or NULL */
    const struct digest *fingerprint;
    bool is_dry; /* judge only */
    int64_t dry_count; /* claims that a dry run has said yes to so far */
    enum claim_bar bar; /* out: why not_eligible */
};

/* Judges a claim of any source and, unless it is dry, makes it when the rule agrees. */
bool issue_finds_resident(struct book *b, const struct uuid *resident);
enum verdict issue_judged(struct book *b, const struct uuid *campaign_id, const struct uuid *pool,
                          struct issue *i, struct claim_result *out);

/* Makes the claim and its vouchers; the rule has said yes. */
void issue_claim(struct book *b, const struct issue *i, struct claim_result *out);
/* Gives a reward, if the pool and the person allow it; *claim is none otherwise. */
bool issue_reward(struct book *b, const struct op *op, const struct redemption_row *redemption,
                  const struct uuid *resident, struct claim_result *out);
/* Takes back what is unused of a reward whose redemption was undone. */
void withdraw_reward(struct book *b, const struct redemption_row *redemption,
                     const struct caller *by);
/* After a voucher was given back: when its claim is such a reward, it was only out of reach. */
void withdraw_returned_reward(struct book *b, const struct voucher_row *voucher,
                              const struct caller *by);

/* A login that waits for its enrolment. */
void login_begin(struct book *b, const struct login_command *cmd, const struct uuid *admin);

/* The rules that judged a claim; never NULL. */
const struct campaign_rules *rules_of_claim(struct book *b, const struct claim_row *claim);

#endif
