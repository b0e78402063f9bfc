/* voucher/wire/reply.c: answers of operations; kept under their keys, so their layout is fixed. */
#include "voucher/wire/reply.h"

#include "voucher/mask.h"
#include "voucher/rules/claim.h"
#include "voucher/rules/lifecycle.h"
#include "voucher/rules/redeem.h"

void
wire_write_job(struct json_writer *w, const struct wire_job *job)
{
    json_write_begin_object(w);
    json_put_id(w, "job_id", ID_JOB, &job->id);
    json_put_string(w, "state", "done");
    json_put_int64(w, "rows_total", job->rows_total);
    json_put_int64(w, "rows_ok", job->rows_ok);
    json_put_int64(w, "rows_failed", job->rows_total - job->rows_ok);
    json_put_array(w, "failures");
    for (int64_t i = 0; i < job->rows_total; i++) {
        if (job->refused[i] == VERDICT_OK) continue;
        json_write_begin_object(w);
        json_put_int64(w, "row", i + 1);
        json_put_string(w, "code", verdict_code(job->refused[i]));
        json_write_end_object(w);
    }
    json_write_end_array(w);
    json_write_end_object(w);
}

const char *
redemption_state_text(enum redemption_state state)
{
    static const char *const texts[] = {
        [REDEMPTION_HELD] = "held",         [REDEMPTION_CAPTURED] = "captured",
        [REDEMPTION_RELEASED] = "released", [REDEMPTION_REVERSED] = "reversed",
        [REDEMPTION_REFUNDED] = "refunded",
    };
    must((unsigned)state < COUNT_OF(texts) && texts[state] != NULL);
    return texts[state];
}

const char *
voucher_state_text(const struct voucher_row *row, int64_t now_s)
{
    switch (row->state) {
    case VOUCHER_LIVE: return rule_voucher_expired(row, now_s) ? "expired" : "live";
    case VOUCHER_HELD: return "held";
    case VOUCHER_REDEEMED: return "redeemed";
    case VOUCHER_VOID: return "void";
    case VOUCHER_NONE: break;
    }
    must(!"a voucher without a state");
    return NULL;
}

static void
write_reward(struct json_writer *w, const struct claim_result *reward, int32_t offset_s)
{
    json_put_object(w, "reward");
    json_put_id(w, "claim_id", ID_CLAIM, &reward->claim.id);
    json_put_array(w, "vouchers");
    for (int64_t i = 0; i < reward->claim.voucher_count; i++) {
        const struct voucher_row *v = &reward->vouchers[i];
        json_write_begin_object(w);
        json_put_id(w, "voucher_id", ID_VOUCHER, &v->id);
        json_put_int64(w, "value_fen", v->value_fen);
        json_put_int64(w, "min_spend_fen", v->min_spend_fen);
        json_put_time(w, "valid_from", v->valid_from_s, offset_s);
        json_put_time(w, "valid_to", v->valid_to_s, offset_s);
        json_write_end_object(w);
    }
    json_write_end_array(w);
    json_write_end_object(w);
}

static void
write_redemption_members(struct json_writer *w, const struct redemption_row *row,
                         const struct claim_result *reward, int32_t offset_s)
{
    int64_t payable_fen = row->order_amount_fen - row->value_fen;
    json_put_id(w, "redemption_id", ID_REDEMPTION, &row->id);
    json_put_string(w, "out_request_no", row->out_request_no);
    json_put_string(w, "state", redemption_state_text(row->state));
    if (!uuid_is_none(&row->voucher)) json_put_id(w, "voucher_id", ID_VOUCHER, &row->voucher);
    json_put_int64(w, "value_fen", row->value_fen);
    json_put_int64(w, "payable_fen", payable_fen > 0 ? payable_fen : 0);
    json_put_time(w, "redeemed_at", row->redeemed_at_s, offset_s);
    if (row->state == REDEMPTION_HELD) {
        json_put_time(w, "hold_expires_at", row->hold_expires_at_s, offset_s);
    }
    if (row->refunded_order_fen > 0) {
        json_put_int64(w, "refunded_amount_fen", row->refunded_order_fen);
        json_put_int64(w, "refunded_value_fen", row->refunded_value_fen);
    }
    if (reward != NULL) write_reward(w, reward, offset_s);
    if (row->imported_vin_warning) {
        struct faults warning = { 0 };
        struct pointer vin = { 0 };
        pointer_push_key(&vin, TEXT("evidence"));
        pointer_push_key(&vin, TEXT("vin"));
        faults_add(&warning, FLAW_VIN_CHECK_IMPORTED, &vin);
        json_write_key(w, "warnings");
        json_write_warnings(w, &warning, LANGUAGE_ZH);
    }
}

void
wire_write_redemption(struct json_writer *w, const struct redemption_row *row,
                      const struct claim_result *reward, int32_t offset_s)
{
    json_write_begin_object(w);
    write_redemption_members(w, row, reward, offset_s);
    json_write_end_object(w);
}

void
wire_write_journal_of_till(struct json_writer *w, const struct redemption_row *row,
                           int32_t offset_s)
{
    json_write_begin_object(w);
    write_redemption_members(w, row, NULL, offset_s);
    if (row->order_amount_fen > 0) {
        json_put_object(w, "order");
        json_put_string(w, "order_no", row->order_no);
        json_put_int64(w, "amount_fen", row->order_amount_fen);
        if (row->category[0] != '\0') json_put_string(w, "category", row->category);
        json_write_end_object(w);
    }
    json_write_end_object(w);
}

void
wire_write_reversed(struct json_writer *w, const char *out_request_no)
{
    json_write_begin_object(w);
    json_put_string(w, "out_request_no", out_request_no);
    json_put_string(w, "state", "reversed");
    json_write_end_object(w);
}

/* A later version that waits is shown beside the state of what acts. */
static void
write_pending(struct json_writer *w, const struct campaign_row *row,
              const struct version_row *latest)
{
    static const char *const texts[] = { "draft", "submitted", "approved" };
    if (row->acting_version == 0 || latest->state == VERSION_APPROVED) return;
    json_put_object(w, "pending");
    json_put_int64(w, "rule_version", latest->version);
    json_put_string(w, "state", texts[latest->state]);
    json_write_end_object(w);
}

void
wire_write_campaign(struct json_writer *w, const struct wire_campaign *c, int64_t now_s)
{
    const struct campaign_row *row = c->row;
    const struct campaign_rules *acting = c->acting;
    struct text definition = c->definition;
    enum campaign_state state = campaign_state_at(row, acting, now_s);
    int32_t offset_s = acting == NULL ? 8 * 3600 : acting->offset_s;
    must(definition.size >= 2 && definition.at[0] == '{');
    json_write_begin_object(w);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &row->id);
    json_put_int64(w, "number", row->number);
    json_put_string(w, "state", campaign_state_text(state));
    json_put_int64(w, "rule_version", row->acting_version > 0 ? row->acting_version : 1);
    write_pending(w, row, c->latest);
    if (row->acting_version > 0) json_put_int64(w, "funded_fen", row->balances.funded_fen);
    json_put_time(w, "created_at", row->created_at_s, offset_s);
    json_write_raw_members(w, (struct text){ definition.at + 1, definition.size - 2 });
    json_write_end_object(w);
}

void
wire_write_budget_change(struct json_writer *w, const struct budget_change_row *change,
                         int32_t offset_s)
{
    static const char *const states[] = { "pending", "approved", "rejected" };
    json_write_begin_object(w);
    json_put_id(w, "budget_change_id", ID_BUDGET_CHANGE, &change->id);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &change->campaign);
    json_put_string(w, "state", states[change->state]);
    json_put_int64(w, "current_fen", change->current_fen);
    json_put_int64(w, "target_fen", change->target_fen);
    json_put_string(w, "reason", change->reason);
    json_put_time(w, "created_at", change->created_at_s, offset_s);
    if (change->state != CHANGE_PENDING) {
        json_put_time(w, "judged_at", change->judged_at_s, offset_s);
    }
    json_write_end_object(w);
}

void
wire_write_merchant(struct json_writer *w, const struct merchant_row *row)
{
    json_write_begin_object(w);
    json_put_id(w, "merchant_id", ID_MERCHANT, &row->id);
    json_put_string(w, "name", row->name);
    json_put_string(w, "uscc", row->uscc);
    json_put_string(w, "kind", row->kind == MERCHANT_CAR_DEALER ? "car_dealer" : "shop");
    json_put_array(w, "groups");
    for (size_t i = 0; i < row->group_count; i++) {
        json_write_string(w, row->groups[i].text);
    }
    json_write_end_array(w);
    if (row->cell[0] != '\0') json_put_string(w, "grid_cell", row->cell);
    json_write_end_object(w);
}

void
wire_write_terminal(struct json_writer *w, const struct terminal_row *row)
{
    static const char *const states[] = { "pending", "active", "revoked" };
    json_write_begin_object(w);
    json_put_id(w, "terminal_id", ID_TERMINAL, &row->id);
    json_put_id(w, "merchant_id", ID_MERCHANT, &row->merchant);
    json_put_string(w, "outlet", row->outlet);
    json_put_string(w, "state", states[row->state]);
    json_write_end_object(w);
}

void
wire_write_admin(struct json_writer *w, const struct admin_row *row)
{
    static const struct {
        enum role role;
        const char *text;
    } roles[] = { { ROLE_BUDGET, "budget" },
                  { ROLE_OPERATIONS, "operations" },
                  { ROLE_APPROVER, "approver" },
                  { ROLE_AUDITOR, "auditor" } };
    json_write_begin_object(w);
    json_put_string(w, "name", row->name);
    json_put_array(w, "roles");
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        if (row->roles & roles[i].role) json_write_string(w, roles[i].text);
    }
    json_write_end_array(w);
    json_write_end_object(w);
}

void
wire_write_voided(struct json_writer *w, const struct voucher_row *row, int32_t offset_s)
{
    json_write_begin_object(w);
    json_put_id(w, "voucher_id", ID_VOUCHER, &row->id);
    json_put_int64(w, "value_fen", row->value_fen);
    json_put_int64(w, "min_spend_fen", row->min_spend_fen);
    json_put_time(w, "valid_from", row->valid_from_s, offset_s);
    json_put_time(w, "valid_to", row->valid_to_s, offset_s);
    json_put_string(w, "state", "void");
    json_write_end_object(w);
}

void
wire_write_use(char *out, size_t room, const struct redemption_row *row,
               const struct use_place *place, int32_t offset_s)
{
    char at[CIVIL_INSTANT_SIZE], order[MASK_SIZE];
    civil_write_instant(row->redeemed_at_s, offset_s, at);
    mask_order_no(text_of(row->order_no), order);
    (void)snprintf(out, room, "%s · %s %s · %s", at, place->merchant.name, place->terminal.outlet,
                   order);
}

const char *
journal_kind_text(enum journal_kind kind)
{
    switch (kind) {
#define X(name, number, text) \
    case JOURNAL_##name: return text;
        JOURNAL_KINDS(X)
#undef X
    }
    return "unknown";
}

const char *
account_text(enum account account)
{
    static const char *const texts[] = {
#define X(name, number, text) [number] = text,
        ACCOUNTS(X)
#undef X
    };
    must((unsigned)account < COUNT_OF(texts));
    return texts[account];
}

/* Which prefix a subject wears follows from what happened. */
static enum id_kind
subject_kind(enum journal_kind kind)
{
    static const struct {
        enum journal_kind first, last;
        enum id_kind id;
    } ranges[] = {
        { JOURNAL_CLAIM, JOURNAL_CLAIM, ID_CLAIM },
        { JOURNAL_HOLD, JOURNAL_REFUND, ID_REDEMPTION },
        { JOURNAL_VOID, JOURNAL_VOID, ID_VOUCHER },
        { JOURNAL_EXPIRE, JOURNAL_EXPIRE, ID_POOL },
        { JOURNAL_MERCHANT_CREATE, JOURNAL_MERCHANT_CREATE, ID_MERCHANT },
        { JOURNAL_TERMINAL_CREATE, JOURNAL_TERMINAL_REVOKE, ID_TERMINAL },
        { JOURNAL_ADMIN_CREATE, JOURNAL_ADMIN_RESET, ID_ADMIN },
        { JOURNAL_RESIDENT_SEEN, JOURNAL_UNMASK, ID_RESIDENT },
        { JOURNAL_JOB_CREATE, JOURNAL_JOB_END, ID_JOB },
    };
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        if (kind >= ranges[i].first && kind <= ranges[i].last) return ranges[i].id;
    }
    return ID_CAMPAIGN;
}

static void
write_hex(struct json_writer *w, const char *key, const struct digest *d)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * sizeof d->bytes];
    for (size_t i = 0; i < sizeof d->bytes; i++) {
        hex[2 * i] = digits[d->bytes[i] >> 4];
        hex[2 * i + 1] = digits[d->bytes[i] & 15];
    }
    json_put_text(w, key, (struct text){ hex, sizeof hex });
}

static void
write_posting(struct json_writer *w, const struct posting *p)
{
    json_write_begin_object(w);
    json_put_int64(w, "pool_number", p->pool_number);
    json_put_string(w, "from", account_text(p->from));
    json_put_string(w, "to", account_text(p->to));
    json_put_int64(w, "amount_fen", p->amount_fen);
    json_put_int64(w, "issued", p->issued);
    json_put_int64(w, "redeemed", p->redeemed);
    json_write_end_object(w);
}

void
wire_write_journal(struct json_writer *w, const struct journal_row *row, int32_t offset_s)
{
    static const char digits[] = "0123456789abcdef";
    const struct journal_entry *e = &row->entry;
    char hex[2 * 2048];
    size_t size = row->bytes.size < 2048 ? row->bytes.size : 2048;
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[(uint8_t)row->bytes.at[i] >> 4];
        hex[2 * i + 1] = digits[(uint8_t)row->bytes.at[i] & 15];
    }
    json_write_begin_object(w);
    json_put_int64(w, "writer", row->writer);
    json_put_int64(w, "seq", row->seq);
    json_put_time(w, "at", e->at_s, offset_s);
    json_put_string(w, "kind", journal_kind_text(e->kind));
    if (!uuid_is_none(&e->campaign)) json_put_id(w, "campaign_id", ID_CAMPAIGN, &e->campaign);
    if (!uuid_is_none(&e->subject)) {
        json_put_id(w, "subject_id", subject_kind(e->kind), &e->subject);
    }
    json_put_int64(w, "rule_version", e->rule_version);
    json_put_array(w, "postings");
    for (size_t i = 0; i < e->posting_count; i++) {
        write_posting(w, &e->postings[i]);
    }
    json_write_end_array(w);
    json_put_text(w, "entry", (struct text){ hex, 2 * size });
    write_hex(w, "prev", &row->prev);
    write_hex(w, "hash", &row->hash);
    json_write_end_object(w);
}
