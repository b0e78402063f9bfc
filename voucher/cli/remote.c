/* voucher/cli/remote.c */
#include "voucher/cli/remote.h"

#include <errno.h>
#include <unistd.h>

#include "voucher/json.h"
#include "voucher/qr.h"

enum cli_exit
remote_exit(int status)
{
    static const struct {
        int status;
        enum cli_exit exit;
    } exits[] = {
        { 400, CLI_USAGE },       { 401, CLI_AUTH },    { 403, CLI_REFUSED },
        { 404, CLI_NOT_FOUND },   { 409, CLI_REFUSED }, { 412, CLI_REFUSED },
        { 422, CLI_REFUSED },     { 428, CLI_USAGE },   { 429, CLI_RATE_LIMITED },
        { 503, CLI_UNAVAILABLE },
    };
    if (status / 100 == 2) return CLI_OK;
    for (size_t i = 0; i < COUNT_OF(exits); i++) {
        if (exits[i].status == status) return exits[i].exit;
    }
    return status == 0 || status >= 500 ? CLI_UNAVAILABLE : CLI_USAGE;
}

void
remote_path(const struct cli *cli, char *out, size_t room)
{
    size_t size = 0, word = 0;
    for (const char *p = cli->command->path; *p != '\0';) {
        const char *piece = p;
        size_t piece_size = 1;
        if (p[0] == '{' && p[1] == '}') {
            must(word < cli->word_count);
            piece = cli->words[word++];
            piece_size = strlen(piece);
            p++;
        }
        p++;
        if (size + piece_size + 1 > room) break;
        memcpy(out + size, piece, piece_size);
        size += piece_size;
    }
    out[size] = '\0';
}

static void
put_list(struct json_writer *w, const char *member, const char *value)
{
    json_put_array(w, member);
    while (*value != '\0') {
        size_t size = strcspn(value, ",");
        if (size > 0) json_write_text(w, (struct text){ value, size });
        value += size + (value[size] == ',');
    }
    json_write_end_array(w);
}

bool
remote_put_integer(struct json_writer *w, const struct cli_field *field, const char *value)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0) {
        (void)cli_complain(field->option, "a whole number, in fen");
        return false;
    }
    json_put_int64(w, field->member, number);
    return true;
}

bool
remote_body(const struct cli *cli, struct json_writer *w)
{
    bool whole = true;
    json_write_begin_object(w);
    for (size_t i = 0; i < CLI_FIELDS_MAX && cli->command->fields[i].option != NULL; i++) {
        const struct cli_field *field = &cli->command->fields[i];
        const char *value = cli_option(cli, field->option);
        if (value == NULL) {
            if (!field->is_needed) continue;
            (void)cli_complain(field->option, "this option is needed");
            whole = false;
        } else if (field->type == 'l') {
            put_list(w, field->member, value);
        } else if (field->type == 'i') {
            whole = remote_put_integer(w, field, value) && whole;
        } else {
            json_put_string(w, field->member, value);
        }
    }
    json_write_end_object(w);
    return whole;
}

/* A refusal in words: title, detail, and every fault with its place. */
void
remote_show_problem(const struct cli_answer *answer)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct json_array errors;
    struct faults ignored = { 0 };
    struct text title = TEXT("?"), detail = TEXT(""), code = TEXT("");
    struct json_texts any = { JSON_OPTIONAL, 0, 4096, NULL };
    struct text bytes = { answer->bytes, answer->size };
    if (json_document_open(&document, bytes, JSON_TOP_OBJECT) != FAULT_NONE) {
        fprintf(stderr, "HTTP %d\n%.*s\n", answer->status, (int)answer->size,
                answer->size ? answer->bytes : "");
        return;
    }
    (void)json_reader_start(&r, document, &ignored);
    (void)json_member_text(&r, "title", any, &title);
    (void)json_member_text(&r, "detail", any, &detail);
    (void)json_member_text(&r, "code", any, &code);
    fprintf(stderr, "HTTP %d %.*s: %.*s %.*s\n", answer->status, (int)code.size, code.at,
            (int)title.size, title.at, (int)detail.size, detail.at);
    struct json_counts some = { JSON_OPTIONAL, 0, 200 };
    bool listed = json_member_array(&r, "errors", some, &errors);
    for (size_t i = 0; listed && i < errors.count; i++) {
        struct json_reader e;
        struct text pointer = TEXT(""), words = TEXT("");
        if (!json_element_object(&errors, i, &e)) continue;
        (void)json_member_text(&e, "pointer", any, &pointer);
        (void)json_member_text(&e, "detail", any, &words);
        fprintf(stderr, "  %.*s: %.*s\n", (int)pointer.size, pointer.at, (int)words.size, words.at);
    }
    json_document_close(document);
}

bool
remote_read_token(const struct cli *cli, char out[REMOTE_TOKEN_SIZE])
{
    const char *path = cli_option(cli, "token-file"), *variable = getenv("HUIQUAN_TOKEN");
    const char *session = cli_option(cli, "session-file");
    size_t size = 0;
    if (path == NULL) path = session;
    out[0] = '\0';
    if (path == NULL) {
        if (variable != NULL) (void)snprintf(out, REMOTE_TOKEN_SIZE, "%s", variable);
        return true;
    }
    char *bytes = cli_read_file(path, &size);
    if (bytes == NULL) return false;
    (void)snprintf(out, REMOTE_TOKEN_SIZE, "%.*s", (int)strcspn(bytes, "\r\n"), bytes);
    free(bytes);
    return true;
}

static enum cli_exit
remote_show(const struct cli *cli, const struct cli_request *request,
            const struct cli_answer *answer)
{
    enum cli_exit status = remote_exit(answer->status);
    if (answer->status == 0)
        (void)cli_complain("no answer", answer->error);
    else if (status != CLI_OK)
        remote_show_problem(answer);
    else if (request->sink != NULL)
        (void)fflush(request->sink); /* it is there already */
    else
        cli_print_json(cli, (struct text){ answer->bytes, answer->size });
    return status;
}

enum cli_exit
remote_send(const struct cli *cli, struct cli_request *request)
{
    struct cli_answer answer;
    char token[REMOTE_TOKEN_SIZE];
    if (!remote_read_token(cli, token)) return CLI_USAGE;
    request->url = cli_option(cli, "url");
    if (request->token == NULL && token[0] != '\0') request->token = token;
    if (cli->dry_run) {
        printf("%s %s\n%.*s\n", request->method, request->path, (int)request->body.size,
               request->body.size ? request->body.at : "");
        return CLI_OK;
    }
    cli_send(request, &answer);
    enum cli_exit status = remote_show(cli, request, &answer);
    if (status == CLI_UNAVAILABLE && request->key != NULL) {
        fprintf(stderr, "the outcome is open; ask again with --key %s\n", request->key);
    }
    cli_answer_end(&answer);
    return status;
}

enum cli_exit
run_request(struct cli *cli)
{
    char path[1024], key[25];
    struct json_writer w;
    struct cli_request request = { .method = cli->command->method, .path = path };
    remote_path(cli, path, sizeof path);
    cli_make_key(key);
    bool changes = strcmp(request.method, "GET") != 0;
    const char *given = cli_option(cli, "key");
    if (changes) request.key = given != NULL ? given : key;
    json_writer_grow(&w, 1 << 20);
    enum cli_exit status = CLI_USAGE;
    if (remote_body(cli, &w)) {
        if (changes) request.body = json_writer_text(&w);
        status = remote_send(cli, &request);
    }
    json_writer_close(&w);
    return status;
}

/* The authenticator's link as a QR, where a person looks on. */
static void
show_otpauth(const struct cli_answer *answer)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct faults ignored = { 0 };
    char link[256] = "";
    struct text bytes = { answer->bytes, answer->size };
    if (json_document_open(&document, bytes, JSON_TOP_OBJECT) != FAULT_NONE) return;
    if (json_reader_start(&r, document, &ignored)) {
        (void)json_member_copy(&r, "otpauth", (struct json_texts){ JSON_OPTIONAL, 0, 255, NULL },
                               link);
    }
    json_document_close(document);
    if (link[0] != '\0' && isatty(STDERR_FILENO)) (void)qr_print_text(link, stderr);
}

/* By the control socket: who may open that file may make administrators. */
enum cli_exit
run_admin_create(struct cli *cli)
{
    char path[1024];
    struct json_writer w;
    struct cli_answer answer;
    const char *socket = cli_option(cli, "socket"), *data_dir = cli_option(cli, "data-dir");
    if (socket == NULL && data_dir == NULL) {
        return cli_complain("--data-dir", "where huiquand keeps its data (or --socket PATH)");
    }
    (void)snprintf(path, sizeof path, "%s/control.sock", data_dir == NULL ? "" : data_dir);
    struct cli_request request = { .method = "POST",
                                   .path = cli->command->path,
                                   .socket = socket != NULL ? socket : path };
    json_writer_grow(&w, 1 << 16);
    enum cli_exit status = CLI_USAGE;
    if (remote_body(cli, &w)) {
        request.body = json_writer_text(&w);
        if (cli->dry_run) {
            status = remote_send(cli, &request);
        } else {
            cli_send(&request, &answer);
            status = remote_show(cli, &request, &answer);
            if (status == CLI_OK) show_otpauth(&answer);
            cli_answer_end(&answer);
        }
    }
    json_writer_close(&w);
    return status;
}

enum cli_exit
run_campaign_create(struct cli *cli)
{
    char key[25];
    size_t size = 0;
    const char *given = cli_option(cli, "key");
    char *bytes = cli_read_file(cli->words[0], &size);
    if (bytes == NULL) return CLI_USAGE;
    cli_make_key(key);
    struct cli_request request = { .method = "POST",
                                   .path = "/v1/admin/campaigns",
                                   .key = given != NULL ? given : key,
                                   .body = { bytes, size } };
    enum cli_exit status = remote_send(cli, &request);
    free(bytes);
    return status;
}
