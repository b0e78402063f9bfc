/* voucher/wire/job.c: a job as JSON. */
#include "voucher/wire/reply.h"

static const char *
job_kind_text(enum job_kind kind)
{
    static const char *const texts[] = {
        [JOB_GRANTS] = "grants", [JOB_RESIDENTS] = "residents", [JOB_MERCHANTS] = "merchants"
    };
    must((unsigned)kind < COUNT_OF(texts) && texts[kind] != NULL);
    return texts[kind];
}

static const char *
job_state_text(enum job_state state)
{
    static const char *const texts[] = { [JOB_QUEUED] = "queued",
                                         [JOB_RUNNING] = "running",
                                         [JOB_STOPPED] = "stopped",
                                         [JOB_DONE] = "done",
                                         [JOB_FAILED] = "failed" };
    must((unsigned)state < COUNT_OF(texts) && texts[state] != NULL);
    return texts[state];
}

static void
write_rate(struct json_writer *w, const struct job_row *row)
{
    int64_t left = row->rows_total - row->rows_ok - row->rows_failed;
    if (row->state != JOB_RUNNING || row->rows_per_s <= 0) return;
    json_put_int64(w, "rows_per_s", row->rows_per_s);
    json_put_int64(w, "seconds_left", (left + row->rows_per_s - 1) / row->rows_per_s);
}

void
wire_write_job_row(struct json_writer *w, const struct job_row *row, int32_t offset_s)
{
    char id[ID_TEXT_SIZE], url[96];
    (void)id_write(ID_JOB, &row->id, id);
    (void)snprintf(url, sizeof url, "/v1/admin/jobs/%s/failures", id);
    json_write_begin_object(w);
    json_put_string(w, "job_id", id);
    json_put_string(w, "kind", job_kind_text(row->kind));
    json_put_string(w, "state", job_state_text(row->state));
    json_put_bool(w, "dry_run", row->dry_run);
    if (!uuid_is_none(&row->campaign)) json_put_id(w, "campaign_id", ID_CAMPAIGN, &row->campaign);
    if (!uuid_is_none(&row->pool)) json_put_id(w, "pool_id", ID_POOL, &row->pool);
    json_put_int64(w, "rows_total", row->rows_total);
    json_put_int64(w, "rows_ok", row->rows_ok);
    json_put_int64(w, "rows_failed", row->rows_failed);
    write_rate(w, row);
    json_put_time(w, "created_at", row->created_at_s, offset_s);
    if (row->ended_at_s > 0) json_put_time(w, "ended_at", row->ended_at_s, offset_s);
    json_put_string(w, "failures_url", url);
    json_write_end_object(w);
}
