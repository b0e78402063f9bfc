/* voucher/rules/redeem.c: refusals in order of precedence; then arithmetic; then nothing fails. */
#include "voucher/rules/redeem.h"

#include "voucher/civil.h"
#include "voucher/torture.h"

#define BIT(fault) (1u << EVIDENCE_FAULT_##fault)

bool
rule_voucher_expired(const struct voucher_row *voucher, int64_t now_s)
{
    must(voucher->valid_to_s > voucher->valid_from_s || voucher->state == VOUCHER_NONE);
    int64_t end_s = voucher->valid_to_s + (torture_mutant("expiry-by-one") ? 1 : 0);
    return voucher->swept || now_s >= end_s;
}

static bool
voucher_is_spent(const struct voucher_row *voucher)
{
    return voucher->state == VOUCHER_REDEEMED && !torture_mutant("redeemed-twice");
}

enum verdict
rule_voucher_usable(const struct voucher_row *voucher, bool resumes_hold, int64_t now_s)
{
    if (voucher->state == VOUCHER_NONE) return VERDICT_VOUCHER_UNKNOWN;
    if (voucher->state == VOUCHER_VOID) return VERDICT_VOUCHER_VOID;
    if (voucher_is_spent(voucher)) return VERDICT_ALREADY_REDEEMED;
    if (voucher->state == VOUCHER_HELD && !resumes_hold) return VERDICT_VOUCHER_HELD;
    bool early = now_s < voucher->valid_from_s && !voucher->swept;
    if (early) return VERDICT_VOUCHER_NOT_YET_VALID;
    if (rule_voucher_expired(voucher, now_s) && !resumes_hold) return VERDICT_VOUCHER_EXPIRED;
    return VERDICT_OK;
}

static bool
label_listed(const struct label *labels, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(labels[i].text, text) == 0) return true;
        if (torture_mutant("case-folded") && strcasecmp(labels[i].text, text) == 0) return true;
    }
    return false;
}

bool
rule_merchant_allowed(const struct campaign_rules *rules, const struct merchant_row *m)
{
    if (rules->kind == CAMPAIGN_CAR && m->kind != MERCHANT_CAR_DEALER) return false;
    if (rules->merchants_mode == MERCHANTS_ALL) return true;
    if (rules->merchants_mode == MERCHANTS_GROUPS) {
        for (size_t i = 0; i < m->group_count; i++) {
            if (label_listed(rules->groups, rules->group_count, m->groups[i].text)) return true;
        }
        return false;
    }
    for (size_t i = 0; i < rules->merchant_count; i++) {
        if (uuid_equal(&rules->merchants[i], &m->id)) return true;
    }
    return false;
}

/* An empty allow list allows all; a named one needs a category that it holds. */
static bool
rule_category_allowed(const struct campaign_rules *rules, const struct order *order)
{
    if (rules->allow_count > 0 &&
        !label_listed(rules->allow, rules->allow_count, order->category)) {
        return false;
    }
    return !label_listed(rules->deny, rules->deny_count, order->category);
}

static bool
rule_hours_open(const struct campaign_rules *rules, int64_t now_s)
{
    if (rules->hours_count == 0) return true;
    for (size_t i = 0; i < rules->hours_count; i++) {
        const struct daily_hours *h = &rules->hours[i];
        if (civil_within_hours(h->from_min, h->to_min, now_s, rules->offset_s)) return true;
    }
    return false;
}

/* The buyer is the claimant: by number, unless that is faulty itself, and by name where known. */
static unsigned
rule_buyer_faults(const struct redeem_facts *f)
{
    const struct evidence *e = f->evidence;
    const unsigned unreadable =
        BIT(ID_SHAPE) | BIT(ID_DATE) | BIT(ID_FUTURE) | BIT(ID_TOO_OLD) | BIT(ID_CHECK);
    bool readable = (e->faults & unreadable) == 0;
    bool other = readable && !uuid_equal(&e->buyer, &f->claimant);
    bool name_known = !digest_is_none(&f->claimant_name);
    bool other_name = name_known && !digest_equal(&e->buyer_name, &f->claimant_name);
    return (other ? BIT(BUYER_OTHER) : 0) | (other_name ? BIT(BUYER_NAME) : 0);
}

/* An invoice names a day, not an hour: the day counts when any of it lies within the window. */
static bool
rule_invoice_in_time(const struct campaign_rules *rules, int64_t day)
{
    const struct window *window = &rules->car.invoice_window;
    return civil_day_begins_at(day + 1, rules->offset_s) > window->from_s &&
           civil_day_begins_at(day, rules->offset_s) < window->to_s;
}

static unsigned
rule_evidence_faults(const struct redeem_facts *f)
{
    const struct evidence *e = f->evidence;
    if (!e->present) return f->hold ? 0 : BIT(MISSING);

    bool date_readable = (e->faults & BIT(INVOICE_DATE)) == 0;
    bool within = rule_invoice_in_time(f->rules, e->invoice_day);
    bool other_energy = f->pool->energy_named && e->energy != f->pool->energy;
    return e->faults | rule_buyer_faults(f) | (date_readable && !within ? BIT(INVOICE_WINDOW) : 0) |
           (other_energy ? BIT(ENERGY_OTHER) : 0);
}

/* The face, or for a car with readable evidence the rate on its invoice, at most the face. */
static int64_t
rule_redeem_value_fen(const struct redeem_facts *f)
{
    const struct evidence *e = f->evidence;
    if (f->rules->kind != CAMPAIGN_CAR || !e->present) return f->voucher->value_fen;
    if (e->faults & BIT(INVOICE_AMOUNT)) return f->voucher->value_fen;
    enum car_energy energy = f->pool->energy_named ? f->pool->energy : e->energy;
    int64_t value_fen = car_rate_value(&f->rules->car.rate, energy, e->invoice_amount_fen);
    return value_fen < f->voucher->value_fen ? value_fen : f->voucher->value_fen;
}

/* No change is given: what is bought must be worth the voucher's face at least. */
static bool
rule_spend_reached(const struct redeem_facts *f, int64_t value_fen)
{
    if (value_fen == 0) return false;
    if (f->order->amount_fen < f->voucher->min_spend_fen) return false;
    return f->rules->kind == CAMPAIGN_CAR || f->order->amount_fen >= f->voucher->value_fen;
}

static enum verdict
rule_redeem_order(const struct redeem_facts *f, int64_t value_fen, int64_t now_s)
{
    if (!rule_category_allowed(f->rules, f->order)) return VERDICT_CATEGORY_NOT_ALLOWED;
    if (!rule_spend_reached(f, value_fen)) return VERDICT_BELOW_MIN_SPEND;
    if (!f->resumes_hold && !rule_hours_open(f->rules, now_s)) return VERDICT_OUTSIDE_HOURS;
    if (f->order_taken) return VERDICT_NOT_STACKABLE;
    return VERDICT_OK;
}

/* Used evidence is looked at only when it is sound. */
static enum verdict
rule_redeem_evidence(const struct redeem_facts *f, struct redeem_finding *out)
{
    if (f->rules->kind != CAMPAIGN_CAR) return VERDICT_OK;
    out->evidence_faults = rule_evidence_faults(f);
    if (out->evidence_faults != 0) return VERDICT_EVIDENCE_INVALID;
    if (f->vin_used) return VERDICT_VIN_ALREADY_USED;
    if (f->invoice_used) return VERDICT_INVOICE_ALREADY_USED;
    if (f->plate_used) return VERDICT_PLATE_ALREADY_USED;
    return VERDICT_OK;
}

enum verdict
rule_redeem(const struct redeem_facts *f, int64_t now_s, struct redeem_finding *out)
{
    must(f->voucher->state == VOUCHER_NONE || f->voucher->value_fen > 0);
    must(f->order == NULL || f->order->amount_fen > 0); /* wire refused anything else */
    *out = (struct redeem_finding){ 0 };

    enum verdict verdict = rule_voucher_usable(f->voucher, f->resumes_hold, now_s);
    if (verdict != VERDICT_OK) return verdict;
    if (!rule_merchant_allowed(f->rules, f->merchant)) return VERDICT_MERCHANT_NOT_ALLOWED;
    if (f->order == NULL) return VERDICT_OK;

    int64_t value_fen = rule_redeem_value_fen(f);
    verdict = rule_redeem_order(f, value_fen, now_s);
    if (verdict != VERDICT_OK) return verdict;
    verdict = rule_redeem_evidence(f, out);
    if (verdict != VERDICT_OK) return verdict;
    out->value_fen = value_fen;
    must(out->value_fen > 0 && out->value_fen <= f->voucher->value_fen);
    return VERDICT_OK;
}
