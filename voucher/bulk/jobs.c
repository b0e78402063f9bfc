/* voucher/bulk/jobs.c: admit, step, rest.
 *
 *   an upload:  worker ▸ jobs (read the header, count the rows, fsync) ▸ clerk ▸ jobs ▸ worker
 *   a step:     jobs (read, check, seal up to JOB_STEP_ROWS_MAX rows) ▸ clerk ▸ jobs */
#include "voucher/bulk/jobs.h"

#include "voucher/bulk/columns.h"
#include "voucher/bulk/window.h"
#include "voucher/thread.h"
#include "voucher/torture.h"

#define FULL_REST_MS 5000
#define BUSY_ROWS 32
#define BUSY_SHARE 4 /* of the clerk's time, others have at least so many parts to our one */

struct jobs {
    struct jobs_settings settings;
    struct mailbox *inbox;
    struct mail stop;
    bool stopping;
    struct view *view;
    pthread_t thread;
    size_t away; /* operations that are with the clerk */
    bool may_wait; /* a job may wait to be worked on */
    bool stepping;
    int64_t rest_until_ms;
    int64_t stepped_at_ms;
    uint64_t operations_seen; /* the clerk's, when the step began */
    size_t row_max; /* of the next step */
    struct uuid turn; /* whose step was last */
    struct op op; /* of the step */
    struct job_step *step;
    struct csv_record *record;
    struct csv_window window;
};

static int64_t
jobs_now_ms(const struct jobs *j)
{
    return j->settings.seams->monotonic_us(j->settings.seams->owner) / 1000;
}

static struct bulk_reader
jobs_reader(const struct jobs *j, const struct job_row *row)
{
    int64_t now_us = j->settings.seams->wall_us(j->settings.seams->owner);
    return (struct bulk_reader){ .kind = row->kind,
                                 .columns = row->columns,
                                 .keyring = j->settings.keyring,
                                 .clock = { now_us / 1000000, j->settings.offset_s } };
}

/* Gives an operation back to the worker that asked. */
static void
jobs_answer(struct op *op)
{
    must(op->job.asker != NULL);
    mailbox_put(op->job.asker, &op->mail);
}

static void
jobs_refuse(struct jobs *j, struct op *op, enum verdict verdict, const char *why)
{
    op->verdict = verdict;
    (void)snprintf(op->detail, sizeof op->detail, "%s", why);
    if (op->kind == OP_JOB_CREATE) spool_remove(j->settings.data_dir, &op->job.row.id);
    jobs_answer(op);
}

static void
jobs_forward(struct jobs *j, struct op *op)
{
    op->reply = j->inbox;
    if (clerk_post(j->settings.clerk, op))
        j->away++;
    else
        jobs_refuse(j, op, VERDICT_UNAVAILABLE, "");
}

/* What the header says, and how many rows follow it. VERDICT_OK or why not. */
static enum verdict
jobs_survey(struct jobs *j, struct job_row *row, char why[192])
{
    bool is_row = false;
    struct csv_window *w = &j->window;
    window_open(w, &row->id, 0);
    row->line = 1;
    enum csv_result result;
    do {
        row->position = window_position(w);
        result = window_read(w, j->record);
        if (result == CSV_BLANK) row->line += j->record->lines;
    } while (result == CSV_BLANK);
    (void)snprintf(why, 192, "CSV: a header and rows, UTF-8");
    if (w->fault != FAULT_NONE) return VERDICT_UNAVAILABLE;
    if (result != CSV_RECORD) return VERDICT_INVALID;
    if (!bulk_read_header(row->kind, j->record, row->columns, &is_row, why)) return VERDICT_INVALID;
    row->rows_total = is_row ? 1 : 0;
    if (!is_row) {
        row->position = window_position(w);
        row->line += j->record->lines;
    }
    while ((result = window_read(w, j->record)) != CSV_END) {
        row->rows_total += result != CSV_BLANK;
    }
    return w->fault == FAULT_NONE ? VERDICT_OK : VERDICT_UNAVAILABLE;
}

static void
jobs_admit(struct jobs *j, struct op *op)
{
    char why[192] = "";
    enum verdict verdict = jobs_survey(j, &op->job.row, why);
    window_wipe(&j->window);
    torture_point("job-surveyed");
    if (verdict == VERDICT_OK && spool_sync(j->settings.data_dir, &op->job.row.id) != FAULT_NONE) {
        verdict = VERDICT_UNAVAILABLE;
    }
    torture_point("job-spool-synced");
    if (verdict == VERDICT_OK)
        jobs_forward(j, op);
    else
        jobs_refuse(j, op, verdict, verdict == VERDICT_INVALID ? why : "");
}

/* The clerk has judged what a worker asked for. */
static void
jobs_judged(struct jobs *j, struct op *op)
{
    bool made = op->verdict == VERDICT_OK && !op->replayed;
    if (op->kind == OP_JOB_CREATE && !made) {
        spool_remove(j->settings.data_dir, &op->job.row.id);
    }
    torture_point("job-judged");
    j->may_wait = true;
    jobs_answer(op);
}

static void
step_add(struct jobs *j, const struct bulk_reader *reader, enum csv_result result)
{
    struct job_item *item = &j->step->items[j->step->count++];
    item->line = j->step->next_line;
    bulk_read_item(reader, result == CSV_RECORD ? j->record : NULL, item);
}

/* Reads on from where the job stands. */
static void
jobs_fill_step(struct jobs *j, const struct job_row *row)
{
    struct job_step *step = j->step;
    must(j->row_max > 0 && j->row_max <= JOB_STEP_ROWS_MAX);
    struct bulk_reader reader = jobs_reader(j, row);
    step->from = row->position;
    step->next_line = row->line;
    step->count = 0;
    window_open(&j->window, &row->id, row->position);
    enum csv_result result = CSV_RECORD;
    while (step->count < j->row_max && result != CSV_END) {
        result = window_read(&j->window, j->record);
        if (result == CSV_RECORD || result == CSV_BAD) step_add(j, &reader, result);
        step->next_line += j->record->lines;
    }
    step->to = window_position(&j->window);
    /* A file that was cut or changed: what was read of it is left unapplied. */
    step->is_unreadable = j->window.fault != FAULT_NONE || step->to > row->size ||
                          (result == CSV_END && step->to < row->size);
    if (step->is_unreadable) {
        step->count = 0;
        step->to = step->from;
    }
    step->is_last = !step->is_unreadable && step->to == row->size;
    window_wipe(&j->window);
    memset(j->record->bytes, 0, sizeof j->record->bytes);
}

static void
jobs_step(struct jobs *j)
{
    struct job_row row;
    struct clerk_figures figures;
    bool found = view_job_waiting(j->view, &j->turn, &row);
    if (!found) {
        j->turn = (struct uuid){ 0 };
        found = view_job_waiting(j->view, &j->turn, &row);
    }
    bool is_faulty = view_fault(j->view) != FAULT_NONE;
    if (is_faulty) j->rest_until_ms = jobs_now_ms(j) + FULL_REST_MS;
    j->may_wait = is_faulty || found;
    if (is_faulty || !found) return;
    j->turn = row.id;
    clerk_figures(j->settings.clerk, &figures);
    j->operations_seen = figures.operations;
    jobs_fill_step(j, &row);
    op_start(&j->op, OP_JOB_STEP);
    j->op.caller.kind = CALLER_SYSTEM;
    j->op.reply = j->inbox;
    j->op.job.row.id = row.id;
    j->op.job.step = j->step;
    j->stepped_at_ms = jobs_now_ms(j);
    torture_point("job-step-ready");
    j->stepping = clerk_post(j->settings.clerk, &j->op);
    if (j->stepping)
        j->away++;
    else
        j->rest_until_ms = j->stepped_at_ms + FULL_REST_MS;
}

/* Whether others asked meanwhile decides how much comes next, and when. */
static void
jobs_stepped(struct jobs *j)
{
    struct clerk_figures figures;
    int64_t now_ms = jobs_now_ms(j);
    clerk_figures(j->settings.clerk, &figures);
    /* Its own step, and perhaps a sweep. */
    bool is_busy = figures.operations > j->operations_seen + 2;
    j->stepping = false;
    j->row_max = is_busy ? BUSY_ROWS : JOB_STEP_ROWS_MAX;
    j->rest_until_ms = is_busy ? now_ms + BUSY_SHARE * (now_ms - j->stepped_at_ms + 1) : 0;
    if (j->op.verdict == VERDICT_UNAVAILABLE) j->rest_until_ms = now_ms + FULL_REST_MS;
    bool ended =
        j->op.verdict == VERDICT_OK && (j->op.status == JOB_DONE || j->op.status == JOB_FAILED);
    torture_point("job-stepped");
    if (ended) spool_remove(j->settings.data_dir, &j->op.job.row.id);
    op_end(&j->op);
}

static void
jobs_take(struct jobs *j, struct mail *mail)
{
    while (mail != NULL) {
        struct mail *next = mail->next;
        struct op *op = MAILBOX_OF(mail, struct op, mail);
        if (mail == &j->stop) {
            j->stopping = true;
        } else if (op->reply == j->inbox) { /* it has been with the clerk */
            must(j->away > 0);
            j->away--;
            if (op == &j->op)
                jobs_stepped(j);
            else
                jobs_judged(j, op);
        } else if (op->kind == OP_JOB_CREATE) {
            op->job.asker = op->reply;
            jobs_admit(j, op);
        } else {
            op->job.asker = op->reply;
            jobs_forward(j, op);
        }
        mail = next;
    }
}

static int64_t
jobs_patience_ms(const struct jobs *j)
{
    if (j->stepping || !j->may_wait) return -1; /* jobs announce themselves */
    int64_t rest_ms = j->rest_until_ms - jobs_now_ms(j);
    return rest_ms > 0 ? rest_ms : 0;
}

static void *
jobs_run(void *owner)
{
    struct jobs *j = owner;
    while (!j->stopping || j->away > 0) {
        jobs_take(j, mailbox_wait(j->inbox, jobs_patience_ms(j)));
        bool rested = jobs_now_ms(j) >= j->rest_until_ms;
        if (!j->stopping && !j->stepping && j->may_wait && rested) jobs_step(j);
    }
    return NULL;
}

static bool
jobs_knows(void *owner, const struct uuid *job)
{
    struct jobs *j = owner;
    struct job_row row;
    bool known = view_job(j->view, job, &row);
    if (view_fault(j->view) != FAULT_NONE) return true; /* better kept than lost */
    return known && row.state != JOB_DONE && row.state != JOB_FAILED;
}

enum fault
jobs_open(struct jobs **out, const struct jobs_settings *settings)
{
    *out = NULL;
    struct jobs *j = calloc(1, sizeof *j);
    if (j == NULL) return FAULT_MEMORY;
    j->settings = *settings;
    j->window.spool = (struct spool){ settings->data_dir, settings->keyring, { { 0 } } };
    j->row_max = JOB_STEP_ROWS_MAX;
    j->may_wait = true;
    j->step = calloc(1, sizeof *j->step);
    j->record = calloc(1, sizeof *j->record);
    enum fault fault = j->step == NULL || j->record == NULL ? FAULT_MEMORY : FAULT_NONE;
    if (fault == FAULT_NONE) fault = view_open(&j->view, settings->data_dir);
    if (fault == FAULT_NONE) fault = mailbox_open(&j->inbox);
    if (fault == FAULT_NONE) {
        torture_point("jobs-tidy-next");
        spool_tidy(settings->data_dir, jobs_knows, j);
        torture_point("jobs-tidied");
        fault = thread_start(&j->thread, jobs_run, j, "jobs", THREAD_ALONE);
        if (fault == FAULT_NONE) {
            *out = j;
            return FAULT_NONE;
        }
    }
    mailbox_close(j->inbox);
    view_close(j->view);
    free(j->record);
    free(j->step);
    free(j);
    return fault;
}

void
jobs_post(struct jobs *j, struct op *op)
{
    must(op->kind == OP_JOB_CREATE || op->kind == OP_JOB_ACT);
    mailbox_put(j->inbox, &op->mail);
}

void
jobs_close(struct jobs *j)
{
    if (j == NULL) return;
    mailbox_put(j->inbox, &j->stop);
    must(pthread_join(j->thread, NULL) == 0);
    mailbox_close(j->inbox);
    view_close(j->view);
    free(j->record);
    free(j->step);
    free(j);
}
