/* tests/torture/sim.c: a whole city in one thread, all of it drawn from one seed: residents, tills
 * and administrators who send again until they are answered, a network that loses, doubles, delays
 * and reorders, a door that refuses at will (as Redis may), a clock that jumps, a disk that dies at
 * the n-th write with torn and missing writes, and restarts. The rules, the book, the ledger and
 * SQLite are the real ones; what they must say is reckoned a second time by sim_model.h.
 *
 * Must show, for every seed: nothing that the model forbids gets onto the disk; a batch is there as
 * a whole or not at all; whoever was answered yes is answered the same when he asks again; the
 * audit is clean; at the end of time the sums are the model's; and the same seed gives the same
 * trace. */
#include "tests/torture/lib/sim.h"
#include "tests/torture/lib/sim_disk.h"

static int64_t
sim_clock_us(void *owner)
{
    return ((const struct sim *)owner)->wall_s * 1000000;
}

static void
sim_random(void *owner, void *out, size_t size)
{
    struct sim *s = owner;
    struct dice dice = { s->chance++ };
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)dice_below(&dice, 256);
    }
}

/* ---- the daemon ---- */

static void
daemon_start(struct sim *s)
{
    struct ledger_settings settings = { .data_dir = s->city->dir,
                                        .busy_ms_max = 100,
                                        .vfs = SIM_DISK_VFS };
    enum fault fault = ledger_open(&s->ledger, &settings, &s->seams);
    if (fault != FAULT_NONE) sim_fault(s, "the ledger does not open any more");
    must(fault == FAULT_NONE);
    must(catalogue_open(&s->catalogue) == FAULT_NONE);
    s->book = (struct book){ .ledger = s->ledger,
                             .view = ledger_view(s->ledger),
                             .catalogue = s->catalogue,
                             .ids = &s->ids,
                             .settings = s->city->settings };
}

static void
daemon_stop(struct sim *s)
{
    catalogue_close(s->catalogue);
    ledger_close(s->ledger);
    s->catalogue = NULL;
    s->ledger = NULL;
}

static void
daemon_crash(struct sim *s)
{
    bool power_cut = dice_below(&s->dice, 2) == 0;
    daemon_stop(s);
    sim_disk_revive(s->city->dir, power_cut, &s->dice);
    s->crashes++;
    s->cuts += power_cut;
    sim_trace(s, 'C', power_cut);
    daemon_start(s);
}

/* The command alone, as it comes over the network. */
static void
op_receive(struct op *op, const struct op *sent)
{
    op_start(op, sent->kind);
    memcpy(op, sent, offsetof(struct op, verdict));
}

static enum fault
daemon_try(struct sim *s, size_t count)
{
    struct ledger_key keys[BOOK_KEYS_MAX];
    if (s->wall_s > s->book.now_s) s->book.now_s = s->wall_s; /* as the clerk: never back */
    if (s->book.now_s > s->model.latest_s) s->model.latest_s = s->book.now_s;
    enum fault fault = ledger_begin(s->ledger);
    if (fault != FAULT_NONE) return fault;
    for (size_t i = 0; i < count; i++) {
        ledger_prefetch(s->ledger, keys, book_keys(&s->batch[i], keys));
    }
    for (size_t i = 0; i < count; i++) {
        book_decide(&s->book, &s->batch[i]);
    }
    return ledger_seal(s->ledger);
}

/* Is what this operation made on the disk? */
static bool
is_stored(struct sim *s, const struct op *op)
{
    struct claim_row claim;
    struct idempotency_row row;
    if (op->kind == OP_CLAIM) {
        return view_claim_by_key(s->book.view, &op->caller.id, text_of(op->key), &claim);
    }
    return view_idempotency(s->book.view, &op->caller.id, text_of(op->key), &row);
}

/* The batch is on the disk: the model hears of it. */
static void
batch_take(struct sim *s, size_t count, int64_t now_s)
{
    for (size_t i = 0; i < count; i++) {
        const struct op *op = &s->batch[i];
        if (op->verdict != VERDICT_OK || op->replayed || op->kind == OP_SWEEP) continue;
        struct wish *w = &s->wishes[s->batch_wish[i]];
        if (w->is_taken) sim_fault(s, "an operation was done twice");
        w->is_taken = true;
        model_take(&s->model, op, s->book.view, now_s);
    }
}

/* Nobody was answered. The batch is there as a whole or not at all. */
static void
batch_after_crash(struct sim *s, size_t count, int64_t now_s)
{
    size_t made = 0, stored = 0;
    for (size_t i = 0; i < count; i++) {
        const struct op *op = &s->batch[i];
        if (op->verdict != VERDICT_OK || op->replayed || op->kind == OP_SWEEP) continue;
        made++;
        stored += is_stored(s, op);
    }
    if (stored != 0 && stored != made) sim_fault(s, "a batch is there in part");
    if (stored == 0) return;
    s->survived++;
    batch_take(s, count, now_s);
}

/* ---- the network ---- */

static void
packet_put(struct sim *s, size_t wish)
{
    if (s->packet_count == PACKETS_MAX) return; /* lost */
    int64_t delay = s->calm ? 0 : (int64_t)dice_below(&s->dice, 6);
    s->packets[s->packet_count++] = (struct packet){ wish, s->tick + delay };
}

static void
network_send(struct sim *s)
{
    for (size_t i = 0; i < s->wish_count; i++) {
        struct wish *w = &s->wishes[i];
        if (w->settled || w->send_at > s->tick) continue;
        uint64_t luck = s->calm ? 9 : dice_below(&s->dice, 10);
        w->send_at = s->tick + 3 + (int64_t)dice_below(&s->dice, 6);
        s->resent++;
        if (luck < 2) continue; /* lost */
        packet_put(s, i);
        if (luck < 5) packet_put(s, i);
    }
}

/* What has arrived, in any order. */
static size_t
network_deliver(struct sim *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->packet_count && count < BATCH_MAX;) {
        struct packet p = s->packets[i];
        bool stays = p.due > s->tick || (!s->calm && dice_below(&s->dice, 4) == 0);
        if (stays) {
            i++;
            continue;
        }
        s->packets[i] = s->packets[--s->packet_count];
        bool turned_away = !s->calm && dice_below(&s->dice, 16) == 0; /* by the door */
        if (turned_away) continue;
        op_receive(&s->batch[count], &s->wishes[p.wish].op);
        s->batch_wish[count++] = p.wish;
    }
    return count;
}

static void
batch_run(struct sim *s, size_t count)
{
    if (!s->calm && dice_below(&s->dice, 10) == 0) {
        sim_disk_kill_at((int64_t)dice_below(&s->dice, 40));
    }
    enum fault fault = daemon_try(s, count);
    int64_t now_s = s->book.now_s;
    if (fault == FAULT_NONE) {
        batch_take(s, count, now_s);
        for (size_t i = 0; i < count; i++) {
            if (s->batch[i].kind == OP_SWEEP) continue;
            client_take(s, &s->wishes[s->batch_wish[i]], &s->batch[i]);
        }
    } else {
        if (!sim_disk_is_dead()) sim_fault(s, "a batch failed on a sound disk");
        daemon_crash(s);
        batch_after_crash(s, count, now_s);
    }
    for (size_t i = 0; i < count; i++) {
        op_end(&s->batch[i]);
    }
}

static int
daemon_sweep(struct sim *s)
{
    struct op *op = &s->batch[0];
    op_start(op, OP_SWEEP);
    op->caller.kind = CALLER_SYSTEM;
    batch_run(s, 1);
    return op->status;
}

/* ---- a run ---- */

static void
sim_move_clock(struct sim *s)
{
    static const int64_t jumps_s[] = { -3600, -600, 900, 7200, 86400 };
    s->wall_s += (int64_t)dice_below(&s->dice, 60);
    if (!s->calm && dice_below(&s->dice, 25) == 0) {
        s->wall_s += jumps_s[dice_below(&s->dice, COUNT_OF(jumps_s))];
    }
}

static size_t
wishes_open(const struct sim *s)
{
    size_t open = 0;
    for (size_t i = 0; i < s->wish_count; i++) {
        open += !s->wishes[i].settled;
    }
    return open;
}

static void
sim_tick(struct sim *s)
{
    sim_move_clock(s);
    if (s->wish_count < OPS && wishes_open(s) < AT_ONCE) wish_any(s);
    network_send(s);
    size_t count = network_deliver(s);
    if (count > 0) batch_run(s, count);
    if (dice_below(&s->dice, 12) == 0) (void)daemon_sweep(s);
    if (!s->calm && dice_below(&s->dice, 60) == 0) daemon_crash(s); /* between batches */
    if (dice_below(&s->dice, 20) == 0) ledger_tidy(s->ledger);
    /* The disk may have died at a checkpoint, or may be about to at a later batch. */
    if (sim_disk_is_dead()) daemon_crash(s);
}

/* Whoever was answered yes asks once more. */
static void
sim_ask_again(struct sim *s)
{
    for (size_t i = 0; i < s->wish_count; i++) {
        struct wish *w = &s->wishes[i];
        if (!w->acked) continue;
        op_receive(&s->batch[0], &w->op);
        s->batch_wish[0] = i;
        batch_run(s, 1);
        struct op *op = &s->batch[0];
        bool undone = op->kind == OP_REDEEM && op->verdict == VERDICT_REQUEST_REVERSED;
        if (!undone && (op->verdict != VERDICT_OK || !op->replayed)) {
            sim_fault(s, "what was acknowledged is lost");
        }
    }
}

static void
sim_audit(struct sim *s)
{
    struct view *view;
    struct audit audit;
    must(view_open(&view, s->city->dir) == FAULT_NONE);
    must(view_audit(view, &audit) == FAULT_NONE);
    if (!audit_is_clean(&audit)) sim_fault(s, audit.first_fault);
    sim_trace(s, (uint64_t)audit.entries, (uint64_t)audit.redemptions);
    view_close(view);
}

static void
sim_finish(struct sim *s)
{
    s->calm = true;
    sim_disk_kill_at(-1);
    for (int64_t end = s->tick + TICKS_MAX; wishes_open(s) > 0 && s->tick < end; s->tick++) {
        sim_tick(s);
    }
    if (wishes_open(s) > 0) sim_fault(s, "somebody is never answered");
    sim_ask_again(s);
    s->wall_s = s->model.latest_s + 90 * BENCH_DAY;
    while (daemon_sweep(s) > 0) {}
    model_compare(&s->model, s->book.view);
    if (s->model.fault != NULL) sim_fault(s, s->model.fault);
    sim_audit(s);
}

static void
sim_run(struct sim *s, const struct city *c, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    s->city = c;
    s->seed = seed;
    s->dice.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    s->chance = seed << 32;
    s->wall_s = BENCH_T0;
    s->trace = UINT64_C(0xcbf29ce484222325);
    s->seams = (struct seams){ s, sim_clock_us, sim_clock_us, sim_random };
    s->model.hold_s = c->settings.hold_s;
    s->model.count[0] = 8;
    s->model.count[1] = 6;
    memcpy(s->model.campaigns, c->campaigns, sizeof c->campaigns);
    id_source_start(&s->ids, &s->seams);
    city_lay_out(c);
    daemon_start(s);
    int64_t ticks = 60 + (int64_t)dice_below(&s->dice, 120);
    for (; s->tick < ticks && s->fault[0] == '\0'; s->tick++) {
        sim_tick(s);
    }
    if (s->fault[0] == '\0') sim_finish(s);
    daemon_stop(s);
}

struct figures {
    int64_t seeds, twice, sent, done, crashes, cuts, survived, acked;
};

static void
figures_add(struct figures *f, const struct sim *s)
{
    f->seeds++;
    f->sent += s->resent;
    f->crashes += s->crashes;
    f->cuts += s->cuts;
    f->survived += s->survived;
    for (size_t i = 0; i < s->wish_count; i++) {
        f->done += s->wishes[i].is_taken;
        f->acked += s->wishes[i].acked;
    }
}

static int64_t
option(int argc, char **argv, const char *name, int64_t usual)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) return strtoll(argv[i + 1], NULL, 10);
    }
    return usual;
}

static int
tell(const struct figures *f, const char *fault)
{
    printf("{\"ok\":%s,\"figures\":{\"seeds\":%lld,\"run twice, same trace\":%lld,"
           "\"requests sent\":%lld,\"operations on the disk\":%lld,\"acknowledged\":%lld,"
           "\"crashes\":%lld,\"with power cut\":%lld,\"batches that survived unanswered\":%lld},"
           "\"faults\":[",
           fault[0] == '\0' ? "true" : "false", (long long)f->seeds, (long long)f->twice,
           (long long)f->sent, (long long)f->done, (long long)f->acked, (long long)f->crashes,
           (long long)f->cuts, (long long)f->survived);
    if (fault[0] != '\0') printf("\"%s\"", fault);
    printf("]}\n");
    return fault[0] != '\0';
}

/* --seed N begins with seed N; --count N runs so many. */
int
main(int argc, char **argv)
{
    struct city city = { 0 };
    struct figures figures = { 0 };
    char fault[FAULT_ROOM] = "";
    bool quick = argc > 1 && strcmp(argv[argc - 1], "--quick") == 0;
    struct sim *s = malloc(sizeof *s);
    int64_t first = option(argc, argv, "--seed", 1);
    int64_t count = option(argc, argv, "--count", quick ? 2000 : 100000);
    must(s != NULL);
    city_open(&city);
    sim_disk_register();
    for (int64_t i = 0; i < count && fault[0] == '\0'; i++) {
        sim_run(s, &city, (uint64_t)(first + i));
        figures_add(&figures, s);
        memcpy(fault, s->fault, sizeof fault);
        uint64_t trace = s->trace;
        if (i % 100 != 0 || fault[0] != '\0') continue;
        sim_run(s, &city, (uint64_t)(first + i));
        if (s->trace != trace) sim_fault(s, "the same seed gave another trace");
        figures.twice++;
        memcpy(fault, s->fault, sizeof fault);
    }
    city_close(&city);
    free(s);
    return tell(&figures, fault);
}
