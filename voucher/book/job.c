/* voucher/book/job.c: bulk work, a bounded step at a time.
 *
 * 1. The rows of a step, their failures and the job's new position are one transaction.
 * 2. A step is applied only where the job stands; the same step twice is nothing the second time.
 * 3. What a row becomes is what it would become alone: grants are judged by the claim's own rule.
 *
 *   QUEUED ─first step▸ RUNNING ─last step▸ DONE;  either ─stop▸ STOPPED ─resume▸ QUEUED;
 *   either ─its file cannot be read▸ FAILED */
#include "voucher/book/job.h"

#include "voucher/book/moves.h"

#define WINDOW_S 2 /* the rate is that of the last so many seconds, or more */

static void
job_put(struct book *b, const struct job_row *row)
{
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_JOB, .job = row });
}

static void
job_journal(struct book *b, enum journal_kind kind, const struct job_row *row,
            const struct uuid *actor)
{
    char detail[160];
    int size = snprintf(detail, sizeof detail,
                        "\"kind\":%d,\"dry_run\":%s,\"rows_total\":%lld,\"rows_ok\":%lld,"
                        "\"rows_failed\":%lld",
                        (int)row->kind, row->dry_run ? "true" : "false", (long long)row->rows_total,
                        (long long)row->rows_ok, (long long)row->rows_failed);
    must(size > 0 && (size_t)size < sizeof detail);
    struct journal_entry entry = { .kind = kind,
                                   .at_s = b->now_s,
                                   .campaign = row->campaign,
                                   .subject = row->id,
                                   .actor = *actor,
                                   .detail = { detail, (size_t)size } };
    store_journal(b, &entry);
}

static void
job_answer(struct book *b, struct op *op, const struct job_row *row)
{
    wire_write_job_row(&op->body, row, b->settings.offset_s);
    store_reply(b, op);
}

static void
job_fail(struct book *b, const struct job_row *row, int64_t line, const char *column,
         const char *code)
{
    struct job_failure failure = { .job = row->id, .line = line };
    (void)snprintf(failure.column, sizeof failure.column, "%s", column);
    (void)snprintf(failure.code, sizeof failure.code, "%s", code);
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_JOB_FAILURE, .failure = &failure });
}

/* Grants name a pool of an approved campaign. */
static enum verdict
job_check(struct book *b, const struct job_row *row)
{
    struct campaign_row campaign;
    if (row->kind != JOB_GRANTS) return VERDICT_OK;
    if (!view_campaign(b->view, &row->campaign, &campaign)) return VERDICT_NOT_FOUND;
    bool offered = campaign_pool_place(&campaign, &row->pool) < CAMPAIGN_POOLS_MAX;
    return offered ? VERDICT_OK : VERDICT_NOT_FOUND;
}

enum verdict
book_job_create(struct book *b, struct op *op)
{
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    struct job_row row = op->job.row;
    verdict = job_check(b, &row);
    if (verdict != VERDICT_OK) return verdict;
    row.state = JOB_QUEUED;
    row.author = op->caller.id;
    row.kid = op->kid;
    row.created_at_s = b->now_s;
    row.window_at_s = b->now_s;
    if (row.rows_total == 0) {
        row.state = JOB_DONE;
        row.position = row.size;
        row.ended_at_s = b->now_s;
    }
    job_put(b, &row);
    job_journal(b, JOURNAL_JOB_CREATE, &row, &op->caller.id);
    op->status = 202;
    job_answer(b, op, &row);
    return VERDICT_OK;
}

enum verdict
book_job_act(struct book *b, struct op *op)
{
    struct job_row row;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_job(b->view, &op->job.row.id, &row)) return VERDICT_NOT_FOUND;
    bool stops = op->job.act == JOB_STOP;
    bool goes_on = row.state == JOB_QUEUED || row.state == JOB_RUNNING;
    if (stops ? !goes_on : row.state != JOB_STOPPED) return VERDICT_WRONG_STATE;
    row.state = stops ? JOB_STOPPED : JOB_QUEUED;
    if (!stops) row.kid = op->kid; /* the key of before may have been retired meanwhile */
    row.rows_per_s = 0;
    row.window_rows = 0;
    row.window_at_s = b->now_s;
    job_put(b, &row);
    job_journal(b, stops ? JOURNAL_JOB_STOP : JOURNAL_JOB_RESUME, &row, &op->caller.id);
    op->status = 200;
    job_answer(b, op, &row);
    return VERDICT_OK;
}

static enum verdict
apply_grant(struct book *b, const struct job_row *row, const struct job_item *item)
{
    struct claim_result made;
    if (item->by_id && !issue_finds_resident(b, &item->resident)) return VERDICT_NOT_FOUND;
    struct issue issue = { .resident = item->resident,
                           .source = CLAIM_GRANT,
                           .source_id = row->id,
                           .kid = row->kid,
                           .is_dry = row->dry_run,
                           .dry_count = row->rows_ok };
    return issue_judged(b, &row->campaign, &row->pool, &issue, &made);
}

/* A person seen before keeps the contact data that he gave himself. */
static enum verdict
apply_person(struct book *b, const struct job_row *row, const struct job_item *item)
{
    struct resident_row known, fresh = item->person.resident;
    struct roll_row roll = item->person.roll;
    if (row->dry_run) return VERDICT_OK;
    roll.job = row->id;
    fresh.seen_at_s = b->now_s;
    if (!view_resident(b->view, &fresh.id, &known)) {
        ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_RESIDENT, .resident = &fresh });
    }
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_ROLL, .roll = &roll });
    return VERDICT_OK;
}

/* A merchant of that code is brought up to date; his kind stays. */
static enum verdict
apply_merchant(struct book *b, const struct job_row *row, const struct job_item *item)
{
    struct merchant_row known, fresh = item->merchant;
    bool is_known = view_merchant_by_uscc(b->view, text_of(fresh.uscc), &known);
    if (is_known && known.kind != fresh.kind) return VERDICT_WRONG_STATE;
    if (row->dry_run) return VERDICT_OK;
    if (is_known) {
        fresh.id = known.id;
        fresh.created_at_s = known.created_at_s;
    } else {
        id_next(b->ids, &fresh.id);
        fresh.created_at_s = b->now_s;
    }
    struct journal_entry entry = { .kind = JOURNAL_MERCHANT_CREATE,
                                   .at_s = b->now_s,
                                   .subject = fresh.id,
                                   .object = row->id,
                                   .actor = row->author };
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_MERCHANT, .merchant = &fresh });
    if (!is_known) store_journal(b, &entry);
    return VERDICT_OK;
}

static void
apply_item(struct book *b, struct job_row *row, const struct job_item *item)
{
    static enum verdict (*const applies[])(struct book *, const struct job_row *,
                                           const struct job_item *) = {
        [JOB_GRANTS] = apply_grant,
        [JOB_RESIDENTS] = apply_person,
        [JOB_MERCHANTS] = apply_merchant,
    };
    must((unsigned)row->kind < COUNT_OF(applies) && applies[row->kind] != NULL);
    for (size_t i = 0; i < item->fault_count; i++) {
        job_fail(b, row, item->line, item->faults[i].column, flaw_code(item->faults[i].flaw));
    }
    enum verdict verdict = VERDICT_MALFORMED;
    if (item->fault_count == 0) {
        verdict = applies[row->kind](b, row, item);
        if (verdict != VERDICT_OK) job_fail(b, row, item->line, "", verdict_code(verdict));
    }
    if (verdict == VERDICT_OK)
        row->rows_ok++;
    else
        row->rows_failed++;
}

static void
job_clock(struct book *b, struct job_row *row, int64_t row_count)
{
    must(row_count >= 0 && row->window_rows >= 0);
    row->window_rows += row_count;
    int64_t took_s = b->now_s - row->window_at_s;
    if (took_s < WINDOW_S) return;
    row->rows_per_s = row->window_rows / took_s;
    row->window_rows = 0;
    row->window_at_s = b->now_s;
}

static void
job_put_step(struct book *b, struct job_row *row, const struct job_step *step)
{
    bool ends = step->is_last || step->is_unreadable;
    must(row->state == JOB_RUNNING);
    if (ends) row->state = step->is_unreadable ? JOB_FAILED : JOB_DONE;
    if (ends) row->ended_at_s = b->now_s;
    job_put(b, row);
    if (ends) job_journal(b, JOURNAL_JOB_END, row, &row->author);
}

enum verdict
book_job_step(struct book *b, struct op *op)
{
    struct job_row row;
    const struct job_step *step = op->job.step;
    must(op->caller.kind == CALLER_SYSTEM && step != NULL);
    must(step->to >= step->from && step->count <= JOB_STEP_ROWS_MAX);
    if (!view_job(b->view, &op->job.row.id, &row)) return VERDICT_NOT_FOUND;
    bool goes_on = row.state == JOB_QUEUED || row.state == JOB_RUNNING;
    if (!goes_on || row.position != step->from) return VERDICT_WRONG_STATE;
    row.state = JOB_RUNNING;
    for (size_t i = 0; i < step->count; i++) {
        apply_item(b, &row, &step->items[i]);
    }
    row.position = step->to;
    row.line = step->next_line;
    job_clock(b, &row, (int64_t)step->count);
    if (step->is_unreadable) job_fail(b, &row, row.line, "", "unreadable");
    job_put_step(b, &row, step);
    op->status = (int)row.state;
    return VERDICT_OK;
}

void
job_store_done(struct book *b, const struct op *op, const struct wire_job *done)
{
    struct job_row row = { .id = done->id,
                           .kind = JOB_GRANTS,
                           .state = JOB_DONE,
                           .author = op->caller.id,
                           .campaign = op->grant.campaign,
                           .pool = op->grant.pool,
                           .kid = op->kid,
                           .line = 1,
                           .rows_total = done->rows_total,
                           .rows_ok = done->rows_ok,
                           .rows_failed = done->rows_total - done->rows_ok,
                           .created_at_s = b->now_s,
                           .ended_at_s = b->now_s };
    job_put(b, &row);
    for (int64_t i = 0; i < done->rows_total; i++) {
        if (done->refused[i] == VERDICT_OK) continue;
        job_fail(b, &row, i + 1, "", verdict_code(done->refused[i]));
    }
}
