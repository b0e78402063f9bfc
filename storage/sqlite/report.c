/* storage/sqlite/report.c: claims and redemptions lie in order of their ids, which begin with the
 * time (UUIDv7): a range of time is a range of ids. What expired is looked for among all claims. */
#include "storage/report.h"
#include "storage/sqlite/engine.h"

#define DAY_S 86400
#define HOLD_DAYS 2 /* a redemption may be captured so long after it was made */

/* :1 from, :2 to, :3 offset, :4 campaign or NULL, :5 and :6 ids, :7 now */
static const char claims_sql[] =
    "SELECT (c.claimed_at + ?3) / 86400, c.campaign, count(*), sum(c.voucher_count), sum(p.value)"
    " FROM claim c JOIN pool p ON p.id = c.pool"
    " WHERE c.id >= ?5 AND c.id < ?6 AND c.claimed_at >= ?1 AND c.claimed_at < ?2"
    "  AND (?4 IS NULL OR c.campaign = ?4) GROUP BY 1, 2";
static const char expired_sql[] =
    "SELECT (c.valid_to + ?3) / 86400, c.campaign, count(*), sum(v.value) FROM claim c"
    " JOIN voucher v ON v.number BETWEEN c.first_number AND c.first_number + c.voucher_count - 1"
    " WHERE c.valid_to >= ?1 AND c.valid_to < ?2 AND c.valid_to <= ?7 AND v.state = 1"
    "  AND (?4 IS NULL OR c.campaign = ?4) GROUP BY 1, 2";
static const char redemptions_sql[] =
    "SELECT (redeemed_at + ?3) / 86400, campaign, merchant, category, sum(state = 2),"
    " sum(value - refunded_value), sum(order_amount - refunded_order), sum(refunded_value > 0),"
    " sum(refunded_value) FROM redemption"
    " WHERE id >= ?5 AND id < ?6 AND redeemed_at >= ?1 AND redeemed_at < ?2 AND state IN (2, 5)"
    "  AND (?4 IS NULL OR campaign = ?4) GROUP BY 1, 2, 3, 4";

/* The least id that could have been drawn at an instant. */
static struct uuid
id_at(int64_t instant_s)
{
    struct uuid id = { { 0 } };
    uint64_t ms = instant_s > 0 ? (uint64_t)instant_s * 1000 : 0;
    for (int i = 0; i < 6; i++) {
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    return id;
}

static sqlite3_stmt *
report_prepare(struct view *v, const char *sql)
{
    sqlite3_stmt *s = NULL;
    if (v->fault != FAULT_NONE) return NULL;
    int code = sqlite3_prepare_v2(v->db, sql, -1, &s, NULL);
    must(code != SQLITE_ERROR);
    if (code != SQLITE_OK) view_note(v, fault_of_sqlite(code));
    return s;
}

static void
read_claims(sqlite3_stmt *s, struct report_fact *f)
{
    f->claimed = sqlite3_column_int64(s, 2);
    f->issued = sqlite3_column_int64(s, 3);
    f->issued_fen = sqlite3_column_int64(s, 4);
}

static void
read_expired(sqlite3_stmt *s, struct report_fact *f)
{
    f->expired = sqlite3_column_int64(s, 2);
    f->expired_fen = sqlite3_column_int64(s, 3);
}

static void
read_redemptions(sqlite3_stmt *s, struct report_fact *f)
{
    column_uuid(s, 2, &f->merchant);
    column_text(s, 3, f->category, sizeof f->category);
    f->redeemed = sqlite3_column_int64(s, 4);
    f->redeemed_fen = sqlite3_column_int64(s, 5);
    f->sales_fen = sqlite3_column_int64(s, 6);
    f->returned = sqlite3_column_int64(s, 7);
    f->returned_fen = sqlite3_column_int64(s, 8);
}

struct report_part {
    const char *sql;
    int parameter_count;
    int64_t early_s; /* ids may be so much older than what they stand for */
    void (*read)(sqlite3_stmt *s, struct report_fact *f);
};

static void
report_bind(sqlite3_stmt *s, const struct report_part *part, const struct report_range *range,
            const struct uuid ids[2])
{
    bind_int(s, 1, range->from_s);
    bind_int(s, 2, range->to_s);
    bind_int(s, 3, range->offset_s);
    bind_uuid(s, 4, &range->campaign);
    if (part->parameter_count < 5) return;
    if (part->parameter_count == 7) {
        bind_int(s, 7, range->now_s);
        return;
    }
    bind_uuid_raw(s, 5, &ids[0]);
    bind_uuid_raw(s, 6, &ids[1]);
}

void
view_report(struct view *v, const struct report_range *range,
            bool (*each)(void *owner, const struct report_fact *fact), void *owner)
{
    static const struct report_part parts[] = {
        { claims_sql, 6, DAY_S, read_claims },
        { expired_sql, 7, 0, read_expired },
        { redemptions_sql, 6, HOLD_DAYS * DAY_S, read_redemptions },
    };
    bool goes_on = true;
    must(each != NULL && range->from_s <= range->to_s);
    for (size_t i = 0; i < COUNT_OF(parts) && goes_on; i++) {
        const struct uuid ids[2] = { id_at(range->from_s - parts[i].early_s),
                                     id_at(range->to_s + DAY_S) };
        sqlite3_stmt *s = report_prepare(v, parts[i].sql);
        if (s == NULL) return;
        report_bind(s, &parts[i], range, ids);
        while (goes_on && query_row(v, s)) {
            struct report_fact fact = { .day = sqlite3_column_int64(s, 0) };
            column_uuid(s, 1, &fact.campaign);
            parts[i].read(s, &fact);
            goes_on = each(owner, &fact);
        }
        (void)sqlite3_finalize(s);
    }
}
