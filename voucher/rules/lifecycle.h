/* voucher/rules/lifecycle.h: draft → submitted → approved → running → paused → closed, and changes
 * of rules and budget. Pure. */
#ifndef HUIQUAN_RULES_LIFECYCLE_H
#define HUIQUAN_RULES_LIFECYCLE_H

#include "voucher/faults.h"
#include "voucher/model/campaign.h"
#include "voucher/model/people.h"
#include "voucher/verdict.h"

enum campaign_act {
    ACT_SUBMIT,
    ACT_APPROVE,
    ACT_REJECT,
    ACT_PAUSE,
    ACT_RESUME,
    ACT_CLOSE,
    ACT_COUNT
};

const char *campaign_act_text(enum campaign_act act);
const char *campaign_state_text(enum campaign_state state);

struct act_facts {
    const struct campaign_row *campaign;
    const struct version_row *latest;
    enum campaign_state state_now; /* campaign_state_at */
    const struct uuid *actor;
};

/* On VERDICT_OK *campaign_to and *version_to are what both become. Submit, approve and reject act
 * on the latest version; pause, resume and close on the campaign. */
enum verdict rule_campaign_act(const struct act_facts *f, enum campaign_act act,
                               enum campaign_state *campaign_to, enum version_state *version_to);

/* May these rules take the place of what stands? Before the first approval anything may change;
 * afterwards kind, budget and zone stay, a pool that has issued keeps its value and its count
 * covers what is issued. A budget lowered below its pools is no fault here: claims meet it as sold
 * out. Faults name each member. */
void rule_campaign_change(const struct campaign_row *campaign, const struct campaign_rules *acting,
                          const struct campaign_rules *next, struct faults *faults);

/* What a budget can never fall below: all that is promised, or gone. */
int64_t budget_floor_fen(const struct campaign_row *campaign);
enum verdict rule_budget_propose(const struct campaign_row *campaign, int64_t current_fen,
                                 int64_t target_fen);
enum verdict rule_budget_judge(const struct campaign_row *campaign,
                               const struct budget_change_row *change, const struct uuid *judge,
                               bool approve);

#endif
