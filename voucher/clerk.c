/* voucher/clerk.c: take all that waits, decide, seal, answer.
 *
 * Two lanes. What comes in crowds (claims, sign-ins at ten o'clock) waits in one; tills,
 * administrators and time itself go ahead of it in the other, and fewer of the crowd share a batch
 * with them, since everyone in a batch waits for all of it. (Small batches also before a till comes
 * were tried: with every core busy the clerk then waits for a core after each fsync, and a third
 * fewer claims get through.) The crowd's lane is as long as what it holds can be served within
 * CROWD_WAIT_MS: who would wait longer is told to come back. */
#include "voucher/clerk.h"

#include <stdatomic.h>

#include "voucher/steady.h"
#include "voucher/thread.h"
#include "voucher/torture.h"

#define SWEEP_EVERY_MS 1000
#define RETRY_AFTER_FULL_S 5
#define RACES_MAX 100
#define BULK_PATIENCE_MS 200
#define MISSES_CAPACITY 4096
#define CROWD_WAIT_MS 250
#define CROWD_ROOM_MIN 256
#define CROWD_BATCH_MAX 192 /* some six milliseconds */
#define CROWD_BESIDE_OTHERS_MAX 48
#define OPS_MAX 4096

enum lane { LANE_AHEAD, LANE_CROWD, LANES };

/* Operations in the order in which they came. */
struct queue {
    struct mail *first, *last;
};

struct clerk {
    struct ledger *ledger;
    struct book book;
    struct catalogue *catalogue;
    struct id_source ids;
    struct steady_clock clock; /* what the book calls now */
    struct clerk_settings settings;
    struct mailbox *inbox;
    struct queue queues[LANES]; /* taken out of the inbox */
    struct mail stop; /* posted by clerk_close */
    bool stopping;
    int64_t sweep_due_ms;
    struct op sweep; /* what time does by itself, in batches of its own */
    struct op *bulk; /* a job's step, likewise: its turn comes when nobody else waits */
    int64_t bulk_due_ms; /* or at this time */
    pthread_t thread;
    int64_t op_ns; /* of the crowd's batches, lately: what one operation takes, fsync included */
    atomic_int_fast64_t waiting[LANES];
    atomic_int_fast64_t crowd_room; /* how many of the crowd may wait */
    atomic_uint_fast64_t batches, operations, full, generation;
    atomic_bool is_full;
};

static int64_t
clerk_now_ms(const struct clerk *c)
{
    return c->settings.seams->monotonic_us(c->settings.seams->owner) / 1000;
}

static void
clerk_answer(struct op *op)
{
    must(op->reply != NULL);
    mailbox_put(op->reply, &op->mail);
}

static void
clerk_refuse(struct op *op, int64_t retry_after_s)
{
    op->verdict = VERDICT_UNAVAILABLE;
    op->retry_after_s = retry_after_s;
    op->replayed = false;
    json_writer_restart(&op->body);
}

/* A decision that is taken again must begin as the first one did. */
static void
op_rewind(struct op *op)
{
    op->status = 0;
    op->replayed = false;
    op->evidence_faults = 0;
    op->retry_after_s = 0;
    op->because = DETAIL_NONE;
    op->detail[0] = '\0';
    faults_clear(&op->faults);
    op->claimed.claim.voucher_count = 0;
    json_writer_restart(&op->body);
}

/* On a full disk only what redeems goes on. */
static void
clerk_decide(struct clerk *c, struct op *op)
{
    op_rewind(op);
    if (ledger_is_full(c->ledger) && !op_kind_spends(op->kind)) {
        clerk_refuse(op, RETRY_AFTER_FULL_S);
        return;
    }
    book_decide(&c->book, op);
}

static void
clerk_prefetch(struct clerk *c, struct op **ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ledger_key keys[BOOK_KEYS_MAX];
        ledger_prefetch(c->ledger, keys, book_keys(ops[i], keys));
    }
}

static enum fault
clerk_try_batch(struct clerk *c, struct op **ops, size_t count)
{
    const struct seams *seams = c->settings.seams;
    int64_t wall_us = seams->wall_us(seams->owner);
    c->book.now_s =
        steady_clock_read(&c->clock, wall_us, seams->monotonic_us(seams->owner)) / 1000000;
    if (torture_mutant("clock-goes-back")) c->book.now_s = wall_us / 1000000;
    enum fault fault = ledger_begin(c->ledger);
    if (fault != FAULT_NONE) return fault;
    torture_point("batch-begun");
    clerk_prefetch(c, ops, count);
    for (size_t i = 0; i < count; i++) {
        clerk_decide(c, ops[i]);
    }
    torture_point("batch-decided");
    fault = ledger_seal(c->ledger);
    torture_point("batch-sealed");
    if (fault != FAULT_NONE) catalogue_forget(c->catalogue);
    return fault;
}

/* Lost races and a disk that just filled up are tried again from the start: rules are pure. */
static enum fault
clerk_commit(struct clerk *c, struct op **ops, size_t count)
{
    enum fault fault = FAULT_LOST_RACE;
    for (int tries = 0; tries < RACES_MAX; tries++) {
        fault = clerk_try_batch(c, ops, count);
        if (fault == FAULT_FULL) atomic_fetch_add(&c->full, 1);
        if (fault != FAULT_LOST_RACE && fault != FAULT_FULL) break;
        if (fault == FAULT_FULL && tries > 0) break;
    }
    return fault;
}

static int64_t
clerk_waiting(const struct clerk *c)
{
    return (int64_t)atomic_load(&c->waiting[LANE_AHEAD]) +
           (int64_t)atomic_load(&c->waiting[LANE_CROWD]);
}

static void
clerk_note(struct clerk *c, size_t count, enum fault fault, int64_t started_us)
{
    struct metric_block *m = c->settings.metrics;
    if (m == NULL) return;
    int64_t now_us = c->settings.seams->monotonic_us(c->settings.seams->owner);
    metric_observe(m, METRIC_CLERK_BATCH, 0, (int64_t)count);
    metric_observe(m, METRIC_CLERK_SEAL, 0, now_us - started_us);
    metric_set(m, METRIC_CLERK_WAITING, clerk_waiting(c) - (int64_t)count);
    if (fault != FAULT_NONE) metric_add(m, METRIC_CLERK_FAULTS, 0, 0, 1);
}

/* Is something else now true than what workers remember? */
static bool
ops_outdate(struct op **ops, size_t count)
{
    if (torture_mutant("stale-campaign")) return false;
    for (size_t i = 0; i < count; i++) {
        if (op_kind_outdates(ops[i]->kind) && ops[i]->verdict == VERDICT_OK) return true;
    }
    return false;
}

static void
clerk_batch(struct clerk *c, struct op **ops, size_t count)
{
    int64_t started_us = c->settings.seams->monotonic_us(c->settings.seams->owner);
    enum fault fault = clerk_commit(c, ops, count);
    if (torture_mutant("eio-ignored")) fault = FAULT_NONE;
    if (fault == FAULT_IO || fault == FAULT_CORRUPT) {
        fprintf(stderr, "the ledger's disk failed at a seal: no verdict is known; restart and ask "
                        "again under the same keys\n");
        _Exit(70);
    }
    if (fault != FAULT_NONE) {
        for (size_t i = 0; i < count; i++) {
            clerk_refuse(ops[i], RETRY_AFTER_FULL_S);
        }
    }
    /* A sweep that found nothing wrote nothing: no batch to speak of. */
    if (fault == FAULT_NONE && ops[0] == &c->sweep && c->sweep.status == 0) return;
    if (ops_outdate(ops, count)) atomic_fetch_add(&c->generation, 1);
    clerk_note(c, count, fault, started_us);
    atomic_fetch_add(&c->batches, 1);
    atomic_fetch_add(&c->operations, count);
}

static void
clerk_sweep(struct clerk *c)
{
    struct op *op = &c->sweep;
    int64_t now_ms = clerk_now_ms(c);
    if (now_ms < c->sweep_due_ms) return;
    op_start(op, OP_SWEEP);
    op->caller.kind = CALLER_SYSTEM;
    torture_point("sweep-due");
    clerk_batch(c, &op, 1);
    torture_point("sweep-over");
    bool more = op->verdict == VERDICT_OK && op->status > 0;
    c->sweep_due_ms = more ? now_ms : now_ms + SWEEP_EVERY_MS;
    op_end(op);
}

/* A job's step is a batch of its own, so that nobody's answer waits for its rows and its fsync. */
static void
clerk_take_bulk(struct clerk *c, struct op *op)
{
    must(c->bulk == NULL); /* the thread that owns jobs waits for each step */
    c->bulk = op;
    c->bulk_due_ms = clerk_now_ms(c) + BULK_PATIENCE_MS;
}

static void
clerk_bulk(struct clerk *c, bool is_quiet)
{
    struct op *op = c->bulk;
    if (op == NULL || (!is_quiet && clerk_now_ms(c) < c->bulk_due_ms)) return;
    c->bulk = NULL;
    torture_point("step-taken");
    clerk_batch(c, &op, 1);
    torture_point("step-sealed");
    atomic_fetch_sub(&c->waiting[LANE_AHEAD], 1);
    clerk_answer(op);
}

static enum lane
lane_of(enum op_kind kind)
{
    return op_kind_crowds(kind) ? LANE_CROWD : LANE_AHEAD;
}

static void
queue_put(struct queue *q, struct mail *mail)
{
    if (q->first == NULL)
        q->first = mail;
    else
        q->last->next = mail;
    q->last = mail;
}

/* What came in, each into its lane. */
static void
clerk_sort(struct clerk *c, struct mail *mail)
{
    while (mail != NULL) {
        struct mail *next = mail->next;
        struct op *op = MAILBOX_OF(mail, struct op, mail);
        mail->next = NULL;
        if (mail == &c->stop)
            c->stopping = true;
        else if (op->kind == OP_JOB_STEP)
            clerk_take_bulk(c, op);
        else
            queue_put(&c->queues[lane_of(op->kind)], mail);
        mail = next;
    }
}

static size_t
queue_take(struct queue *q, struct op **out, size_t out_max)
{
    size_t count = 0;
    while (q->first != NULL && count < out_max) {
        struct mail *mail = q->first;
        q->first = mail->next;
        out[count++] = MAILBOX_OF(mail, struct op, mail);
    }
    return count;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A batch that is half the crowd's tells what one of them takes. */
static void
clerk_learn(struct clerk *c, int64_t took_us, size_t count)
{
    int64_t op_ns = took_us * 1000 / (int64_t)count;
    c->op_ns = c->op_ns == 0 ? op_ns : (7 * c->op_ns + op_ns) / 8;
    int64_t room = CROWD_WAIT_MS * INT64_C(1000000) / (c->op_ns > 0 ? c->op_ns : 1);
    if (room < CROWD_ROOM_MIN) room = CROWD_ROOM_MIN;
    if (room > c->settings.queue_max) room = c->settings.queue_max;
    atomic_store(&c->crowd_room, room);
}

/* One batch of what waits. */
static void
clerk_turn(struct clerk *c)
{
    struct op *ops[OPS_MAX];
    size_t batch_max = least((size_t)c->settings.batch_max, OPS_MAX);
    size_t ahead = queue_take(&c->queues[LANE_AHEAD], ops, batch_max);
    size_t crowd_max =
        least(batch_max - ahead, ahead > 0 ? CROWD_BESIDE_OTHERS_MAX : CROWD_BATCH_MAX);
    size_t crowd = queue_take(&c->queues[LANE_CROWD], ops + ahead, crowd_max),
           count = ahead + crowd;
    if (count == 0) return;
    int64_t started_us = c->settings.seams->monotonic_us(c->settings.seams->owner);
    torture_point("turn-begun");
    clerk_batch(c, ops, count);
    int64_t took_us = c->settings.seams->monotonic_us(c->settings.seams->owner) - started_us;
    if (crowd >= ahead && crowd >= CROWD_BESIDE_OTHERS_MAX) clerk_learn(c, took_us, count);
    atomic_fetch_sub(&c->waiting[LANE_AHEAD], (int_fast64_t)ahead);
    atomic_fetch_sub(&c->waiting[LANE_CROWD], (int_fast64_t)crowd);
    for (size_t i = 0; i < count; i++) {
        torture_point("answer-posted-next");
        clerk_answer(ops[i]);
    }
    torture_point("answers-posted");
}

static bool
clerk_has_work(const struct clerk *c)
{
    return c->queues[LANE_AHEAD].first != NULL || c->queues[LANE_CROWD].first != NULL;
}

static void *
clerk_run(void *owner)
{
    struct clerk *c = owner;
    if (c->settings.metrics != NULL) {
        int64_t now_us = c->settings.seams->wall_us(c->settings.seams->owner);
        metric_set(c->settings.metrics, METRIC_START_TIME, now_us / 1000000);
    }
    bool is_untidy = true;
    while (!c->stopping) {
        bool waits = clerk_has_work(c) || c->bulk != NULL || is_untidy;
        clerk_sort(c, waits ? mailbox_take(c->inbox) : mailbox_wait(c->inbox, SWEEP_EVERY_MS));
        clerk_bulk(c, !clerk_has_work(c));
        clerk_turn(c);
        clerk_sweep(c);
        is_untidy = ledger_tidy(c->ledger);
        atomic_store(&c->is_full, ledger_is_full(c->ledger));
    }
    clerk_sort(c, mailbox_take(c->inbox));
    while (clerk_has_work(c)) {
        clerk_turn(c);
    }
    clerk_bulk(c, true);
    return NULL;
}

enum fault
clerk_open(struct clerk **out, const struct clerk_settings *settings)
{
    *out = NULL;
    struct clerk *c = calloc(1, sizeof *c);
    if (c == NULL) return FAULT_MEMORY;
    c->settings = *settings;
    atomic_init(&c->crowd_room, settings->queue_max);
    id_source_start(&c->ids, settings->seams);
    c->settings.ledger.checkpoints_beside = true;
    enum fault fault = ledger_open(&c->ledger, &c->settings.ledger, settings->seams);
    if (fault == FAULT_NONE) fault = catalogue_open(&c->catalogue);
    if (fault == FAULT_NONE) fault = gcra_table_open(&c->book.misses, MISSES_CAPACITY);
    if (fault == FAULT_NONE) fault = mailbox_open(&c->inbox);
    if (fault == FAULT_NONE) {
        c->book = (struct book){ .ledger = c->ledger,
                                 .view = ledger_view(c->ledger),
                                 .catalogue = c->catalogue,
                                 .ids = &c->ids,
                                 .misses = c->book.misses,
                                 .settings = settings->book };
        fault = thread_start(&c->thread, clerk_run, c, "clerk", THREAD_ALONE);
        if (fault == FAULT_NONE) {
            *out = c;
            return FAULT_NONE;
        }
    }
    mailbox_close(c->inbox);
    gcra_table_close(c->book.misses);
    catalogue_close(c->catalogue);
    ledger_close(c->ledger);
    free(c);
    return fault;
}

bool
clerk_is_crowded(const struct clerk *c)
{
    return atomic_load(&c->waiting[LANE_CROWD]) >= atomic_load(&c->crowd_room);
}

bool
clerk_post(struct clerk *c, struct op *op)
{
    enum lane lane = lane_of(op->kind);
    int64_t room = lane == LANE_CROWD ? atomic_load(&c->crowd_room) : c->settings.queue_max;
    int64_t waiting = atomic_fetch_add(&c->waiting[lane], 1);
    if (waiting >= room) {
        atomic_fetch_sub(&c->waiting[lane], 1);
        return false;
    }
    mailbox_put(c->inbox, &op->mail);
    return true;
}

void
clerk_close(struct clerk *c)
{
    if (c == NULL) return;
    mailbox_put(c->inbox, &c->stop);
    must(pthread_join(c->thread, NULL) == 0);
    mailbox_close(c->inbox);
    gcra_table_close(c->book.misses);
    catalogue_close(c->catalogue);
    ledger_close(c->ledger);
    free(c);
}

const struct claimants *
clerk_claimants(const struct clerk *c)
{
    return ledger_claimants(c->ledger);
}

uint64_t
clerk_generation(const struct clerk *c)
{
    return atomic_load(&c->generation);
}

void
clerk_figures(struct clerk *c, struct clerk_figures *out)
{
    out->batches = atomic_load(&c->batches);
    out->operations = atomic_load(&c->operations);
    out->full = atomic_load(&c->full);
    out->waiting = clerk_waiting(c);
    out->is_full = atomic_load(&c->is_full);
}
