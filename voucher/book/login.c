/* voucher/book/login.c: administrators at the page: enrolment, sign-in, lockout. What was guessed
 * is in the ledger, so that no restart and no second daemon gives more tries.
 *
 * A refused try is stored too: the verdict says no, the count is kept. */
#include "voucher/book/moves.h"
#include "voucher/torture.h"
#include "voucher/wire/reply.h"

static void
login_journal(struct book *b, enum journal_kind kind, const struct uuid *admin,
              const struct uuid *actor)
{
    struct journal_entry entry = {
        .kind = kind, .at_s = b->now_s, .subject = *admin, .actor = *actor
    };
    store_journal(b, &entry);
}

static void
login_put(struct book *b, const struct login_row *row)
{
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_LOGIN, .login = row });
}

static void
sessions_end(struct book *b, const struct uuid *admin, const struct digest *kept)
{
    struct admin_session_row row = { .admin = *admin, .token = *kept };
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_SESSIONS_END, .session = &row });
}

static void
session_begin(struct book *b, const struct uuid *admin, const struct digest *token)
{
    struct admin_session_row row = { .token = *token,
                                     .admin = *admin,
                                     .issued_at_s = b->now_s,
                                     .expires_at_s = b->now_s + b->settings.admin_session_s };
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_SESSION, .session = &row });
}

void
login_begin(struct book *b, const struct login_command *cmd, const struct uuid *admin)
{
    struct login_row row = { .admin = *admin,
                             .secret_size = cmd->secret_size,
                             .code = cmd->code,
                             .code_until_s = b->now_s + b->settings.enrollment_s };
    memcpy(row.login, cmd->login, sizeof row.login);
    memcpy(row.secret, cmd->secret, sizeof row.secret);
    login_put(b, &row);
}

/* A login that is there begins anew: no password, a new secret, no session. */
enum verdict
book_login_make(struct book *b, struct op *op)
{
    struct login_row row;
    const struct digest none = { { 0 } };
    must(op->caller.kind == CALLER_SYSTEM && op->login.secret_size > 0);
    if (!view_login(b->view, text_of(op->login.login), &row)) return VERDICT_NOT_FOUND;
    struct uuid admin = row.admin;
    sessions_end(b, &admin, &none);
    login_begin(b, &op->login, &admin);
    login_journal(b, JOURNAL_ADMIN_RESET, &admin, &op->caller.id);
    op->status = 201;
    return VERDICT_OK;
}

static enum verdict
login_fail(struct book *b, struct login_row *row)
{
    must(b->settings.login_tries > 0 && row->failures >= 0);
    row->failures++;
    if (row->failures % b->settings.login_tries == 0) {
        row->locked_until_s = b->now_s + b->settings.login_lock_s;
        login_journal(b, JOURNAL_ADMIN_LOCK, &row->admin, &row->admin);
    }
    login_put(b, row);
    return VERDICT_UNAUTHENTICATED;
}

static bool
code_holds(const struct book *b, const struct login_row *row, const struct digest *code)
{
    return !digest_is_none(&row->code) && digest_equal(&row->code, code) &&
           b->now_s < row->code_until_s;
}

static bool
login_is_locked(const struct book *b, struct op *op, const struct login_row *row)
{
    if (b->now_s >= row->locked_until_s) return false;
    /* Longer than any lock: set by a clock that was ahead, and is right again. */
    if (row->locked_until_s - b->now_s > b->settings.login_lock_s) return false;
    op->retry_after_s = row->locked_until_s - b->now_s;
    op->because = DETAIL_LOGIN_LOCKED;
    return true;
}

enum verdict
book_login_try(struct book *b, struct op *op)
{
    struct login_row row;
    const struct login_command *cmd = &op->login;
    bool enrols = !digest_is_none(&cmd->code);
    must(!digest_is_none(&cmd->session));
    must(!enrols || cmd->password[0] != '\0');
    op->because = DETAIL_LOGIN_WRONG; /* of a refusal */
    if (!view_login(b->view, text_of(cmd->login), &row)) return VERDICT_UNAUTHENTICATED;
    if (login_is_locked(b, op, &row)) return VERDICT_RATE_LIMITED;
    bool right = enrols ? code_holds(b, &row, &cmd->code) : cmd->password_holds;
    bool again = cmd->step <= row.last_step && !torture_mutant("totp-again");
    if (!right || again) return login_fail(b, &row);
    row.last_step = cmd->step;
    row.failures = 0;
    row.locked_until_s = 0;
    if (enrols) {
        row.code = (struct digest){ { 0 } };
        memcpy(row.password, cmd->password, sizeof row.password);
    }
    login_put(b, &row);
    session_begin(b, &row.admin, &cmd->session);
    login_journal(b, enrols ? JOURNAL_ADMIN_ENROLL : JOURNAL_ADMIN_SIGN_IN, &row.admin, &row.admin);
    op->target = row.admin;
    op->status = 201;
    return VERDICT_OK;
}

enum verdict
book_login_end(struct book *b, struct op *op)
{
    struct admin_session_row row = { .token = op->login.session };
    ledger_store(b->ledger, &(struct effect){
                                .kind = EFFECT_SESSIONS_END, .only_this = true, .session = &row });
    login_journal(b, JOURNAL_ADMIN_SIGN_OUT, &op->caller.id, &op->caller.id);
    op->status = 200;
    return VERDICT_OK;
}

enum verdict
book_login_change(struct book *b, struct op *op)
{
    struct login_row row;
    const struct login_command *cmd = &op->login;
    if (!view_login_of_admin(b->view, &op->caller.id, &row)) return VERDICT_WRONG_STATE;
    op->because = DETAIL_LOGIN_WRONG;
    if (login_is_locked(b, op, &row)) return VERDICT_RATE_LIMITED;
    if (!cmd->password_holds || cmd->step <= row.last_step) return login_fail(b, &row);
    row.last_step = cmd->step;
    row.failures = 0;
    memcpy(row.password, cmd->password, sizeof row.password);
    login_put(b, &row);
    sessions_end(b, &row.admin, &cmd->session);
    login_journal(b, JOURNAL_ADMIN_PASSWORD, &row.admin, &op->caller.id);
    op->status = 200;
    return VERDICT_OK;
}

enum verdict
book_unmask(struct book *b, struct op *op)
{
    struct resident_row row;
    char detail[JOURNAL_DETAIL_MAX];
    struct json_writer w;
    if (!view_resident(b->view, &op->unmask.resident, &row)) return VERDICT_NOT_FOUND;
    json_writer_fix(&w, detail, sizeof detail);
    json_write_begin_object(&w);
    json_put_string(&w, "reason", op->unmask.reason);
    json_write_end_object(&w);
    struct text json = json_writer_text(&w);
    must(json.size > 2);
    struct journal_entry entry = { .kind = JOURNAL_UNMASK,
                                   .at_s = b->now_s,
                                   .subject = row.id,
                                   .actor = op->caller.id,
                                   .detail = { json.at + 1, json.size - 2 } };
    store_journal(b, &entry);
    op->status = 200;
    return VERDICT_OK;
}
