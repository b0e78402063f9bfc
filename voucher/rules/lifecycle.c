/* voucher/rules/lifecycle.c: the states of a campaign as one table. */
#include "voucher/rules/lifecycle.h"

#include "voucher/rules/claim.h"
#include "voucher/torture.h"

static const char *const act_texts[ACT_COUNT] = {
    [ACT_SUBMIT] = "submit", [ACT_APPROVE] = "approve", [ACT_REJECT] = "reject",
    [ACT_PAUSE] = "pause",   [ACT_RESUME] = "resume",   [ACT_CLOSE] = "close",
};

static const char *const state_texts[] = {
    [CAMPAIGN_DRAFT] = "draft",       [CAMPAIGN_SUBMITTED] = "submitted",
    [CAMPAIGN_APPROVED] = "approved", [CAMPAIGN_RUNNING] = "running",
    [CAMPAIGN_PAUSED] = "paused",     [CAMPAIGN_CLOSED] = "closed",
};

const char *
campaign_act_text(enum campaign_act act)
{
    must((unsigned)act < ACT_COUNT);
    return act_texts[act];
}

const char *
campaign_state_text(enum campaign_state state)
{
    must((unsigned)state < COUNT_OF(state_texts));
    return state_texts[state];
}

/* The campaign's own states: from which, to which. RUNNING and APPROVED are stored as one. */
#define FROM(state) (1u << CAMPAIGN_##state)
static const struct {
    unsigned from;
    enum campaign_state to;
} acts_on_campaign[ACT_COUNT] = {
    [ACT_PAUSE] = { FROM(APPROVED) | FROM(RUNNING), CAMPAIGN_PAUSED },
    [ACT_RESUME] = { FROM(PAUSED), CAMPAIGN_APPROVED },
    [ACT_CLOSE] = { FROM(APPROVED) | FROM(RUNNING) | FROM(PAUSED), CAMPAIGN_CLOSED },
};

static const struct {
    enum version_state from, to;
    enum campaign_state first_to; /* of a campaign that was never approved */
} acts_on_version[] = {
    [ACT_SUBMIT] = { VERSION_DRAFT, VERSION_SUBMITTED, CAMPAIGN_SUBMITTED },
    [ACT_APPROVE] = { VERSION_SUBMITTED, VERSION_APPROVED, CAMPAIGN_APPROVED },
    [ACT_REJECT] = { VERSION_SUBMITTED, VERSION_DRAFT, CAMPAIGN_DRAFT },
};

static bool
actor_is_party(const struct act_facts *f)
{
    return uuid_equal(f->actor, &f->latest->author) || uuid_equal(f->actor, &f->latest->submitter);
}

enum verdict
rule_campaign_act(const struct act_facts *f, enum campaign_act act,
                  enum campaign_state *campaign_to, enum version_state *version_to)
{
    must((unsigned)act < ACT_COUNT);
    must(f->latest->version == f->campaign->latest_version);
    *campaign_to = f->campaign->state;
    *version_to = f->latest->state;
    if (acts_on_campaign[act].from != 0) {
        if (!(acts_on_campaign[act].from & (1u << f->state_now))) return VERDICT_WRONG_STATE;
        *campaign_to = acts_on_campaign[act].to;
        return VERDICT_OK;
    }
    if (f->state_now == CAMPAIGN_CLOSED) return VERDICT_WRONG_STATE;
    if (f->latest->state != acts_on_version[act].from) return VERDICT_WRONG_STATE;
    if (act == ACT_APPROVE && actor_is_party(f) && !torture_mutant("approver-is-author"))
        return VERDICT_NEEDS_SECOND_PERSON;
    *version_to = acts_on_version[act].to;
    if (f->campaign->acting_version == 0) *campaign_to = acts_on_version[act].first_to;
    return VERDICT_OK;
}

static struct pointer
pointer_to_pool(size_t place, const char *member)
{
    struct pointer p = { 0 };
    pointer_push_key(&p, TEXT("pools"));
    pointer_push_index(&p, place);
    pointer_push_key(&p, text_of(member));
    return p;
}

static void
flaw_at_member(struct faults *faults, const char *member, enum flaw flaw)
{
    struct pointer p = { 0 };
    pointer_push_key(&p, text_of(member));
    faults_add(faults, flaw, &p);
}

/* A pool that people hold vouchers of stays what it was when they got them. */
static void
rule_pool_change(const struct pool_row *pool, const struct campaign_rules *next,
                 struct faults *faults)
{
    size_t place = rules_pool_place(next, &pool->id);
    if (pool->issued == 0 && pool->redeemed == 0) return;
    if (place == CAMPAIGN_POOLS_MAX) {
        flaw_at_member(faults, "pools", FLAW_NEEDED_HERE);
        return;
    }
    const struct pool_rules *to = &next->pools[place];
    struct pointer value = pointer_to_pool(place, "value_fen");
    struct pointer count = pointer_to_pool(place, "count");
    if (to->value_fen != pool->value_fen) faults_add(faults, FLAW_NOT_ALLOWED_HERE, &value);
    if (to->count < pool->issued) faults_add(faults, FLAW_OUT_OF_RANGE, &count);
}

void
rule_campaign_change(const struct campaign_row *campaign, const struct campaign_rules *acting,
                     const struct campaign_rules *next, struct faults *faults)
{
    must(next->pool_count > 0); /* wire refused anything else */
    if (acting == NULL) return;
    must(campaign->acting_version > 0);
    if (next->kind != acting->kind) flaw_at_member(faults, "kind", FLAW_NOT_ALLOWED_HERE);
    /* Money changes by budget changes only; who sends back what he read is not refused for it. */
    if (next->budget_fen != campaign->balances.funded_fen &&
        next->budget_fen != acting->budget_fen) {
        flaw_at_member(faults, "budget_fen", FLAW_NOT_ALLOWED_HERE);
    }
    if (next->offset_s != acting->offset_s) {
        flaw_at_member(faults, "timezone", FLAW_NOT_ALLOWED_HERE);
    }
    for (size_t i = 0; i < campaign->pool_count; i++) {
        rule_pool_change(&campaign->pools[i], next, faults);
    }
}

int64_t
budget_floor_fen(const struct campaign_row *campaign)
{
    const struct balances *b = &campaign->balances;
    int64_t committed_fen = campaign_committed_fen(campaign);
    int64_t gone_fen = b->funded_fen - b->available_fen;
    must(gone_fen >= 0);
    return committed_fen > gone_fen ? committed_fen : gone_fen;
}

enum verdict
rule_budget_propose(const struct campaign_row *campaign, int64_t current_fen, int64_t target_fen)
{
    must(target_fen > 0 && current_fen >= 0); /* wire refused anything else */
    if (campaign->acting_version > 0 && target_fen < budget_floor_fen(campaign)) {
        return VERDICT_INVALID;
    }
    if (campaign->acting_version == 0) return VERDICT_WRONG_STATE;
    if (campaign->state == CAMPAIGN_CLOSED) return VERDICT_WRONG_STATE;
    if (current_fen != campaign->balances.funded_fen) return VERDICT_BUDGET_CONFLICT;
    return VERDICT_OK;
}

enum verdict
rule_budget_judge(const struct campaign_row *campaign, const struct budget_change_row *change,
                  const struct uuid *judge, bool approve)
{
    must(uuid_equal(&campaign->id, &change->campaign));
    must(!uuid_is_none(judge));
    if (change->state != CHANGE_PENDING) return VERDICT_WRONG_STATE;
    if (!approve) return VERDICT_OK;
    enum verdict again = rule_budget_propose(campaign, change->current_fen, change->target_fen);
    if (again != VERDICT_OK) return again;
    if (uuid_equal(judge, &change->author)) return VERDICT_NEEDS_SECOND_PERSON;
    return VERDICT_OK;
}
