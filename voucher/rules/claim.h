/* voucher/rules/claim.h: may this person take from this pool now? Pure. */
#ifndef HUIQUAN_RULES_CLAIM_H
#define HUIQUAN_RULES_CLAIM_H

#include "voucher/detail.h"
#include "voucher/model/campaign.h"
#include "voucher/model/job.h"
#include "voucher/model/voucher.h"
#include "voucher/verdict.h"

struct claim_facts {
    const struct campaign_row *campaign;
    const struct campaign_rules *rules; /* the acting version; NULL before the first approval */
    const struct uuid *pool;
    enum claim_source source;
    enum assurance assurance;
    int64_t claims_so_far; /* of this person in this campaign, all sources */
    const struct roll_row *roll; /* where the rules ask for it; NULL: not on the roll */
};

/* Why not_eligible is the answer, in order. */
enum claim_bar { BAR_NONE, BAR_ISSUING, BAR_ASSURANCE, BAR_ROLL, BAR_GROUP, BAR_CELL };

/* What the campaign's state is at an instant: an approved one runs once its window has begun. */
enum campaign_state campaign_state_at(const struct campaign_row *campaign,
                                      const struct campaign_rules *acting, int64_t now_s);
/* Where a pool stands; CAMPAIGN_POOLS_MAX when it is not of this campaign. */
size_t campaign_pool_place(const struct campaign_row *campaign, const struct uuid *pool);
size_t rules_pool_place(const struct campaign_rules *rules, const struct uuid *pool);
/* Money promised by claims: the sum over pools of issued × value. Never above funded. */
int64_t campaign_committed_fen(const struct campaign_row *campaign);
/* When a voucher claimed now may be used. */
struct window claim_use_window(const struct campaign_rules *rules, int64_t now_s);

/* A cell covers itself and all that its code begins, up to a '-', '.' or '/'. */
bool cell_covers(const char *cell, const char *code);
enum claim_bar claim_bar(const struct claim_facts *f);
enum detail claim_bar_detail(enum claim_bar bar);

/* VERDICT_OK or the first refusal in order of precedence. */
enum verdict rule_claim(const struct claim_facts *f, int64_t now_s);

#endif
