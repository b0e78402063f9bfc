/* storage/sqlite/audit_sums.c: what all claims with their vouchers add up to, in one walk, against
 * campaigns, pools and buckets. In memory: a line for each of those. */
#include "storage/sqlite/audit.h"
#include "storage/sqlite/engine.h"

/* What a claim has become: its vouchers are numbered in a row. It counts as issued while anything
 * of it is spent, or live in a bucket that was not swept. */
#define CLAIM_STATES                                                                 \
    "SELECT c.campaign, c.pool, c.valid_to, c.first_number, c.voucher_count,"        \
    "  count(v.number), coalesce(sum(v.value * (v.state = 1)), 0),"                  \
    "  coalesce(sum(v.value * (v.state = 2)), 0), coalesce(sum(v.state = 3), 0),"    \
    "  coalesce(max(v.state IN (2, 3)), 0), coalesce(max(v.state = 1), 0)"           \
    " FROM claim c LEFT JOIN voucher v ON v.claim = c.id"                            \
    "  AND v.number BETWEEN c.first_number AND c.first_number + c.voucher_count - 1" \
    " GROUP BY c.id"

struct claim_became {
    struct uuid campaign, pool;
    int64_t valid_to_s;
    int64_t live_fen, held_fen, redeemed; /* redeemed: vouchers */
    bool is_spent, is_alive;
};

struct campaign_sums {
    struct uuid id;
    int64_t number, stored_live_fen, stored_held_fen;
    int64_t live_fen, held_fen;
};

struct pool_sums {
    struct uuid id;
    int64_t number, stored_issued, stored_redeemed;
    int64_t issued, redeemed;
    int64_t lost_fen, lost_claims; /* of claims that no bucket holds */
};

struct bucket_sums {
    struct uuid pool;
    int64_t valid_to_s, stored_live_fen, stored_unspent, is_swept;
    int64_t claims, live_fen, unspent;
};

struct sums {
    struct view *view;
    struct audit *audit;
    size_t campaign_count, pool_count, bucket_count;
    struct campaign_sums *campaigns; /* each by its key */
    struct pool_sums *pools;
    struct bucket_sums *buckets;
    struct bucket_sums *last; /* claims of one instant lie together */
};

static void *
sums_room(struct view *v, int64_t count, size_t size)
{
    must(count >= 0 && size > 0);
    void *room = calloc((size_t)count + 1, size);
    if (room == NULL) view_note(v, FAULT_MEMORY);
    return room;
}

static void
sums_load_campaigns(struct sums *t)
{
    int64_t most = query_number(t->view, "SELECT count(*) FROM campaign");
    t->campaigns = sums_room(t->view, most, sizeof *t->campaigns);
    sqlite3_stmt *s =
        audit_prepare(t->view, "SELECT id, number, live, held FROM campaign ORDER BY id");
    while (t->campaigns != NULL && audit_step(t->view, s)) {
        must(t->campaign_count < (size_t)most); /* one snapshot */
        struct campaign_sums *c = &t->campaigns[t->campaign_count++];
        column_uuid(s, 0, &c->id);
        c->number = sqlite3_column_int64(s, 1);
        c->stored_live_fen = sqlite3_column_int64(s, 2);
        c->stored_held_fen = sqlite3_column_int64(s, 3);
    }
    (void)sqlite3_finalize(s);
}

static void
sums_load_pools(struct sums *t)
{
    int64_t most = query_number(t->view, "SELECT count(*) FROM pool");
    t->pools = sums_room(t->view, most, sizeof *t->pools);
    sqlite3_stmt *s =
        audit_prepare(t->view, "SELECT id, number, issued, redeemed FROM pool ORDER BY id");
    while (t->pools != NULL && audit_step(t->view, s)) {
        must(t->pool_count < (size_t)most);
        struct pool_sums *p = &t->pools[t->pool_count++];
        column_uuid(s, 0, &p->id);
        p->number = sqlite3_column_int64(s, 1);
        p->stored_issued = sqlite3_column_int64(s, 2);
        p->stored_redeemed = sqlite3_column_int64(s, 3);
    }
    (void)sqlite3_finalize(s);
}

static void
sums_load_buckets(struct sums *t)
{
    int64_t most = query_number(t->view, "SELECT count(*) FROM bucket");
    t->buckets = sums_room(t->view, most, sizeof *t->buckets);
    sqlite3_stmt *s = audit_prepare(t->view, "SELECT pool, valid_to, live, unspent, swept"
                                             " FROM bucket ORDER BY pool, valid_to");
    while (t->buckets != NULL && audit_step(t->view, s)) {
        must(t->bucket_count < (size_t)most);
        struct bucket_sums *b = &t->buckets[t->bucket_count++];
        column_uuid(s, 0, &b->pool);
        b->valid_to_s = sqlite3_column_int64(s, 1);
        b->stored_live_fen = sqlite3_column_int64(s, 2);
        b->stored_unspent = sqlite3_column_int64(s, 3);
        b->is_swept = sqlite3_column_int64(s, 4);
    }
    (void)sqlite3_finalize(s);
}

/* Campaigns and pools begin with their id. */
static int
id_compare(const void *key, const void *row)
{
    must(key != NULL && row != NULL);
    return memcmp(key, row, sizeof(struct uuid));
}

static int
bucket_compare(const void *key, const void *row)
{
    const struct claim_became *c = key;
    const struct bucket_sums *b = row;
    must(c != NULL && b != NULL);
    int by_pool = memcmp(&c->pool, &b->pool, sizeof c->pool);
    if (by_pool != 0) return by_pool;
    return (c->valid_to_s > b->valid_to_s) - (c->valid_to_s < b->valid_to_s);
}

static struct bucket_sums *
sums_bucket(struct sums *t, const struct claim_became *c)
{
    must(t->buckets != NULL);
    if (t->last != NULL && bucket_compare(c, t->last) == 0) return t->last;
    struct bucket_sums *found =
        bsearch(c, t->buckets, t->bucket_count, sizeof *t->buckets, bucket_compare);
    if (found != NULL) t->last = found;
    return found;
}

static void
sums_add_campaign(struct sums *t, const struct claim_became *c, bool is_swept)
{
    struct campaign_sums *k =
        bsearch(&c->campaign, t->campaigns, t->campaign_count, sizeof *t->campaigns, id_compare);
    must(t->campaigns != NULL);
    if (k == NULL) return; /* rows are compared elsewhere */
    if (!is_swept) audit_add(&k->live_fen, c->live_fen);
    audit_add(&k->held_fen, c->held_fen);
}

static void
sums_add_pool(struct sums *t, const struct claim_became *c, const struct bucket_sums *b)
{
    struct pool_sums *p = bsearch(&c->pool, t->pools, t->pool_count, sizeof *t->pools, id_compare);
    must(t->pools != NULL);
    if (p == NULL) return;
    p->issued += c->is_spent || (c->is_alive && (b == NULL || b->is_swept == 0));
    audit_add(&p->redeemed, c->redeemed);
    if (b != NULL) return;
    audit_add(&p->lost_fen, c->live_fen);
    p->lost_claims += c->is_alive && !c->is_spent;
}

static void
sums_add(struct sums *t, const struct claim_became *c)
{
    struct bucket_sums *b = sums_bucket(t, c);
    must(t->audit != NULL);
    sums_add_campaign(t, c, b != NULL && b->is_swept != 0);
    sums_add_pool(t, c, b);
    if (b == NULL) return;
    b->claims++;
    audit_add(&b->live_fen, c->live_fen);
    b->unspent += c->is_alive && !c->is_spent;
}

static void
sums_walk(struct sums *t)
{
    sqlite3_stmt *s = audit_prepare(t->view, CLAIM_STATES);
    must(s == NULL || sqlite3_column_count(s) == 11);
    while (audit_step(t->view, s)) {
        struct claim_became c = { .valid_to_s = sqlite3_column_int64(s, 2),
                                  .live_fen = sqlite3_column_int64(s, 6),
                                  .held_fen = sqlite3_column_int64(s, 7),
                                  .redeemed = sqlite3_column_int64(s, 8),
                                  .is_spent = sqlite3_column_int64(s, 9) != 0,
                                  .is_alive = sqlite3_column_int64(s, 10) != 0 };
        int64_t count = sqlite3_column_int64(s, 4), there = sqlite3_column_int64(s, 5);
        column_uuid(s, 0, &c.campaign);
        column_uuid(s, 1, &c.pool);
        sums_add(t, &c);
        if (count == there) continue;
        audit_fault(t->audit, &t->audit->vouchers_differ,
                    (struct finding){ "claim from voucher", sqlite3_column_int64(s, 3),
                                      "vouchers, and those there are", count, there });
    }
    (void)sqlite3_finalize(s);
}

static void
sums_tell(struct sums *t, struct finding f)
{
    must(t->audit != NULL);
    if (f.stored != f.counted) audit_fault(t->audit, &t->audit->vouchers_differ, f);
}

static void
sums_compare_bucket(struct sums *t, const struct bucket_sums *b)
{
    const struct pool_sums *p =
        bsearch(&b->pool, t->pools, t->pool_count, sizeof *t->pools, id_compare);
    int64_t number = p == NULL ? 0 : p->number;
    must(t->buckets != NULL);
    if (b->is_swept != 0 || b->claims == 0) return; /* without claims: audit_checks.c */
    sums_tell(t,
              (struct finding){ "pool", number, "live fen of a bucket, and the sum of its vouchers",
                                b->stored_live_fen, b->live_fen });
    sums_tell(t,
              (struct finding){ "pool", number, "unspent claims of a bucket, and those there are",
                                b->stored_unspent, b->unspent });
}

static void
sums_compare(struct sums *t)
{
    for (size_t i = 0; i < t->campaign_count; i++) {
        const struct campaign_sums *c = &t->campaigns[i];
        sums_tell(t,
                  (struct finding){ "campaign", c->number, "live, and the sum of its live vouchers",
                                    c->stored_live_fen, c->live_fen });
        sums_tell(t,
                  (struct finding){ "campaign", c->number, "held, and the sum of its held vouchers",
                                    c->stored_held_fen, c->held_fen });
    }
    for (size_t i = 0; i < t->bucket_count; i++) {
        sums_compare_bucket(t, &t->buckets[i]);
    }
    for (size_t i = 0; i < t->pool_count; i++) {
        const struct pool_sums *p = &t->pools[i];
        sums_tell(t, (struct finding){ "pool", p->number, "live fen of claims that no bucket holds",
                                       0, p->lost_fen });
        sums_tell(t, (struct finding){ "pool", p->number, "unspent claims that no bucket holds", 0,
                                       p->lost_claims });
        sums_tell(t, (struct finding){ "pool", p->number, "issued, and its claims",
                                       p->stored_issued, p->issued });
        sums_tell(t, (struct finding){ "pool", p->number, "redeemed, and its redeemed vouchers",
                                       p->stored_redeemed, p->redeemed });
    }
    must(t->audit->vouchers_differ >= 0);
}

void
audit_sums(struct view *v, struct audit *a)
{
    struct sums t = { .view = v, .audit = a };
    must(v->snapshot);
    sums_load_campaigns(&t);
    sums_load_pools(&t);
    sums_load_buckets(&t);
    if (v->fault == FAULT_NONE) sums_walk(&t);
    if (v->fault == FAULT_NONE) sums_compare(&t);
    free(t.campaigns);
    free(t.pools);
    free(t.buckets);
}
