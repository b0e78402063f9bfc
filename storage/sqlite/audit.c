/* storage/sqlite/audit.c: three computations held against each other in one snapshot: the balances,
 * the vouchers and redemptions (audit_checks.c, audit_sums.c), and the journal folded from its
 * beginning, whose chain is computed anew on the way, while rows are compared with the entries that
 * wrote them (audit_rows.c). */
#include "storage/sqlite/audit.h"

#include "crypto/chain.h"
#include "storage/sqlite/audit_rows.h"
#include "storage/sqlite/engine.h"

#define ACCOUNT_COUNT (ACCOUNT_RETURNED + 1)

struct campaign_fold {
    struct uuid id;
    int64_t number;
    int64_t stored_fen[ACCOUNT_COUNT]; /* the fund's place holds what was funded */
    int64_t folded_fen[ACCOUNT_COUNT];
};

struct pool_fold {
    struct uuid campaign;
    int64_t number;
    int64_t stored_issued, stored_redeemed, issued, redeemed;
};

struct fold {
    struct view *view;
    struct audit *audit;
    struct row_audit *rows;
    size_t campaign_count, pool_count;
    struct campaign_fold *campaigns; /* by id */
    struct pool_fold *pools; /* by number */
    int64_t writer, seq; /* of the entry before */
    struct digest hash;
};

static int64_t *
audit_counter(struct audit *a, size_t offset)
{
    must(offset % sizeof(int64_t) == 0);
    must(offset < offsetof(struct audit, first_fault));
    return (int64_t *)((char *)a + offset);
}

static void
audit_compare(struct view *v, struct audit *a, const struct audit_check *check)
{
    sqlite3_stmt *s = audit_prepare(v, check->sql);
    int64_t *counter = audit_counter(a, check->counter);
    must(s == NULL || sqlite3_column_count(s) == 3);
    while (audit_step(v, s)) {
        struct finding f = { check->what, sqlite3_column_int64(s, 0), check->words,
                             sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2) };
        audit_fault(a, counter, f);
    }
    (void)sqlite3_finalize(s);
    must(*counter >= 0);
}

static void *
fold_room(struct view *v, size_t count, size_t size)
{
    must(size > 0);
    void *room = calloc(count + 1, size);
    if (room == NULL) view_note(v, FAULT_MEMORY);
    must(room != NULL || v->fault != FAULT_NONE);
    return room;
}

static void
fold_load_campaigns(struct fold *f)
{
    struct view *v = f->view;
    size_t most = (size_t)f->audit->campaigns;
    f->campaigns = fold_room(v, most, sizeof *f->campaigns);
    sqlite3_stmt *s = audit_prepare(v, "SELECT id, number, funded, available, live, held, redeemed,"
                                       " settled, returned FROM campaign ORDER BY id");
    while (f->campaigns != NULL && audit_step(v, s)) {
        must(f->campaign_count < most); /* one snapshot */
        struct campaign_fold *c = &f->campaigns[f->campaign_count++];
        column_uuid(s, 0, &c->id);
        c->number = sqlite3_column_int64(s, 1);
        for (int i = 0; i < ACCOUNT_COUNT; i++) {
            c->stored_fen[i] = sqlite3_column_int64(s, i + 2);
        }
    }
    (void)sqlite3_finalize(s);
    must(v->fault != FAULT_NONE || f->campaign_count == most);
}

static void
fold_load_pools(struct fold *f)
{
    struct view *v = f->view;
    size_t most = (size_t)query_number(v, "SELECT count(*) FROM pool");
    f->pools = fold_room(v, most, sizeof *f->pools);
    sqlite3_stmt *s = audit_prepare(v, "SELECT campaign, number, issued, redeemed FROM pool"
                                       " ORDER BY number");
    while (f->pools != NULL && audit_step(v, s)) {
        must(f->pool_count < most); /* one snapshot */
        struct pool_fold *p = &f->pools[f->pool_count++];
        column_uuid(s, 0, &p->campaign);
        p->number = sqlite3_column_int64(s, 1);
        p->stored_issued = sqlite3_column_int64(s, 2);
        p->stored_redeemed = sqlite3_column_int64(s, 3);
    }
    (void)sqlite3_finalize(s);
    must(v->fault != FAULT_NONE || f->pool_count == most);
}

static int
campaign_compare(const void *key, const void *campaign)
{
    const struct campaign_fold *c = campaign;
    must(key != NULL && c != NULL);
    return memcmp(key, &c->id, sizeof c->id);
}

static int
pool_compare(const void *key, const void *pool)
{
    const struct pool_fold *p = pool;
    must(key != NULL && p != NULL);
    int64_t number = *(const int64_t *)key;
    return (number > p->number) - (number < p->number);
}

static bool
fold_posting(struct fold *f, const struct journal_entry *entry, const struct posting *p)
{
    struct campaign_fold *c = bsearch(&entry->campaign, f->campaigns, f->campaign_count,
                                      sizeof *f->campaigns, campaign_compare);
    must((unsigned)p->from < ACCOUNT_COUNT);
    must((unsigned)p->to < ACCOUNT_COUNT);
    if (c == NULL || p->amount_fen < 0) return false;
    /* Money that comes from the fund, or goes back to it, is what was funded. */
    audit_add(&c->folded_fen[p->from], p->from == ACCOUNT_FUND ? p->amount_fen : -p->amount_fen);
    audit_add(&c->folded_fen[p->to], p->to == ACCOUNT_FUND ? -p->amount_fen : p->amount_fen);
    if (p->pool_number == 0) return true;
    struct pool_fold *pool =
        bsearch(&p->pool_number, f->pools, f->pool_count, sizeof *f->pools, pool_compare);
    if (pool == NULL || !uuid_equal(&pool->campaign, &entry->campaign)) return false;
    audit_add(&pool->issued, p->issued);
    audit_add(&pool->redeemed, p->redeemed);
    return true;
}

static bool
fold_entry(void *owner, const struct journal_row *row)
{
    struct fold *f = owner;
    struct audit *a = f->audit;
    struct digest hash;
    bool same_writer = row->writer == f->writer;
    bool same_daemon = WRITER_DAEMON(row->writer) == WRITER_DAEMON(f->writer);
    int64_t next = same_writer ? f->seq + 1 : 1;
    struct digest prev = same_daemon ? f->hash : (struct digest){ 0 };
    chain_next(&prev, row->bytes, &hash);
    if (row->seq != next) {
        audit_fault(a, &a->chain_broken,
                    (struct finding){ "writer", row->writer, "a gap: next entry, and the one found",
                                      next, row->seq });
    }
    if (!digest_equal(&hash, &row->hash)) {
        audit_fault(a, &a->chain_broken,
                    (struct finding){ "writer", row->writer, "the hash is wrong at", row->seq, 0 });
    }
    bool sound = row->entry.kind != 0;
    for (size_t i = 0; i < row->entry.posting_count; i++) {
        sound = fold_posting(f, &row->entry, &row->entry.postings[i]) && sound;
    }
    if (!sound) {
        audit_fault(
            a, &a->journal_differs,
            (struct finding){ "writer", row->writer, "an entry makes no sense, at", row->seq, 0 });
    }
    row_audit_entry(f->rows, row);
    f->writer = row->writer;
    f->seq = row->seq;
    f->hash = row->hash;
    return f->view->fault == FAULT_NONE;
}

static void
fold_compare_pool(struct audit *a, const struct pool_fold *p)
{
    must(p != NULL);
    if (p->issued != p->stored_issued) {
        audit_fault(a, &a->journal_differs,
                    (struct finding){ "pool", p->number, "issued, and what the journal says",
                                      p->stored_issued, p->issued });
    }
    if (p->redeemed != p->stored_redeemed) {
        audit_fault(a, &a->journal_differs,
                    (struct finding){ "pool", p->number, "redeemed, and what the journal says",
                                      p->stored_redeemed, p->redeemed });
    }
    must(a->journal_differs >= 0);
}

static void
fold_compare(struct fold *f)
{
    static const char *const words[ACCOUNT_COUNT] = {
        "funded, and what the journal says",   "available, and what the journal says",
        "live, and what the journal says",     "held, and what the journal says",
        "redeemed, and what the journal says", "settled, and what the journal says",
        "returned, and what the journal says",
    };
    _Static_assert(ACCOUNT_FUND == 0 && ACCOUNT_RETURNED == 6, "the order of the words");
    for (size_t i = 0; i < f->campaign_count; i++) {
        const struct campaign_fold *c = &f->campaigns[i];
        for (size_t k = 0; k < ACCOUNT_COUNT; k++) {
            if (c->stored_fen[k] == c->folded_fen[k]) continue;
            audit_fault(f->audit, &f->audit->journal_differs,
                        (struct finding){ "campaign", c->number, words[k], c->stored_fen[k],
                                          c->folded_fen[k] });
        }
    }
    for (size_t i = 0; i < f->pool_count; i++) {
        fold_compare_pool(f->audit, &f->pools[i]);
    }
    must(f->audit->journal_differs >= 0);
}

static void
audit_fold(struct view *v, struct audit *a)
{
    struct row_audit rows;
    struct fold f = { .view = v, .audit = a, .rows = &rows };
    must(a->journal_differs == 0);
    must(v->snapshot);
    row_audit_start(&rows, v, a);
    fold_load_campaigns(&f);
    fold_load_pools(&f);
    if (v->fault == FAULT_NONE) {
        view_journal(v, 0, 0, fold_entry, &f);
        fold_compare(&f);
        row_audit_compare(&rows);
    }
    row_audit_end(&rows);
    free(f.campaigns);
    free(f.pools);
    must(a->chain_broken >= 0);
}

enum fault
view_audit(struct view *v, struct audit *out)
{
    static const struct audit_ear nobody;
    must(v != NULL && out != NULL);
    return view_audit_told(v, out, &nobody);
}

enum fault
view_audit_told(struct view *v, struct audit *out, const struct audit_ear *ear)
{
    must(out != NULL);
    *out = (struct audit){ .ear = *ear };
    must(v->ledger == NULL); /* the writer's rows are half in memory */
    bool own_snapshot = !v->snapshot;
    if (own_snapshot) view_snapshot_begin(v);
    for (size_t i = 0; i < audit_total_count; i++) {
        int64_t *counter = audit_counter(out, audit_totals[i].counter);
        *counter = query_number(v, audit_totals[i].sql);
    }
    for (size_t i = 0; i < audit_check_count; i++) {
        audit_compare(v, out, &audit_checks[i]);
    }
    if (v->fault == FAULT_NONE) audit_sums(v, out);
    if (v->fault == FAULT_NONE) audit_fold(v, out);
    if (own_snapshot) view_snapshot_end(v);
    must(!own_snapshot || !v->snapshot);
    return view_fault(v);
}

bool
audit_is_clean(const struct audit *a)
{
    int64_t faults = a->equation_broken + a->vouchers_differ + a->journal_differs +
                     a->pools_over_issued + a->persons_over_limit + a->redeemed_twice +
                     a->evidence_twice + a->rows_differ + a->chain_broken;
    must(faults >= 0);
    must((faults == 0) == (a->first_fault[0] == '\0'));
    return faults == 0;
}
