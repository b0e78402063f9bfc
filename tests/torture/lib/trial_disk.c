/* tests/torture/lib/trial_disk.c: the look from outside at what a trial left. */
#include "tests/torture/lib/trial.h"

/* In the open batch of a process without faults. */
static void
ask_settled(struct trial *t, struct work_span span)
{
    struct work *w = t->work;
    for (size_t i = 0; i < span.tried_count; i++) {
        struct work_op *o = &w->ops[i];
        struct work_answer again;
        if (o->state == WORK_OPEN || (!o->acked && o->state != WORK_REFUSED)) continue;
        work_ask(&w->b.book, o, &again);
        t->asked++;
        if (o->state == WORK_REFUSED) {
            if (again.replayed) trial_fault(t, "refused, and yet stored: operation", (int64_t)i);
            continue;
        }
        const char *wrong = work_judge(w, i, span, &again);
        if (wrong != NULL) trial_fault(t, wrong, (int64_t)i);
    }
}

static void
ask_open(struct trial *t, struct work_span span)
{
    struct work *w = t->work;
    int64_t known = 0, of = 0;
    for (size_t i = span.settled_count; i < span.tried_count; i++) {
        struct work_op *o = &w->ops[i];
        struct work_answer again;
        if (o->state != WORK_OPEN || o->op.kind == OP_SWEEP) continue;
        bool was_yes = o->answer.verdict == VERDICT_OK;
        work_ask(&w->b.book, o, &again);
        of += was_yes;
        known += again.replayed && was_yes;
        o->answer = again;
        work_learn_reversal(w, i);
    }
    if (known != 0 && known != of) trial_fault(t, "half a batch is there:", known);
}

/* Asked once more, what is known now stays so. */
static void
ask_open_again(struct trial *t, struct work_span span)
{
    struct work *w = t->work;
    for (size_t i = span.settled_count; i < span.tried_count; i++) {
        struct work_op *o = &w->ops[i];
        struct work_answer again;
        if (o->state != WORK_OPEN || o->answer.verdict != VERDICT_OK) continue;
        if (o->op.kind == OP_SWEEP) continue;
        work_ask(&w->b.book, o, &again);
        bool same = again.replayed && again.size == o->answer.size &&
                    memcmp(again.bytes, o->answer.bytes, again.size) == 0;
        if (!same && again.verdict != VERDICT_REQUEST_REVERSED) {
            trial_fault(t, "an unknown became two outcomes: operation", (int64_t)i);
        }
    }
}

static void
in_batch(struct trial *t, void (*ask)(struct trial *, struct work_span), struct work_span span)
{
    struct work *w = t->work;
    if (w->b.now_s > w->b.book.now_s) w->b.book.now_s = w->b.now_s;
    must(ledger_begin(w->b.ledger) == FAULT_NONE);
    ask(t, span);
    must(ledger_seal(w->b.ledger) == FAULT_NONE);
}

static void
check_books(struct trial *t)
{
    struct view *v;
    struct audit audit;
    must(view_open(&v, t->work->b.dir) == FAULT_NONE);
    must(view_audit(v, &audit) == FAULT_NONE);
    if (!audit_is_clean(&audit)) trial_fault(t, audit.first_fault, audit.entries);
    view_close(v);
}

void
trial_check_disk(struct trial *t)
{
    struct work *w = t->work;
    struct work_span span = { w->op_count, w->op_count };
    w->b.ledger = NULL; /* the other process's */
    w->b.catalogue = NULL;
    while (span.settled_count > 0 && w->ops[span.settled_count - 1].state == WORK_OPEN) {
        span.settled_count--;
    }
    enum fault fault = work_start(w);
    if (fault != FAULT_NONE) {
        trial_fault(t, "afterwards the ledger does not open, fault", fault);
        return;
    }
    in_batch(t, ask_open, span); /* first: what refused operations do now comes after them */
    in_batch(t, ask_settled, span);
    in_batch(t, ask_open_again, span);
    check_books(t);
    work_stop(w);
}
