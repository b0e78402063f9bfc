/* voucher/wire/campaign_write.c: rules → canonical JSON, in the order of the contract. */
#include "voucher/wire/campaign.h"

static const char *const kind_words[] = { "shopping", "car" };
static const char *const issuing_words[] = { "rush", "grant", "reward" };
static const char *const mode_words[] = { "all", "list", "groups" };

const char *
campaign_kind_text(enum campaign_kind kind)
{
    must((unsigned)kind < COUNT_OF(kind_words));
    return kind_words[kind];
}

static void
write_window(struct json_writer *w, const char *key, bool named, const struct window *window,
             int32_t offset_s)
{
    if (!named) {
        json_put_null(w, key);
        return;
    }
    json_put_object(w, key);
    json_put_time(w, "from", window->from_s, offset_s);
    json_put_time(w, "to", window->to_s, offset_s);
    json_write_end_object(w);
}

static void
write_pack(struct json_writer *w, const struct pool_rules *pool)
{
    if (pool->piece_count == 0) {
        json_put_null(w, "pack");
        return;
    }
    json_put_array(w, "pack");
    for (size_t i = 0; i < pool->piece_count; i++) {
        json_write_begin_object(w);
        json_put_int64(w, "value_fen", pool->pieces[i].value_fen);
        json_put_int64(w, "min_spend_fen", pool->pieces[i].min_spend_fen);
        json_put_int64(w, "count", pool->pieces[i].count);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static void
write_pools(struct json_writer *w, const struct campaign_rules *rules)
{
    json_put_array(w, "pools");
    for (size_t i = 0; i < rules->pool_count; i++) {
        const struct pool_rules *pool = &rules->pools[i];
        json_write_begin_object(w);
        json_put_id(w, "pool_id", ID_POOL, &pool->id);
        json_put_string(w, "name", pool->name);
        json_put_int64(w, "value_fen", pool->value_fen);
        json_put_int64(w, "count", pool->count);
        json_put_int64(w, "min_spend_fen", pool->min_spend_fen);
        if (pool->energy_named) {
            json_put_string(w, "energy", pool->energy == CAR_NEV ? "nev" : "fuel");
        }
        write_pack(w, pool);
        json_put_bool(w, "stackable", pool->stackable);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static void
write_labels(struct json_writer *w, const char *key, const struct label *labels, size_t count)
{
    json_put_array(w, key);
    for (size_t i = 0; i < count; i++) {
        json_write_string(w, labels[i].text);
    }
    json_write_end_array(w);
}

static void
write_merchants(struct json_writer *w, const struct campaign_rules *rules)
{
    json_put_object(w, "merchants");
    json_put_string(w, "mode", mode_words[rules->merchants_mode]);
    if (rules->merchants_mode == MERCHANTS_LIST) {
        json_put_array(w, "ids");
        for (size_t i = 0; i < rules->merchant_count; i++) {
            json_write_id(w, ID_MERCHANT, &rules->merchants[i]);
        }
        json_write_end_array(w);
    }
    if (rules->merchants_mode == MERCHANTS_GROUPS) {
        write_labels(w, "groups", rules->groups, rules->group_count);
    }
    json_write_end_object(w);
}

static void
write_use(struct json_writer *w, const struct campaign_rules *rules)
{
    json_put_object(w, "categories");
    write_labels(w, "allow", rules->allow, rules->allow_count);
    write_labels(w, "deny", rules->deny, rules->deny_count);
    json_write_end_object(w);
    json_put_array(w, "daily_hours");
    for (size_t i = 0; i < rules->hours_count; i++) {
        char hour[CIVIL_HOUR_SIZE];
        json_write_begin_object(w);
        civil_write_hour(rules->hours[i].from_min, hour);
        json_put_string(w, "from", hour);
        civil_write_hour(rules->hours[i].to_min, hour);
        json_put_string(w, "to", hour);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static void
write_share(struct json_writer *w, const char *key, const struct car_share *share)
{
    json_put_object(w, key);
    json_put_int64(w, "bp", share->bp);
    json_put_int64(w, "cap_fen", share->cap_fen);
    json_write_end_object(w);
}

static void
write_bands(struct json_writer *w, const struct car_rate *rate)
{
    json_put_array(w, "bands");
    for (size_t i = 0; i < rate->band_count; i++) {
        const struct car_band *band = &rate->bands[i];
        json_write_begin_object(w);
        json_put_int64(w, "from_fen", band->from_fen);
        if (band->to_fen == 0)
            json_put_null(w, "to_fen");
        else
            json_put_int64(w, "to_fen", band->to_fen);
        json_put_int64(w, "fuel_fen", band->fuel_fen);
        json_put_int64(w, "nev_fen", band->nev_fen);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static void
write_car(struct json_writer *w, const struct campaign_rules *rules)
{
    const struct car_rules *car = &rules->car;
    json_put_object(w, "car");
    json_put_string(w, "payout", "pos_deduct");
    json_put_object(w, "rate");
    if (car->rate.type == CAR_RATE_FIXED_BANDS) {
        json_put_string(w, "type", "fixed_bands");
        write_bands(w, &car->rate);
    } else {
        json_put_string(w, "type", "percent_capped");
        write_share(w, "fuel", &car->rate.fuel);
        write_share(w, "nev", &car->rate.nev);
    }
    json_write_end_object(w);
    write_window(w, "invoice_window", true, &car->invoice_window, rules->offset_s);
    write_window(w, "plate_window", car->plate_window_named, &car->plate_window, rules->offset_s);
    json_put_int64(w, "evidence_due_hours", car->evidence_due_hours);
    json_write_end_object(w);
}

static void
write_policies(struct json_writer *w, const struct campaign_rules *rules)
{
    json_put_string(w, "refund_policy",
                    rules->refund_policy == REFUND_RETURN ? "return" : "restore");
    json_put_string(w, "presentation",
                    rules->presentation == PRESENTATION_ROTATING ? "rotating" : "static");
    json_put_string(w, "assurance", rules->assurance == ASSURANCE_OTP ? "otp" : "issuer");
    json_put_object(w, "limits");
    json_put_int64(w, "claims_per_s", rules->claims_per_s);
    json_put_int64(w, "per_resident_per_min", rules->per_resident_per_min);
    json_write_end_object(w);
}

static void
write_eligibility(struct json_writer *w, const struct campaign_rules *rules)
{
    if (!rules->needs_roll) return;
    json_put_object(w, "eligibility");
    json_put_bool(w, "roll", true);
    write_labels(w, "groups", rules->roll_groups, rules->roll_group_count);
    write_labels(w, "grid_cells", rules->roll_cells, rules->roll_cell_count);
    json_write_end_object(w);
}

void
wire_campaign_write(struct json_writer *w, const struct campaign_rules *rules)
{
    json_put_string(w, "name", rules->name);
    json_put_string(w, "kind", campaign_kind_text(rules->kind));
    json_put_int64(w, "budget_fen", rules->budget_fen);
    json_put_string(w, "timezone", rules->timezone);
    json_put_string(w, "issuing", issuing_words[rules->issuing]);
    write_window(w, "claim_window", true, &rules->claim_window, rules->offset_s);
    write_window(w, "use_window", rules->use_window_named, &rules->use_window, rules->offset_s);
    if (rules->valid_days == 0)
        json_put_null(w, "valid_days");
    else
        json_put_int64(w, "valid_days", rules->valid_days);
    json_put_int64(w, "per_person_limit", rules->per_person_limit);
    write_pools(w, rules);
    write_merchants(w, rules);
    write_use(w, rules);
    write_policies(w, rules);
    if (rules->kind == CAMPAIGN_CAR) write_car(w, rules);
    write_eligibility(w, rules);
    if (!rules->reward_named) return;
    json_put_object(w, "reward");
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &rules->reward_campaign);
    json_put_id(w, "pool_id", ID_POOL, &rules->reward_pool);
    json_write_end_object(w);
}
