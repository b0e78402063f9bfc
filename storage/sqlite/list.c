/* storage/sqlite/list.c: gets of several rows. */
#include "storage/sqlite/engine.h"

size_t
view_campaigns(struct view *v, struct uuid *after, struct uuid *out, size_t out_max)
{
    size_t count = 0;
    must(out != NULL || out_max == 0);
    must(out_max <= INT32_MAX);
    sqlite3_stmt *s = query_start(v, QUERY_CAMPAIGNS);
    bind_uuid_raw(s, 1, after);
    bind_int(s, 2, (int64_t)out_max);
    while (query_row(v, s)) {
        column_uuid(s, 0, &out[count++]);
    }
    if (count > 0) *after = out[count - 1];
    must(count <= out_max);
    return count;
}

static bool
has_never_claimed(const struct view *v, const struct uuid *resident)
{
    must(resident != NULL);
    return v->claimants != NULL && !claimants_may_hold(v->claimants, resident);
}

bool
view_claim_by_key(struct view *v, const struct uuid *resident, struct text key,
                  struct claim_row *out)
{
    must(resident != NULL && key.size > 0); /* claims without a key are no one's answer */
    memset(out, 0, sizeof *out);
    if (has_never_claimed(v, resident)) return false;
    sqlite3_stmt *s = query_start(v, QUERY_CLAIM_BY_KEY);
    bind_uuid_raw(s, 1, resident);
    bind_text(s, 2, key);
    if (!query_row(v, s)) return false;
    row_claim(s, out);
    query_end(s);
    return true;
}

size_t
view_claims_in_campaign(struct view *v, const struct uuid *resident, const struct uuid *campaign,
                        struct claim_row *out, size_t out_max)
{
    size_t count = 0;
    must(out != NULL || out_max == 0);
    must(out_max <= INT32_MAX);
    if (has_never_claimed(v, resident)) return 0;
    sqlite3_stmt *s = query_start(v, QUERY_CLAIMS_IN_CAMPAIGN);
    bind_uuid_raw(s, 1, resident);
    bind_uuid_raw(s, 2, campaign);
    bind_int(s, 3, (int64_t)out_max);
    while (query_row(v, s)) {
        row_claim(s, &out[count++]);
    }
    must(count <= out_max);
    return count;
}

/* The rows of one owner after an id: what most lists are. */
#define ROWS_AFTER(function, query, row, decode)                                                   \
    size_t function(struct view *v, const struct uuid *owner, struct uuid *after, struct row *out, \
                    size_t out_max)                                                                \
    {                                                                                              \
        size_t count = 0;                                                                          \
        sqlite3_stmt *s = query_start(v, query);                                                   \
        bind_uuid_raw(s, 1, owner);                                                                \
        bind_uuid_raw(s, 2, after);                                                                \
        bind_int(s, 3, (int64_t)out_max);                                                          \
        while (query_row(v, s)) {                                                                  \
            memset(&out[count], 0, sizeof out[count]);                                             \
            decode(s, &out[count++]);                                                              \
        }                                                                                          \
        if (count > 0) *after = out[count - 1].id;                                                 \
        return count;                                                                              \
    }

ROWS_AFTER(view_claims_of_resident, QUERY_CLAIMS_OF_RESIDENT, claim_row, row_claim)
ROWS_AFTER(view_redemptions_of_terminal, QUERY_REDEMPTIONS_OF_TERMINAL, redemption_row,
           row_redemption)
ROWS_AFTER(view_terminals_of_merchant, QUERY_TERMINALS, terminal_row, row_terminal)
ROWS_AFTER(view_budget_changes, QUERY_CHANGES, budget_change_row, row_change)

bool
view_has_claims(struct view *v, const struct uuid *resident)
{
    if (has_never_claimed(v, resident)) return false;
    sqlite3_stmt *s = query_start(v, QUERY_HAS_CLAIMS);
    bind_uuid_raw(s, 1, resident);
    bool found = query_row(v, s);
    if (found) query_end(s);
    return found;
}

size_t
list_claimants(struct view *v, struct uuid *after, struct uuid *out, size_t out_max)
{
    size_t count = 0;
    must(out_max > 0 && out_max <= INT32_MAX);
    sqlite3_stmt *s = query_start(v, QUERY_CLAIMANTS);
    bind_uuid_raw(s, 1, after);
    bind_int(s, 2, (int64_t)out_max);
    while (query_row(v, s)) {
        column_uuid(s, 0, &out[count++]);
    }
    if (count > 0) *after = out[count - 1];
    return count;
}

size_t
view_merchants(struct view *v, struct uuid *after, struct merchant_row *out, size_t out_max)
{
    size_t count = 0;
    must(out != NULL || out_max == 0);
    must(out_max <= INT32_MAX);
    sqlite3_stmt *s = query_start(v, QUERY_MERCHANTS);
    bind_uuid_raw(s, 1, after);
    bind_int(s, 2, (int64_t)out_max);
    while (query_row(v, s)) {
        memset(&out[count], 0, sizeof out[count]);
        row_merchant(s, &out[count++]);
    }
    if (count > 0) *after = out[count - 1].id;
    must(count <= out_max);
    return count;
}

size_t
view_redemptions_of_order(struct view *v, const struct uuid *merchant, struct text order_no,
                          int64_t now_s, struct redemption_row out[ORDER_ROWS])
{
    size_t count = 0;
    must(merchant != NULL && out != NULL);
    sqlite3_stmt *s = query_start(v, QUERY_REDEMPTIONS_OF_ORDER);
    bind_uuid_raw(s, 1, merchant);
    bind_text(s, 2, order_no);
    bind_int(s, 3, now_s);
    bind_int(s, 4, ORDER_ROWS);
    while (query_row(v, s)) {
        row_redemption(s, &out[count++]);
    }
    must(count <= ORDER_ROWS);
    return count;
}

size_t
view_holds_lapsed(struct view *v, int64_t now_s, struct uuid *out, size_t out_max)
{
    size_t count = 0;
    must(out != NULL || out_max == 0);
    must(out_max <= INT32_MAX);
    sqlite3_stmt *s = query_start(v, QUERY_HOLDS_LAPSED);
    bind_int(s, 1, now_s);
    bind_int(s, 2, (int64_t)out_max);
    while (query_row(v, s)) {
        column_uuid(s, 0, &out[count++]);
    }
    must(count <= out_max);
    return count;
}

/* The writer's own rows may be newer in memory: the list names them, the hot row says what is in
 * them. */
size_t
view_buckets_ended(struct view *v, int64_t now_s, struct bucket_row *out, size_t out_max)
{
    size_t count = 0;
    must(out != NULL || out_max == 0);
    must(out_max <= INT32_MAX);
    sqlite3_stmt *s = query_start(v, QUERY_BUCKETS_ENDED);
    bind_int(s, 1, now_s);
    bind_int(s, 2, (int64_t)out_max);
    while (query_row(v, s)) {
        row_bucket(s, &out[count++]);
    }
    must(count <= out_max);
    if (v->ledger == NULL) return count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct bucket_row row;
        if (!view_bucket(v, &out[i].pool, out[i].valid_to_s, &row) || row.swept) continue;
        out[kept++] = row;
    }
    return kept;
}

/* The newest first: a cursor of none stands behind all of them. */
size_t
view_jobs(struct view *v, struct uuid *after, struct job_row *out, size_t out_max)
{
    size_t count = 0;
    struct uuid before = *after;
    must(out != NULL || out_max == 0);
    if (uuid_is_none(after)) memset(before.bytes, 0xff, sizeof before.bytes);
    sqlite3_stmt *s = query_start(v, QUERY_JOBS);
    bind_uuid_raw(s, 1, &before);
    bind_int(s, 2, (int64_t)out_max);
    while (query_row(v, s)) {
        row_job(s, &out[count++]);
    }
    if (count > 0) *after = out[count - 1].id;
    must(count <= out_max);
    return count;
}

size_t
view_job_failures(struct view *v, const struct job_failure *after, struct job_failure *out,
                  size_t out_max)
{
    size_t count = 0;
    must(!uuid_is_none(&after->job));
    must(out != NULL || out_max == 0);
    sqlite3_stmt *s = query_start(v, QUERY_JOB_FAILURES);
    bind_uuid_raw(s, 1, &after->job);
    bind_int(s, 2, after->line);
    bind_text(s, 3, text_of(after->column));
    bind_int(s, 4, (int64_t)out_max);
    while (query_row(v, s)) {
        row_failure(s, &out[count++]);
    }
    must(count <= out_max);
    return count;
}
