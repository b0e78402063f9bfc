/* storage/sqlite/rows.c: from columns to structs, in the order of queries.h. */
#include "storage/sqlite/engine.h"

/* Each takes the next column, so that a row reads as its column list does. */
struct cursor {
    sqlite3_stmt *s;
    int at;
};

static int64_t
next_int(struct cursor *c)
{
    must(c->at < sqlite3_column_count(c->s));
    return sqlite3_column_int64(c->s, c->at++);
}

static void
next_uuid(struct cursor *c, struct uuid *out)
{
    must(out != NULL);
    column_uuid(c->s, c->at++, out);
}

static void
next_digest(struct cursor *c, struct digest *out)
{
    must(out != NULL);
    column_digest(c->s, c->at++, out);
}

/* The decoder and the column list of queries.c are of one length. */
static void
row_ends(const struct cursor *c)
{
    must(c->s != NULL);
    must(c->at == sqlite3_column_count(c->s));
}

static void
next_text(struct cursor *c, char *out, size_t room)
{
    must(out != NULL && room > 0);
    column_text(c->s, c->at++, out, room);
}

static void
row_campaign(struct cursor *c, struct campaign_row *out)
{
    must(c->at == 0);
    next_uuid(c, &out->id);
    out->number = next_int(c);
    out->state = (enum campaign_state)next_int(c);
    out->acting_version = next_int(c);
    out->latest_version = next_int(c);
    out->revision = next_int(c);
    out->created_at_s = next_int(c);
    out->balances.funded_fen = next_int(c);
    out->balances.available_fen = next_int(c);
    out->balances.live_fen = next_int(c);
    out->balances.held_fen = next_int(c);
    out->balances.redeemed_fen = next_int(c);
    out->balances.settled_fen = next_int(c);
    out->balances.returned_fen = next_int(c);
}

/* One statement, so that balances and counters are of one instant. */
bool
rows_campaign(struct view *v, sqlite3_stmt *s, struct campaign_row *out)
{
    bool found = false;
    must(out != NULL);
    memset(out, 0, sizeof *out);
    while (query_row(v, s)) {
        struct cursor c = { s, 0 };
        row_campaign(&c, out);
        found = true;
        if (sqlite3_column_type(s, c.at) == SQLITE_NULL) continue; /* no pool is offered */
        if (out->pool_count == CAMPAIGN_POOLS_MAX) {
            view_note(v, FAULT_CORRUPT);
            continue;
        }
        struct pool_row *pool = &out->pools[out->pool_count++];
        next_uuid(&c, &pool->id);
        pool->number = next_int(&c);
        pool->value_fen = next_int(&c);
        pool->count = next_int(&c);
        pool->issued = next_int(&c);
        pool->redeemed = next_int(&c);
        row_ends(&c);
    }
    if (v->fault == FAULT_NONE) return found;
    memset(out, 0, sizeof *out);
    return false;
}

void
row_claim(sqlite3_stmt *s, struct claim_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    next_uuid(&c, &out->campaign);
    next_uuid(&c, &out->pool);
    next_uuid(&c, &out->resident);
    out->ordinal = next_int(&c);
    out->rule_version = next_int(&c);
    out->source = (enum claim_source)next_int(&c);
    next_uuid(&c, &out->source_id);
    out->claimed_at_s = next_int(&c);
    out->valid_from_s = next_int(&c);
    out->valid_to_s = next_int(&c);
    out->kid = (uint32_t)next_int(&c);
    out->first_number = next_int(&c);
    out->voucher_count = next_int(&c);
    next_text(&c, out->key, sizeof out->key);
    next_digest(&c, &out->fingerprint);
    row_ends(&c);
}

void
row_voucher(sqlite3_stmt *s, struct voucher_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    out->number = next_int(&c);
    next_uuid(&c, &out->id);
    next_uuid(&c, &out->claim);
    out->state = (enum voucher_state)next_int(&c);
    out->value_fen = next_int(&c);
    out->min_spend_fen = next_int(&c);
    next_uuid(&c, &out->campaign);
    next_uuid(&c, &out->pool);
    out->valid_from_s = next_int(&c);
    out->valid_to_s = next_int(&c);
    out->swept = next_int(&c) != 0;
    row_ends(&c);
}

void
row_redemption(sqlite3_stmt *s, struct redemption_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    next_uuid(&c, &out->terminal);
    next_uuid(&c, &out->merchant);
    next_text(&c, out->out_request_no, sizeof out->out_request_no);
    next_digest(&c, &out->fingerprint);
    next_text(&c, out->key, sizeof out->key);
    next_uuid(&c, &out->voucher);
    next_uuid(&c, &out->campaign);
    next_uuid(&c, &out->pool);
    out->rule_version = next_int(&c);
    out->state = (enum redemption_state)next_int(&c);
    out->imported_vin_warning = next_int(&c) != 0;
    next_text(&c, out->order_no, sizeof out->order_no);
    out->order_amount_fen = next_int(&c);
    out->value_fen = next_int(&c);
    out->redeemed_at_s = next_int(&c);
    out->hold_expires_at_s = next_int(&c);
    out->refunded_order_fen = next_int(&c);
    out->refunded_value_fen = next_int(&c);
    next_digest(&c, &out->vin);
    next_digest(&c, &out->invoice);
    next_digest(&c, &out->plate);
    next_uuid(&c, &out->reward_claim);
    next_text(&c, out->category, sizeof out->category);
    row_ends(&c);
}

void
row_version(sqlite3_stmt *s, struct version_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->campaign);
    out->version = next_int(&c);
    out->state = (enum version_state)next_int(&c);
    next_uuid(&c, &out->author);
    next_uuid(&c, &out->submitter);
    next_uuid(&c, &out->approver);
    out->changed_at_s = next_int(&c);
    row_ends(&c);
}

void
row_change(sqlite3_stmt *s, struct budget_change_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    next_uuid(&c, &out->campaign);
    out->current_fen = next_int(&c);
    out->target_fen = next_int(&c);
    next_text(&c, out->reason, sizeof out->reason);
    out->state = (enum budget_change_state)next_int(&c);
    next_uuid(&c, &out->author);
    next_uuid(&c, &out->judge);
    out->created_at_s = next_int(&c);
    out->judged_at_s = next_int(&c);
    row_ends(&c);
}

void
row_merchant(sqlite3_stmt *s, struct merchant_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    next_text(&c, out->name, sizeof out->name);
    next_text(&c, out->uscc, sizeof out->uscc);
    out->kind = (enum merchant_kind)next_int(&c);
    out->group_count = labels_split(column_blob(s, c.at++), out->groups, MERCHANT_GROUPS_MAX);
    next_text(&c, out->cell, sizeof out->cell);
    out->created_at_s = next_int(&c);
    row_ends(&c);
}

void
row_terminal(sqlite3_stmt *s, struct terminal_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    next_uuid(&c, &out->merchant);
    next_text(&c, out->outlet, sizeof out->outlet);
    out->state = (enum terminal_state)next_int(&c);
    out->algorithm = (enum terminal_algorithm)next_int(&c);
    struct digest key;
    next_digest(&c, &key);
    memcpy(out->public_key, key.bytes, sizeof out->public_key);
    out->enrollment_expires_at_s = next_int(&c);
    out->requests_per_min = next_int(&c);
    out->created_at_s = next_int(&c);
    row_ends(&c);
}

void
row_admin(sqlite3_stmt *s, struct admin_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    next_text(&c, out->name, sizeof out->name);
    out->roles = (unsigned)next_int(&c);
    next_digest(&c, &out->token);
    out->active = next_int(&c) != 0;
    out->created_at_s = next_int(&c);
    row_ends(&c);
}

void
row_resident(sqlite3_stmt *s, struct resident_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    next_digest(&c, &out->name);
    out->seen_at_s = next_int(&c);
    struct text sealed = column_blob(s, c.at++);
    if (sealed.size > sizeof out->sealed) sealed.size = 0; /* not ours: it will not open */
    out->sealed_size = sealed.size;
    if (sealed.size > 0) memcpy(out->sealed, sealed.at, sealed.size);
    row_ends(&c);
}

void
row_otp(sqlite3_stmt *s, struct otp_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_digest(&c, &out->mobile);
    next_digest(&c, &out->code);
    out->sent_at_s = next_int(&c);
    out->tries_left = next_int(&c);
    row_ends(&c);
}

void
row_bucket(sqlite3_stmt *s, struct bucket_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->campaign);
    next_uuid(&c, &out->pool);
    out->valid_to_s = next_int(&c);
    out->live_fen = next_int(&c);
    out->unspent_claims = next_int(&c);
    out->swept = next_int(&c) != 0;
    row_ends(&c);
}

void
row_job(sqlite3_stmt *s, struct job_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->id);
    out->kind = (enum job_kind)next_int(&c);
    out->state = (enum job_state)next_int(&c);
    out->dry_run = next_int(&c) != 0;
    next_uuid(&c, &out->author);
    next_uuid(&c, &out->campaign);
    next_uuid(&c, &out->pool);
    out->kid = (uint32_t)next_int(&c);
    next_text(&c, out->columns, sizeof out->columns);
    out->size = next_int(&c);
    out->position = next_int(&c);
    out->line = next_int(&c);
    out->rows_total = next_int(&c);
    out->rows_ok = next_int(&c);
    out->rows_failed = next_int(&c);
    out->created_at_s = next_int(&c);
    out->ended_at_s = next_int(&c);
    out->window_at_s = next_int(&c);
    out->window_rows = next_int(&c);
    out->rows_per_s = next_int(&c);
    row_ends(&c);
}

void
row_failure(sqlite3_stmt *s, struct job_failure *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->job);
    out->line = next_int(&c);
    next_text(&c, out->column, sizeof out->column);
    next_text(&c, out->code, sizeof out->code);
    row_ends(&c);
}

void
row_roll(sqlite3_stmt *s, struct roll_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_uuid(&c, &out->resident);
    next_text(&c, out->cell, sizeof out->cell);
    out->group_count = labels_split(column_blob(s, c.at++), out->groups, ROLL_GROUPS_MAX);
    next_uuid(&c, &out->job);
    row_ends(&c);
}

void
row_login(sqlite3_stmt *s, struct login_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_text(&c, out->login, sizeof out->login);
    next_uuid(&c, &out->admin);
    next_text(&c, out->password, sizeof out->password);
    struct text secret = column_blob(s, c.at++);
    if (secret.size > sizeof out->secret) secret.size = 0; /* not ours: it will not open */
    out->secret_size = secret.size;
    if (secret.size > 0) memcpy(out->secret, secret.at, secret.size);
    out->last_step = next_int(&c);
    out->failures = next_int(&c);
    out->locked_until_s = next_int(&c);
    next_digest(&c, &out->code);
    out->code_until_s = next_int(&c);
    row_ends(&c);
}

void
row_admin_session(sqlite3_stmt *s, struct admin_session_row *out)
{
    struct cursor c = { s, 0 };
    must(out != NULL);
    next_digest(&c, &out->token);
    next_uuid(&c, &out->admin);
    out->issued_at_s = next_int(&c);
    out->expires_at_s = next_int(&c);
    row_ends(&c);
}
