#include "tests/torture/lib/work.h"

#include <dirent.h>
#include <unistd.h>

#include "tests/rows.h"

#define PEOPLE 400
#define CARS 4000
#define RACES_MAX 4

#define CLAIMS \
    "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-09-22T00:00:00+08:00'},"
#define SHOP                                                                                     \
    "{'name':'n','kind':'shopping','budget_fen':40000000," CLAIMS "'valid_days':20,"             \
    "'per_person_limit':20,'pools':[{'name':'a','value_fen':700,'count':3000,'stackable':true}," \
    "{'name':'p','value_fen':5000,'count':900,'pack':["                                          \
    "{'value_fen':1000,'count':3},{'value_fen':2000,'count':1}]}]}"
#define REWARD                                                                     \
    "{'name':'r','kind':'shopping','budget_fen':9000000," CLAIMS "'valid_days':9," \
    "'refund_policy':'return','per_person_limit':9,'issuing':'reward',"            \
    "'pools':[{'name':'p','value_fen':900,'count':900,'pack':[{'value_fen':300,'count':3}]}]}"
#define GRANT                                                                      \
    "{'name':'g','kind':'shopping','budget_fen':9000000," CLAIMS "'valid_days':3," \
    "'per_person_limit':9,'issuing':'grant',"                                      \
    "'pools':[{'name':'p','value_fen':900,'count':900}]}"
#define CAR                                                                                   \
    "{'name':'c','kind':'car','budget_fen':300000000," CLAIMS "'valid_days':13,"              \
    "'per_person_limit':30,'reward':{'campaign_id':'%s','pool_id':'%s'},"                     \
    "'pools':[{'name':'f','value_fen':300000,'count':900,'energy':'fuel'}],'car':{"           \
    "'invoice_window':{'from':'2026-06-19T00:00:00+08:00','to':'2026-09-22T00:00:00+08:00'}," \
    "'rate':{'type':'percent_capped','fuel':{'bp':600,'cap_fen':300000},"                     \
    "'nev':{'bp':800,'cap_fen':300000}}}}"

void
work_open(struct work *w, const char *base, const struct ledger_settings *settings, uint64_t seed)
{
    char definition[2048], campaign[ID_TEXT_SIZE], pool[ID_TEXT_SIZE];
    memset(w, 0, sizeof *w);
    w->dice.state = seed;
    bench_open_in(&w->b, base, settings);
    w->shop = bench_campaign(&w->b, SHOP);
    w->reward = bench_campaign(&w->b, REWARD);
    w->grant = bench_campaign(&w->b, GRANT);
    struct uuid first = bench_row(&w->b, &w->reward).pools[0].id;
    (void)id_write(ID_CAMPAIGN, &w->reward, campaign);
    (void)id_write(ID_POOL, &first, pool);
    int size = snprintf(definition, sizeof definition, CAR, campaign, pool);
    must(size > 0 && (size_t)size < sizeof definition);
    w->car = bench_campaign(&w->b, definition);
    struct campaign_row shop = bench_row(&w->b, &w->shop);
    w->shop_pools[0] = shop.pools[0].id;
    w->shop_pools[1] = shop.pools[1].id;
    w->car_pool = bench_row(&w->b, &w->car).pools[0].id;
    w->grant_pool = bench_row(&w->b, &w->grant).pools[0].id;
}

enum fault
work_start(struct work *w)
{
    struct bench *b = &w->b;
    enum fault fault = ledger_open(&b->ledger, &b->settings, &b->seams);
    if (fault == FAULT_NONE) fault = catalogue_open(&b->catalogue);
    if (fault != FAULT_NONE) {
        work_stop(w);
        return fault;
    }
    b->book.ledger = b->ledger;
    b->book.view = ledger_view(b->ledger);
    b->book.catalogue = b->catalogue;
    return FAULT_NONE;
}

void
work_stop(struct work *w)
{
    catalogue_close(w->b.catalogue);
    ledger_close(w->b.ledger);
    w->b.catalogue = NULL;
    w->b.ledger = NULL;
}

void
work_close(struct work *w)
{
    bench_close(&w->b);
}

static struct op *
work_begin(struct work *w, enum op_kind kind, const struct caller *caller)
{
    must(w->op_count < WORK_OPS_MAX);
    struct work_op *o = &w->ops[w->op_count++];
    memset(o, 0, sizeof *o);
    o->batch = w->batch_count;
    o->now_s = w->b.now_s;
    o->op.kind = kind;
    o->op.if_match = -1;
    o->op.caller = *caller;
    o->op.kid = 7;
    uint32_t number = (uint32_t)w->op_count;
    (void)snprintf(o->op.key, sizeof o->op.key, "work-%06u", (unsigned)number);
    memcpy(o->op.fingerprint.bytes, &number, sizeof number);
    o->op.fingerprint.bytes[31] = 2;
    return &o->op;
}

static void
plan_claim(struct work *w)
{
    bool car = dice_one_in(&w->dice, 4);
    unsigned who = (unsigned)dice_below(&w->dice, PEOPLE);
    struct caller caller = bench_resident(who);
    struct op *op = work_begin(w, OP_CLAIM, &caller);
    op->claim.campaign = car ? w->car : w->shop;
    op->claim.pool = car ? w->car_pool : w->shop_pools[dice_below(&w->dice, 2)];
}

static void
plan_grant(struct work *w)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = work_begin(w, OP_GRANT, &admin);
    struct work_op *o = &w->ops[w->op_count - 1];
    op->grant.campaign = w->grant;
    op->grant.pool = w->grant_pool;
    op->grant.residents = o->granted;
    op->grant.resident_count = 1 + dice_below(&w->dice, WORK_GRANTED_MAX);
    for (size_t i = 0; i < op->grant.resident_count; i++) {
        o->granted[i] = bench_resident((unsigned)dice_below(&w->dice, PEOPLE)).id;
    }
}

/* Mostly one of the last few, sometimes any. */
static size_t
pick_recent(struct work *w, size_t count, size_t few)
{
    must(count > 0);
    if (dice_one_in(&w->dice, 4)) return dice_below(&w->dice, count);
    return count - 1 - dice_below(&w->dice, count < few ? count : few);
}

static struct evidence
pick_evidence(struct work *w, unsigned owner)
{
    return bench_evidence(owner, (unsigned)dice_below(&w->dice, CARS),
                          1 + (int64_t)dice_below(&w->dice, 6000000));
}

static void
plan_redeem(struct work *w)
{
    if (w->voucher_count == 0) {
        plan_claim(w);
        return;
    }
    const struct work_voucher *v = &w->vouchers[pick_recent(w, w->voucher_count, 60)];
    enum bench_till till = v->car ? TILL_DEALER : (enum bench_till)dice_below(&w->dice, 3);
    struct op *op = work_begin(w, OP_REDEEM, &w->b.tills[till]);
    unsigned number = (unsigned)w->op_count;
    op->redeem.voucher = v->id;
    op->redeem.order.amount_fen = 1000 + (int64_t)dice_below(&w->dice, 9000);
    op->redeem.fingerprint = op->fingerprint;
    op->redeem.hold = dice_one_in(&w->dice, 3);
    (void)snprintf(op->redeem.out_request_no, sizeof op->redeem.out_request_no, "req-%u", number);
    (void)snprintf(op->redeem.order.order_no, sizeof op->redeem.order.order_no, "ord-%u", number);
    if (v->car && !dice_one_in(&w->dice, 8)) op->redeem.evidence = pick_evidence(w, v->owner);
}

static void
plan_follow(struct work *w)
{
    static const enum op_kind kinds[] = { OP_CAPTURE, OP_CAPTURE, OP_RELEASE,
                                          OP_REFUND,  OP_REFUND,  OP_REVERSE };
    if (w->redemption_count == 0) {
        plan_redeem(w);
        return;
    }
    enum op_kind kind = kinds[dice_below(&w->dice, COUNT_OF(kinds))];
    const struct work_redemption *r = &w->redemptions[pick_recent(w, w->redemption_count, 8)];
    struct work_op *made = &w->ops[r->op];
    struct op *op = work_begin(w, kind, &made->op.caller);
    if (kind == OP_REVERSE) {
        memcpy(op->out_request_no, made->op.redeem.out_request_no, sizeof op->out_request_no);
        w->ops[w->op_count - 1].undoes = r->op + 1;
        return;
    }
    op->target = r->id;
    if (kind == OP_REFUND) {
        bool whole = dice_one_in(&w->dice, 2);
        op->refund.amount_fen =
            whole ? made->op.redeem.order.amount_fen : 1 + (int64_t)dice_below(&w->dice, 3000);
    }
    bool proven = kind == OP_CAPTURE && made->op.redeem.evidence.present;
    if (proven) op->redeem.evidence = made->op.redeem.evidence;
}

static void
plan_admin(struct work *w)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    if (w->voucher_count > 0 && dice_one_in(&w->dice, 2)) {
        size_t at = dice_below(&w->dice, w->voucher_count);
        work_begin(w, OP_VOID, &admin)->target = w->vouchers[at].id;
        return;
    }
    struct op *op = work_begin(w, OP_BUDGET_PROPOSE, &admin);
    op->budget.campaign = w->shop;
    op->budget.current_fen = 40000000;
    op->budget.target_fen = 40000000 + (int64_t)dice_below(&w->dice, 1000000);
    (void)snprintf(op->budget.reason, sizeof op->budget.reason, "work");
}

static void
plan_sweep(struct work *w)
{
    struct caller time_itself = { .kind = CALLER_SYSTEM };
    work_begin(w, OP_SWEEP, &time_itself)->key[0] = '\0';
}

void
work_plan(struct work *w)
{
    size_t count = 1 + dice_below(&w->dice, WORK_BATCH_MAX);
    if (dice_one_in(&w->dice, 3)) count = 1;
    w->batch_count++;
    w->b.now_s += (int64_t)dice_below(&w->dice, dice_one_in(&w->dice, 20) ? 20000 : 60);
    for (size_t i = 0; i < count; i++) {
        uint64_t side = dice_below(&w->dice, 100);
        if (side < 36)
            plan_claim(w);
        else if (side < 40)
            plan_grant(w);
        else if (side < 66)
            plan_redeem(w);
        else if (side < 92)
            plan_follow(w);
        else if (side < 96)
            plan_admin(w);
        else
            plan_sweep(w);
    }
}

/* What the worker makes the claim's answer of, signatures apart. */
static void
answer_claim(struct json_writer *out, const struct claim_result *made)
{
    json_write_begin_object(out);
    json_put_id(out, "claim_id", ID_CLAIM, &made->claim.id);
    json_put_id(out, "campaign_id", ID_CAMPAIGN, &made->claim.campaign);
    json_put_id(out, "pool_id", ID_POOL, &made->claim.pool);
    json_put_time(out, "claimed_at", made->claim.claimed_at_s, 8 * 3600);
    json_put_int64(out, "kid", made->claim.kid);
    json_put_array(out, "vouchers");
    for (int64_t i = 0; i < made->claim.voucher_count; i++) {
        const struct voucher_row *v = &made->vouchers[i];
        json_write_begin_object(out);
        json_put_id(out, "voucher_id", ID_VOUCHER, &v->id);
        json_put_int64(out, "number", v->number);
        json_put_int64(out, "value_fen", v->value_fen);
        json_put_int64(out, "min_spend_fen", v->min_spend_fen);
        json_put_time(out, "valid_from", v->valid_from_s, 8 * 3600);
        json_put_time(out, "valid_to", v->valid_to_s, 8 * 3600);
        json_write_end_object(out);
    }
    json_write_end_array(out);
    json_write_end_object(out);
}

/* Zeroed where nothing was written, so that answers compare as bytes. An answer that could not be
 * written whole has size 0: the worker would have none to send. */
static void
answer_take(const struct op *op, struct work_answer *out)
{
    struct json_writer claim;
    memset(out, 0, sizeof *out);
    out->verdict = op->verdict;
    out->status = op->status;
    out->replayed = op->replayed;
    if (op->verdict != VERDICT_OK || op->kind == OP_SWEEP) return;
    struct text text = json_writer_text(&op->body);
    if (op->kind == OP_CLAIM) {
        json_writer_fix(&claim, out->bytes, sizeof out->bytes);
        answer_claim(&claim, &op->claimed);
        text = json_writer_text(&claim);
        must(text.size > 0);
    } else if (text.size > 0) {
        must(text.size <= sizeof out->bytes);
        memcpy(out->bytes, text.at, text.size);
    }
    out->size = text.size;
}

static void
op_rewind(struct op *op, const struct op *command)
{
    struct json_writer body = op->body;
    *op = *command;
    op->body = body;
    faults_clear(&op->faults);
    op->claimed.claim.voucher_count = 0;
    json_writer_restart(&op->body);
}

void
work_ask(struct book *book, const struct work_op *asked, struct work_answer *out)
{
    struct op op = asked->op;
    json_writer_grow(&op.body, OP_REPLY_BYTES_MAX);
    op_rewind(&op, &asked->op);
    book_decide(book, &op);
    answer_take(&op, out);
    op_end(&op);
}

static size_t
batch_first(const struct work *w)
{
    size_t first = w->op_count;
    while (first > 0 && w->ops[first - 1].batch == w->batch_count) {
        first--;
    }
    return first;
}

/* As the clerk does: on a full disk only what spends goes on. */
static enum fault
run_try(struct work *w, size_t first)
{
    struct book *book = &w->b.book;
    if (w->b.now_s > book->now_s) book->now_s = w->b.now_s;
    enum fault fault = ledger_begin(w->b.ledger);
    if (fault != FAULT_NONE) return fault;
    for (size_t i = first; i < w->op_count; i++) {
        struct work_op *o = &w->ops[i];
        if (ledger_is_full(w->b.ledger) && !op_kind_spends(o->op.kind))
            o->answer = (struct work_answer){ .verdict = VERDICT_UNAVAILABLE };
        else
            work_ask(book, o, &o->answer);
    }
    fault = ledger_seal(w->b.ledger);
    if (fault != FAULT_NONE) catalogue_forget(w->b.catalogue);
    return fault;
}

enum fault
work_run(struct work *w)
{
    size_t first = batch_first(w);
    enum fault fault = run_try(w, first);
    for (int tries = 1; fault == FAULT_LOST_RACE && tries < RACES_MAX; tries++) {
        fault = run_try(w, first);
    }
    if (fault == FAULT_FULL) fault = run_try(w, first);
    bool unknown = fault == FAULT_IO || fault == FAULT_CORRUPT;
    for (size_t i = first; !unknown && i < w->op_count; i++) {
        struct work_op *o = &w->ops[i];
        bool yes = o->answer.verdict == VERDICT_OK && o->answer.size > 0;
        o->acked = fault == FAULT_NONE && yes;
        o->state = fault == FAULT_NONE ? WORK_SEALED : WORK_REFUSED;
    }
    return fault;
}

static void
learn_claim(struct work *w, const struct work_op *o)
{
    static const char label[] = "\"voucher_id\":\"";
    const char *at = o->answer.bytes, *end = at + o->answer.size;
    while ((at = memmem(at, (size_t)(end - at), label, sizeof label - 1)) != NULL) {
        at += sizeof label - 1;
        if (w->voucher_count == WORK_VOUCHERS_MAX) return;
        struct work_voucher *v = &w->vouchers[w->voucher_count++];
        must(id_read(ID_VOUCHER, (struct text){ at, ID_TEXT_SIZE - 1 }, &v->id));
        v->car = uuid_equal(&o->op.claim.campaign, &w->car);
        memcpy(&v->owner, o->op.caller.id.bytes, sizeof v->owner);
    }
}

static void
learn_redemption(struct work *w, size_t place)
{
    static const char label[] = "\"redemption_id\":\"";
    const struct work_answer *a = &w->ops[place].answer;
    const char *at = memmem(a->bytes, a->size, label, sizeof label - 1);
    if (at == NULL) return;
    struct work_redemption *r = &w->redemptions[w->redemption_count++];
    r->op = place;
    must(id_read(ID_REDEMPTION, (struct text){ at + sizeof label - 1, ID_TEXT_SIZE - 1 }, &r->id));
}

void
work_learn_reversal(struct work *w, size_t place)
{
    const struct work_op *o = &w->ops[place];
    if (o->op.kind != OP_REVERSE) return;
    struct work_op *made = &w->ops[o->undoes - 1];
    if (o->answer.verdict == VERDICT_OK && made->undone_by == 0) made->undone_by = place + 1;
}

void
work_learn(struct work *w)
{
    for (size_t i = batch_first(w); i < w->op_count; i++) {
        const struct work_op *o = &w->ops[i];
        work_learn_reversal(w, i); /* also where nobody knows whether it was stored */
        if (o->acked && o->op.kind == OP_CLAIM) learn_claim(w, o);
        if (o->acked && o->op.kind == OP_REDEEM) learn_redemption(w, i);
    }
}

static bool
is_same(const struct work_answer *a, const struct work_answer *b)
{
    return a->status == b->status && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

const char *
work_judge(const struct work *w, size_t place, struct work_span span,
           const struct work_answer *again)
{
    const struct work_op *o = &w->ops[place];
    must(o->acked && span.settled_count <= span.tried_count);
    bool tried = o->undone_by > 0 && o->undone_by <= span.tried_count;
    if (again->verdict == VERDICT_REQUEST_REVERSED && tried) return NULL;
    bool settled = tried && o->undone_by <= span.settled_count;
    if (settled && w->ops[o->undone_by - 1].acked) return "its reversal was acknowledged and lost";
    if (again->verdict != VERDICT_OK) return "acknowledged and lost";
    if (!again->replayed) return "acknowledged, lost and made anew";
    return is_same(again, &o->answer) ? NULL : "answered with other bytes";
}
