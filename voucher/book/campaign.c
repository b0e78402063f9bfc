/* voucher/book/campaign.c: campaigns, their rule versions, their life and their budget. */
#include "voucher/wire/campaign.h"
#include "voucher/book/moves.h"
#include "voucher/rules/claim.h"
#include "voucher/rules/lifecycle.h"
#include "voucher/wire/reply.h"

static const enum journal_kind journal_of_act[ACT_COUNT] = {
    [ACT_SUBMIT] = JOURNAL_CAMPAIGN_SUBMIT, [ACT_APPROVE] = JOURNAL_CAMPAIGN_APPROVE,
    [ACT_REJECT] = JOURNAL_CAMPAIGN_REJECT, [ACT_PAUSE] = JOURNAL_CAMPAIGN_PAUSE,
    [ACT_RESUME] = JOURNAL_CAMPAIGN_RESUME, [ACT_CLOSE] = JOURNAL_CAMPAIGN_CLOSE,
};

static struct journal_entry
entry_of(struct book *b, enum journal_kind kind, const struct campaign_row *campaign,
         const struct op *op)
{
    return (struct journal_entry){ .kind = kind,
                                   .at_s = b->now_s,
                                   .rule_version = campaign->latest_version,
                                   .campaign = campaign->id,
                                   .subject = campaign->id,
                                   .actor = op->caller.id };
}

static void
store_campaign(struct book *b, const struct campaign_row *row)
{
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_CAMPAIGN, .campaign = row });
}

static void
store_version(struct book *b, const struct version_row *version, struct text definition)
{
    ledger_store(
        b->ledger,
        &(struct effect){ .kind = EFFECT_VERSION, .version = version, .definition = definition });
}

/* The definition in its canonical form: what is stored, and what GET shows. */
static void
store_rules(struct book *b, const struct version_row *version, const struct campaign_rules *rules)
{
    struct json_writer w;
    json_writer_grow(&w, OP_REPLY_BYTES_MAX);
    json_write_begin_object(&w);
    wire_campaign_write(&w, rules);
    json_write_end_object(&w);
    store_version(b, version, json_writer_text(&w));
    json_writer_close(&w);
}

/* Whose pools a change may go on with. Both NULL: there are none yet. The acting version's count
 * even where a waiting draft has left them out: they may have issued since, and are then needed. */
struct forerunners {
    const struct campaign_rules *latest, *acting;
};

/* The id that a pool of this name had, unless another pool has kept that id under a new name. */
static struct uuid
pool_id_by_name(const struct campaign_rules *before, const struct campaign_rules *rules,
                const char *name)
{
    for (size_t i = 0; before != NULL && i < before->pool_count; i++) {
        const struct pool_rules *pool = &before->pools[i];
        if (strcmp(pool->name, name) != 0) continue;
        if (rules_pool_place(rules, &pool->id) == CAMPAIGN_POOLS_MAX) return pool->id;
    }
    return (struct uuid){ 0 };
}

/* Pools are the same ones when their id is sent, or their name stays; the rest are new. Works on a
 * copy: a command that is judged again after a lost race must read as it was sent. */
static void
name_pools(struct book *b, struct forerunners before, struct campaign_rules *rules)
{
    const struct campaign_rules *const known[] = { before.latest, before.acting };
    for (size_t i = 0; i < COUNT_OF(known) * rules->pool_count; i++) {
        struct pool_rules *pool = &rules->pools[i % rules->pool_count];
        if (!uuid_is_none(&pool->id)) continue;
        pool->id = pool_id_by_name(known[i / rules->pool_count], rules, pool->name);
    }
    for (size_t i = 0; i < rules->pool_count; i++) {
        if (uuid_is_none(&rules->pools[i].id)) id_next(b->ids, &rules->pools[i].id);
    }
}

static bool
rules_have_pool(const struct campaign_rules *rules, const struct uuid *id)
{
    return rules != NULL && rules_pool_place(rules, id) < CAMPAIGN_POOLS_MAX;
}

/* An id that is sent must be one that the campaign has. */
static void
check_pool_ids(struct forerunners before, const struct campaign_rules *rules, struct faults *faults)
{
    for (size_t i = 0; i < rules->pool_count; i++) {
        const struct uuid *id = &rules->pools[i].id;
        bool known = rules_have_pool(before.latest, id) || rules_have_pool(before.acting, id);
        if (uuid_is_none(id) || known) continue;
        struct pointer p = { 0 };
        pointer_push_key(&p, TEXT("pools"));
        pointer_push_index(&p, i);
        pointer_push_key(&p, TEXT("pool_id"));
        faults_add(faults, FLAW_NAMES_NOTHING, &p);
    }
}

static void
flaw_if(struct op *op, bool broken, const char *object, const char *member)
{
    struct pointer p = { 0 };
    if (!broken) return;
    pointer_push_key(&p, text_of(object));
    if (member != NULL) pointer_push_key(&p, text_of(member));
    faults_add(&op->faults, FLAW_NAMES_NOTHING, &p);
}

/* What only the ledger knows: merchants that do not exist, a reward that names nothing. */
static void
check_references(struct book *b, struct op *op, const struct campaign_rules *rules)
{
    struct merchant_row merchant;
    struct campaign_row reward;
    for (size_t i = 0; i < rules->merchant_count; i++) {
        struct pointer p = { 0 };
        if (view_merchant(b->view, &rules->merchants[i], &merchant)) continue;
        pointer_push_key(&p, TEXT("merchants"));
        pointer_push_key(&p, TEXT("ids"));
        pointer_push_index(&p, i);
        faults_add(&op->faults, FLAW_NAMES_NOTHING, &p);
    }
    if (!rules->reward_named) return;
    bool found = view_campaign(b->view, &rules->reward_campaign, &reward);
    flaw_if(op, !found, "reward", "campaign_id");
    if (!found) return;
    const struct campaign_rules *target =
        catalogue_rules(b->catalogue, b->view, &reward.id, reward.latest_version);
    bool pool =
        target != NULL && rules_pool_place(target, &rules->reward_pool) < CAMPAIGN_POOLS_MAX;
    flaw_if(op, !pool, "reward", "pool_id");
    flaw_if(op, target != NULL && target->issuing != ISSUING_REWARD, "reward", "campaign_id");
}

static void
answer_campaign(struct book *b, struct op *op, const struct campaign_row *row,
                const struct version_row *latest)
{
    struct text definition;
    const struct campaign_rules *acting = catalogue_acting(b->catalogue, b->view, row);
    if (!view_definition(b->view, &row->id, row->latest_version, &definition)) return;
    struct wire_campaign shown = { row, latest, acting, definition };
    wire_write_campaign(&op->body, &shown, b->now_s);
    op->revision = row->revision;
    store_reply(b, op);
}

enum verdict
book_campaign_create(struct book *b, struct op *op)
{
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    struct campaign_rules rules = *op->campaign.rules; /* lists stay the op's */
    check_references(b, op, &rules);
    const struct forerunners none = { NULL, NULL };
    check_pool_ids(none, &rules, &op->faults);
    verdict = faults_verdict(&op->faults);
    if (verdict != VERDICT_OK) return verdict;

    struct campaign_row row = { .number = ledger_next_campaign_number(b->ledger),
                                .state = CAMPAIGN_DRAFT,
                                .latest_version = 1,
                                .revision = 1,
                                .created_at_s = b->now_s };
    id_next(b->ids, &row.id);
    struct version_row version = {
        .campaign = row.id, .version = 1, .author = op->caller.id, .changed_at_s = b->now_s
    };
    struct journal_entry entry = entry_of(b, JOURNAL_CAMPAIGN_CREATE, &row, op);
    name_pools(b, none, &rules);
    store_campaign(b, &row);
    store_rules(b, &version, &rules);
    store_journal(b, &entry);
    op->status = 201;
    answer_campaign(b, op, &row, &version);
    return VERDICT_OK;
}

/* A draft is replaced where it stands; what is approved gets a successor that waits. */
static struct version_row
version_after_change(struct book *b, struct campaign_row *row, const struct version_row *latest,
                     const struct op *op)
{
    struct version_row next = *latest;
    if (latest->state == VERSION_APPROVED) row->latest_version = next.version = latest->version + 1;
    next.state = VERSION_DRAFT;
    next.author = op->caller.id;
    next.submitter = next.approver = (struct uuid){ 0 };
    next.changed_at_s = b->now_s;
    return next;
}

enum verdict
book_campaign_change(struct book *b, struct op *op)
{
    struct campaign_row row;
    struct version_row latest;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_campaign(b->view, &op->campaign.campaign, &row)) return VERDICT_NOT_FOUND;
    if (!view_version(b->view, &row.id, row.latest_version, &latest)) return VERDICT_UNAVAILABLE;
    if (op->if_match >= 0 && op->if_match != row.revision) return VERDICT_PRECONDITION_FAILED;

    struct campaign_rules rules = *op->campaign.rules; /* lists stay the op's */
    struct forerunners before = {
        .latest = catalogue_rules(b->catalogue, b->view, &row.id, row.latest_version),
        .acting = catalogue_acting(b->catalogue, b->view, &row),
    };
    check_pool_ids(before, &rules, &op->faults);
    check_references(b, op, &rules);
    name_pools(b, before, &rules);
    rule_campaign_change(&row, before.acting, &rules, &op->faults);
    verdict = faults_verdict(&op->faults);
    if (verdict != VERDICT_OK) return verdict;
    if (latest.state == VERSION_SUBMITTED || row.state == CAMPAIGN_CLOSED) {
        return VERDICT_WRONG_STATE;
    }
    struct version_row next = version_after_change(b, &row, &latest, op);
    row.revision++;
    struct journal_entry entry = entry_of(b, JOURNAL_CAMPAIGN_CHANGE, &row, op);
    store_campaign(b, &row);
    store_rules(b, &next, &rules);
    store_journal(b, &entry);
    op->status = 200;
    answer_campaign(b, op, &row, &next);
    return VERDICT_OK;
}

static void
store_pools(struct book *b, struct campaign_row *row, const struct campaign_rules *rules)
{
    for (size_t i = 0; i < row->pool_count; i++) {
        struct pool_change gone = { row->id, row->pools[i], -1 };
        if (rules_pool_place(rules, &gone.row.id) < CAMPAIGN_POOLS_MAX) continue;
        ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_POOL, .pool = &gone });
    }
    for (size_t i = 0; i < rules->pool_count; i++) {
        const struct pool_rules *pool = &rules->pools[i];
        struct pool_change change = { .campaign = row->id, .place = (int64_t)i };
        size_t place = campaign_pool_place(row, &pool->id);
        if (place < CAMPAIGN_POOLS_MAX) change.row = row->pools[place];
        if (place == CAMPAIGN_POOLS_MAX) {
            change.row.id = pool->id;
            change.row.number = ledger_next_pool_number(b->ledger);
        }
        change.row.value_fen = pool->value_fen;
        change.row.count = pool->count;
        ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_POOL, .pool = &change });
    }
}

/* The version begins to act: its pools exist from here on, and the first brings the money. */
static void
begin_to_act(struct book *b, struct campaign_row *row, const struct campaign_rules *rules,
             struct journal_entry *entry)
{
    bool first = row->acting_version == 0;
    row->acting_version = row->latest_version;
    store_campaign(b, row);
    store_pools(b, row, rules);
    if (!first) return;
    entry->postings[entry->posting_count++] = (struct posting){ .from = ACCOUNT_FUND,
                                                                .to = ACCOUNT_AVAILABLE,
                                                                .amount_fen = rules->budget_fen };
}

/* Approving judges the waiting version again: the world went on since it was written. What is wrong
 * with it outranks who may approve it. */
static enum verdict
judge_waiting(struct book *b, struct op *op, const struct act_facts *f, enum verdict verdict,
              const struct campaign_rules **rules)
{
    const struct campaign_row *row = f->campaign;
    bool waits = f->latest->state == VERSION_SUBMITTED;
    if (op->campaign.act != ACT_APPROVE || !waits) return verdict;
    *rules = catalogue_rules(b->catalogue, b->view, &row->id, row->latest_version);
    if (*rules == NULL) return VERDICT_UNAVAILABLE;
    rule_campaign_change(row, catalogue_acting(b->catalogue, b->view, row), *rules, &op->faults);
    enum verdict waiting = faults_verdict(&op->faults);
    return waiting != VERDICT_OK ? waiting : verdict;
}

/* Pause, resume and close act on the campaign alone; an approved version never changes. */
static void
act_store_version(struct book *b, const struct op *op, struct version_row *latest)
{
    struct text definition;
    enum campaign_act act = op->campaign.act;
    if (act != ACT_SUBMIT && act != ACT_APPROVE && act != ACT_REJECT) return;
    if (!view_definition(b->view, &latest->campaign, latest->version, &definition)) return;
    if (act == ACT_SUBMIT) latest->submitter = op->caller.id;
    if (act == ACT_APPROVE) latest->approver = op->caller.id;
    latest->changed_at_s = b->now_s;
    store_version(b, latest, definition);
}

static void
act_store(struct book *b, struct op *op, struct campaign_row *row, struct version_row *latest,
          const struct campaign_rules *rules)
{
    enum campaign_act act = op->campaign.act;
    struct journal_entry entry = entry_of(b, journal_of_act[act], row, op);
    row->revision++;
    act_store_version(b, op, latest);
    if (act == ACT_APPROVE)
        begin_to_act(b, row, rules, &entry);
    else
        store_campaign(b, row);
    store_journal(b, &entry);
    (void)view_campaign(b->view, &op->campaign.campaign, row);
    op->status = 200;
    answer_campaign(b, op, row, latest);
}

enum verdict
book_campaign_act(struct book *b, struct op *op)
{
    struct campaign_row row;
    struct version_row latest;
    const struct campaign_rules *rules = NULL;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_campaign(b->view, &op->campaign.campaign, &row)) return VERDICT_NOT_FOUND;
    if (!view_version(b->view, &row.id, row.latest_version, &latest)) return VERDICT_UNAVAILABLE;
    if (op->if_match >= 0 && op->if_match != row.revision) return VERDICT_PRECONDITION_FAILED;

    const struct campaign_rules *acting = catalogue_acting(b->catalogue, b->view, &row);
    struct act_facts facts = { .campaign = &row,
                               .latest = &latest,
                               .state_now = campaign_state_at(&row, acting, b->now_s),
                               .actor = &op->caller.id };
    enum campaign_state campaign_to;
    enum version_state version_to;
    verdict = rule_campaign_act(&facts, op->campaign.act, &campaign_to, &version_to);
    verdict = judge_waiting(b, op, &facts, verdict, &rules);
    if (verdict != VERDICT_OK) return verdict;
    row.state = campaign_to;
    latest.state = version_to;
    act_store(b, op, &row, &latest, rules);
    return VERDICT_OK;
}

static void
answer_change(struct book *b, struct op *op, const struct budget_change_row *change)
{
    wire_write_budget_change(&op->body, change, b->settings.offset_s);
    store_reply(b, op);
}

static void
flaw_target(struct op *op)
{
    struct pointer p = { 0 };
    pointer_push_key(&p, TEXT("target_fen"));
    faults_add(&op->faults, FLAW_OUT_OF_RANGE, &p);
}

enum verdict
book_budget_propose(struct book *b, struct op *op)
{
    struct campaign_row row;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_campaign(b->view, &op->budget.campaign, &row)) return VERDICT_NOT_FOUND;
    verdict = rule_budget_propose(&row, op->budget.current_fen, op->budget.target_fen);
    if (verdict == VERDICT_INVALID) flaw_target(op);
    if (verdict != VERDICT_OK) return verdict;
    struct budget_change_row change = { .campaign = row.id,
                                        .current_fen = op->budget.current_fen,
                                        .target_fen = op->budget.target_fen,
                                        .author = op->caller.id,
                                        .created_at_s = b->now_s };
    id_next(b->ids, &change.id);
    memcpy(change.reason, op->budget.reason, sizeof change.reason);
    struct journal_entry entry = entry_of(b, JOURNAL_BUDGET_PROPOSE, &row, op);
    entry.object = change.id;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_BUDGET_CHANGE, .change = &change });
    store_journal(b, &entry);
    op->status = 201;
    answer_change(b, op, &change);
    return VERDICT_OK;
}

static void
judge_store(struct book *b, struct op *op, struct budget_change_row *change,
            const struct campaign_row *row)
{
    bool approve = op->budget.approve;
    int64_t more_fen = change->target_fen - change->current_fen;
    struct journal_entry entry =
        entry_of(b, approve ? JOURNAL_BUDGET_APPROVE : JOURNAL_BUDGET_REJECT, row, op);
    entry.object = change->id;
    if (approve && more_fen != 0) {
        entry.postings[entry.posting_count++] = (struct posting){
            .from = more_fen > 0 ? ACCOUNT_FUND : ACCOUNT_AVAILABLE,
            .to = more_fen > 0 ? ACCOUNT_AVAILABLE : ACCOUNT_FUND,
            .amount_fen = more_fen > 0 ? more_fen : -more_fen,
        };
    }
    change->state = approve ? CHANGE_APPROVED : CHANGE_REJECTED;
    change->judge = op->caller.id;
    change->judged_at_s = b->now_s;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_BUDGET_CHANGE, .change = change });
    store_journal(b, &entry);
}

enum verdict
book_budget_judge(struct book *b, struct op *op)
{
    struct campaign_row row;
    struct budget_change_row change;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_budget_change(b->view, &op->budget.change, &change)) return VERDICT_NOT_FOUND;
    if (!view_campaign(b->view, &change.campaign, &row)) return VERDICT_UNAVAILABLE;
    verdict = rule_budget_judge(&row, &change, &op->caller.id, op->budget.approve);
    if (verdict == VERDICT_INVALID) flaw_target(op);
    if (verdict != VERDICT_OK) return verdict;
    judge_store(b, op, &change, &row);
    op->status = 200;
    answer_change(b, op, &change);
    return VERDICT_OK;
}
