/* tests/test_book_walk.c: random operations on two campaigns, shopping with packs and cars with
 * rewards; the money is held against the vouchers every hundred steps. The seed is printed; another
 * one may be given as the only argument. */
#include "tests/rows.h"
#include "tests/support_book.h"

#define STEPS 3000
#define CHECK_EVERY 100
#define VOUCHERS_MAX 4096
#define REDEMPTIONS_MAX 2048
#define PEOPLE 40

#define CLAIMS \
    "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-09-22T00:00:00+08:00'},"
#define SHOP                                                                                   \
    "{'name':'n','kind':'shopping','budget_fen':400000," CLAIMS "'valid_days':2,"              \
    "'per_person_limit':20,'pools':[{'name':'a','value_fen':700,'count':90,'stackable':true}," \
    "{'name':'p','value_fen':5000,'count':30,'pack':["                                         \
    "{'value_fen':1000,'count':3},{'value_fen':2000,'count':1}]}]}"
#define REWARD                                                                   \
    "{'name':'r','kind':'shopping','budget_fen':90000," CLAIMS "'valid_days':1," \
    "'refund_policy':'return','per_person_limit':9,'issuing':'reward',"          \
    "'pools':[{'name':'p','value_fen':900,'count':50,'pack':[{'value_fen':300,'count':3}]}]}"
#define CAR                                                                                   \
    "{'name':'c','kind':'car','budget_fen':30000000," CLAIMS "'valid_days':3,"                \
    "'per_person_limit':30,'reward':{'campaign_id':'%s','pool_id':'%s'},"                     \
    "'pools':[{'name':'f','value_fen':300000,'count':60,'energy':'fuel'}],'car':{"            \
    "'invoice_window':{'from':'2026-06-19T00:00:00+08:00','to':'2026-07-22T00:00:00+08:00'}," \
    "'rate':{'type':'percent_capped','fuel':{'bp':600,'cap_fen':300000},"                     \
    "'nev':{'bp':800,'cap_fen':300000}}}}"

struct walk {
    struct bench b;
    uint64_t dice;
    struct uuid shop, car, reward;
    size_t voucher_count, redemption_count;
    struct {
        struct uuid id;
        bool car;
        unsigned owner;
    } vouchers[VOUCHERS_MAX];
    struct redemption_row redemptions[REDEMPTIONS_MAX];
    unsigned granted[OP_KIND_COUNT], refused[OP_KIND_COUNT];
};

static uint64_t
roll(struct walk *w, uint64_t sides)
{
    w->dice = w->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->dice >> 33) % sides;
}

static void
walk_claim(struct walk *w)
{
    bool car = roll(w, 4) == 0;
    unsigned who = (unsigned)roll(w, PEOPLE);
    if (bench_claim(&w->b, car ? &w->car : &w->shop, car ? 0 : roll(w, 2), who) != VERDICT_OK) {
        return;
    }
    const struct claim_result *made = &w->b.op.claimed;
    for (int64_t i = 0; i < made->claim.voucher_count && w->voucher_count < VOUCHERS_MAX; i++) {
        w->vouchers[w->voucher_count].id = made->vouchers[i].id;
        w->vouchers[w->voucher_count].car = car;
        w->vouchers[w->voucher_count++].owner = who;
    }
}

/* Mostly one of the last few, sometimes any. */
static size_t
roll_recent(struct walk *w, size_t count, size_t few)
{
    if (roll(w, 4) == 0) return roll(w, count);
    return count - 1 - roll(w, count < few ? count : few);
}

/* What a till tries; evidence now and then of a used car. */
static void
walk_redeem(struct walk *w)
{
    if (w->voucher_count == 0) return;
    size_t at = roll_recent(w, w->voucher_count, 60);
    bool car = w->vouchers[at].car;
    enum bench_till till = car ? TILL_DEALER : (enum bench_till)roll(w, 3);
    struct op *op =
        bench_redeem_begin(&w->b, till, &w->vouchers[at].id, 1 + (int64_t)roll(w, 9000));
    if (roll(w, 3) == 0) (void)snprintf(op->redeem.order.order_no, 8, "o-%u", (unsigned)roll(w, 9));
    op->redeem.hold = roll(w, 3) == 0;
    if (car && roll(w, 4) > 0) {
        op->redeem.evidence = bench_evidence(w->vouchers[at].owner, (unsigned)roll(w, 120),
                                             1 + (int64_t)roll(w, 6000000));
    }
    if (bench_redeem_run(&w->b) != VERDICT_OK) return;
    bool again = w->b.op.replayed || w->redemption_count == REDEMPTIONS_MAX;
    if (!again) w->redemptions[w->redemption_count++] = w->b.redemption;
}

static enum bench_till
till_of(const struct walk *w, const struct redemption_row *row)
{
    for (unsigned i = 0; i < TILL_COUNT; i++) {
        if (uuid_equal(&w->b.tills[i].id, &row->terminal)) return (enum bench_till)i;
    }
    fail_msg("a redemption of no till");
    return TILL_COUNT;
}

static void
walk_follow(struct walk *w)
{
    static const enum op_kind kinds[] = { OP_CAPTURE, OP_CAPTURE, OP_RELEASE,
                                          OP_REFUND,  OP_REFUND,  OP_REVERSE };
    enum op_kind kind = kinds[roll(w, COUNT_OF(kinds))];
    if (w->redemption_count == 0) return;
    const struct redemption_row *row = &w->redemptions[roll_recent(w, w->redemption_count, 8)];
    enum bench_till till = till_of(w, row);
    w->b.redemption = *row;
    if (kind == OP_REVERSE) {
        (void)bench_reverse(&w->b, till, row->out_request_no);
        return;
    }
    struct op *op = bench_follow_begin(&w->b, kind, till);
    if (kind == OP_REFUND) {
        op->refund.amount_fen =
            roll(w, 2) == 0 ? row->order_amount_fen : 1 + (int64_t)roll(w, 3000);
    }
    bool proven = kind == OP_CAPTURE && till == TILL_DEALER && roll(w, 2) == 0;
    if (proven) {
        op->redeem.evidence = bench_evidence((unsigned)roll(w, PEOPLE), (unsigned)roll(w, 120),
                                             1 + (int64_t)roll(w, 6000000));
    }
    (void)bench_run(&w->b);
}

static void
walk_admin(struct walk *w)
{
    struct uuid change;
    const struct uuid *campaigns[] = { &w->shop, &w->car, &w->reward };
    const struct uuid *id = campaigns[roll(w, 3)];
    int64_t funded_fen = bench_money(&w->b, id).funded_fen;
    int64_t target_fen = funded_fen * (int64_t)(80 + roll(w, 45)) / 100;
    switch (roll(w, 4)) {
    case 0: (void)bench_act(&w->b, id, ACT_PAUSE, ADMIN_AUTHOR); return;
    case 1: (void)bench_act(&w->b, id, ACT_RESUME, ADMIN_AUTHOR); return;
    case 2:
        if (w->voucher_count == 0) return;
        (void)bench_void(&w->b, &w->vouchers[roll(w, w->voucher_count)].id);
        return;
    default: break;
    }
    if (bench_budget(&w->b, id, funded_fen, target_fen, &change) != VERDICT_OK) return;
    (void)bench_budget_judge(&w->b, &change, true, (enum bench_admin)roll(w, 2));
}

static void
walk_step(struct walk *w)
{
    uint64_t side = roll(w, 100);
    if (side < 30)
        walk_claim(w);
    else if (side < 58)
        walk_redeem(w);
    else if (side < 86)
        walk_follow(w);
    else if (side < 91)
        walk_admin(w);
    else if (side < 95)
        (void)bench_sweep(&w->b);
    else if (side < 97)
        (void)bench_again(&w->b);
    else
        w->b.now_s += (int64_t)roll(w, side == 99 ? 6 * 3600 : 300);
    if (w->b.op.verdict == VERDICT_OK)
        w->granted[w->b.op.kind]++;
    else
        w->refused[w->b.op.kind]++;
}

static void
walk_begin(struct walk *w)
{
    char definition[2048], campaign[ID_TEXT_SIZE], pool[ID_TEXT_SIZE];
    bench_open(&w->b);
    w->shop = bench_campaign(&w->b, SHOP);
    w->reward = bench_campaign(&w->b, REWARD);
    struct uuid first = bench_row(&w->b, &w->reward).pools[0].id;
    (void)id_write(ID_CAMPAIGN, &w->reward, campaign);
    (void)id_write(ID_POOL, &first, pool);
    (void)snprintf(definition, sizeof definition, CAR, campaign, pool);
    w->car = bench_campaign(&w->b, definition);
}

/* Each kind of operation was both granted and refused: the walk went somewhere. */
static void
walk_went_far(const struct walk *w)
{
    static const enum op_kind kinds[] = { OP_CLAIM,  OP_REDEEM,  OP_CAPTURE, OP_RELEASE,
                                          OP_REFUND, OP_REVERSE, OP_VOID,    OP_BUDGET_JUDGE };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        print_message("%-14s granted %4u refused %4u\n", op_kind_text(kinds[i]),
                      w->granted[kinds[i]], w->refused[kinds[i]]);
        assert_true(w->granted[kinds[i]] > 0 && w->refused[kinds[i]] > 0);
    }
}

static void
test_random_walk(void **state)
{
    struct walk *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->dice = *(const uint64_t *)*state;
    print_message("seed %llu\n", (unsigned long long)w->dice);
    walk_begin(w);
    for (int step = 1; step <= STEPS; step++) {
        walk_step(w);
        if (step % CHECK_EVERY != 0) continue;
        bench_check(&w->b);
        if (step % (CHECK_EVERY * 10) == 0) bench_reopen(&w->b);
        row_passed();
    }
    walk_went_far(w);
    w->b.now_s += 90 * BENCH_DAY; /* everything ends: nothing is live or held any more */
    while (bench_sweep(&w->b) > 0) {}
    const struct uuid *campaigns[] = { &w->shop, &w->car, &w->reward };
    for (size_t i = 0; i < COUNT_OF(campaigns); i++) {
        struct balances m = bench_money(&w->b, campaigns[i]);
        assert_int_equal(m.live_fen + m.held_fen, 0);
    }
    bench_close(&w->b);
    free(w);
}

int
main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260619;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_random_walk, &seed),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
