/* storage/sqlite/hot.c: rows that every claim touches, in the writer's memory: read once, changed
 * by the batch's effects, written once at the seal.
 *
 * 1. A row in memory is newer than the file's or equal to it, and equal when it is not dirty.
 * 2. Dirty rows exist only while a batch is open.
 * 3. Pointers stay good until hot_forget(). */
#include "storage/sqlite/engine.h"

#define HOT_KEPT_MAX 8192 /* rows kept from one batch to the next */

static size_t
hot_slot(const struct uuid *id, int64_t number)
{
    uint64_t mixed;
    _Static_assert((HOT_SLOTS & (HOT_SLOTS - 1)) == 0, "a power of two");
    memcpy(&mixed, id->bytes + 8, sizeof mixed); /* the random end of a UUIDv7 */
    mixed = (mixed ^ (uint64_t)number) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32) & (HOT_SLOTS - 1);
}

static void *
hot_allocate(struct ledger *l, size_t size)
{
    void *row = calloc(1, size);
    must(size > 0);
    if (row == NULL)
        view_note(&l->view, FAULT_MEMORY);
    else
        l->hot_count++;
    return row;
}

struct hot_campaign *
hot_campaign(struct ledger *l, const struct uuid *id)
{
    struct hot_campaign **slot = &l->campaigns[hot_slot(id, 0)];
    for (struct hot_campaign *at = *slot; at != NULL; at = at->next) {
        if (uuid_equal(&at->row.id, id)) return at;
    }
    struct campaign_row row;
    sqlite3_stmt *s = query_start(&l->view, QUERY_CAMPAIGN);
    bind_uuid_raw(s, 1, id);
    if (!rows_campaign(&l->view, s, &row)) return NULL;
    must(uuid_equal(&row.id, id));
    struct hot_campaign *hot = hot_allocate(l, sizeof *hot);
    if (hot == NULL) return NULL;
    hot->row = row;
    hot->next = *slot;
    *slot = hot;
    return hot;
}

static bool
bucket_load(struct ledger *l, const struct uuid *pool, int64_t valid_to_s, struct bucket_row *out)
{
    sqlite3_stmt *s = query_start(&l->view, QUERY_BUCKET);
    bind_uuid_raw(s, 1, pool);
    bind_int(s, 2, valid_to_s);
    memset(out, 0, sizeof *out);
    if (!query_row(&l->view, s)) return false;
    row_bucket(s, out);
    query_end(s);
    return true;
}

struct hot_bucket *
hot_bucket(struct ledger *l, const struct uuid *campaign, const struct uuid *pool,
           int64_t valid_to_s)
{
    struct hot_bucket **slot = &l->buckets[hot_slot(pool, valid_to_s)];
    for (struct hot_bucket *at = *slot; at != NULL; at = at->next) {
        if (at->row.valid_to_s == valid_to_s && uuid_equal(&at->row.pool, pool)) return at;
    }
    struct bucket_row row;
    bool found = bucket_load(l, pool, valid_to_s, &row);
    if (l->view.fault != FAULT_NONE || (!found && campaign == NULL)) return NULL;
    if (!found) row = (struct bucket_row){ .campaign = *campaign, .pool = *pool };
    row.valid_to_s = valid_to_s;
    must(campaign == NULL || uuid_equal(&row.campaign, campaign));
    struct hot_bucket *hot = hot_allocate(l, sizeof *hot);
    if (hot == NULL) return NULL;
    hot->row = row;
    hot->next = *slot;
    *slot = hot;
    return hot;
}

void
hot_touch_campaign(struct ledger *l, struct hot_campaign *hot)
{
    must(l->open);
    must(!uuid_is_none(&hot->row.id));
    if (hot->dirty) return;
    hot->dirty = true;
    hot->dirty_next = l->campaigns_dirty;
    l->campaigns_dirty = hot;
}

void
hot_touch_bucket(struct ledger *l, struct hot_bucket *hot)
{
    must(l->open);
    must(!uuid_is_none(&hot->row.pool));
    if (hot->dirty) return;
    hot->dirty = true;
    hot->dirty_next = l->buckets_dirty;
    l->buckets_dirty = hot;
}

static int64_t *
balance_of(struct balances *b, enum account account)
{
    int64_t *const balances[] = {
        [ACCOUNT_FUND] = NULL, /* it has no balance here */
        [ACCOUNT_AVAILABLE] = &b->available_fen,
        [ACCOUNT_LIVE] = &b->live_fen,
        [ACCOUNT_HELD] = &b->held_fen,
        [ACCOUNT_REDEEMED] = &b->redeemed_fen,
        [ACCOUNT_SETTLED] = &b->settled_fen,
        [ACCOUNT_RETURNED] = &b->returned_fen,
    };
    must((unsigned)account < COUNT_OF(balances));
    must(account == ACCOUNT_FUND || *balances[account] >= 0);
    return balances[account];
}

static bool
counters_are_sound(const struct pool_row *pool)
{
    return pool->issued >= 0 && pool->issued <= pool->count && pool->redeemed >= 0;
}

/* Value of a pool that is no longer offered moves seldom: the file's row is changed at once. */
static void
hot_post_past_pool(struct ledger *l, const struct uuid *campaign, const struct posting *p)
{
    sqlite3_stmt *s = query_start(&l->view, QUERY_POST_POOL);
    bind_int(s, 1, p->issued);
    bind_int(s, 2, p->redeemed);
    bind_int(s, 3, p->pool_number);
    bind_uuid_raw(s, 4, campaign);
    int changed = query_run(&l->view, s);
    must(l->view.fault != FAULT_NONE || changed == 1); /* a pool that the campaign has */
}

static void
hot_post_pool(struct ledger *l, struct hot_campaign *hot, const struct posting *p)
{
    must(p->pool_number > 0);
    for (size_t i = 0; i < hot->row.pool_count; i++) {
        struct pool_row *pool = &hot->row.pools[i];
        if (pool->number != p->pool_number) continue;
        must(!__builtin_add_overflow(pool->issued, p->issued, &pool->issued));
        must(!__builtin_add_overflow(pool->redeemed, p->redeemed, &pool->redeemed));
        must(counters_are_sound(pool));
        hot->pools_dirty |= UINT64_C(1) << i;
        return;
    }
    hot_post_past_pool(l, &hot->row.id, p);
}

void
hot_post(struct ledger *l, const struct uuid *campaign, const struct posting *p)
{
    struct hot_campaign *hot = hot_campaign(l, campaign);
    must(hot != NULL || l->view.fault != FAULT_NONE); /* a posting names a campaign that is there */
    if (hot == NULL) return;
    struct balances *b = &hot->row.balances;
    must(p->amount_fen >= 0);
    must((p->from == ACCOUNT_FUND || p->to == ACCOUNT_FUND) == (p->pool_number == 0));
    must(p->pool_number != 0 || (p->issued == 0 && p->redeemed == 0));
    must(p->pool_number != 0 || p->from != p->to);
    int64_t *from = balance_of(b, p->from);
    int64_t *to = balance_of(b, p->to);
    if (from == NULL)
        must(fen_add(b->funded_fen, p->amount_fen, &b->funded_fen));
    else
        must(fen_add(*from, -p->amount_fen, from));
    if (to == NULL)
        must(fen_add(b->funded_fen, -p->amount_fen, &b->funded_fen));
    else
        must(fen_add(*to, p->amount_fen, to));
    must(from == NULL || *from >= 0);
    must(b->funded_fen >= 0);
    hot_touch_campaign(l, hot);
    if (p->pool_number != 0) hot_post_pool(l, hot, p);
}

static void
flush_campaign(struct ledger *l, struct hot_campaign *hot)
{
    const struct campaign_row *row = &hot->row;
    const struct balances *b = &row->balances;
    must(b->funded_fen == b->available_fen + b->live_fen + b->held_fen + b->redeemed_fen +
                              b->settled_fen + b->returned_fen);
    const int64_t integers[] = {
        row->state,      row->acting_version, row->latest_version, row->revision,
        b->funded_fen,   b->available_fen,    b->live_fen,         b->held_fen,
        b->redeemed_fen, b->settled_fen,      b->returned_fen,
    };
    sqlite3_stmt *s = query_start(&l->view, QUERY_SET_CAMPAIGN);
    for (size_t i = 0; i < COUNT_OF(integers); i++) {
        bind_int(s, (int)i + 1, integers[i]);
    }
    bind_uuid_raw(s, COUNT_OF(integers) + 1, &row->id);
    int changed = query_run(&l->view, s);
    must(l->view.fault != FAULT_NONE || changed == 1);
    for (size_t i = 0; i < row->pool_count; i++) {
        if (!(hot->pools_dirty & UINT64_C(1) << i)) continue;
        s = query_start(&l->view, QUERY_SET_POOL);
        bind_int(s, 1, row->pools[i].issued);
        bind_int(s, 2, row->pools[i].redeemed);
        bind_uuid_raw(s, 3, &row->pools[i].id);
        changed = query_run(&l->view, s);
        must(l->view.fault != FAULT_NONE || changed == 1);
    }
}

static void
flush_bucket(struct ledger *l, const struct bucket_row *row)
{
    must(row->live_fen >= 0 && row->unspent_claims >= 0);
    must(!row->swept || (row->live_fen == 0 && row->unspent_claims == 0));
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_BUCKET);
    bind_uuid_raw(s, 1, &row->campaign);
    bind_uuid_raw(s, 2, &row->pool);
    bind_int(s, 3, row->valid_to_s);
    bind_int(s, 4, row->live_fen);
    bind_int(s, 5, row->unspent_claims);
    bind_int(s, 6, row->swept);
    (void)query_run(&l->view, s);
}

void
hot_flush(struct ledger *l)
{
    must(l->open);
    while (l->campaigns_dirty != NULL) {
        struct hot_campaign *hot = l->campaigns_dirty;
        flush_campaign(l, hot);
        l->campaigns_dirty = hot->dirty_next;
        hot->dirty_next = NULL;
        hot->dirty = false;
        hot->pools_dirty = 0;
    }
    while (l->buckets_dirty != NULL) {
        struct hot_bucket *hot = l->buckets_dirty;
        flush_bucket(l, &hot->row);
        l->buckets_dirty = hot->dirty_next;
        hot->dirty_next = NULL;
        hot->dirty = false;
    }
    if (l->hot_count > HOT_KEPT_MAX) hot_forget(l);
}

void
hot_forget(struct ledger *l)
{
    for (size_t i = 0; i < HOT_SLOTS; i++) {
        while (l->campaigns[i] != NULL) {
            struct hot_campaign *next = l->campaigns[i]->next;
            free(l->campaigns[i]);
            l->campaigns[i] = next;
        }
        while (l->buckets[i] != NULL) {
            struct hot_bucket *next = l->buckets[i]->next;
            free(l->buckets[i]);
            l->buckets[i] = next;
        }
    }
    l->campaigns_dirty = NULL;
    l->buckets_dirty = NULL;
    l->hot_count = 0;
}
