/* voucher/wire/campaign_read.c: JSON → rules, all faults at once. */
#include "voucher/wire/campaign.h"

#define FEN_MAX INT64_C(100000000000000) /* a trillion yuan: sums cannot overflow */
#define TOKEN_FEN_MAX INT64_C(4294967295) /* a voucher's face is u32 in its token */
#define TOKEN_INSTANT_MAX_S INT64_C(4294967295) /* its times are u32 seconds: until 2106 */
#define MERCHANTS_MAX 4096
#define LABELS_MAX 64
#define CELLS_MAX 4096 /* a district has 3,376 of the finest */

static const char *const kind_words[] = { "shopping", "car" };
static const char *const issuing_words[] = { "rush", "grant", "reward", "draw" };
static const char *const energy_words[] = { "fuel", "nev" };
static const char *const mode_words[] = { "all", "list", "groups" };
static const char *const policy_words[] = { "restore", "return" };
static const char *const presentation_words[] = { "static", "rotating" };
static const char *const assurance_words[] = { "otp", "issuer" };
static const char *const payout_words[] = { "pos_deduct" };
static const char *const rate_words[] = { "fixed_bands", "percent_capped" };

#define WORDS(presence, words) ((struct json_words){ presence, COUNT_OF(words), words })
#define FEN(presence, least) ((struct json_integers){ presence, least, FEN_MAX })
#define COUNT(presence, most) ((struct json_integers){ presence, 1, most })

static void
read_window(struct json_reader *r, const char *key, enum json_presence presence, bool *named,
            struct window *out)
{
    struct json_reader w;
    if (!json_member_object(r, key, presence, &w)) return;
    *named = true;
    bool from = json_member_time(&w, "from", JSON_REQUIRED, &out->from_s);
    bool to = json_member_time(&w, "to", JSON_REQUIRED, &out->to_s);
    if (from && to && out->from_s >= out->to_s) json_member_flaw(&w, "to", FLAW_WINDOW_REVERSED);
    json_reader_finish(&w);
}

static void
read_piece(const struct json_array *pack, size_t i, struct pool_rules *pool)
{
    struct json_reader r;
    struct pack_piece *piece = &pool->pieces[i];
    if (!json_element_object(pack, i, &r)) return;
    json_member_int64(&r, "value_fen", (struct json_integers){ JSON_REQUIRED, 1, TOKEN_FEN_MAX },
                      &piece->value_fen);
    json_member_int64(&r, "min_spend_fen", FEN(JSON_OPTIONAL, 0), &piece->min_spend_fen);
    piece->count = 1;
    json_member_int64(&r, "count", COUNT(JSON_OPTIONAL, PACK_VOUCHERS_MAX), &piece->count);
    json_reader_finish(&r);
}

/* The pieces add up to the pool's value, and to no more vouchers than one claim gives. */
static void
read_pack(struct json_reader *r, struct pool_rules *pool)
{
    struct json_array pack;
    struct json_counts rule = { JSON_NULLABLE, 1, PACK_PIECES_MAX };
    if (!json_member_array(r, "pack", rule, &pack)) return;
    int64_t sum_fen = 0, vouchers = 0;
    pool->piece_count = pack.count;
    for (size_t i = 0; i < pack.count; i++) {
        read_piece(&pack, i, pool);
        sum_fen += pool->pieces[i].value_fen * pool->pieces[i].count;
        vouchers += pool->pieces[i].count;
    }
    if (sum_fen != pool->value_fen) json_member_flaw(r, "pack", FLAW_SUM_MISMATCH);
    if (vouchers > PACK_VOUCHERS_MAX) json_member_flaw(r, "pack", FLAW_TOO_MANY);
}

/* A pool is known by its name, and by its id once it has one. */
static void
read_pool_repeats(struct json_reader *r, const struct campaign_rules *out, size_t i)
{
    const struct pool_rules *pool = &out->pools[i];
    for (size_t k = 0; k < i; k++) {
        bool same_name = strcmp(out->pools[k].name, pool->name) == 0 && pool->name[0] != '\0';
        bool same_id = !uuid_is_none(&pool->id) && uuid_equal(&out->pools[k].id, &pool->id);
        if (same_name) json_member_flaw(r, "name", FLAW_REPEATED);
        if (same_id) json_member_flaw(r, "pool_id", FLAW_REPEATED);
    }
}

static void
read_pool(const struct json_array *pools, size_t i, struct campaign_rules *out)
{
    struct json_reader r;
    struct pool_rules *pool = &out->pools[i];
    size_t energy = 0;
    if (!json_element_object(pools, i, &r)) return;
    json_member_id(&r, "pool_id", ID_POOL, JSON_OPTIONAL, &pool->id);
    json_member_copy(&r, "name", (struct json_texts){ JSON_REQUIRED, 1, 192, NULL }, pool->name);
    json_member_int64(&r, "value_fen", (struct json_integers){ JSON_REQUIRED, 1, TOKEN_FEN_MAX },
                      &pool->value_fen);
    json_member_int64(&r, "count", COUNT(JSON_REQUIRED, 1000000000), &pool->count);
    json_member_int64(&r, "min_spend_fen", FEN(JSON_OPTIONAL, 0), &pool->min_spend_fen);
    pool->energy_named =
        json_member_word(&r, "energy", WORDS(JSON_NULLABLE, energy_words), &energy);
    pool->energy = (enum car_energy)energy;
    if (pool->energy_named && out->kind != CAMPAIGN_CAR) {
        json_member_flaw(&r, "energy", FLAW_NOT_ALLOWED_HERE);
    }
    read_pack(&r, pool);
    if (pool->piece_count > 0 && out->kind == CAMPAIGN_CAR) {
        json_member_flaw(&r, "pack", FLAW_NOT_ALLOWED_HERE); /* a tier is one voucher */
    }
    json_member_bool(&r, "stackable", JSON_OPTIONAL, &pool->stackable);
    read_pool_repeats(&r, out, i);
    json_reader_finish(&r);
}

/* Σ value × count ≤ budget. */
static void
read_pools(struct json_reader *r, struct campaign_rules *out)
{
    struct json_array pools;
    struct json_counts rule = { JSON_REQUIRED, 1, CAMPAIGN_POOLS_MAX };
    int64_t sum_fen = 0;
    if (!json_member_array(r, "pools", rule, &pools)) return;
    bool fits = true;
    out->pool_count = pools.count;
    for (size_t i = 0; i < pools.count; i++) {
        int64_t pool_fen = 0;
        read_pool(&pools, i, out);
        fits = fits && fen_multiply(out->pools[i].value_fen, out->pools[i].count, &pool_fen);
        fits = fits && fen_add(sum_fen, pool_fen, &sum_fen);
    }
    if (!fits || sum_fen > out->budget_fen) json_member_flaw(r, "pools", FLAW_OVER_BUDGET);
}

static bool
label_is_sound(struct text text)
{
    return memchr(text.at, '\n', text.size) == NULL;
}

static void
read_labels_up_to(struct json_reader *r, const char *key, size_t most, size_t *count,
                  struct label **labels)
{
    struct json_array array;
    struct json_counts rule = { JSON_OPTIONAL, 0, most };
    struct json_texts text_rule = { JSON_REQUIRED, 1, LABEL_BYTES_MAX, label_is_sound };
    if (!json_member_array(r, key, rule, &array) || array.count == 0) return;
    *labels = calloc(array.count, sizeof **labels);
    if (*labels == NULL) {
        *count = array.count; /* seen by rules_lack_memory */
        return;
    }
    for (size_t i = 0; i < array.count; i++) {
        struct text text;
        if (!json_element_text(&array, i, text_rule, &text)) continue;
        memcpy((*labels)[(*count)++].text, text.at, text.size);
    }
}

static void
read_labels(struct json_reader *r, const char *key, size_t *count, struct label **labels)
{
    read_labels_up_to(r, key, LABELS_MAX, count, labels);
}

/* A roll matters only to a campaign that asks for one. */
static void
read_eligibility(struct json_reader *r, struct campaign_rules *out)
{
    struct json_reader e;
    if (!json_member_object(r, "eligibility", JSON_NULLABLE, &e)) return;
    json_member_bool(&e, "roll", JSON_REQUIRED, &out->needs_roll);
    read_labels(&e, "groups", &out->roll_group_count, &out->roll_groups);
    read_labels_up_to(&e, "grid_cells", CELLS_MAX, &out->roll_cell_count, &out->roll_cells);
    if (!out->needs_roll) {
        if (out->roll_group_count > 0) json_member_flaw(&e, "groups", FLAW_NOT_ALLOWED_HERE);
        if (out->roll_cell_count > 0) json_member_flaw(&e, "grid_cells", FLAW_NOT_ALLOWED_HERE);
    }
    json_reader_finish(&e);
}

static void
read_merchant_ids(struct json_reader *r, struct campaign_rules *out)
{
    struct json_array ids;
    struct json_counts rule = { JSON_OPTIONAL, 0, MERCHANTS_MAX };
    if (!json_member_array(r, "ids", rule, &ids) || ids.count == 0) return;
    out->merchants = calloc(ids.count, sizeof *out->merchants);
    if (out->merchants == NULL) {
        out->merchant_count = ids.count; /* seen by rules_lack_memory */
        return;
    }
    for (size_t i = 0; i < ids.count; i++) {
        if (!json_element_id(&ids, i, ID_MERCHANT, &out->merchants[out->merchant_count])) continue;
        out->merchant_count++;
    }
}

static void
read_merchants(struct json_reader *r, struct campaign_rules *out)
{
    struct json_reader m;
    size_t mode = MERCHANTS_ALL;
    if (!json_member_object(r, "merchants", JSON_OPTIONAL, &m)) return;
    json_member_word(&m, "mode", WORDS(JSON_REQUIRED, mode_words), &mode);
    out->merchants_mode = (enum merchants_mode)mode;
    read_merchant_ids(&m, out);
    read_labels(&m, "groups", &out->group_count, &out->groups);
    bool list_empty = mode == MERCHANTS_LIST && out->merchant_count == 0;
    bool groups_empty = mode == MERCHANTS_GROUPS && out->group_count == 0;
    if (list_empty) json_member_flaw(&m, "ids", FLAW_NEEDED_HERE);
    if (groups_empty) json_member_flaw(&m, "groups", FLAW_NEEDED_HERE);
    json_reader_finish(&m);
}

static void
read_categories(struct json_reader *r, struct campaign_rules *out)
{
    struct json_reader c;
    if (!json_member_object(r, "categories", JSON_NULLABLE, &c)) return;
    read_labels(&c, "allow", &out->allow_count, &out->allow);
    read_labels(&c, "deny", &out->deny_count, &out->deny);
    json_reader_finish(&c);
}

static void
read_hours(struct json_reader *r, struct campaign_rules *out)
{
    struct json_array hours;
    struct json_counts rule = { JSON_NULLABLE, 0, CAMPAIGN_HOURS_MAX };
    if (!json_member_array(r, "daily_hours", rule, &hours)) return;
    out->hours_count = hours.count;
    for (size_t i = 0; i < hours.count; i++) {
        struct json_reader h;
        if (!json_element_object(&hours, i, &h)) continue;
        json_member_hour(&h, "from", &out->hours[i].from_min);
        json_member_hour(&h, "to", &out->hours[i].to_min);
        json_reader_finish(&h);
    }
}

static void
read_limits(struct json_reader *r, struct campaign_rules *out)
{
    struct json_reader l;
    out->claims_per_s = 20000;
    out->per_resident_per_min = 6;
    if (!json_member_object(r, "limits", JSON_OPTIONAL, &l)) return;
    json_member_int64(&l, "claims_per_s", COUNT(JSON_OPTIONAL, 10000000), &out->claims_per_s);
    json_member_int64(&l, "per_resident_per_min", COUNT(JSON_OPTIONAL, 6000),
                      &out->per_resident_per_min);
    json_reader_finish(&l);
}

static void
read_band(const struct json_array *bands, size_t i, struct car_band *band)
{
    struct json_reader b;
    if (!json_element_object(bands, i, &b)) return;
    json_member_int64(&b, "from_fen", FEN(JSON_REQUIRED, 0), &band->from_fen);
    json_member_int64(&b, "to_fen", FEN(JSON_NULLABLE, 1), &band->to_fen);
    json_member_int64(&b, "fuel_fen", FEN(JSON_REQUIRED, 0), &band->fuel_fen);
    json_member_int64(&b, "nev_fen", FEN(JSON_REQUIRED, 0), &band->nev_fen);
    json_reader_finish(&b);
}

static void
read_share(struct json_reader *r, const char *key, struct car_share *share)
{
    struct json_reader s;
    if (!json_member_object(r, key, JSON_REQUIRED, &s)) return;
    json_member_int64(&s, "bp", (struct json_integers){ JSON_REQUIRED, 0, BASIS_POINTS_WHOLE },
                      &share->bp);
    json_member_int64(&s, "cap_fen", FEN(JSON_REQUIRED, 0), &share->cap_fen);
    json_reader_finish(&s);
}

static void
read_rate(struct json_reader *car, struct car_rate *rate)
{
    struct json_reader r;
    struct json_array bands;
    struct json_counts rule = { JSON_REQUIRED, 1, CAR_BANDS_MAX };
    size_t type = 0;
    if (!json_member_object(car, "rate", JSON_REQUIRED, &r)) return;
    if (!json_member_word(&r, "type", WORDS(JSON_REQUIRED, rate_words), &type)) return;
    rate->type = (enum car_rate_type)type;
    if (rate->type == CAR_RATE_FIXED_BANDS && json_member_array(&r, "bands", rule, &bands)) {
        rate->band_count = bands.count;
        for (size_t i = 0; i < bands.count; i++) {
            read_band(&bands, i, &rate->bands[i]);
        }
    }
    if (rate->type == CAR_RATE_PERCENT_CAPPED) {
        read_share(&r, "fuel", &rate->fuel);
        read_share(&r, "nev", &rate->nev);
    }
    json_reader_finish(&r);
    struct pointer base = { 0 };
    pointer_push_key(&base, TEXT("car"));
    pointer_push_key(&base, TEXT("rate"));
    if (faults_verdict(r.faults) == VERDICT_OK) (void)car_rate_check(rate, &base, r.faults);
}

static void
read_car(struct json_reader *r, struct campaign_rules *out)
{
    struct json_reader c;
    bool named = false;
    size_t payout = 0;
    bool is_car = out->kind == CAMPAIGN_CAR;
    if (!json_member_object(r, "car", is_car ? JSON_REQUIRED : JSON_NULLABLE, &c)) return;
    if (!is_car) json_member_flaw(r, "car", FLAW_NOT_ALLOWED_HERE);
    json_member_word(&c, "payout", WORDS(JSON_OPTIONAL, payout_words), &payout);
    read_rate(&c, &out->car.rate);
    read_window(&c, "invoice_window", JSON_REQUIRED, &named, &out->car.invoice_window);
    read_window(&c, "plate_window", JSON_NULLABLE, &out->car.plate_window_named,
                &out->car.plate_window);
    out->car.evidence_due_hours = 72;
    json_member_int64(&c, "evidence_due_hours", COUNT(JSON_OPTIONAL, 8760),
                      &out->car.evidence_due_hours);
    json_reader_finish(&c);
}

static void
read_reward(struct json_reader *r, struct campaign_rules *out)
{
    struct json_reader w;
    if (!json_member_object(r, "reward", JSON_NULLABLE, &w)) return;
    out->reward_named = true;
    if (out->kind != CAMPAIGN_CAR) json_member_flaw(r, "reward", FLAW_NOT_ALLOWED_HERE);
    json_member_id(&w, "campaign_id", ID_CAMPAIGN, JSON_REQUIRED, &out->reward_campaign);
    json_member_id(&w, "pool_id", ID_POOL, JSON_REQUIRED, &out->reward_pool);
    json_reader_finish(&w);
}

/* The token must be able to say from when to when; a claim on the last day counts its days. */
static void
read_token_times(struct json_reader *r, const struct campaign_rules *out)
{
    bool beyond = out->use_window_named &&
                  (out->use_window.from_s < 0 || out->use_window.to_s > TOKEN_INSTANT_MAX_S);
    if (beyond) json_member_flaw(r, "use_window", FLAW_OUT_OF_RANGE);
    if (out->use_window_named || out->valid_days == 0) return;
    int64_t last_s = out->claim_window.to_s + (out->valid_days + 1) * CIVIL_DAY_S;
    if (out->claim_window.from_s < 0 || last_s > TOKEN_INSTANT_MAX_S) {
        json_member_flaw(r, "claim_window", FLAW_OUT_OF_RANGE);
    }
}

/* A voucher needs an end: a window, or a number of days, or both (then the earlier counts). */
static void
read_validity(struct json_reader *r, struct campaign_rules *out)
{
    bool named = false;
    struct json_integers days = { JSON_NULLABLE, 1, 3650 };
    read_window(r, "claim_window", JSON_REQUIRED, &named, &out->claim_window);
    read_window(r, "use_window", JSON_NULLABLE, &out->use_window_named, &out->use_window);
    bool counted = json_member_int64(r, "valid_days", days, &out->valid_days);
    if (!counted && !out->use_window_named && !json_member_present(r, "valid_days")) {
        json_member_flaw(r, "use_window", FLAW_NEEDED_HERE);
    }
    bool before = named && out->use_window_named && out->use_window.to_s != 0 &&
                  out->use_window.to_s <= out->claim_window.from_s;
    if (before) json_member_flaw(r, "use_window", FLAW_WINDOW_REVERSED);
    read_token_times(r, out);
}

static void
read_zone(struct json_reader *r, struct campaign_rules *out)
{
    memcpy(out->timezone, "Asia/Shanghai", sizeof "Asia/Shanghai");
    json_member_copy(r, "timezone", (struct json_texts){ JSON_OPTIONAL, 1, 39, NULL },
                     out->timezone);
    if (!civil_zone_offset(text_of(out->timezone), &out->offset_s)) {
        json_member_flaw(r, "timezone", FLAW_UNKNOWN_ZONE);
    }
}

static void
read_words(struct json_reader *r, struct campaign_rules *out)
{
    size_t issuing = 0, policy = 0, presentation = 0, assurance = ASSURANCE_ISSUER;
    json_member_word(r, "issuing", WORDS(JSON_OPTIONAL, issuing_words), &issuing);
    json_member_word(r, "refund_policy", WORDS(JSON_OPTIONAL, policy_words), &policy);
    json_member_word(r, "presentation", WORDS(JSON_OPTIONAL, presentation_words), &presentation);
    json_member_word(r, "assurance", WORDS(JSON_OPTIONAL, assurance_words), &assurance);
    if (issuing > ISSUING_REWARD) json_member_flaw(r, "issuing", FLAW_NOT_ALLOWED_HERE);
    out->issuing = (enum issuing)issuing;
    out->refund_policy = (enum refund_policy)policy;
    out->presentation = (enum presentation)presentation;
    out->assurance = (enum assurance)assurance;
}

/* What a GET shows beside the definition may come back. */
static void
read_shown(struct json_reader *r)
{
    static const char *const shown[] = { "campaign_id", "number",     "state",     "rule_version",
                                         "pending",     "created_at", "funded_fen" };
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        (void)json_member_present(r, shown[i]);
    }
}

/* A list without its memory must not read as an empty one: that would allow everything. */
static bool
rules_lack_memory(const struct campaign_rules *rules)
{
    const struct {
        size_t count;
        const void *at;
    } lists[] = {
        { rules->merchant_count, rules->merchants },
        { rules->group_count, rules->groups },
        { rules->allow_count, rules->allow },
        { rules->deny_count, rules->deny },
        { rules->roll_group_count, rules->roll_groups },
        { rules->roll_cell_count, rules->roll_cells },
    };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (lists[i].count > 0 && lists[i].at == NULL) return true;
    }
    return false;
}

enum fault
wire_campaign_read(struct json_reader *r, struct campaign_rules **out_rules)
{
    struct campaign_rules *out = calloc(1, sizeof *out);
    size_t kind = 0;
    *out_rules = out;
    if (out == NULL) return FAULT_MEMORY;
    json_member_copy(r, "name", (struct json_texts){ JSON_REQUIRED, 1, 192, NULL }, out->name);
    json_member_word(r, "kind", WORDS(JSON_REQUIRED, kind_words), &kind);
    out->kind = (enum campaign_kind)kind;
    json_member_int64(r, "budget_fen", FEN(JSON_REQUIRED, 1), &out->budget_fen);
    read_zone(r, out);
    read_words(r, out);
    read_validity(r, out);
    out->per_person_limit = 1;
    json_member_int64(r, "per_person_limit", COUNT(JSON_OPTIONAL, 60), &out->per_person_limit);
    read_pools(r, out);
    read_merchants(r, out);
    read_categories(r, out);
    read_hours(r, out);
    read_limits(r, out);
    read_car(r, out);
    read_reward(r, out);
    read_eligibility(r, out);
    read_shown(r);
    return rules_lack_memory(out) ? FAULT_MEMORY : FAULT_NONE;
}

enum fault
wire_campaign_parse(struct text json, struct campaign_rules **out)
{
    struct json_document *d = NULL;
    struct json_reader r;
    struct faults faults = { 0 };
    *out = NULL;
    enum fault fault = json_document_open(&d, json, JSON_TOP_OBJECT);
    if (fault != FAULT_NONE) return fault == FAULT_MEMORY ? fault : FAULT_CORRUPT;
    if (json_reader_start(&r, d, &faults)) fault = wire_campaign_read(&r, out);
    if (fault == FAULT_NONE && faults_verdict(&faults) != VERDICT_OK) fault = FAULT_CORRUPT;
    if (fault != FAULT_NONE) {
        campaign_rules_free(*out);
        *out = NULL;
    }
    json_document_close(d);
    return fault;
}

void
campaign_rules_free(struct campaign_rules *rules)
{
    if (rules == NULL) return;
    free(rules->merchants);
    free(rules->groups);
    free(rules->allow);
    free(rules->deny);
    free(rules->roll_groups);
    free(rules->roll_cells);
    free(rules);
}
