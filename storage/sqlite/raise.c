/* storage/sqlite/raise.c: a restored copy is put to work.
 *
 * What was acknowledged after the copy was made is gone from the ledger and still in people's
 * hands: vouchers, their short codes, slips, receipts. No number of those may be given out again.
 * Where the lost ledger stood is not known, since a witness counts entries and lags; so numbers go
 * on at the next multiple of a step that no ledger reaches between two backups, at least half of it
 * away. There is room for 100,000 restorations by vouchers and 4,294 by the other numbers. */
#include "storage/sqlite/raise.h"

#include "crypto/encode.h"
#include "voucher/json_writer.h"

#define VOUCHER_STEP 1000000000000 /* a million a second for more than five days */
#define CAMPAIGN_STEP 1000000
#define POOL_STEP 1000000
#define EPOCH_STEP 1000000 /* a start each second for more than five days */

static int64_t
floor_beyond(int64_t number, int64_t step)
{
    must(number >= 0 && step > 0);
    int64_t next = (number + step / 2) / step + 1;
    must(next * step - number >= step / 2);
    return next * step;
}

int64_t
raise_epoch(const struct ledger *l, int64_t epoch)
{
    must(l->raise != NULL);
    must(l->raise->epoch_seen >= 0 && epoch >= 0);
    int64_t newest = epoch > l->raise->epoch_seen ? epoch : l->raise->epoch_seen;
    return floor_beyond(newest, EPOCH_STEP);
}

static void
raise_put_row(struct ledger *l, const struct restored_row *row)
{
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_RESTORED);
    must(row->skipped > 0);
    must(row->voucher_floor > row->voucher_from);
    bind_int(s, 1, row->epoch);
    bind_int(s, 2, row->skipped);
    bind_int(s, 3, row->copied_at_s);
    bind_int(s, 4, row->raised_at_s);
    bind_int(s, 5, row->entries);
    bind_int(s, 6, row->witnessed);
    bind_digest(s, 7, &row->root);
    bind_int(s, 8, row->voucher_from);
    bind_int(s, 9, row->voucher_floor);
    bind_int(s, 10, row->campaign_from);
    bind_int(s, 11, row->campaign_floor);
    bind_int(s, 12, row->pool_from);
    bind_int(s, 13, row->pool_floor);
    store_one(l, s);
}

/* All of the row, in the order and words that the audit looks for (audit_checks.c). */
static void
raise_write_row(struct json_writer *w, const struct restored_row *row)
{
    char root[HEX_SIZE(sizeof row->root.bytes)] = "";
    if (!digest_is_none(&row->root))
        (void)encode_hex(row->root.bytes, sizeof row->root.bytes, root);
    must(row->entries > 0);
    json_put_int64(w, "skipped", row->skipped);
    json_put_int64(w, "copied_at", row->copied_at_s);
    json_put_int64(w, "raised_at", row->raised_at_s);
    json_put_int64(w, "entries", row->entries);
    json_put_int64(w, "witnessed", row->witnessed);
    json_put_string(w, "root", root);
    json_put_int64(w, "voucher_from", row->voucher_from);
    json_put_int64(w, "voucher_floor", row->voucher_floor);
    json_put_int64(w, "campaign_from", row->campaign_from);
    json_put_int64(w, "campaign_floor", row->campaign_floor);
    json_put_int64(w, "pool_from", row->pool_from);
    json_put_int64(w, "pool_floor", row->pool_floor);
}

static void
raise_put_entry(struct ledger *l, const struct restored_row *row)
{
    char detail[JOURNAL_DETAIL_MAX];
    struct json_writer w;
    must(l->raise->reason.size <= RAISE_REASON_MAX);
    must(l->raise->operator.size <= RAISE_OPERATOR_MAX);
    json_writer_fix(&w, detail, sizeof detail);
    json_write_begin_object(&w);
    json_put_text(&w, "reason", l->raise->reason);
    json_put_text(&w, "operator", l->raise->operator);
    raise_write_row(&w, row);
    json_write_end_object(&w);
    struct text json = json_writer_text(&w);
    must(json.size > 2); /* the longest reason fits, also when each byte of it is escaped by one */
    struct journal_entry entry = { .kind = JOURNAL_EPOCH_RAISE,
                                   .at_s = row->raised_at_s,
                                   .detail = { json.at + 1, json.size - 2 } };
    ledger_store(l, &(struct effect){ .kind = EFFECT_JOURNAL, .entry = &entry });
}

void
raise_numbers(struct ledger *l, int64_t before, int64_t epoch, int64_t copied_at_s)
{
    char mark[64];
    struct position *now = &l->now;
    must(l->open && l->raise != NULL);
    must(epoch > before && now->seq == 1);
    struct restored_row row = {
        .epoch = epoch,
        .skipped = epoch - before - 1,
        .copied_at_s = copied_at_s,
        .raised_at_s = now->last_at_s,
        .entries = query_number(&l->view, "SELECT count(*) - 1 FROM journal"),
        .witnessed = l->raise->witnessed,
        .root = l->raise->root,
        .voucher_from = now->next_voucher,
        .voucher_floor = floor_beyond(now->next_voucher, VOUCHER_STEP),
        .campaign_from = now->next_campaign,
        .campaign_floor = floor_beyond(now->next_campaign, CAMPAIGN_STEP),
        .pool_from = now->next_pool,
        .pool_floor = floor_beyond(now->next_pool, POOL_STEP),
    };
    raise_put_row(l, &row);
    raise_put_entry(l, &row);
    now->next_voucher = row.voucher_floor;
    now->next_campaign = row.campaign_floor;
    now->next_pool = row.pool_floor;
    (void)snprintf(mark, sizeof mark, "PRAGMA application_id = %d", APPLICATION_ID);
    if (l->view.fault != FAULT_NONE) return;
    int code = sqlite3_exec(l->view.db, mark, NULL, NULL, NULL);
    if (code != SQLITE_OK) view_note(&l->view, fault_of_sqlite(code));
}

bool
view_restored(struct view *v, struct restored_row *out)
{
    must(out != NULL);
    *out = (struct restored_row){ 0 };
    sqlite3_stmt *s = query_start(v, QUERY_RESTORED);
    if (!query_row(v, s)) return false;
    out->epoch = sqlite3_column_int64(s, 0);
    out->skipped = sqlite3_column_int64(s, 1);
    out->copied_at_s = sqlite3_column_int64(s, 2);
    out->raised_at_s = sqlite3_column_int64(s, 3);
    out->entries = sqlite3_column_int64(s, 4);
    out->witnessed = sqlite3_column_int64(s, 5);
    column_digest(s, 6, &out->root);
    out->voucher_from = sqlite3_column_int64(s, 7);
    out->voucher_floor = sqlite3_column_int64(s, 8);
    out->campaign_from = sqlite3_column_int64(s, 9);
    out->campaign_floor = sqlite3_column_int64(s, 10);
    out->pool_from = sqlite3_column_int64(s, 11);
    out->pool_floor = sqlite3_column_int64(s, 12);
    query_end(s);
    must(v->fault == FAULT_NONE);
    return true;
}

/* A UUIDv7 begins with its milliseconds (RFC 9562). Ids are drawn before their entry is. */
bool
view_may_be_lost(struct view *v, const struct uuid *id, int64_t number)
{
    int64_t ms = 0;
    for (size_t i = 0; id != NULL && i < 6; i++) {
        ms = ms << 8 | id->bytes[i];
    }
    sqlite3_stmt *s = query_start(v, QUERY_MAY_BE_LOST);
    bind_int(s, 1, ms / 1000);
    bind_int(s, 2, id == NULL ? number : 0);
    if (!query_row(v, s)) return false;
    bool may = sqlite3_column_int64(s, 0) > 0;
    query_end(s);
    must(v->fault == FAULT_NONE);
    return may;
}
