/* voucher/cli/till.c: as a terminal: a key file {"terminal_id", "private_jwk"}, RFC 9421. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "voucher/cli/remote.h"
#include "voucher/httpsig/sign.h"
#include "voucher/json.h"

struct till_key {
    char terminal_id[ID_TEXT_SIZE];
    struct ed25519_signer *signer;
};

static bool
key_seed(struct json_reader *r, uint8_t seed[ED25519_KEY_SIZE])
{
    struct json_reader jwk;
    struct text d;
    struct json_texts any = { JSON_REQUIRED, 1, 128, NULL };
    return json_member_object(r, "private_jwk", JSON_REQUIRED, &jwk) &&
           json_member_text(&jwk, "d", any, &d) &&
           decode_base64url_exact(d, seed, ED25519_KEY_SIZE);
}

static bool
key_read(const struct cli *cli, struct till_key *out)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct faults faults = { 0 };
    uint8_t seed[ED25519_KEY_SIZE];
    size_t size = 0;
    const char *path = cli_option(cli, "terminal-key");
    if (path == NULL) return cli_complain("--terminal-key", "the file of `terminal enroll`") == 0;
    char *bytes = cli_read_file(path, &size);
    if (bytes == NULL) return false;
    struct json_texts id = { JSON_REQUIRED, ID_TEXT_SIZE - 1, ID_TEXT_SIZE - 1, NULL };
    bool whole = json_document_open(&document, (struct text){ bytes, size }, JSON_TOP_OBJECT) ==
                     FAULT_NONE &&
                 json_reader_start(&r, document, &faults) &&
                 json_member_copy(&r, "terminal_id", id, out->terminal_id) && key_seed(&r, seed) &&
                 ed25519_signer_open(&out->signer, seed) == FAULT_NONE;
    json_document_close(document);
    crypto_wipe(bytes, size);
    crypto_wipe(seed, sizeof seed);
    free(bytes);
    if (!whole) (void)cli_complain(path, "not a terminal's key file");
    return whole;
}

static void
request_line(struct cli_request *request, const char *name, const char *value)
{
    must(request->line_count < CLI_LINES_MAX);
    (void)snprintf(request->lines[request->line_count++], CLI_LINE_SIZE, "%s: %s", name, value);
}

static enum cli_exit
till_send(const struct cli *cli, struct cli_request *request)
{
    struct till_key key = { 0 };
    struct httpsig_fields fields;
    char nonce[25];
    if (!key_read(cli, &key)) return CLI_USAGE;
    cli_make_key(nonce);
    struct signed_field idempotency = { TEXT("idempotency-key"),
                                        text_of(request->key == NULL ? "" : request->key) };
    struct signed_message message = { .method = text_of(request->method),
                                      .path = text_of(request->path),
                                      .fields = &idempotency,
                                      .field_count = request->key == NULL ? 0 : 1,
                                      .body = request->body };
    struct httpsig_request what = { &message, text_of(nonce), (int64_t)time(NULL) };
    struct httpsig_till till = { .keyid = text_of(key.terminal_id), .signer = key.signer };
    bool fits = httpsig_sign_request(&what, &till, &fields);
    ed25519_signer_close(key.signer);
    if (!fits) return cli_complain("request", "too long to be signed");
    if (fields.content_digest[0] != '\0') {
        request_line(request, "Content-Digest", fields.content_digest);
    }
    request_line(request, "Signature-Input", fields.signature_input);
    request_line(request, "Signature", fields.signature);
    return remote_send(cli, request);
}

enum cli_exit
run_till_request(struct cli *cli)
{
    char path[1024], key[25];
    struct json_writer w;
    struct cli_request request = { .method = cli->command->method, .path = path };
    bool changes = strcmp(request.method, "GET") != 0;
    const char *given = cli_option(cli, "key");
    remote_path(cli, path, sizeof path);
    cli_make_key(key);
    if (changes) request.key = given != NULL ? given : key;
    json_writer_grow(&w, 1 << 16);
    enum cli_exit status = CLI_USAGE;
    if (remote_body(cli, &w)) {
        if (changes) request.body = json_writer_text(&w);
        status = till_send(cli, &request);
    }
    json_writer_close(&w);
    return status;
}

static bool
redeem_order(const struct cli *cli, struct json_writer *w)
{
    static const struct cli_field amount = { "amount-fen", "amount_fen", 'i', true };
    const char *category = cli_option(cli, "category");
    json_put_object(w, "order");
    json_put_string(w, "order_no", cli_option(cli, "order-no"));
    if (!remote_put_integer(w, &amount, cli_option(cli, amount.option))) return false;
    if (category != NULL) json_put_string(w, "category", category);
    json_write_end_object(w);
    return true;
}

static bool
redeem_body(const struct cli *cli, struct json_writer *w)
{
    size_t size = 0;
    const char *token = cli_option(cli, "token"), *code = cli_option(cli, "short-code");
    const char *amount = cli_option(cli, "amount-fen"), *order = cli_option(cli, "order-no");
    const char *no = cli_option(cli, "out-request-no"), *path = cli_option(cli, "evidence");
    if ((token == NULL) == (code == NULL) || amount == NULL || order == NULL || no == NULL) {
        (void)cli_complain("redeem", cli->command->usage);
        return false;
    }
    json_write_begin_object(w);
    json_put_string(w, "out_request_no", no);
    json_put_string(w, token != NULL ? "token" : "short_code", token != NULL ? token : code);
    json_put_string(w, "mode", cli->command->verb);
    if (!redeem_order(cli, w)) return false;
    if (path != NULL) {
        char *bytes = cli_read_file(path, &size);
        if (bytes == NULL) return false;
        json_write_key(w, "evidence");
        json_write_raw(w, (struct text){ bytes, size });
        free(bytes);
    }
    json_write_end_object(w);
    return true;
}

enum cli_exit
run_redeem(struct cli *cli)
{
    char key[25];
    struct json_writer w;
    const char *given = cli_option(cli, "key");
    cli_make_key(key);
    struct cli_request request = { .method = "POST",
                                   .path = "/v1/redemptions",
                                   .key = given != NULL ? given : key };
    json_writer_grow(&w, 1 << 16);
    enum cli_exit status = CLI_USAGE;
    if (redeem_body(cli, &w)) {
        request.body = json_writer_text(&w);
        status = till_send(cli, &request);
    }
    json_writer_close(&w);
    return status;
}

static bool
key_write(int fd, const char *terminal_id, const uint8_t seed[ED25519_KEY_SIZE], const char *x)
{
    char d[BASE64URL_SIZE(ED25519_KEY_SIZE)], text[512];
    (void)encode_base64url(seed, ED25519_KEY_SIZE, d);
    int size = snprintf(text, sizeof text,
                        "{\"terminal_id\":\"%s\",\"private_jwk\":{\"kty\":\"OKP\",\"crv\":"
                        "\"Ed25519\",\"x\":\"%s\",\"d\":\"%s\"}}\n",
                        terminal_id, x, d);
    bool whole = write(fd, text, (size_t)size) == size && fsync(fd) == 0;
    crypto_wipe(text, sizeof text);
    crypto_wipe(d, sizeof d);
    return whole;
}

static void
enroll_body(const struct cli *cli, const struct ed25519_signer *signer, const char *x,
            struct json_writer *w)
{
    static const char domain[] = "huiquan-enroll-v1"; /* with its NUL */
    char message[256], proof[BASE64URL_SIZE(ED25519_SIGNATURE_SIZE)];
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    const char *code = cli->words[0];
    size_t size = strnlen(code, sizeof message - sizeof domain);
    memcpy(message, domain, sizeof domain);
    memcpy(message + sizeof domain, code, size);
    ed25519_sign(signer, (struct text){ message, sizeof domain + size }, signature);
    (void)encode_base64url(signature, sizeof signature, proof);
    json_write_begin_object(w);
    json_put_string(w, "enrollment_code", code);
    json_put_object(w, "public_key_jwk");
    json_put_string(w, "kty", "OKP");
    json_put_string(w, "crv", "Ed25519");
    json_put_string(w, "x", x);
    json_write_end_object(w);
    json_put_string(w, "proof", proof);
    json_write_end_object(w);
}

static enum cli_exit
enroll_keep(const struct cli_answer *answer, int fd, const uint8_t *seed, const char *x)
{
    static const char member[] = "{\"terminal_id\":\"";
    char id[ID_TEXT_SIZE] = "";
    size_t at = sizeof member - 1;
    if (answer->size < at + ID_TEXT_SIZE) return CLI_UNAVAILABLE;
    memcpy(id, answer->bytes + at, ID_TEXT_SIZE - 1);
    if (key_write(fd, id, seed, x)) return CLI_OK;
    (void)cli_complain("--terminal-key", "cannot be written; the till must be enrolled anew");
    return CLI_UNAVAILABLE;
}

static enum cli_exit
enroll_send(const struct cli *cli, struct cli_request *request, int fd, const uint8_t *seed,
            const char *x)
{
    struct cli_answer answer;
    cli_send(request, &answer);
    enum cli_exit status = remote_exit(answer.status);
    if (answer.status == 0)
        (void)cli_complain("no answer", answer.error);
    else if (status != CLI_OK)
        remote_show_problem(&answer);
    else
        status = enroll_keep(&answer, fd, seed, x);
    if (status == CLI_OK) cli_print_json(cli, (struct text){ answer.bytes, answer.size });
    cli_answer_end(&answer);
    return status;
}

static enum cli_exit
enroll_with(const struct cli *cli, int fd)
{
    uint8_t seed[ED25519_KEY_SIZE];
    char x[BASE64URL_SIZE(ED25519_KEY_SIZE)], key[25];
    struct ed25519_signer *signer = NULL;
    struct json_writer w;
    const char *given = cli_option(cli, "key");
    crypto_random_fill(seed, sizeof seed);
    must(ed25519_signer_open(&signer, seed) == FAULT_NONE);
    (void)encode_base64url(ed25519_signer_public_key(signer), ED25519_KEY_SIZE, x);
    json_writer_grow(&w, 1 << 16);
    enroll_body(cli, signer, x, &w);
    cli_make_key(key);
    struct cli_request request = { .method = "POST",
                                   .path = "/v1/terminals/enroll",
                                   .url = cli_option(cli, "url"),
                                   .key = given != NULL ? given : key,
                                   .body = json_writer_text(&w) };
    enum cli_exit status =
        cli->dry_run ? remote_send(cli, &request) : enroll_send(cli, &request, fd, seed, x);
    json_writer_close(&w);
    ed25519_signer_close(signer);
    crypto_wipe(seed, sizeof seed);
    return status;
}

/* Makes a key pair, proves its possession, and keeps it with the terminal's id. The code works
 * once: the file is made before it is spent, and taken away again when nothing came of it. */
enum cli_exit
run_terminal_enroll(struct cli *cli)
{
    const char *path = cli_option(cli, "terminal-key");
    if (path == NULL) return cli_complain("--terminal-key", "where to write the new key");
    if (cli->dry_run) return enroll_with(cli, -1);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return cli_complain(path, "cannot be made; a key is never written over");
    enum cli_exit status = enroll_with(cli, fd);
    bool is_closed = close(fd) == 0;
    if (status != CLI_OK || !is_closed) (void)unlink(path);
    return is_closed ? status : CLI_UNAVAILABLE;
}
