#include "tests/torture/lib/sim_model.h"

#define CAR 1 /* the second campaign */
#define CAR_BP 600

static void
wrong(struct model *m, const char *what)
{
    if (m->fault == NULL) m->fault = what;
}

static void
expect(struct model *m, bool holds, const char *what)
{
    if (!holds) wrong(m, what);
}

static unsigned
campaign_of(const struct model *m, const struct uuid *id)
{
    return uuid_equal(&m->campaigns[CAR], id) ? CAR : 0;
}

static struct model_voucher *
voucher_of(struct model *m, const struct uuid *id)
{
    for (size_t i = 0; i < m->voucher_count; i++) {
        if (uuid_equal(&m->vouchers[i].id, id)) return &m->vouchers[i];
    }
    wrong(m, "an operation on a voucher that nobody has claimed");
    return NULL;
}

static struct model_redemption *
redemption_of(struct model *m, const struct uuid *id)
{
    for (size_t i = 0; i < m->redemption_count; i++) {
        if (uuid_equal(&m->redemptions[i].id, id)) return &m->redemptions[i];
    }
    wrong(m, "an operation on a redemption that was never made");
    return NULL;
}

/* Does this redemption still have its voucher? */
static bool
stands(const struct model_redemption *r, int64_t now_s)
{
    if (r->state == REDEMPTION_HELD) return now_s < r->hold_until_s;
    return r->state == REDEMPTION_CAPTURED;
}

static bool
is_taken(const struct model *m, const struct model_voucher *v)
{
    return v->by > 0 && stands(&m->redemptions[v->by - 1], m->latest_s);
}

static void
take_claim(struct model *m, const struct op *op, int64_t now_s)
{
    const struct claim_result *c = &op->claimed;
    unsigned campaign = campaign_of(m, &op->claim.campaign), out = 0;
    unsigned owner = op->caller.id.bytes[0];
    must(owner < MODEL_PEOPLE && m->voucher_count < MODEL_VOUCHERS_MAX);
    expect(m, !m->paused[campaign], "a claim while its campaign was paused");
    expect(m, ++m->claims[campaign][owner] <= MODEL_LIMIT, "a person has claimed too often");
    expect(m, c->claim.voucher_count == 1, "a claim of several vouchers");
    expect(m, c->claim.claimed_at_s == now_s, "a claim at another time than its batch");
    for (size_t i = 0; i < m->voucher_count; i++) {
        const struct model_voucher *v = &m->vouchers[i];
        expect(m, !uuid_equal(&v->id, &c->vouchers[0].id), "a voucher was given out twice");
        if (v->campaign != campaign || v->is_void) continue;
        out += m->latest_s < v->valid_to_s || is_taken(m, v);
    }
    expect(m, out < m->count[campaign], "more vouchers than the pool has");
    m->vouchers[m->voucher_count++] = (struct model_voucher){
        .id = c->vouchers[0].id,
        .campaign = campaign,
        .owner = owner,
        .value_fen = c->vouchers[0].value_fen,
        .valid_to_s = c->claim.valid_to_s,
    };
}

static int64_t
value_of(const struct model_voucher *v, const struct evidence *e)
{
    if (v->campaign != CAR || !e->present) return v->value_fen;
    int64_t fen = e->invoice_amount_fen * CAR_BP / 10000;
    return fen < v->value_fen ? fen : v->value_fen;
}

/* A car and its invoice pay once; an invoice stays used even when its sale was refunded. */
static void
expect_new_car(struct model *m, const struct model_redemption *own)
{
    for (size_t i = 0; i < m->redemption_count; i++) {
        const struct model_redemption *r = &m->redemptions[i];
        if (r == own || digest_is_none(&own->vin)) continue;
        bool refunded = r->state == REDEMPTION_REFUNDED;
        bool same_car = stands(r, m->latest_s) && digest_equal(&r->vin, &own->vin);
        bool same_invoice =
            (stands(r, m->latest_s) || refunded) && digest_equal(&r->invoice, &own->invoice);
        expect(m, !same_car, "a VIN was used twice");
        expect(m, !same_invoice, "an invoice was used twice");
    }
}

static void
take_redeem(struct model *m, const struct op *op, struct view *view, int64_t now_s)
{
    const struct redeem_command *cmd = &op->redeem;
    struct redemption_row row = { 0 };
    struct model_voucher *v = voucher_of(m, &cmd->voucher);
    if (v == NULL) return;
    expect(m, !is_taken(m, v), "a voucher was redeemed twice");
    expect(m, !v->is_void, "a void voucher was redeemed");
    expect(m, now_s < v->valid_to_s, "an expired voucher was redeemed");
    for (size_t i = 0; i < m->reversed_count; i++) {
        expect(m, strcmp(m->reversed[i], cmd->out_request_no) != 0, "a reversed number redeemed");
    }
    bool known =
        view_redemption_by_request(view, &op->caller.id, text_of(cmd->out_request_no), &row);
    expect(m, known, "a redemption is not there under its number");
    must(m->redemption_count < MODEL_REDEMPTIONS_MAX);
    struct model_redemption *r = &m->redemptions[m->redemption_count++];
    *r = (struct model_redemption){
        .id = row.id,
        .till = op->caller,
        .voucher = (size_t)(v - m->vouchers),
        .state = cmd->hold ? REDEMPTION_HELD : REDEMPTION_CAPTURED,
        .value_fen = value_of(v, &cmd->evidence),
        .order_fen = cmd->order.amount_fen,
        .hold_until_s = now_s + m->hold_s,
        .vin = cmd->evidence.vin,
        .invoice = cmd->evidence.invoice,
    };
    memcpy(r->request_no, cmd->out_request_no, sizeof r->request_no);
    expect_new_car(m, r);
    v->by = m->redemption_count;
}

static void
take_capture(struct model *m, const struct op *op, int64_t now_s)
{
    struct model_redemption *r = redemption_of(m, &op->target);
    if (r == NULL) return;
    const struct model_voucher *v = &m->vouchers[r->voucher];
    expect(m, r->state == REDEMPTION_HELD && now_s < r->hold_until_s, "captured without a hold");
    expect(m, v->by == (size_t)(r - m->redemptions) + 1, "captured what another has");
    r->state = REDEMPTION_CAPTURED;
    if (op->redeem.evidence.present) {
        r->value_fen = value_of(v, &op->redeem.evidence);
        r->vin = op->redeem.evidence.vin;
        r->invoice = op->redeem.evidence.invoice;
    }
    expect_new_car(m, r);
}

static void
take_refund(struct model *m, const struct op *op, int64_t now_s)
{
    struct model_redemption *r = redemption_of(m, &op->target);
    if (r == NULL) return;
    int64_t amount_fen = op->refund.amount_fen;
    expect(m, r->state == REDEMPTION_CAPTURED, "refunded what was not redeemed");
    expect(m, r->refunded_order_fen + amount_fen <= r->order_fen, "refunded above what was paid");
    r->refunded_order_fen += amount_fen;
    r->refunded_value_fen += r->value_fen * amount_fen / r->order_fen;
    if (r->refunded_order_fen < r->order_fen) return;
    r->refunded_value_fen = r->value_fen;
    r->state = REDEMPTION_REFUNDED;
    m->vouchers[r->voucher].is_void = now_s >= m->vouchers[r->voucher].valid_to_s;
}

static void
take_reverse(struct model *m, const struct op *op)
{
    must(m->reversed_count < MODEL_REDEMPTIONS_MAX);
    memcpy(m->reversed[m->reversed_count++], op->out_request_no, sizeof op->out_request_no);
    for (size_t i = 0; i < m->redemption_count; i++) {
        struct model_redemption *r = &m->redemptions[i];
        if (strcmp(r->request_no, op->out_request_no) != 0) continue;
        expect(m, r->state != REDEMPTION_REFUNDED, "reversed what was refunded");
        expect(m, r->refunded_order_fen == 0, "reversed what was refunded in part");
        r->state = REDEMPTION_REVERSED;
    }
}

static void
take_release(struct model *m, const struct op *op)
{
    struct model_redemption *r = redemption_of(m, &op->target);
    if (r == NULL) return;
    expect(m, r->state == REDEMPTION_HELD, "released what was not held");
    r->state = REDEMPTION_RELEASED;
}

static void
take_void(struct model *m, const struct op *op, int64_t now_s)
{
    struct model_voucher *v = voucher_of(m, &op->target);
    if (v == NULL) return;
    expect(m, !is_taken(m, v) && !v->is_void && now_s < v->valid_to_s, "voided what was not live");
    v->is_void = true;
}

void
model_take(struct model *m, const struct op *op, struct view *view, int64_t now_s)
{
    must(op->verdict == VERDICT_OK && !op->replayed);
    switch (op->kind) {
    case OP_CLAIM: take_claim(m, op, now_s); break;
    case OP_REDEEM: take_redeem(m, op, view, now_s); break;
    case OP_CAPTURE: take_capture(m, op, now_s); break;
    case OP_RELEASE: take_release(m, op); break;
    case OP_REFUND: take_refund(m, op, now_s); break;
    case OP_REVERSE: take_reverse(m, op); break;
    case OP_VOID: take_void(m, op, now_s); break;
    case OP_CAMPAIGN_ACT:
        m->paused[campaign_of(m, &op->campaign.campaign)] = op->campaign.act == ACT_PAUSE;
        break;
    default: must(!"an operation that the model does not know");
    }
}

static void
compare_campaign(struct model *m, struct view *view, unsigned campaign)
{
    struct campaign_row row;
    int64_t redeemed_fen = 0, used = 0;
    for (size_t i = 0; i < m->voucher_count; i++) {
        const struct model_voucher *v = &m->vouchers[i];
        struct voucher_row stored = { 0 };
        bool has = v->by > 0 && m->redemptions[v->by - 1].state == REDEMPTION_CAPTURED;
        bool there = view_voucher(view, &v->id, &stored);
        expect(m, there, "a voucher that was given out is gone");
        expect(m, has == (stored.state == VOUCHER_REDEEMED), "a voucher's end is another");
        if (!has || v->campaign != campaign) continue;
        const struct model_redemption *r = &m->redemptions[v->by - 1];
        redeemed_fen += r->value_fen - r->refunded_value_fen;
        used++;
    }
    bool there = view_campaign(view, &m->campaigns[campaign], &row);
    must(there);
    const struct balances *b = &row.balances;
    expect(m, b->live_fen == 0 && b->held_fen == 0, "something is out after the end of time");
    expect(m, b->redeemed_fen == redeemed_fen, "what was redeemed is another sum");
    expect(m, b->available_fen == b->funded_fen - redeemed_fen, "what is left is another sum");
    expect(m, row.pools[0].issued == used && row.pools[0].redeemed == used,
           "the pool counts otherwise");
}

void
model_compare(struct model *m, struct view *view)
{
    for (unsigned i = 0; i < MODEL_CAMPAIGNS; i++) {
        compare_campaign(m, view, i);
    }
}
