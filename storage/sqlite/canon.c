/* storage/sqlite/canon.c: see canon.h. The order of columns is part of the format. */
#include "storage/sqlite/canon.h"

#include "crypto/digest.h"

#define VALUE_BYTES_MAX 255

static void
canon_begin(struct canon *c, enum mark_table table, const struct uuid *id)
{
    must((unsigned)table < MARK_TABLE_COUNT);
    must(id != NULL);
    c->table = table;
    c->id = *id;
    c->number = 0;
    c->column_count = 0;
    c->size = 0;
}

static void
canon_put(struct canon *c, const char *name, const void *value, size_t size)
{
    must(c->column_count < CANON_COLUMNS_MAX && size <= VALUE_BYTES_MAX);
    must(c->size + 4 + size <= sizeof c->bytes);
    const uint8_t head[4] = { 0, 0, 0, (uint8_t)size };
    struct canon_column *column = &c->columns[c->column_count++];
    column->name = name;
    column->is_private = false;
    column->from = c->size;
    memcpy(c->bytes + c->size, head, sizeof head);
    if (size > 0) memcpy(c->bytes + c->size + sizeof head, value, size);
    c->size += sizeof head + size;
    column->to = c->size;
}

static void
canon_int(struct canon *c, const char *name, int64_t value)
{
    uint8_t bytes[8];
    must(name != NULL);
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
    }
    canon_put(c, name, bytes, sizeof bytes);
}

static void
canon_uuid(struct canon *c, const char *name, const struct uuid *id)
{
    must(id != NULL);
    canon_put(c, name, id->bytes, sizeof id->bytes);
}

static void
canon_hash(struct canon *c, const char *name, const struct digest *d)
{
    must(d != NULL);
    canon_put(c, name, d->bytes, sizeof d->bytes);
}

static void
canon_text(struct canon *c, const char *name, struct text text)
{
    struct digest digest;
    must(name != NULL);
    if (text.size <= VALUE_BYTES_MAX) {
        canon_put(c, name, text.at, text.size);
        return;
    }
    digest_sha256(&digest, &text, 1);
    canon_hash(c, name, &digest);
}

static void
canon_keep_private(struct canon *c)
{
    must(c->column_count > 0);
    c->columns[c->column_count - 1].is_private = true;
}

void
canon_claim(struct canon *c, const struct claim_row *row)
{
    must(row != NULL); /* what it says may be anybody's: an audit reads it back */
    canon_begin(c, MARK_CLAIM, &row->id);
    canon_uuid(c, "campaign", &row->campaign);
    canon_uuid(c, "pool", &row->pool);
    canon_uuid(c, "resident", &row->resident);
    canon_int(c, "ordinal", row->ordinal);
    canon_int(c, "rule_version", row->rule_version);
    canon_int(c, "source", row->source);
    canon_uuid(c, "source_id", &row->source_id);
    canon_int(c, "claimed_at", row->claimed_at_s);
    canon_int(c, "valid_from", row->valid_from_s);
    canon_int(c, "valid_to", row->valid_to_s);
    canon_int(c, "kid", row->kid);
    canon_int(c, "first_number", row->first_number);
    canon_int(c, "voucher_count", row->voucher_count);
    canon_text(c, "key", text_of(row->key));
    canon_hash(c, "fingerprint", &row->fingerprint);
}

void
canon_claim_voucher(struct canon *c, const struct voucher_row *row)
{
    uint8_t bytes[32];
    must(c->table == MARK_CLAIM);
    memcpy(bytes, row->id.bytes, sizeof row->id.bytes);
    for (int i = 0; i < 8; i++) {
        bytes[16 + i] = (uint8_t)((uint64_t)row->value_fen >> (56 - 8 * i));
        bytes[24 + i] = (uint8_t)((uint64_t)row->min_spend_fen >> (56 - 8 * i));
    }
    canon_put(c, "id, value or min_spend of a voucher", bytes, sizeof bytes);
}

void
canon_redemption(struct canon *c, const struct redemption_row *row)
{
    must(row != NULL);
    canon_begin(c, MARK_REDEMPTION, &row->id);
    canon_uuid(c, "terminal", &row->terminal);
    canon_uuid(c, "merchant", &row->merchant);
    canon_text(c, "request_no", text_of(row->out_request_no));
    canon_hash(c, "fingerprint", &row->fingerprint);
    canon_text(c, "key", text_of(row->key));
    canon_uuid(c, "voucher", &row->voucher);
    canon_uuid(c, "campaign", &row->campaign);
    canon_uuid(c, "pool", &row->pool);
    canon_int(c, "rule_version", row->rule_version);
    canon_int(c, "state", row->state);
    canon_int(c, "vin_warning", row->imported_vin_warning);
    canon_text(c, "order_no", text_of(row->order_no));
    canon_int(c, "order_amount", row->order_amount_fen);
    canon_int(c, "value", row->value_fen);
    canon_int(c, "redeemed_at", row->redeemed_at_s);
    canon_int(c, "hold_expires_at", row->hold_expires_at_s);
    canon_int(c, "refunded_order", row->refunded_order_fen);
    canon_int(c, "refunded_value", row->refunded_value_fen);
    canon_hash(c, "vin", &row->vin);
    canon_hash(c, "invoice", &row->invoice);
    canon_hash(c, "plate", &row->plate);
    canon_uuid(c, "reward_claim", &row->reward_claim);
    canon_text(c, "category", text_of(row->category));
}

void
canon_campaign(struct canon *c, const struct campaign_row *row)
{
    must(row != NULL);
    canon_begin(c, MARK_CAMPAIGN, &row->id);
    canon_int(c, "number", row->number);
    canon_int(c, "state", row->state);
    canon_int(c, "acting_version", row->acting_version);
    canon_int(c, "latest_version", row->latest_version);
    canon_int(c, "revision", row->revision);
    canon_int(c, "created_at", row->created_at_s);
}

void
canon_pool(struct canon *c, const struct pool_change *row)
{
    must(row != NULL);
    canon_begin(c, MARK_POOL, &row->row.id);
    canon_uuid(c, "campaign", &row->campaign);
    canon_int(c, "number", row->row.number);
    canon_int(c, "place", row->place);
    canon_int(c, "value", row->row.value_fen);
    canon_int(c, "count", row->row.count);
}

void
canon_version(struct canon *c, const struct version_row *row, struct text definition)
{
    must(row != NULL);
    canon_begin(c, MARK_VERSION, &row->campaign);
    c->number = row->version;
    canon_int(c, "state", row->state);
    canon_uuid(c, "author", &row->author);
    canon_uuid(c, "submitter", &row->submitter);
    canon_uuid(c, "approver", &row->approver);
    canon_int(c, "changed_at", row->changed_at_s);
    canon_text(c, "definition", definition);
}

void
canon_change(struct canon *c, const struct budget_change_row *row)
{
    must(row != NULL);
    canon_begin(c, MARK_CHANGE, &row->id);
    canon_uuid(c, "campaign", &row->campaign);
    canon_int(c, "current", row->current_fen);
    canon_int(c, "target", row->target_fen);
    canon_text(c, "reason", text_of(row->reason));
    canon_int(c, "state", row->state);
    canon_uuid(c, "author", &row->author);
    canon_uuid(c, "judge", &row->judge);
    canon_int(c, "created_at", row->created_at_s);
    canon_int(c, "judged_at", row->judged_at_s);
}

void
canon_merchant(struct canon *c, const struct merchant_row *row)
{
    must(row->group_count <= MERCHANT_GROUPS_MAX);
    canon_begin(c, MARK_MERCHANT, &row->id);
    canon_text(c, "name", text_of(row->name));
    canon_text(c, "uscc", text_of(row->uscc));
    canon_int(c, "kind", row->kind);
    char lines[MERCHANT_GROUPS_MAX * (LABEL_BYTES_MAX + 1)];
    size_t size = 0;
    for (size_t i = 0; i < row->group_count; i++) {
        size_t label_size = strlen(row->groups[i].text) + 1;
        memcpy(lines + size, row->groups[i].text, label_size);
        size += label_size;
    }
    canon_text(c, "labels", (struct text){ lines, size });
    canon_text(c, "cell", text_of(row->cell));
    canon_int(c, "created_at", row->created_at_s);
}

void
canon_terminal(struct canon *c, const struct terminal_row *row)
{
    must(row != NULL);
    canon_begin(c, MARK_TERMINAL, &row->id);
    canon_uuid(c, "merchant", &row->merchant);
    canon_text(c, "outlet", text_of(row->outlet));
    canon_int(c, "state", row->state);
    canon_int(c, "algorithm", row->algorithm);
    canon_text(c, "public_key",
               (struct text){ (const char *)row->public_key, sizeof row->public_key });
    canon_int(c, "enroll_until", row->enrollment_expires_at_s);
    canon_int(c, "per_min", row->requests_per_min);
    canon_int(c, "created_at", row->created_at_s);
}

void
canon_admin(struct canon *c, const struct admin_row *row)
{
    must(row != NULL);
    canon_begin(c, MARK_ADMIN, &row->id);
    canon_text(c, "name", text_of(row->name));
    canon_keep_private(c);
    canon_int(c, "roles", row->roles);
    canon_hash(c, "token", &row->token);
    canon_int(c, "active", row->active);
    canon_int(c, "created_at", row->created_at_s);
}

void
canon_login(struct canon *c, const struct login_row *row)
{
    must(row->secret_size <= sizeof row->secret);
    canon_begin(c, MARK_LOGIN, &row->admin);
    canon_text(c, "login", text_of(row->login));
    canon_keep_private(c);
    canon_text(c, "password", text_of(row->password));
    canon_text(c, "secret", (struct text){ (const char *)row->secret, row->secret_size });
    canon_hash(c, "code", &row->code);
    canon_int(c, "code_until", row->code_until_s);
}

void
canon_session(struct canon *c, const struct admin_session_row *row)
{
    struct uuid id;
    must(row != NULL);
    memcpy(id.bytes, row->token.bytes, sizeof id.bytes);
    canon_begin(c, MARK_SESSION, &id);
    canon_hash(c, "token", &row->token);
    canon_uuid(c, "admin", &row->admin);
    canon_int(c, "issued_at", row->issued_at_s);
    canon_int(c, "expires_at", row->expires_at_s);
}

void
canon_job(struct canon *c, const struct job_row *row)
{
    must(row != NULL);
    canon_begin(c, MARK_JOB, &row->id);
    canon_int(c, "kind", row->kind);
    canon_int(c, "state", row->state);
    canon_int(c, "dry_run", row->dry_run);
    canon_uuid(c, "author", &row->author);
    canon_uuid(c, "campaign", &row->campaign);
    canon_uuid(c, "pool", &row->pool);
    canon_int(c, "kid", row->kid);
    canon_text(c, "columns", text_of(row->columns));
    canon_int(c, "size", row->size);
    canon_int(c, "position", row->position);
    canon_int(c, "line", row->line);
    canon_int(c, "rows_total", row->rows_total);
    canon_int(c, "rows_ok", row->rows_ok);
    canon_int(c, "rows_failed", row->rows_failed);
    canon_int(c, "created_at", row->created_at_s);
    canon_int(c, "ended_at", row->ended_at_s);
}

void
canon_digest(const struct canon *c, struct digest *out)
{
    static const char domain[] = "huiquan-row-v1"; /* its NUL is part of it */
    const char table = (char)c->table;
    must(c->column_count > 0 && c->size > 0);
    const struct text parts[] = { { domain, sizeof domain },
                                  { &table, 1 },
                                  { (const char *)c->bytes, c->size } };
    digest_sha256(out, parts, COUNT_OF(parts));
}

uint8_t
canon_check(const struct canon *c, size_t column)
{
    must(column < c->column_count);
    const struct canon_column *at = &c->columns[column];
    if (at->is_private) return 0;
    uint32_t sum = 2166136261u; /* FNV-1a */
    for (size_t i = at->from; i < at->to; i++) {
        sum = (sum ^ c->bytes[i]) * 16777619u;
    }
    return (uint8_t)(sum ^ sum >> 8 ^ sum >> 16 ^ sum >> 24);
}
