/* voucher/api/jobs.c: bulk work as administrators see it. */
#include "voucher/api/api.h"
#include "voucher/api/import.h"
#include "voucher/api/list.h"
#include "voucher/upload.h"
#include "voucher/wire/reply.h"

#define FAILURES_A_PART 200

static bool
read_dry_run(const struct call *call, bool *out)
{
    struct text text;
    *out = false;
    if (!call_query(call, "dry_run", &text)) return true;
    *out = text_equal(text, TEXT("true"));
    return *out || text_equal(text, TEXT("false"));
}

/* The pool may be left out where there is only one. */
static enum verdict
read_pool(struct call *call, struct uuid *out)
{
    struct text text;
    if (!view_campaign(call_view(call), &call->path_id, &call->campaign)) return VERDICT_NOT_FOUND;
    if (call_query(call, "pool_id", &text)) {
        return id_read(ID_POOL, text, out) ? VERDICT_OK : VERDICT_MALFORMED;
    }
    if (call->campaign.pool_count != 1) return VERDICT_MALFORMED;
    *out = call->campaign.pools[0].id;
    return VERDICT_OK;
}

enum call_state
import_begin(struct call *call, enum job_kind kind)
{
    if (!call->is_upload) {
        return call_refuse_because(call, VERDICT_UNSUPPORTED_MEDIA_TYPE, DETAIL_CSV_TYPE);
    }
    op_start(&call->op, OP_JOB_CREATE);
    struct job_row *row = &call->op.job.row;
    row->kind = kind;
    if (!read_dry_run(call, &row->dry_run)) {
        return call_refuse_because(call, VERDICT_MALFORMED, DETAIL_DRY_RUN);
    }
    if (kind == JOB_GRANTS) {
        enum verdict verdict = read_pool(call, &row->pool);
        row->campaign = call->path_id;
        if (verdict == VERDICT_MALFORMED) {
            return call_refuse_because(call, verdict, DETAIL_POOL_QUERY);
        }
        if (verdict != VERDICT_OK) return call_refuse(call, verdict);
    }
    if (upload_end(call, row) != FAULT_NONE) return call_refuse(call, VERDICT_UNAVAILABLE);
    return CALL_COMMIT;
}

static enum call_state
begin_residents(struct call *call)
{
    return import_begin(call, JOB_RESIDENTS);
}

static enum call_state
begin_merchants(struct call *call)
{
    return import_begin(call, JOB_MERCHANTS);
}

static enum call_state
begin_job(struct call *call)
{
    struct job_row row;
    if (!view_job(call_view(call), &call->path_id, &row)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    wire_write_job_row(&call->reply, &row, call_service(call)->offset_s);
    return call_answer(call, 200);
}

static enum call_state
begin_jobs(struct call *call)
{
    struct job_row found[LIST_LIMIT_MAX + 1];
    struct list list;
    if (!list_read(call, &list)) return call_refuse(call, VERDICT_MALFORMED);
    size_t count = view_jobs(call_view(call), &list.after, found, list.limit + 1);
    list_begin(call, &list, count);
    for (size_t i = 0; i < list.shown; i++) {
        wire_write_job_row(&call->reply, &found[i], call_service(call)->offset_s);
    }
    list_end(call, &list, list.shown > 0 ? &found[list.shown - 1].id : NULL);
    return call_answer(call, 200);
}

static enum call_state
begin_job_act(struct call *call)
{
    struct text path = call->exchange->request.path;
    op_start(&call->op, OP_JOB_ACT);
    call->op.job.row.id = call->path_id;
    call->op.job.act = path.at[path.size - 1] == 'p' ? JOB_STOP : JOB_RESUME; /* stop, resume */
    return CALL_COMMIT;
}

/* A code is a flaw's, a verdict's, or the file's own. */
static const char *
reason_of(const char *code, enum language language)
{
    static const char *const unreadable[] = { [LANGUAGE_ZH] = "文件已无法读取，请重新上传。",
                                              [LANGUAGE_EN] = "The file can no longer be read; "
                                                              "upload it again." };
    for (int flaw = FLAW_NONE + 1; flaw < FLAW_COUNT; flaw++) {
        if (strcmp(flaw_code((enum flaw)flaw), code) == 0) {
            return flaw_words((enum flaw)flaw, language);
        }
    }
    enum verdict verdict = verdict_by_code(text_of(code));
    return verdict == VERDICT_COUNT ? unreadable[language] : verdict_words(verdict, language).title;
}

static void
write_failure(struct call *call, const struct job_failure *f)
{
    char line[512];
    int size = snprintf(line, sizeof line, "%lld,%s,%s,\"%s\"\r\n", (long long)f->line, f->column,
                        f->code, reason_of(f->code, call->language));
    must(size > 0 && (size_t)size < sizeof line);
    json_append(&call->reply, (struct text){ line, (size_t)size });
}

static bool
stream_failures(struct call *call)
{
    struct job_failure found[FAILURES_A_PART];
    if (call->step == 0) json_append(&call->reply, TEXT("line,column,code,reason\r\n"));
    must(!uuid_is_none(&call->cursor.job));
    call->step = 1;
    size_t count = view_job_failures(call_view(call), &call->cursor, found, FAILURES_A_PART);
    for (size_t i = 0; i < count; i++) {
        write_failure(call, &found[i]);
    }
    if (count > 0) call->cursor = found[count - 1];
    return count == FAILURES_A_PART;
}

static enum call_state
begin_failures(struct call *call)
{
    struct job_row row;
    if (!view_job(call_view(call), &call->path_id, &row)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    call->cursor = (struct job_failure){ .job = row.id };
    call->stream = stream_failures;
    call->content_type = "text/csv; charset=utf-8; header=present";
    call_add_field(call, "Content-Disposition: attachment; filename=\"failures.csv\"");
    return CALL_STREAM;
}

#define IMPORT(what, function)                                                                 \
    {                                                                                          \
        .method = HTTP_POST, .path = "/v1/admin/" what "/import", .role = ROLE_ADMIN,          \
        .admin_roles = ROLE_OPERATIONS, .body = BODY_CSV, .needs_key = true, .begin = function \
    }
#define ACT(word)                                                                     \
    {                                                                                 \
        .method = HTTP_POST, .path = "/v1/admin/jobs/{id}/" word, .role = ROLE_ADMIN, \
        .admin_roles = ROLE_OPERATIONS, .path_is = PATH_JOB, .body = BODY_EMPTY,      \
        .needs_key = true, .begin = begin_job_act                                     \
    }

static const struct endpoint rows[] = {
    IMPORT("residents", begin_residents),
    IMPORT("merchants", begin_merchants),
    { .method = HTTP_GET, .path = "/v1/admin/jobs", .role = ROLE_ADMIN, .begin = begin_jobs },
    { .method = HTTP_GET,
      .path = "/v1/admin/jobs/{id}",
      .role = ROLE_ADMIN,
      .path_is = PATH_JOB,
      .begin = begin_job },
    ACT("stop"),
    ACT("resume"),
    { .method = HTTP_GET,
      .path = "/v1/admin/jobs/{id}/failures",
      .role = ROLE_ADMIN,
      .path_is = PATH_JOB,
      .begin = begin_failures },
};

struct endpoint_rows
api_jobs(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
