/* voucher/api/directory.c: merchants, their terminals, and vouchers that an administrator voids. */
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "crypto/encode.h"
#include "crypto/jwk.h"
#include "voucher/api/api.h"
#include "voucher/api/list.h"
#include "voucher/form.h"
#include "voucher/idcheck.h"
#include "voucher/wire/reply.h"

#define MERCHANTS_AT_ONCE 256
#define MERCHANTS_LOOKED_AT 4096 /* by one request: some milliseconds */
#define FIND_BYTES_MAX 60
_Static_assert(MERCHANTS_AT_ONCE > LIST_LIMIT_MAX, "a whole page, and one more");

static void
parse_groups(struct json_reader *body, struct merchant_row *out)
{
    struct json_array groups;
    struct json_counts rule = { JSON_OPTIONAL, 0, MERCHANT_GROUPS_MAX };
    struct json_texts text_rule = { JSON_REQUIRED, 1, LABEL_BYTES_MAX, NULL };
    if (!json_member_array(body, "groups", rule, &groups)) return;
    for (size_t i = 0; i < groups.count; i++) {
        struct text text;
        if (!json_element_text(&groups, i, text_rule, &text)) continue;
        memcpy(out->groups[out->group_count++].text, text.at, text.size);
    }
}

/* A real company's code that fails its check exists: a reason overrides the check, not the shape.
 */
static void
parse_uscc(struct json_reader *body, struct merchant_row *out)
{
    struct text sent, reason;
    char normal[IDCHECK_ROOM];
    struct json_texts rule = { JSON_REQUIRED, 1, 63, NULL };
    struct json_texts reason_rule = { JSON_OPTIONAL, 1, REASON_BYTES_MAX, NULL };
    bool overridden = json_member_text(body, "uscc_override_reason", reason_rule, &reason);
    if (!json_member_text(body, "uscc", rule, &sent)) return;
    size_t size = idcheck_normalise(sent, normal, sizeof normal);
    enum flaw flaw = size == 0 ? FLAW_USCC_SHAPE : idcheck_uscc((struct text){ normal, size });
    if (flaw == FLAW_USCC_CHECK && overridden) flaw = FLAW_NONE;
    if (flaw != FLAW_NONE)
        json_member_flaw(body, "uscc", flaw);
    else
        memcpy(out->uscc, normal, size + 1);
}

static void
parse_merchant(struct call *call, struct json_reader *body)
{
    static const char *const kinds[] = { "shop", "car_dealer" };
    struct merchant_row *out = &call->op.merchant;
    size_t kind = 0;
    op_start(&call->op, OP_MERCHANT_CREATE);
    json_member_copy(body, "name",
                     (struct json_texts){ JSON_REQUIRED, 1, CAMPAIGN_NAME_BYTES_MAX, NULL },
                     out->name);
    json_member_word(body, "kind", (struct json_words){ JSON_REQUIRED, 2, kinds }, &kind);
    out->kind = (enum merchant_kind)kind;
    parse_uscc(body, out);
    parse_groups(body, out);
    json_member_copy(body, "grid_cell",
                     (struct json_texts){ JSON_OPTIONAL, 1, LABEL_BYTES_MAX, NULL }, out->cell);
}

static enum call_state
begin_commit(struct call *call)
{
    (void)call;
    return CALL_COMMIT;
}

static bool
holds_word(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

static bool
merchant_matches(const struct merchant_row *m, const char *word)
{
    bool found = holds_word(m->name, word) || holds_word(m->uscc, word);
    must(m->group_count <= MERCHANT_GROUPS_MAX);
    for (size_t i = 0; i < m->group_count && !found; i++) {
        found = holds_word(m->groups[i].text, word);
    }
    return found;
}

/* The next page of those that match, out of the next few thousand: a province has 146,000, and an
 * event loop does not look through all of them at once. True: there may be more after last. */
static bool
merchants_find(struct call *call, const char *word, struct merchant_row *rows, struct list *list,
               struct uuid *last)
{
    size_t looked = 0, count = MERCHANTS_AT_ONCE;
    struct uuid after = list->after, id;
    if (id_read(ID_MERCHANT, text_of(word), &id)) {
        if (view_merchant(call_view(call), &id, rows)) wire_write_merchant(&call->reply, rows);
        return false;
    }
    while (looked < MERCHANTS_LOOKED_AT && count == MERCHANTS_AT_ONCE) {
        count = view_merchants(call_view(call), &after, rows, MERCHANTS_AT_ONCE);
        looked += count;
        for (size_t i = 0; i < count; i++) {
            *last = rows[i].id;
            if (!merchant_matches(&rows[i], word)) continue;
            wire_write_merchant(&call->reply, &rows[i]);
            if (++list->shown == list->limit) return true;
        }
    }
    return count == MERCHANTS_AT_ONCE;
}

static void
merchants_list(struct call *call, struct merchant_row *rows, struct list *list, struct uuid *last)
{
    size_t count = view_merchants(call_view(call), &list->after, rows, list->limit + 1);
    list_begin(call, list, count);
    for (size_t i = 0; i < list->shown; i++) {
        wire_write_merchant(&call->reply, &rows[i]);
        *last = rows[i].id;
    }
}

static enum call_state
begin_merchants(struct call *call)
{
    struct merchant_row *rows = calloc(MERCHANTS_AT_ONCE, sizeof *rows);
    struct list list;
    struct uuid last = { 0 };
    struct text sent;
    char word[FIND_BYTES_MAX + 1] = "";
    must(rows != NULL);
    bool is_sound = list_read(call, &list);
    if (is_sound && call_query(call, "find", &sent)) {
        is_sound = form_find(call->exchange->request.query, "find", word, sizeof word) && *word;
        if (!is_sound) call_say(call, DETAIL_FIND);
    }
    if (!is_sound) {
        free(rows);
        return call_refuse(call, VERDICT_MALFORMED);
    }
    if (word[0] == '\0') {
        merchants_list(call, rows, &list, &last);
    } else {
        list_begin(call, &list, 0);
        list.more = merchants_find(call, word, rows, &list, &last);
    }
    list_end(call, &list, &last);
    free(rows);
    return call_answer(call, 200);
}

static enum call_state
begin_terminals(struct call *call)
{
    struct merchant_row merchant;
    struct terminal_row found[LIST_LIMIT_MAX + 1];
    struct list list;
    if (!list_read(call, &list)) return call_refuse(call, VERDICT_MALFORMED);
    if (!view_merchant(call_view(call), &call->path_id, &merchant)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    size_t count = view_terminals_of_merchant(call_view(call), &call->path_id, &list.after, found,
                                              list.limit + 1);
    list_begin(call, &list, count);
    for (size_t i = 0; i < list.shown; i++) {
        wire_write_terminal(&call->reply, &found[i]);
    }
    list_end(call, &list, list.shown > 0 ? &found[list.shown - 1].id : NULL);
    return call_answer(call, 200);
}

static void
parse_terminal(struct call *call, struct json_reader *body)
{
    struct terminal_command *cmd = &call->op.terminal;
    struct json_reader limits;
    op_start(&call->op, OP_TERMINAL_CREATE);
    json_member_copy(body, "outlet",
                     (struct json_texts){ JSON_REQUIRED, 1, CAMPAIGN_NAME_BYTES_MAX, NULL },
                     cmd->outlet);
    if (!json_member_object(body, "limits", JSON_NULLABLE, &limits)) return;
    json_member_int64(&limits, "requests_per_min",
                      (struct json_integers){ JSON_OPTIONAL, 1, 60000 }, &cmd->requests_per_min);
    json_reader_finish(&limits);
}

static enum call_state
begin_terminal(struct call *call)
{
    call->op.terminal.merchant = call->path_id;
    return CALL_COMMIT;
}

/* The stored answer names the terminal; what is secret is derived anew each time, the same. */
static enum call_state
answer_with(struct call *call, const char *key, const char *value)
{
    struct text stored = json_writer_text(&call->op.body);
    must(stored.size > 2);
    json_write_begin_object(&call->reply);
    json_write_raw_members(&call->reply, (struct text){ stored.at + 1, stored.size - 2 });
    json_put_string(&call->reply, key, value);
    json_write_end_object(&call->reply);
    return call_answer(call, call->op.status);
}

static bool
terminal_of_answer(struct call *call, struct uuid *out)
{
    static const char member[] = "{\"terminal_id\":\"";
    struct text stored = json_writer_text(&call->op.body);
    size_t at = sizeof member - 1;
    if (stored.size < at + ID_TEXT_SIZE || memcmp(stored.at, member, at) != 0) return false;
    return id_read(ID_TERMINAL, (struct text){ stored.at + at, ID_TEXT_SIZE - 1 }, out);
}

static enum call_state
finish_terminal(struct call *call)
{
    struct uuid terminal;
    char code[ENROLLMENT_CODE_SIZE + 1];
    must(terminal_of_answer(call, &terminal));
    keyring_enrollment_code(call->secrets->keyring, &terminal, 0, code);
    return answer_with(call, "enrollment_code", code);
}

static void
parse_jwk(struct call *call, struct json_reader *body)
{
    struct json_reader jwk;
    struct text kty, crv, x;
    struct json_texts rule = { JSON_REQUIRED, 1, 128, NULL };
    if (!json_member_object(body, "public_key_jwk", JSON_REQUIRED, &jwk)) return;
    bool whole = json_member_text(&jwk, "kty", rule, &kty);
    whole = json_member_text(&jwk, "crv", rule, &crv) && whole;
    whole = json_member_text(&jwk, "x", rule, &x) && whole;
    /* Unknown members of a JWK are ignored: no json_reader_finish. */
    if (whole && !jwk_read_ed25519(kty, crv, x, call->op.terminal.public_key)) {
        json_member_flaw(&jwk, "x", FLAW_BAD_SHAPE);
    }
}

static void
parse_enrollment(struct call *call, struct json_reader *body)
{
    static const char *const algorithms[] = { "ed25519", "hmac-sha256" };
    struct text code, proof;
    size_t algorithm = TERMINAL_ED25519;
    struct terminal_command *cmd = &call->op.terminal;
    op_start(&call->op, OP_TERMINAL_ENROLL);
    json_member_word(body, "alg", (struct json_words){ JSON_OPTIONAL, 2, algorithms }, &algorithm);
    cmd->algorithm = (enum terminal_algorithm)algorithm;
    if (json_member_text(body, "enrollment_code", (struct json_texts){ JSON_REQUIRED, 1, 64, NULL },
                         &code)) {
        snprintf(call->code, sizeof call->code, "%.*s", (int)code.size, code.at);
    }
    if (cmd->algorithm == TERMINAL_HMAC_SHA256) return;
    parse_jwk(call, body);
    if (!json_member_text(body, "proof", (struct json_texts){ JSON_REQUIRED, 1, 128, NULL },
                          &proof)) {
        return;
    }
    if (!decode_base64url_exact(proof, call->proof, sizeof call->proof)) {
        json_member_flaw(body, "proof", FLAW_BAD_SHAPE);
    }
}

/* Ed25519 over "huiquan-enroll-v1\0" and the code: the till holds the key that it names. */
static bool
proof_holds(struct call *call)
{
    static const char domain[] = "huiquan-enroll-v1"; /* with its NUL */
    char message[sizeof domain + sizeof call->code];
    struct ed25519_verifier *verifier = NULL;
    size_t code_size = strlen(call->code);
    if (ed25519_verifier_open(&verifier, call->op.terminal.public_key) != FAULT_NONE) return false;
    memcpy(message, domain, sizeof domain);
    memcpy(message + sizeof domain, call->code, code_size);
    bool holds =
        ed25519_verify(verifier, (struct text){ message, sizeof domain + code_size }, call->proof);
    ed25519_verifier_close(verifier);
    return holds;
}

static enum call_state
begin_enrollment(struct call *call)
{
    struct text code = text_of(call->code);
    struct terminal_command *cmd = &call->op.terminal;
    bool known = keyring_enrollment_peek(code, &cmd->terminal) &&
                 keyring_enrollment_check(call->secrets->keyring, code, 0);
    if (!known) {
        return call_refuse_because(call, VERDICT_UNAUTHENTICATED, DETAIL_ENROLLMENT_CODE);
    }
    if (cmd->algorithm == TERMINAL_ED25519 && !proof_holds(call)) {
        return call_refuse_because(call, VERDICT_UNAUTHENTICATED, DETAIL_ENROLLMENT_PROOF);
    }
    call->caller.id = cmd->terminal; /* keys of an enrolment belong to the terminal-to-be */
    return CALL_COMMIT;
}

static enum call_state
finish_enrollment(struct call *call)
{
    struct digest secret;
    char text[BASE64URL_SIZE(sizeof secret.bytes)];
    if (call->op.terminal.algorithm == TERMINAL_ED25519) {
        call->page = json_writer_text(&call->op.body);
        return call_answer(call, call->op.status);
    }
    keyring_terminal_secret(call->secrets->keyring, &call->op.terminal.terminal, &secret);
    encode_base64url(secret.bytes, sizeof secret.bytes, text);
    crypto_wipe(&secret, sizeof secret);
    return answer_with(call, "secret", text);
}

static enum call_state
begin_revoke(struct call *call)
{
    op_start(&call->op, OP_TERMINAL_REVOKE);
    call->op.terminal.terminal = call->path_id;
    return CALL_COMMIT;
}

static void
parse_void(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_VOID);
    json_member_copy(body, "reason",
                     (struct json_texts){ JSON_REQUIRED, 1, REASON_BYTES_MAX, NULL },
                     call->op.refund.reason);
}

static enum call_state
begin_void(struct call *call)
{
    call->op.target = call->path_id;
    return CALL_COMMIT;
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET,
      .path = "/v1/admin/merchants",
      .role = ROLE_ADMIN,
      .begin = begin_merchants },
    { .method = HTTP_POST,
      .path = "/v1/admin/merchants",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_OPERATIONS,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_merchant,
      .begin = begin_commit },
    { .method = HTTP_GET,
      .path = "/v1/admin/merchants/{id}/terminals",
      .role = ROLE_ADMIN,
      .path_is = PATH_MERCHANT,
      .begin = begin_terminals },
    { .method = HTTP_POST,
      .path = "/v1/admin/merchants/{id}/terminals",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_OPERATIONS,
      .path_is = PATH_MERCHANT,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_terminal,
      .begin = begin_terminal,
      .finish = finish_terminal },
    { .method = HTTP_POST,
      .path = "/v1/terminals/enroll",
      .role = ROLE_ANYONE,
      .limit = LIMIT_ADDRESS,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_enrollment,
      .begin = begin_enrollment,
      .finish = finish_enrollment },
    { .method = HTTP_POST,
      .path = "/v1/admin/terminals/{id}/revoke",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_OPERATIONS,
      .path_is = PATH_TERMINAL,
      .body = BODY_EMPTY,
      .needs_key = true,
      .begin = begin_revoke },
    { .method = HTTP_POST,
      .path = "/v1/admin/vouchers/{id}/void",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_OPERATIONS,
      .path_is = PATH_VOUCHER,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_void,
      .begin = begin_void },
};

struct endpoint_rows
api_directory(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
