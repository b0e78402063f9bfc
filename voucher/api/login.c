/* voucher/api/login.c: administrators at the page: enrol, sign in, who am I, new password, sign
 * out.
 *
 *   a password:  worker ▸ vault (argon2id) ▸ worker (TOTP) ▸ clerk (count, lock, once) ▸ worker */
#include "voucher/api/login.h"
#include "crypto/api_token.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "crypto/totp.h"
#include "voucher/admin_cookie.h"
#include "voucher/api/api.h"
#include "voucher/call_context.h"
#include "voucher/wire/reply.h"

#define PASSWORD_RULE ((struct json_texts){ JSON_REQUIRED, 1, PASSWORD_BYTES_MAX, NULL })
#define NEW_PASSWORD_RULE \
    ((struct json_texts){ JSON_REQUIRED, PASSWORD_BYTES_MIN, PASSWORD_BYTES_MAX, NULL })
#define LOGIN_RULE ((struct json_texts){ JSON_REQUIRED, 1, LOGIN_BYTES_MAX, login_is_sound })
#define DIGITS_RULE ((struct json_texts){ JSON_REQUIRED, 1, 6, digits_are_sound })

enum { WAY_SIGN_IN, WAY_ENROL, WAY_CHANGE };
enum { STEP_HASHED = 1, STEP_JUDGED = 2 };

bool
login_is_sound(struct text text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    for (size_t i = 0; i < text.size; i++) {
        if (memchr(allowed, text.at[i], sizeof allowed - 1) == NULL) return false;
    }
    return text.size > 0;
}

static bool
digits_are_sound(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
    }
    return text.size == 6;
}

static int
way_of(const struct call *call)
{
    if (call->endpoint->role == ROLE_ADMIN) return WAY_CHANGE;
    const char *path = call->endpoint->path;
    return path[strlen(path) - 2] == 't' ? WAY_ENROL : WAY_SIGN_IN; /* …enrollments, …sessions */
}

static struct login_secrets *
secrets_of(struct call *call)
{
    if (call->login == NULL) call->login = calloc(1, sizeof *call->login);
    must(call->login != NULL);
    return call->login;
}

static void
parse_digits(struct call *call, struct json_reader *body)
{
    struct text digits;
    if (!json_member_text(body, "totp", DIGITS_RULE, &digits)) return;
    memcpy(secrets_of(call)->digits, digits.at, digits.size);
}

static void
parse_sign_in(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_LOGIN_TRY);
    (void)json_member_copy(body, "login", LOGIN_RULE, call->op.login.login);
    (void)json_member_copy(body, "password", PASSWORD_RULE, secrets_of(call)->password);
    parse_digits(call, body);
}

static void
parse_enrollment(struct call *call, struct json_reader *body)
{
    struct text code;
    op_start(&call->op, OP_LOGIN_TRY);
    (void)json_member_copy(body, "login", LOGIN_RULE, call->op.login.login);
    (void)json_member_copy(body, "password", NEW_PASSWORD_RULE, secrets_of(call)->password);
    parse_digits(call, body);
    if (!json_member_text(body, "code", (struct json_texts){ JSON_REQUIRED, 1, 64, NULL }, &code)) {
        return;
    }
    /* Another shape is simply another code. */
    if (!api_token_digest(code, &call->op.login.code)) call->op.login.code.bytes[0] = 1;
}

static void
parse_change(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_LOGIN_CHANGE);
    (void)json_member_copy(body, "password", PASSWORD_RULE, secrets_of(call)->password);
    (void)json_member_copy(body, "new_password", NEW_PASSWORD_RULE, secrets_of(call)->fresh);
    parse_digits(call, body);
}

static void
hash_chosen(struct login_secrets *s, struct login_command *cmd, const char *chosen)
{
    const char *words[] = { "huiquan", "huiji", cmd->login[0] == '\0' ? NULL : cmd->login, NULL };
    s->is_guessable = password_is_guessable(chosen, words);
    if (!s->is_guessable) s->failed = !password_hash(text_of(chosen), cmd->password);
}

/* The vault's thread: the call is ours until the task is back. */
static void
login_work(struct desk_task *task, struct view *view)
{
    struct call *call = MAILBOX_OF(task, struct call, task);
    struct login_secrets *s = call->login;
    must(s != NULL && call->step == STEP_HASHED);
    struct login_command *cmd = &call->op.login;
    int way = way_of(call);
    (void)view;
    if (way != WAY_ENROL) cmd->password_holds = password_holds(text_of(s->password), s->stored);
    if (way != WAY_SIGN_IN) hash_chosen(s, cmd, way == WAY_ENROL ? s->password : s->fresh);
    crypto_wipe(s->password, sizeof s->password);
    crypto_wipe(s->fresh, sizeof s->fresh);
}

/* The step of TOTP that the digits name, by the login's sealed secret. */
static void
find_step(struct call *call, const struct login_row *row)
{
    uint8_t secret[LOGIN_SECRET_MAX];
    struct text context = text_of(row->login);
    struct text sealed = { (const char *)row->secret, row->secret_size };
    if (sealed.size != LOGIN_SEALED_SIZE) return;
    if (!keyring_unseal(call->secrets->keyring, context, sealed, secret)) return;
    call->op.login.step = totp_find_step(secret, call->now_s, text_of(call->login->digits));
    crypto_wipe(secret, sizeof secret);
}

/* Nobody of that name takes as long as somebody. */
static enum call_state
begin_login(struct call *call)
{
    struct login_row row;
    bool change = way_of(call) == WAY_CHANGE;
    if (!admin_cookie_is_safe(call)) {
        return call_refuse_because(call, VERDICT_FORBIDDEN, DETAIL_PAGE_HTTPS);
    }
    bool known = change ? view_login_of_admin(call_view(call), &call->caller.id, &row)
                        : view_login(call_view(call), text_of(call->op.login.login), &row);
    if (change && !known) return call_refuse(call, VERDICT_WRONG_STATE);
    if (known && call->now_s < row.locked_until_s) {
        call->retry_after_s = row.locked_until_s - call->now_s;
        return call_refuse_because(call, VERDICT_RATE_LIMITED, DETAIL_LOGIN_LOCKED);
    }
    if (known) {
        memcpy(call->login->stored, row.password, sizeof call->login->stored);
        find_step(call, &row);
        memcpy(call->op.login.login, row.login, sizeof call->op.login.login);
    }
    call->step = STEP_HASHED;
    call->task.work = login_work;
    call->desk = call_service(call)->vault;
    return CALL_ASK;
}

static void
write_admin(struct call *call, const struct uuid *id, int64_t expires_at_s)
{
    struct admin_row admin;
    struct login_row login;
    struct json_writer *w = &call->reply;
    (void)view_admin(call_view(call), id, &admin);
    bool has_login = view_login_of_admin(call_view(call), id, &login);
    json_write_begin_object(w);
    json_put_string(w, "login", has_login ? login.login : NULL);
    json_write_key(w, "admin");
    wire_write_admin(w, &admin);
    if (expires_at_s > 0) {
        json_put_time(w, "expires_at", expires_at_s, call_service(call)->offset_s);
    } else {
        json_put_null(w, "expires_at");
    }
    json_write_end_object(w);
}

static enum call_state
refuse_guessable(struct call *call)
{
    struct pointer at = { 0 };
    pointer_push_key(&at, way_of(call) == WAY_ENROL ? TEXT("password") : TEXT("new_password"));
    faults_add(&call->faults, FLAW_GUESSABLE, &at);
    return call_refuse(call, VERDICT_INVALID);
}

static enum call_state
login_hashed(struct call *call)
{
    char token[API_TOKEN_SIZE + 1];
    if (call->login->failed) return call_refuse(call, VERDICT_UNAVAILABLE);
    must(call->step == STEP_HASHED);
    if (call->login->is_guessable) return refuse_guessable(call);
    call->step = STEP_JUDGED;
    if (way_of(call) == WAY_CHANGE) {
        call->op.login.session = call->session;
        return CALL_COMMIT;
    }
    api_token_make(token);
    must(api_token_digest(text_of(token), &call->op.login.session));
    memcpy(call->code, token, sizeof token);
    return CALL_COMMIT;
}

static enum call_state
finish_login(struct call *call)
{
    if (call->step == STEP_HASHED) return login_hashed(call);
    int64_t life_s = call_service(call)->config->admin_session_s;
    if (way_of(call) == WAY_CHANGE) {
        write_admin(call, &call->caller.id, 0);
        return call_answer(call, 200);
    }
    admin_cookie_set(call, call->code, life_s);
    write_admin(call, &call->op.target, call->now_s + life_s);
    return call_answer(call, 201);
}

/* By token too: then there is no session that could end. */
static enum call_state
begin_me(struct call *call)
{
    struct admin_session_row session;
    bool at_page = view_admin_session(call_view(call), &call->session, &session);
    write_admin(call, &call->caller.id, at_page ? session.expires_at_s : 0);
    return call_answer(call, 200);
}

static enum call_state
begin_sign_out(struct call *call)
{
    if (digest_is_none(&call->session)) return call_refuse(call, VERDICT_WRONG_STATE);
    op_start(&call->op, OP_LOGIN_END);
    call->op.login.session = call->session;
    return CALL_COMMIT;
}

static enum call_state
finish_sign_out(struct call *call)
{
    admin_cookie_set(call, "", 0);
    json_write_begin_object(&call->reply);
    json_put_bool(&call->reply, "signed_out", true);
    json_write_end_object(&call->reply);
    return call_answer(call, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_POST,
      .path = "/v1/admin/sessions",
      .role = ROLE_ANYONE,
      .limit = LIMIT_ADDRESS,
      .body = BODY_JSON,
      .parse = parse_sign_in,
      .begin = begin_login,
      .finish = finish_login },
    { .method = HTTP_POST,
      .path = "/v1/admin/enrollments",
      .role = ROLE_ANYONE,
      .limit = LIMIT_ADDRESS,
      .body = BODY_JSON,
      .parse = parse_enrollment,
      .begin = begin_login,
      .finish = finish_login },
    { .method = HTTP_POST,
      .path = "/v1/admin/sessions/password",
      .role = ROLE_ADMIN,
      .body = BODY_JSON,
      .parse = parse_change,
      .begin = begin_login,
      .finish = finish_login },
    { .method = HTTP_GET, .path = "/v1/admin/sessions/me", .role = ROLE_ADMIN, .begin = begin_me },
    { .method = HTTP_POST,
      .path = "/v1/admin/sessions/end",
      .role = ROLE_ADMIN,
      .body = BODY_EMPTY,
      .begin = begin_sign_out,
      .finish = finish_sign_out },
};

struct endpoint_rows
api_login(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
