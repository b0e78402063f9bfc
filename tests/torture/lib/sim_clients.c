/* tests/torture/lib/sim_clients.c: what residents, tills and administrators want, and how they take
 * what they hear. */
#include "tests/torture/lib/sim.h"

void
sim_fault(struct sim *s, const char *what)
{
    if (s->fault[0] != '\0') return;
    (void)snprintf(s->fault, sizeof s->fault, "seed %llu, tick %lld: %s",
                   (unsigned long long)s->seed, (long long)s->tick, what);
}

static uint64_t
hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    }
    return hash;
}

void
sim_trace(struct sim *s, uint64_t what, uint64_t more)
{
    uint64_t words[] = { what, more, (uint64_t)s->wall_s };
    s->trace = hash_bytes(s->trace, words, sizeof words);
}

static uint64_t
answer_hash(const struct op *op)
{
    struct text body = json_writer_text(&op->body);
    uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), &op->status, sizeof op->status);
    hash = hash_bytes(hash, body.at, body.size);
    if (op->kind != OP_CLAIM) return hash;
    const struct claim_row *c = &op->claimed.claim;
    hash = hash_bytes(hash, c->id.bytes, sizeof c->id.bytes);
    for (int64_t i = 0; i < c->voucher_count; i++) {
        const struct voucher_row *v = &op->claimed.vouchers[i];
        hash = hash_bytes(hash, v->id.bytes, sizeof v->id.bytes);
        hash = hash_bytes(hash, &v->value_fen, sizeof v->value_fen);
    }
    return hash;
}

static void
client_take_no(struct sim *s, struct wish *w, enum verdict verdict)
{
    bool undone = verdict == VERDICT_REQUEST_REVERSED;
    if (w->acked && !undone) sim_fault(s, "a yes became a no");
    w->settled = w->settled || !verdict_retryable(verdict) || s->calm;
}

void
client_take(struct sim *s, struct wish *w, const struct op *op)
{
    bool yes = op->verdict == VERDICT_OK;
    uint64_t answer = yes ? answer_hash(op) : 0;
    sim_trace(s, (uint64_t)op->verdict, answer);
    if (!s->calm && dice_below(&s->dice, 4) == 0) return; /* lost on the way */
    if (!yes) {
        client_take_no(s, w, op->verdict);
        return;
    }
    if (!w->is_taken) sim_fault(s, "a yes for what is not on the disk");
    if (w->acked && w->answer != answer) sim_fault(s, "two answers to one key");
    w->acked = w->settled = true;
    w->answer = answer;
}

static struct wish *
wish_begin(struct sim *s, enum op_kind kind, const struct caller *caller)
{
    struct wish *w = &s->wishes[s->wish_count++];
    memset(w, 0, sizeof *w);
    w->op.kind = kind;
    w->op.if_match = -1;
    w->op.caller = *caller;
    w->op.kid = 7;
    w->send_at = s->tick;
    (void)snprintf(w->op.key, sizeof w->op.key, "sim-%06u", (unsigned)s->wish_count);
    memcpy(w->op.fingerprint.bytes, &s->wish_count, sizeof s->wish_count);
    w->op.fingerprint.bytes[31] = 1;
    return w;
}

static struct evidence
evidence_of(struct sim *s, unsigned owner)
{
    uint8_t car = (uint8_t)dice_below(&s->dice, 5), invoice = (uint8_t)dice_below(&s->dice, 5);
    return (struct evidence){ .present = true,
                              .vin = { { 'v', car } },
                              .invoice = { { 'i', invoice } },
                              .buyer = bench_resident(owner).id,
                              .energy = CAR_FUEL,
                              .invoice_day = BENCH_T0 / BENCH_DAY,
                              .invoice_amount_fen = 1 + (int64_t)dice_below(&s->dice, 6000000) };
}

static void
wish_claim(struct sim *s)
{
    struct caller caller = bench_resident((unsigned)dice_below(&s->dice, MODEL_PEOPLE));
    unsigned campaign = (unsigned)dice_below(&s->dice, MODEL_CAMPAIGNS);
    struct op *op = &wish_begin(s, OP_CLAIM, &caller)->op;
    op->claim.campaign = s->city->campaigns[campaign];
    op->claim.pool = s->city->pools[campaign];
}

static void
wish_redeem(struct sim *s)
{
    const struct model_voucher *v =
        &s->model.vouchers[dice_below(&s->dice, s->model.voucher_count)];
    unsigned till = v->campaign == 1 ? TILL_DEALER : (unsigned)dice_below(&s->dice, 3);
    struct op *op = &wish_begin(s, OP_REDEEM, &s->city->tills[till])->op;
    struct redeem_command *cmd = &op->redeem;
    cmd->voucher = v->id;
    cmd->fingerprint = op->fingerprint;
    cmd->hold = dice_below(&s->dice, 3) == 0;
    cmd->order.amount_fen = 700 + (int64_t)dice_below(&s->dice, 900000);
    (void)snprintf(cmd->out_request_no, sizeof cmd->out_request_no, "req-%zu", s->wish_count);
    (void)snprintf(cmd->order.order_no, sizeof cmd->order.order_no, "o-%zu", s->wish_count);
    if (v->campaign == 1 && !(cmd->hold && dice_below(&s->dice, 2) == 0)) {
        cmd->evidence = evidence_of(s, v->owner);
    }
}

static void
wish_follow(struct sim *s)
{
    static const enum op_kind kinds[] = { OP_CAPTURE, OP_RELEASE, OP_REFUND, OP_REVERSE };
    const struct model_redemption *r =
        &s->model.redemptions[dice_below(&s->dice, s->model.redemption_count)];
    enum op_kind kind = kinds[dice_below(&s->dice, COUNT_OF(kinds))];
    struct op *op = &wish_begin(s, kind, &r->till)->op;
    op->target = r->id;
    if (kind == OP_REVERSE) memcpy(op->out_request_no, r->request_no, sizeof op->out_request_no);
    if (kind == OP_REFUND) {
        bool whole = dice_below(&s->dice, 2) == 0;
        op->refund.amount_fen =
            whole ? r->order_fen : 1 + (int64_t)dice_below(&s->dice, (uint64_t)r->order_fen);
    }
    const struct model_voucher *v = &s->model.vouchers[r->voucher];
    if (kind == OP_CAPTURE && v->campaign == 1 && digest_is_none(&r->vin)) {
        op->redeem.evidence = evidence_of(s, v->owner);
    }
}

/* A till that was never answered reverses what it asked for, which may still be on its way. */
static void
wish_reverse_open(struct sim *s)
{
    size_t place = (size_t)dice_below(&s->dice, s->wish_count);
    const struct wish *open = &s->wishes[place];
    if (open->op.kind != OP_REDEEM) return;
    struct op *op = &wish_begin(s, OP_REVERSE, &open->op.caller)->op;
    memcpy(op->out_request_no, open->op.redeem.out_request_no, sizeof op->out_request_no);
}

static void
wish_admin(struct sim *s)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    if (dice_below(&s->dice, 2) == 0 && s->model.voucher_count > 0) {
        size_t at = (size_t)dice_below(&s->dice, s->model.voucher_count);
        wish_begin(s, OP_VOID, &admin)->op.target = s->model.vouchers[at].id;
        return;
    }
    struct op *op = &wish_begin(s, OP_CAMPAIGN_ACT, &admin)->op;
    op->campaign.campaign = s->city->campaigns[dice_below(&s->dice, MODEL_CAMPAIGNS)];
    op->campaign.act = dice_below(&s->dice, 3) == 0 ? ACT_PAUSE : ACT_RESUME;
}

void
wish_any(struct sim *s)
{
    uint64_t side = dice_below(&s->dice, 100);
    bool redeems = s->model.voucher_count > 0, follows = s->model.redemption_count > 0;
    if (side >= 92)
        wish_admin(s);
    else if (side >= 86 && s->wish_count > 0)
        wish_reverse_open(s);
    else if (side >= 62 && follows)
        wish_follow(s);
    else if (side >= 30 && redeems)
        wish_redeem(s);
    else
        wish_claim(s);
}
