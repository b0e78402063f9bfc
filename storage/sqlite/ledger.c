/* storage/sqlite/ledger.c: the writer's batches.
 *
 *   closed ─begin▸ open ─store*▸ open ─seal▸ closed (durable)
 *                  open ─drop, or a fault before the commit▸ closed (nothing stored, hot rows gone)
 *                  open ─a fault within the commit▸ shut (unknown: only closing is left) */
#include "storage/sqlite/checkpoint.h"
#include "storage/sqlite/engine.h"
#include "voucher/torture.h"

#define CLAIMANTS_AT_ONCE 512
#define ROUNDS_MAX 4
#define REST_PAGES_MAX 256 /* some two milliseconds */

struct view *
ledger_view(struct ledger *l)
{
    must(l->view.ledger == l);
    must(l->view.db != NULL);
    return &l->view;
}

enum fault
ledger_begin(struct ledger *l)
{
    must(!l->open);
    if (l->shut) return FAULT_IO;
    if (torture_mutant("answer-before-seal") && !sqlite3_get_autocommit(l->view.db)) {
        (void)query_run(&l->view, query_start(&l->view, QUERY_COMMIT));
    }
    if (l->view.fault == FAULT_NONE) {
        (void)query_run(&l->view, query_start(&l->view, QUERY_BEGIN));
    }
    /* Either the lock was not to be had, or a get outside of any batch met a fault. */
    enum fault fault = l->view.fault;
    l->view.fault = FAULT_NONE;
    if (fault != FAULT_NONE) return fault;
    torture_point("engine-begun");
    l->open = true;
    l->sealed = l->now;
    must(l->campaigns_dirty == NULL && l->buckets_dirty == NULL);
    must(l->marks.count == 0 && !l->marks.claim_waits);
    return FAULT_NONE;
}

/* Everything lies in this process: gets are as near as a prefetch. */
void
ledger_prefetch(struct ledger *l, const struct ledger_key *keys, size_t key_count)
{
    must(l->open);
    must(keys != NULL || key_count == 0);
}

void
ledger_drop(struct ledger *l)
{
    must(l->open);
    l->open = false;
    l->view.fault = FAULT_NONE; /* it must not keep the transaction open */
    if (sqlite3_get_autocommit(l->view.db) == 0) {
        (void)query_run(&l->view, query_start(&l->view, QUERY_ROLLBACK));
    }
    if (l->view.fault != FAULT_NONE) l->shut = true;
    l->view.fault = FAULT_NONE;
    must(l->shut || sqlite3_get_autocommit(l->view.db) != 0);
    hot_forget(l);
    l->marks.count = 0;
    l->marks.claim_waits = false;
    l->now = l->sealed;
}

static void
ledger_put_head(struct ledger *l)
{
    must(l->now.seq >= l->sealed.seq);
    if (l->now.seq == l->sealed.seq) return;
    must(l->writer > 0);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_HEAD);
    bind_int(s, 1, l->writer);
    bind_int(s, 2, l->now.seq);
    bind_blob(s, 3, l->now.head.bytes, sizeof l->now.head.bytes);
    (void)query_run(&l->view, s);
}

/* A full disk or a busy file refuses before the commit's last frame is whole, and a frame that is
 * not whole is not there. Any other trouble within the commit, want of memory too, may come after
 * that frame has reached the disk. */
static bool
commit_is_unknown(enum fault fault)
{
    must(fault != FAULT_NONE);
    must((unsigned)fault <= FAULT_MALFORMED);
    return fault != FAULT_FULL && fault != FAULT_LOST_RACE && !torture_mutant("eio-is-known");
}

enum fault
ledger_seal(struct ledger *l)
{
    must(l->open);
    store_marks_left(l);
    hot_flush(l);
    torture_point("engine-rows-flushed");
    ledger_put_head(l);
    torture_point("engine-head-put");
    bool committing = l->view.fault == FAULT_NONE;
    if (torture_mutant("answer-before-seal")) {
        l->open = false;
        return FAULT_NONE;
    }
    (void)query_run(&l->view, query_start(&l->view, QUERY_COMMIT));
    enum fault fault = l->view.fault;
    torture_point("engine-committed");
    if (fault == FAULT_NONE) {
        must(sqlite3_get_autocommit(l->view.db) != 0);
        l->open = false;
        space_watch(l);
        return FAULT_NONE;
    }
    if (committing && commit_is_unknown(fault)) {
        l->shut = true;
        fault = FAULT_IO;
    }
    ledger_drop(l);
    if (fault == FAULT_FULL) space_release(l); /* the same batch, begun again, then has room */
    return fault;
}

/* Readers may keep the log from being reset, and a full disk the file from growing; the log then
 * grows on and a later call tries again. After a failed fsync a second one may succeed and yet have
 * lost pages: go no further, the log still has everything. */
static void
tidied(struct ledger *l, enum fault fault)
{
    l->wal_pages = 0; /* the next commit says how long it is */
    if (fault == FAULT_IO || fault == FAULT_CORRUPT) view_note(&l->view, fault);
}

static void
tidy_here(struct ledger *l)
{
    torture_point("checkpoint-due");
    int code = sqlite3_wal_checkpoint_v2(l->view.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    torture_point("checkpoint-over");
    tidied(l, fault_of_sqlite(code));
}

/* What was committed during a round is left in the log: while it is much another round takes it,
 * and the writer the last of it, so that the next commit may begin the log anew. */
static void
tidy_beside(struct ledger *l)
{
    struct checkpoint_round round;
    enum checkpoint_state state = checkpoint_look(l->beside, &round);
    if (state == CHECKPOINT_UNDER_WAY) return;
    if (state == CHECKPOINT_IDLE) {
        if (l->wal_pages < l->wal_pages_max) return;
        l->rounds_left = ROUNDS_MAX;
        checkpoint_start(l->beside);
        return;
    }
    l->rounds_left--;
    if (round.fault != FAULT_NONE)
        tidied(l, round.fault);
    else if (l->wal_pages - round.pages > REST_PAGES_MAX && l->rounds_left > 0)
        checkpoint_start(l->beside);
    else
        tidy_here(l);
}

/* Who claimed before this opening is read a little at a time; who claims since is added by the
 * store. */
static void
tidy_claimants(struct ledger *l)
{
    struct uuid residents[CLAIMANTS_AT_ONCE];
    if (claimants_are_complete(l->claimants)) return;
    size_t count = list_claimants(&l->view, &l->claimants_read_to, residents, CLAIMANTS_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
        claimants_add(l->claimants, &residents[i]);
    }
    bool is_end = count < CLAIMANTS_AT_ONCE && l->view.fault == FAULT_NONE;
    if (is_end) claimants_complete(l->claimants);
}

bool
ledger_tidy(struct ledger *l)
{
    must(!l->open);
    must(l->view.db != NULL);
    space_check(l);
    if (l->shut) return false;
    if (l->beside != NULL)
        tidy_beside(l);
    else if (l->wal_pages >= l->wal_pages_max)
        tidy_here(l);
    tidy_claimants(l);
    return l->view.fault == FAULT_NONE && !claimants_are_complete(l->claimants);
}

const struct claimants *
ledger_claimants(const struct ledger *l)
{
    must(l->claimants != NULL);
    return l->claimants;
}

bool
ledger_is_full(const struct ledger *l)
{
    must(l->view.ledger == l);
    must(!l->full || l->reserve_bytes > 0);
    return l->full;
}

static int64_t
ledger_take_numbers(struct ledger *l, int64_t *next, int64_t count)
{
    int64_t first = *next;
    must(l->open);
    must(count > 0 && first > 0);
    must(!__builtin_add_overflow(*next, count, next));
    return first;
}

int64_t
ledger_next_voucher_number(struct ledger *l, int64_t count)
{
    return ledger_take_numbers(l, &l->now.next_voucher, count);
}

int64_t
ledger_next_campaign_number(struct ledger *l)
{
    return ledger_take_numbers(l, &l->now.next_campaign, 1);
}

int64_t
ledger_next_pool_number(struct ledger *l)
{
    return ledger_take_numbers(l, &l->now.next_pool, 1);
}
