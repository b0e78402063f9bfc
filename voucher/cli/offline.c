/* voucher/cli/offline.c: what needs no service: tokens against a JWKS, keys on this machine, QR. */
#include <time.h>

#include "crypto/bytes.h"
#include "crypto/encode.h"
#include "crypto/jwk.h"
#include "crypto/keyring_store.h"
#include "crypto/token.h"
#include "voucher/civil.h"
#include "voucher/cli/cli.h"
#include "voucher/cli/http.h"
#include "voucher/cli/witnessed.h"
#include "voucher/json.h"
#include "voucher/json_writer.h"
#include "voucher/qr.h"

static bool
jwk_at(const struct json_array *keys, size_t i, uint8_t out[ED25519_KEY_SIZE])
{
    struct json_reader key;
    struct text kty, crv, x;
    struct json_texts any = { JSON_REQUIRED, 1, 256, NULL };
    if (!json_element_object(keys, i, &key)) return false;
    if (!json_member_text(&key, "kty", any, &kty)) return false;
    if (!json_member_text(&key, "crv", any, &crv)) return false;
    if (!json_member_text(&key, "x", any, &x)) return false;
    return jwk_read_ed25519(kty, crv, x, out);
}

/* A key of the set that is the one named by kid: by the key itself, not by its label. */
static bool
jwk_is(const struct json_array *keys, size_t i, uint32_t kid, uint8_t out[ED25519_KEY_SIZE])
{
    return jwk_at(keys, i, out) && token_kid(out) == kid;
}

static bool
jwks_find(struct text json, uint32_t kid, struct ed25519_verifier **out)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct json_array keys;
    struct faults faults = { 0 };
    bool found = false;
    uint8_t public_key[ED25519_KEY_SIZE];
    struct json_counts some = { JSON_REQUIRED, 0, 64 };
    if (json_document_open(&document, json, JSON_TOP_OBJECT) != FAULT_NONE) return false;
    bool listed =
        json_reader_start(&r, document, &faults) && json_member_array(&r, "keys", some, &keys);
    for (size_t i = 0; listed && i < keys.count && !found; i++) {
        found = jwk_is(&keys, i, kid, public_key);
    }
    json_document_close(document);
    return found && ed25519_verifier_open(out, public_key) == FAULT_NONE;
}

static char *
jwks_load(const char *from, size_t *size)
{
    struct cli_answer answer;
    if (strncmp(from, "http://", 7) != 0 && strncmp(from, "https://", 8) != 0) {
        return cli_read_file(from, size);
    }
    struct cli_request request = { .method = "GET", .path = "", .url = from };
    cli_send(&request, &answer);
    if (answer.status == 200) {
        *size = answer.size;
        return answer.bytes;
    }
    (void)cli_complain(from, answer.status == 0 ? answer.error : "no key set there");
    cli_answer_end(&answer);
    return NULL;
}

enum cli_exit
cli_read_jwks(const char *from, struct witness_keys *out)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct json_array keys;
    struct faults faults = { 0 };
    size_t size = 0;
    struct json_counts some = { JSON_REQUIRED, 0, WITNESS_KEYS_MAX };
    char *json = jwks_load(from, &size);
    *out = (struct witness_keys){ 0 };
    if (json == NULL) return CLI_UNAVAILABLE;
    bool listed =
        json_document_open(&document, (struct text){ json, size }, JSON_TOP_OBJECT) == FAULT_NONE;
    listed = listed && json_reader_start(&r, document, &faults) &&
             json_member_array(&r, "keys", some, &keys);
    for (size_t i = 0; listed && i < keys.count; i++) {
        out->count += jwk_at(&keys, i, out->keys[out->count]);
    }
    json_document_close(document);
    free(json);
    must(out->count <= WITNESS_KEYS_MAX);
    return out->count > 0 ? CLI_OK : cli_complain(from, "no key set there");
}

static void
show_claims(const struct cli *cli, const struct voucher_claims *c, const char *word)
{
    char text[1024];
    struct json_writer w;
    char kid[9];
    (void)snprintf(kid, sizeof kid, "%08x", c->kid);
    json_writer_fix(&w, text, sizeof text);
    json_write_begin_object(&w);
    json_put_bool(&w, "valid", strcmp(word, "ok") == 0);
    json_put_string(&w, "code", word);
    json_put_string(&w, "kind", c->kind == TOKEN_CAR ? "car" : "shopping");
    json_put_int64(&w, "flags", c->flags);
    json_put_string(&w, "kid", kid);
    json_put_id(&w, "voucher_id", ID_VOUCHER, &c->voucher);
    json_put_int64(&w, "campaign_number", c->campaign_number);
    json_put_int64(&w, "value_fen", c->face_fen);
    json_put_time(&w, "valid_from", c->not_before_s, 8 * 3600);
    json_put_time(&w, "valid_to", c->expires_s, 8 * 3600);
    json_write_end_object(&w);
    cli_print_json(cli, json_writer_text(&w));
}

static enum cli_exit
token_judge(struct cli *cli, struct text jwks, int64_t now_s)
{
    uint8_t token[TOKEN_SIZE];
    struct text rotating;
    struct voucher_claims claims;
    struct ed25519_verifier *verifier = NULL;
    uint32_t kid;
    if (!token_read_digits(text_of(cli->words[0]), token, &rotating)) {
        (void)cli_complain("token", "malformed: 253 digits (or 259) are wanted");
        return CLI_REFUSED;
    }
    bool held = token_peek_kid(token, &kid) && jwks_find(jwks, kid, &verifier) &&
                token_verify(verifier, token, &claims);
    ed25519_verifier_close(verifier);
    if (!held) {
        (void)cli_complain("token", "signature_invalid: not signed by a key of this set");
        return CLI_REFUSED;
    }
    const char *word = "ok";
    if (now_s < claims.not_before_s) word = "voucher_not_yet_valid";
    if (now_s >= claims.expires_s) word = "voucher_expired";
    show_claims(cli, &claims, word);
    return strcmp(word, "ok") == 0 ? CLI_OK : CLI_REFUSED;
}

enum cli_exit
run_token_verify(struct cli *cli)
{
    const char *from = cli_option(cli, "jwks"), *at = cli_option(cli, "at");
    int64_t now_s = (int64_t)time(NULL);
    size_t size = 0;
    if (from == NULL) return cli_complain("--jwks", "a file or an address");
    if (at != NULL && civil_read_instant(text_of(at), &now_s) != CIVIL_OK) {
        return cli_complain("--at", "a time like 2026-06-19T10:00:00+08:00");
    }
    char *jwks = jwks_load(from, &size);
    if (jwks == NULL) return CLI_UNAVAILABLE;
    enum cli_exit status = token_judge(cli, (struct text){ jwks, size }, now_s);
    free(jwks);
    return status;
}

enum cli_exit
run_key_list(struct cli *cli)
{
    static const char *const states[] = { "active", "next", "retired", "revoked" };
    char why[KEYRING_WHY_SIZE] = "";
    struct keyring *keyring = NULL;
    struct json_writer w;
    const char *directory = cli_option(cli, "key-dir");
    if (directory == NULL) return cli_complain("--key-dir", "the directory of the keyring");
    if (keyring_open(&keyring, directory, why) != FAULT_NONE) return cli_complain(directory, why);
    json_writer_grow(&w, 1 << 16);
    json_write_begin_array(&w);
    for (size_t i = 0; i < keyring_count(keyring); i++) {
        const struct keyring_key *key = keyring_at(keyring, i);
        char kid[9];
        (void)snprintf(kid, sizeof kid, "%08x", key->kid);
        json_write_begin_object(&w);
        json_put_string(&w, "kid", kid);
        json_put_string(&w, "state", states[key->state]);
        json_put_time(&w, "created_at", key->created_at_s, 0);
        json_write_end_object(&w);
    }
    json_write_end_array(&w);
    cli_print_json(cli, json_writer_text(&w));
    json_writer_close(&w);
    keyring_close(keyring);
    return CLI_OK;
}

enum cli_exit
run_key_rotate(struct cli *cli)
{
    char why[KEYRING_WHY_SIZE] = "";
    const char *directory = cli_option(cli, "key-dir");
    if (directory == NULL) return cli_complain("--key-dir", "the directory of the keyring");
    if (cli->dry_run) return run_key_list(cli);
    enum fault fault = keyring_rotate(directory, (int64_t)time(NULL), why);
    if (fault != FAULT_NONE) return cli_complain(directory, why);
    return run_key_list(cli);
}

/* A key that leaked: what it signed is believed no more, so the daemon must hear of it at once. */
enum cli_exit
run_key_revoke(struct cli *cli)
{
    uint8_t kid[4];
    char why[KEYRING_WHY_SIZE] = "";
    const char *directory = cli_option(cli, "key-dir");
    must(cli->word_count == 1);
    if (directory == NULL) return cli_complain("--key-dir", "the directory of the keyring");
    if (!decode_hex(text_of(cli->words[0]), kid, sizeof kid)) {
        return cli_complain("KID", "8 hex digits, as key list shows them");
    }
    if (cli->dry_run) return run_key_list(cli);
    enum fault fault = keyring_revoke(directory, bytes_get_u32(kid), (int64_t)time(NULL), why);
    if (fault != FAULT_NONE) return cli_complain(directory, why);
    return run_key_list(cli);
}

enum cli_exit
run_qr(struct cli *cli)
{
    uint8_t token[TOKEN_SIZE];
    struct text rotating, digits = text_of(cli->words[0]);
    if (!token_read_digits(digits, token, &rotating)) return cli_complain("token", "malformed");
    return qr_print(digits, stdout) ? CLI_OK : CLI_UNAVAILABLE;
}
