/* voucher/cli/bulk.c: files of rows: sent as they are read, and the jobs they become. */
#include <errno.h>
#include <time.h>

#include "voucher/cli/remote.h"
#include "voucher/json.h"

static FILE *
open_file(const char *path)
{
    if (strcmp(path, "-") == 0) return stdin;
    FILE *file = fopen(path, "re");
    if (file == NULL) (void)cli_complain(path, strerror(errno));
    return file;
}

/* The file is the last word; a dry run is the service's: it judges every row. */
enum cli_exit
run_upload(struct cli *cli)
{
    char path[1024], target[1200], key[25];
    const char *pool = cli_option(cli, "pool"), *given = cli_option(cli, "key");
    FILE *file = open_file(cli->words[cli->word_count - 1]);
    if (file == NULL) return CLI_USAGE;
    remote_path(cli, path, sizeof path);
    (void)snprintf(target, sizeof target, "%s?dry_run=%s%s%s", path,
                   cli->dry_run ? "true" : "false",
                   pool == NULL ? "" : "&pool_id=", pool == NULL ? "" : pool);
    cli_make_key(key);
    struct cli_request request = { .method = "POST",
                                   .path = target,
                                   .key = given != NULL ? given : key,
                                   .content_type = "text/csv",
                                   .file = file };
    cli->dry_run = false;
    enum cli_exit status = remote_send(cli, &request);
    if (file != stdin) (void)fclose(file);
    return status;
}

enum cli_exit
run_download(struct cli *cli)
{
    char path[1024];
    remote_path(cli, path, sizeof path);
    struct cli_request request = { .method = "GET", .path = path, .sink = stdout };
    return remote_send(cli, &request);
}

struct progress {
    char state[16];
    int64_t rows_total, rows_ok, rows_failed, rows_per_s, seconds_left;
};

static bool
read_progress(const struct cli_answer *answer, struct progress *out)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct faults ignored = { 0 };
    struct json_integers any = { JSON_OPTIONAL, 0, INT64_MAX };
    struct text bytes = { answer->bytes, answer->size };
    *out = (struct progress){ 0 };
    if (json_document_open(&document, bytes, JSON_TOP_OBJECT) != FAULT_NONE) return false;
    bool read = json_reader_start(&r, document, &ignored) &&
                json_member_copy(&r, "state", (struct json_texts){ JSON_REQUIRED, 1, 15, NULL },
                                 out->state);
    (void)json_member_int64(&r, "rows_total", any, &out->rows_total);
    (void)json_member_int64(&r, "rows_ok", any, &out->rows_ok);
    (void)json_member_int64(&r, "rows_failed", any, &out->rows_failed);
    (void)json_member_int64(&r, "rows_per_s", any, &out->rows_per_s);
    (void)json_member_int64(&r, "seconds_left", any, &out->seconds_left);
    json_document_close(document);
    return read;
}

static void
show_progress(const struct progress *p)
{
    fprintf(stderr, "%s: %lld of %lld rows, %lld failed", p->state,
            (long long)(p->rows_ok + p->rows_failed), (long long)p->rows_total,
            (long long)p->rows_failed);
    if (p->rows_per_s > 0) {
        fprintf(stderr, ", %lld rows/s, %lld s left", (long long)p->rows_per_s,
                (long long)p->seconds_left);
    }
    fputc('\n', stderr);
}

static enum cli_exit
watch_refused(const struct cli_answer *answer)
{
    if (answer->status == 0)
        (void)cli_complain("no answer", answer->error);
    else
        remote_show_problem(answer);
    return remote_exit(answer->status);
}

static enum cli_exit
exit_of(const struct progress *p)
{
    if (strcmp(p->state, "failed") == 0) return CLI_REFUSED;
    return p->rows_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

/* One look; true: it is not over yet. */
static bool
watch_once(struct cli *cli, const struct cli_request *request, enum cli_exit *status)
{
    struct cli_answer answer;
    struct progress p;
    bool goes_on = false;
    cli_send(request, &answer);
    if (remote_exit(answer.status) != CLI_OK || !read_progress(&answer, &p)) {
        *status = watch_refused(&answer);
    } else {
        show_progress(&p);
        goes_on = strcmp(p.state, "queued") == 0 || strcmp(p.state, "running") == 0;
        if (!goes_on) cli_print_json(cli, (struct text){ answer.bytes, answer.size });
        *status = exit_of(&p);
    }
    cli_answer_end(&answer);
    return goes_on;
}

enum cli_exit
run_job_watch(struct cli *cli)
{
    char path[1024], token[REMOTE_TOKEN_SIZE];
    enum cli_exit status = CLI_OK;
    const struct timespec second = { 1, 0 };
    if (!remote_read_token(cli, token)) return CLI_USAGE;
    remote_path(cli, path, sizeof path);
    struct cli_request request = { .method = "GET",
                                   .path = path,
                                   .url = cli_option(cli, "url"),
                                   .token = token[0] == '\0' ? NULL : token };
    while (watch_once(cli, &request, &status)) {
        (void)nanosleep(&second, NULL);
    }
    return status;
}
