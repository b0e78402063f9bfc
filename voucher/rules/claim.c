/* voucher/rules/claim.c: refusals first, in order of precedence; then nothing can fail. */
#include "voucher/rules/claim.h"

#include "voucher/civil.h"
#include "voucher/torture.h"

enum campaign_state
campaign_state_at(const struct campaign_row *campaign, const struct campaign_rules *acting,
                  int64_t now_s)
{
    if (campaign->state != CAMPAIGN_APPROVED) return campaign->state;
    must(acting != NULL); /* an approved campaign has an acting version */
    return now_s >= acting->claim_window.from_s ? CAMPAIGN_RUNNING : CAMPAIGN_APPROVED;
}

size_t
campaign_pool_place(const struct campaign_row *campaign, const struct uuid *pool)
{
    for (size_t i = 0; i < campaign->pool_count; i++) {
        if (uuid_equal(&campaign->pools[i].id, pool)) return i;
    }
    return CAMPAIGN_POOLS_MAX;
}

size_t
rules_pool_place(const struct campaign_rules *rules, const struct uuid *pool)
{
    for (size_t i = 0; i < rules->pool_count; i++) {
        if (uuid_equal(&rules->pools[i].id, pool)) return i;
    }
    return CAMPAIGN_POOLS_MAX;
}

int64_t
campaign_committed_fen(const struct campaign_row *campaign)
{
    int64_t sum_fen = 0;
    for (size_t i = 0; i < campaign->pool_count; i++) {
        const struct pool_row *pool = &campaign->pools[i];
        int64_t pool_fen;
        must(fen_multiply(pool->value_fen, pool->issued, &pool_fen));
        must(fen_add(sum_fen, pool_fen, &sum_fen));
    }
    return sum_fen;
}

struct window
claim_use_window(const struct campaign_rules *rules, int64_t now_s)
{
    if (rules->use_window_named && rules->valid_days == 0) return rules->use_window;
    struct window use = { now_s, civil_valid_until(now_s, rules->valid_days, rules->offset_s) };
    if (!rules->use_window_named) return use;
    if (use.from_s < rules->use_window.from_s) use.from_s = rules->use_window.from_s;
    if (use.to_s > rules->use_window.to_s) use.to_s = rules->use_window.to_s;
    return use;
}

/* The campaign's own hours; a grant or a reward is the administrator's act and knows none. But no
 * voucher is made that could never be used: its value would lie in a bucket swept already. */
static enum verdict
rule_claim_open(const struct claim_facts *f, int64_t now_s)
{
    struct window use = claim_use_window(f->rules, now_s);
    bool closed = f->campaign->state == CAMPAIGN_CLOSED;
    bool over = closed || now_s >= use.to_s;
    bool early = use.from_s >= use.to_s; /* its days would end before its window begins */
    if (f->source == CLAIM_RUSH) {
        early = early || now_s < f->rules->claim_window.from_s;
        over = over || now_s >= f->rules->claim_window.to_s;
    }
    if (early && !over) return VERDICT_CAMPAIGN_NOT_OPEN;
    if (over) return VERDICT_CAMPAIGN_CLOSED;
    if (f->campaign->state == CAMPAIGN_PAUSED) return VERDICT_CAMPAIGN_PAUSED;
    return VERDICT_OK;
}

bool
cell_covers(const char *cell, const char *code)
{
    size_t size = strlen(cell);
    if (size == 0 || strncmp(cell, code, size) != 0) return false;
    return code[size] == '\0' || strchr("-./", code[size]) != NULL;
}

static bool
roll_has_group(const struct campaign_rules *rules, const struct roll_row *roll)
{
    for (size_t i = 0; i < rules->roll_group_count; i++) {
        for (size_t k = 0; k < roll->group_count; k++) {
            if (strcmp(rules->roll_groups[i].text, roll->groups[k].text) == 0) return true;
        }
    }
    return rules->roll_group_count == 0;
}

static bool
roll_lies_in_cell(const struct campaign_rules *rules, const struct roll_row *roll)
{
    for (size_t i = 0; i < rules->roll_cell_count; i++) {
        if (cell_covers(rules->roll_cells[i].text, roll->cell)) return true;
    }
    return rules->roll_cell_count == 0;
}

enum claim_bar
claim_bar(const struct claim_facts *f)
{
    static const enum issuing issuing_of[] = {
        [CLAIM_RUSH] = ISSUING_RUSH,
        [CLAIM_GRANT] = ISSUING_GRANT,
        [CLAIM_REWARD] = ISSUING_REWARD,
    };
    must((unsigned)f->source < COUNT_OF(issuing_of));
    if (f->rules->issuing != issuing_of[f->source]) return BAR_ISSUING;
    if (f->source == CLAIM_RUSH && f->assurance < f->rules->assurance) return BAR_ASSURANCE;
    if (!f->rules->needs_roll) return BAR_NONE;
    if (f->roll == NULL) return BAR_ROLL;
    if (!roll_has_group(f->rules, f->roll)) return BAR_GROUP;
    return roll_lies_in_cell(f->rules, f->roll) ? BAR_NONE : BAR_CELL;
}

enum detail
claim_bar_detail(enum claim_bar bar)
{
    static const enum detail details[] = {
        [BAR_NONE] = DETAIL_NONE,
        [BAR_ISSUING] = DETAIL_BAR_ISSUING,
        [BAR_ASSURANCE] = DETAIL_BAR_ASSURANCE,
        [BAR_ROLL] = DETAIL_BAR_ROLL,
        [BAR_GROUP] = DETAIL_BAR_GROUP,
        [BAR_CELL] = DETAIL_BAR_CELL,
    };
    must((unsigned)bar < COUNT_OF(details));
    return details[bar];
}

/* Neither more vouchers than the pool has, nor more than there is money for. */
static bool
rule_claim_sold_out(const struct campaign_row *campaign, const struct pool_row *pool)
{
    int64_t committed_fen;
    must(fen_add(campaign_committed_fen(campaign), pool->value_fen, &committed_fen));
    if (pool->issued >= pool->count && !torture_mutant("pool-count")) return true;
    return committed_fen > campaign->balances.funded_fen && !torture_mutant("budget");
}

enum verdict
rule_claim(const struct claim_facts *f, int64_t now_s)
{
    must(f->claims_so_far >= 0);
    if (f->rules == NULL) return VERDICT_NOT_FOUND; /* nobody has approved it yet */
    must(f->rules->per_person_limit > 0);
    size_t place = campaign_pool_place(f->campaign, f->pool);
    if (place == CAMPAIGN_POOLS_MAX) return VERDICT_NOT_FOUND;

    enum verdict open = rule_claim_open(f, now_s);
    if (open != VERDICT_OK) return open;
    if (claim_bar(f) != BAR_NONE) return VERDICT_NOT_ELIGIBLE;
    const int64_t one_more = torture_mutant("person-limit") ? 1 : 0;
    if (f->claims_so_far >= f->rules->per_person_limit + one_more) return VERDICT_ALREADY_CLAIMED;

    const struct pool_row *pool = &f->campaign->pools[place];
    if (rule_claim_sold_out(f->campaign, pool)) return VERDICT_SOLD_OUT;
    /* Money that came back from parts of vouchers stays promised, so this cannot fall short. */
    must(f->campaign->balances.available_fen >= pool->value_fen);
    return VERDICT_OK;
}
