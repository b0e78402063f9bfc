/* storage/sqlite/store_jobs.c: effects of bulk work. */
#include "storage/sqlite/engine.h"
#include "voucher/torture.h"

static void
job_is_sound(const struct job_row *j)
{
    must(!uuid_is_none(&j->id) && !uuid_is_none(&j->author));
    must(j->position >= 0 && j->position <= j->size);
    must(j->rows_ok >= 0 && j->rows_failed >= 0);
    must(j->rows_ok + j->rows_failed <= j->rows_total);
}

void
store_job(struct ledger *l, const struct effect *e)
{
    const struct job_row *j = e->job;
    job_is_sound(j);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_JOB);
    bind_uuid_raw(s, 1, &j->id);
    bind_int(s, 2, j->kind);
    bind_int(s, 3, j->state);
    bind_int(s, 4, j->dry_run);
    bind_uuid_raw(s, 5, &j->author);
    bind_uuid(s, 6, &j->campaign);
    bind_uuid(s, 7, &j->pool);
    bind_int(s, 8, j->kid);
    bind_text(s, 9, text_of(j->columns));
    bind_int(s, 10, j->size);
    bind_int(s, 11, j->position);
    bind_int(s, 12, j->line);
    bind_int(s, 13, j->rows_total);
    bind_int(s, 14, j->rows_ok);
    bind_int(s, 15, j->rows_failed);
    bind_int(s, 16, j->created_at_s);
    bind_int(s, 17, j->ended_at_s);
    bind_int(s, 18, j->window_at_s);
    bind_int(s, 19, j->window_rows);
    bind_int(s, 20, j->rows_per_s);
    store_one(l, s);
    struct canon c;
    canon_job(&c, j);
    store_mark(l, &c, false);
    torture_point("store-job");
}

void
store_job_failure(struct ledger *l, const struct effect *e)
{
    const struct job_failure *f = e->failure;
    must(!uuid_is_none(&f->job));
    must(f->line > 0 && f->code[0] != '\0');
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_JOB_FAILURE);
    bind_uuid_raw(s, 1, &f->job);
    bind_int(s, 2, f->line);
    bind_text(s, 3, text_of(f->column));
    bind_text(s, 4, text_of(f->code));
    store_one(l, s);
}

void
store_roll(struct ledger *l, const struct effect *e)
{
    const struct roll_row *r = e->roll;
    char lines[ROLL_GROUPS_MAX * (LABEL_BYTES_MAX + 1) + 1];
    must(!uuid_is_none(&r->resident) && !uuid_is_none(&r->job));
    must(r->group_count <= ROLL_GROUPS_MAX);
    size_t size = labels_join(r->groups, r->group_count, lines, sizeof lines);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_ROLL);
    bind_uuid_raw(s, 1, &r->resident);
    bind_text(s, 2, text_of(r->cell));
    bind_blob(s, 3, lines, size);
    bind_uuid_raw(s, 4, &r->job);
    store_one(l, s);
}
