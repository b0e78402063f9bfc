/* storage/sqlite/hot.c: rows that every claim touches, in the writer's memory: read once, changed by
 * the batch's effects, written once at the seal. Forgotten when a batch is dropped. */
#include "storage/sqlite/engine.h"

#define BUCKETS_KEPT_MAX 512

static bool
grow(void **rows, size_t row_size, size_t count, size_t *room)
{
    if (count < *room) return true;
    size_t more = *room == 0 ? 16 : *room * 2;
    void *moved = realloc(*rows, more * row_size);
    if (moved == NULL) return false;
    *rows = moved;
    *room = more;
    return true;
}

struct hot_campaign *
hot_campaign(struct ledger *l, const struct uuid *id)
{
    for (size_t i = 0; i < l->campaign_count; i++) {
        if (uuid_equal(&l->campaigns[i].row.id, id)) return &l->campaigns[i];
    }
    sqlite3_stmt *s = query_start(&l->view, QUERY_CAMPAIGN);
    struct campaign_row row;
    bind_uuid_raw(s, 1, id);
    if (!view_load_campaign(&l->view, QUERY_CAMPAIGN, s, &row)) return NULL;
    if (!grow((void **)&l->campaigns, sizeof *l->campaigns, l->campaign_count, &l->campaign_room)) {
        l->view.fault = FAULT_MEMORY;
        return NULL;
    }
    struct hot_campaign *hot = &l->campaigns[l->campaign_count++];
    *hot = (struct hot_campaign){ .row = row };
    return hot;
}

/* With a campaign a missing bucket is made; without one it is only looked for. */
struct hot_bucket *
hot_bucket(struct ledger *l, const struct uuid *campaign, const struct uuid *pool,
           int64_t valid_to_s)
{
    for (size_t i = 0; i < l->bucket_count; i++) {
        struct hot_bucket *hot = &l->buckets[i];
        if (hot->row.valid_to_s == valid_to_s && uuid_equal(&hot->row.pool, pool)) return hot;
    }
    struct bucket_row row = { .pool = *pool, .valid_to_s = valid_to_s };
    sqlite3_stmt *s = query_start(&l->view, QUERY_BUCKET);
    bind_uuid_raw(s, 1, pool);
    bind_int(s, 2, valid_to_s);
    if (query_row(&l->view, s)) {
        row_bucket(s, &row);
        query_end(s);
    } else {
        if (l->view.fault != FAULT_NONE || campaign == NULL) return NULL;
        row.campaign = *campaign;
    }
    if (!grow((void **)&l->buckets, sizeof *l->buckets, l->bucket_count, &l->bucket_room)) {
        l->view.fault = FAULT_MEMORY;
        return NULL;
    }
    struct hot_bucket *hot = &l->buckets[l->bucket_count++];
    *hot = (struct hot_bucket){ .row = row };
    return hot;
}

static int64_t *
balance_of(struct balances *b, enum account account)
{
    switch (account) {
    case ACCOUNT_AVAILABLE: return &b->available_fen;
    case ACCOUNT_LIVE: return &b->live_fen;
    case ACCOUNT_HELD: return &b->held_fen;
    case ACCOUNT_REDEEMED: return &b->redeemed_fen;
    case ACCOUNT_SETTLED: return &b->settled_fen;
    case ACCOUNT_RETURNED: return &b->returned_fen;
    case ACCOUNT_FUND: break;
    }
    must(!"the fund has no balance here");
    return NULL;
}

static void
hot_post_pool(struct campaign_row *row, const struct posting *p)
{
    for (size_t i = 0; i < row->pool_count; i++) {
        struct pool_row *pool = &row->pools[i];
        if (pool->number != p->pool_number) continue;
        pool->issued += p->issued;
        pool->redeemed += p->redeemed;
        must(pool->issued >= 0 && pool->issued <= pool->count);
        must(pool->redeemed >= 0);
        return;
    }
    must(!"a posting names a pool that the campaign lacks");
}

void
hot_post(struct ledger *l, const struct uuid *campaign, const struct posting *p)
{
    struct hot_campaign *hot = hot_campaign(l, campaign);
    if (hot == NULL) {
        must(l->view.fault != FAULT_NONE); /* a posting names a campaign that is not there */
        return;
    }
    struct balances *b = &hot->row.balances;
    must(p->amount_fen >= 0);
    must((p->from == ACCOUNT_FUND || p->to == ACCOUNT_FUND) == (p->pool_number == 0));
    hot->dirty = true;
    int64_t *from = p->from == ACCOUNT_FUND ? NULL : balance_of(b, p->from);
    int64_t *to = p->to == ACCOUNT_FUND ? NULL : balance_of(b, p->to);
    if (from == NULL) must(fen_add(b->funded_fen, p->amount_fen, &b->funded_fen));
    if (to == NULL) must(fen_add(b->funded_fen, -p->amount_fen, &b->funded_fen));
    if (from != NULL) must(fen_add(*from, -p->amount_fen, from));
    if (to != NULL) must(fen_add(*to, p->amount_fen, to));
    must(from == NULL || *from >= 0);
    must(b->funded_fen >= 0);
    if (p->pool_number != 0) hot_post_pool(&hot->row, p);
}

static void
flush_campaign(struct ledger *l, const struct campaign_row *row)
{
    const struct balances *b = &row->balances;
    must(b->funded_fen == b->available_fen + b->live_fen + b->held_fen + b->redeemed_fen +
                              b->settled_fen + b->returned_fen);
    const int64_t integers[] = {
        row->number,          row->state,       row->acting_version, row->latest_version,
        row->revision,        row->created_at_s, b->funded_fen,      b->available_fen,
        b->live_fen,          b->held_fen,      b->redeemed_fen,     b->settled_fen,
        b->returned_fen,
    };
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_CAMPAIGN);
    bind_uuid_raw(s, 1, &row->id);
    for (size_t i = 0; i < COUNT_OF(integers); i++) {
        bind_int(s, (int)i + 2, integers[i]);
    }
    query_run(&l->view, s);
    for (size_t i = 0; i < row->pool_count; i++) {
        s = query_start(&l->view, QUERY_SET_POOL);
        bind_int(s, 1, row->pools[i].issued);
        bind_int(s, 2, row->pools[i].redeemed);
        bind_uuid_raw(s, 3, &row->pools[i].id);
        query_run(&l->view, s);
    }
}

static void
flush_bucket(struct ledger *l, const struct bucket_row *row)
{
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_BUCKET);
    bind_uuid_raw(s, 1, &row->campaign);
    bind_uuid_raw(s, 2, &row->pool);
    bind_int(s, 3, row->valid_to_s);
    bind_int(s, 4, row->live_fen);
    bind_int(s, 5, row->unspent_claims);
    bind_int(s, 6, row->swept);
    query_run(&l->view, s);
}

void
hot_flush(struct ledger *l)
{
    for (size_t i = 0; i < l->campaign_count; i++) {
        if (l->campaigns[i].dirty) flush_campaign(l, &l->campaigns[i].row);
        l->campaigns[i].dirty = false;
    }
    for (size_t i = 0; i < l->bucket_count; i++) {
        if (l->buckets[i].dirty) flush_bucket(l, &l->buckets[i].row);
        l->buckets[i].dirty = false;
    }
    if (l->bucket_count > BUCKETS_KEPT_MAX) l->bucket_count = 0;
}

void
hot_forget(struct ledger *l)
{
    l->campaign_count = 0;
    l->bucket_count = 0;
}
