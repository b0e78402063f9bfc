/* voucher/book/directory.c: who is who: merchants, terminals, administrators, residents, codes. */
#include "voucher/book/moves.h"
#include "voucher/wire/reply.h"

static struct journal_entry
entry_of(struct book *b, enum journal_kind kind, const struct uuid *subject,
         const struct uuid *object, const struct op *op)
{
    struct journal_entry entry = {
        .kind = kind, .at_s = b->now_s, .subject = *subject, .actor = op->caller.id
    };
    if (object != NULL) entry.object = *object;
    return entry;
}

enum verdict
book_merchant_create(struct book *b, struct op *op)
{
    struct merchant_row same;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (view_merchant_by_uscc(b->view, text_of(op->merchant.uscc), &same)) {
        struct pointer p = { 0 };
        pointer_push_key(&p, TEXT("uscc"));
        faults_add(&op->faults, FLAW_REPEATED, &p);
        return VERDICT_INVALID;
    }
    id_next(b->ids, &op->merchant.id);
    op->merchant.created_at_s = b->now_s;
    struct journal_entry entry = entry_of(b, JOURNAL_MERCHANT_CREATE, &op->merchant.id, NULL, op);
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_MERCHANT, .merchant = &op->merchant });
    store_journal(b, &entry);
    op->status = 201;
    wire_write_merchant(&op->body, &op->merchant);
    store_reply(b, op);
    return VERDICT_OK;
}

static void
store_terminal(struct book *b, struct op *op, enum journal_kind kind,
               const struct terminal_row *row)
{
    struct journal_entry entry = entry_of(b, kind, &row->id, &row->merchant, op);
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_TERMINAL, .terminal = row });
    store_journal(b, &entry);
    wire_write_terminal(&op->body, row);
    store_reply(b, op);
}

enum verdict
book_terminal_create(struct book *b, struct op *op)
{
    struct merchant_row merchant;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_merchant(b->view, &op->terminal.merchant, &merchant)) return VERDICT_NOT_FOUND;
    struct terminal_row row = {
        .merchant = merchant.id,
        .state = TERMINAL_PENDING,
        .enrollment_expires_at_s = b->now_s + b->settings.enrollment_s,
        .requests_per_min = op->terminal.requests_per_min,
        .created_at_s = b->now_s,
    };
    id_next(b->ids, &row.id);
    memcpy(row.outlet, op->terminal.outlet, sizeof row.outlet);
    op->status = 201;
    store_terminal(b, op, JOURNAL_TERMINAL_CREATE, &row);
    return VERDICT_OK;
}

/* The worker has checked the code (it carries the terminal's id) and the proof of possession. */
enum verdict
book_terminal_enroll(struct book *b, struct op *op)
{
    struct terminal_row row;
    op->caller.id = op->terminal.terminal;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_terminal(b->view, &op->terminal.terminal, &row)) return VERDICT_UNAUTHENTICATED;
    if (row.state != TERMINAL_PENDING || b->now_s >= row.enrollment_expires_at_s) {
        op->because = DETAIL_ENROLLMENT_SPENT;
        return VERDICT_UNAUTHENTICATED;
    }
    row.state = TERMINAL_ACTIVE;
    row.algorithm = op->terminal.algorithm;
    memcpy(row.public_key, op->terminal.public_key, sizeof row.public_key);
    op->status = 201;
    store_terminal(b, op, JOURNAL_TERMINAL_ENROLL, &row);
    return VERDICT_OK;
}

enum verdict
book_terminal_revoke(struct book *b, struct op *op)
{
    struct terminal_row row;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_terminal(b->view, &op->terminal.terminal, &row)) return VERDICT_NOT_FOUND;
    row.state = TERMINAL_REVOKED;
    op->status = 200;
    store_terminal(b, op, JOURNAL_TERMINAL_REVOKE, &row);
    return VERDICT_OK;
}

enum verdict
book_admin_create(struct book *b, struct op *op)
{
    must(op->caller.kind == CALLER_SYSTEM); /* only the operator's own socket leads here */
    struct login_row taken;
    bool has_login = op->admin.login.login[0] != '\0';
    if (has_login && view_login(b->view, text_of(op->admin.login.login), &taken)) {
        struct pointer p = { 0 };
        pointer_push_key(&p, TEXT("login"));
        faults_add(&op->faults, FLAW_REPEATED, &p);
        return VERDICT_INVALID;
    }
    struct admin_row row = {
        .roles = op->admin.roles, .token = op->admin.token, .active = true, .created_at_s = b->now_s
    };
    id_next(b->ids, &row.id);
    memcpy(row.name, op->admin.name, sizeof row.name);
    struct journal_entry entry = entry_of(b, JOURNAL_ADMIN_CREATE, &row.id, NULL, op);
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_ADMIN, .admin = &row });
    if (has_login) login_begin(b, &op->admin.login, &row.id);
    store_journal(b, &entry);
    op->status = 201;
    wire_write_admin(&op->body, &row);
    return VERDICT_OK;
}

/* First sight of a person, or new contact data: the sealed row is kept, the journal says only that
 * it happened. */
enum verdict
book_resident_seen(struct book *b, struct op *op)
{
    struct resident_row before;
    bool known = view_resident(b->view, &op->resident.id, &before);
    op->status = 201;
    op->resident.seen_at_s = b->now_s;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_RESIDENT, .resident = &op->resident });
    if (known) return VERDICT_OK;
    struct journal_entry entry = entry_of(b, JOURNAL_RESIDENT_SEEN, &op->resident.id, NULL, op);
    store_journal(b, &entry);
    return VERDICT_OK;
}

/* One code a minute per mobile; a new one takes the place of the old. */
enum verdict
book_otp_send(struct book *b, struct op *op)
{
    struct otp_row before;
    bool sent = view_otp(b->view, &op->otp.mobile, &before);
    int64_t next_s = before.sent_at_s + b->settings.otp_interval_s;
    /* Sent at a time that is still to come: by a clock that was ahead, and is right again. */
    if (sent && b->now_s >= before.sent_at_s && b->now_s < next_s) {
        op->retry_after_s = next_s - b->now_s;
        return VERDICT_RATE_LIMITED;
    }
    op->otp.sent_at_s = b->now_s;
    op->otp.tries_left = b->settings.otp_tries;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_OTP, .otp = &op->otp });
    op->status = 200;
    return VERDICT_OK;
}

/* Each try costs one, right or wrong; the right one uses the code up. */
enum verdict
book_otp_try(struct book *b, struct op *op)
{
    struct otp_row row;
    if (!view_otp(b->view, &op->otp.mobile, &row)) return VERDICT_UNAUTHENTICATED;
    if (row.tries_left <= 0) return VERDICT_UNAUTHENTICATED;
    if (b->now_s >= row.sent_at_s + b->settings.otp_s) return VERDICT_UNAUTHENTICATED;
    bool right = digest_equal(&row.code, &op->otp.code);
    row.tries_left = right ? 0 : row.tries_left - 1;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_OTP, .otp = &row });
    op->status = 200;
    return right ? VERDICT_OK : VERDICT_UNAUTHENTICATED;
}
