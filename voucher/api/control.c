/* voucher/api/control.c: what the operator does on the machine itself, by the control socket: who
 * may open that file may do this. */
#include "crypto/api_token.h"
#include "crypto/digest.h"
#include "voucher/api/api.h"
#include "voucher/api/login.h"
#include "voucher/wire/reply.h"

static void
parse_admin(struct call *call, struct json_reader *body)
{
    static const char *const words[] = { "budget", "operations", "approver", "auditor" };
    struct json_array roles;
    op_start(&call->op, OP_ADMIN_CREATE);
    json_member_copy(body, "name",
                     (struct json_texts){ JSON_REQUIRED, 1, PERSON_NAME_BYTES_MAX, NULL },
                     call->op.admin.name);
    (void)json_member_copy(body, "login",
                           (struct json_texts){ JSON_OPTIONAL, 1, LOGIN_BYTES_MAX, login_is_sound },
                           call->op.admin.login.login);
    if (!json_member_array(body, "roles", (struct json_counts){ JSON_REQUIRED, 1, 4 }, &roles)) {
        return;
    }
    for (size_t i = 0; i < roles.count; i++) {
        struct text word;
        size_t k = 0;
        struct json_texts rule = { JSON_REQUIRED, 1, 16, NULL };
        if (!json_element_text(&roles, i, rule, &word)) continue;
        while (k < COUNT_OF(words) && !text_equal(word, text_of(words[k]))) {
            k++;
        }
        if (k == COUNT_OF(words))
            json_element_flaw(&roles, i, FLAW_UNKNOWN_WORD);
        else
            call->op.admin.roles |= 1u << k;
    }
}

/* A one-time code and a secret for the authenticator, shown once. */
static void
login_draw(struct call *call, struct login_command *cmd)
{
    uint8_t secret[TOTP_SECRET_SIZE];
    struct login_secrets *s = calloc(1, sizeof *s);
    must(s != NULL);
    call->login = s;
    totp_draw(secret);
    totp_write_base32(secret, s->password);
    cmd->secret_size = LOGIN_SEALED_SIZE;
    _Static_assert(LOGIN_SEALED_SIZE <= LOGIN_SECRET_MAX, "a sealed secret fits");
    struct text plain = { (const char *)secret, sizeof secret };
    keyring_seal(call->secrets->keyring, text_of(cmd->login), plain, cmd->secret);
    api_token_make(s->stored);
    must(api_token_digest(text_of(s->stored), &cmd->code));
    crypto_wipe(secret, sizeof secret);
}

static void
write_login(struct call *call, const struct login_command *cmd)
{
    char uri[256];
    struct json_writer *w = &call->reply;
    if (cmd->login[0] == '\0') return;
    (void)snprintf(uri, sizeof uri, "otpauth://totp/Huiquan:%s?secret=%s&issuer=Huiquan",
                   cmd->login, call->login->password);
    json_put_string(w, "login", cmd->login);
    json_put_string(w, "enrollment_code", call->login->stored);
    json_put_string(w, "otpauth", uri);
    crypto_wipe(uri, sizeof uri);
}

static void
parse_reset(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_LOGIN_MAKE);
    (void)json_member_copy(body, "login",
                           (struct json_texts){ JSON_REQUIRED, 1, LOGIN_BYTES_MAX, login_is_sound },
                           call->op.login.login);
}

static enum call_state
begin_reset(struct call *call)
{
    login_draw(call, &call->op.login);
    return CALL_COMMIT;
}

static enum call_state
finish_reset(struct call *call)
{
    json_write_begin_object(&call->reply);
    write_login(call, &call->op.login);
    json_write_end_object(&call->reply);
    return call_answer(call, 201);
}

static enum call_state
begin_admin(struct call *call)
{
    char token[API_TOKEN_SIZE + 1];
    api_token_make(token);
    must(api_token_digest(text_of(token), &call->op.admin.token));
    _Static_assert(sizeof call->code > API_TOKEN_SIZE, "the token waits here for its answer");
    memcpy(call->code, token, sizeof token);
    if (call->op.admin.login.login[0] != '\0') login_draw(call, &call->op.admin.login);
    return CALL_COMMIT;
}

/* The token is shown once; only its digest is kept. */
static enum call_state
finish_admin(struct call *call)
{
    struct text made = json_writer_text(&call->op.body);
    json_write_begin_object(&call->reply);
    json_write_raw_members(&call->reply, (struct text){ made.at + 1, made.size - 2 });
    json_put_string(&call->reply, "token", call->code);
    write_login(call, &call->op.admin.login);
    json_write_end_object(&call->reply);
    return call_answer(call, 201);
}

static const struct endpoint rows[] = {
    { .method = HTTP_POST,
      .path = "/v1/admin/admins",
      .role = ROLE_CONTROL,
      .body = BODY_JSON,
      .parse = parse_admin,
      .begin = begin_admin,
      .finish = finish_admin },
    { .method = HTTP_POST,
      .path = "/v1/admin/logins/reset",
      .role = ROLE_CONTROL,
      .body = BODY_JSON,
      .parse = parse_reset,
      .begin = begin_reset,
      .finish = finish_reset },
};

struct endpoint_rows
api_control(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
