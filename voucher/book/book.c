/* voucher/book/book.c: from an operation to the function that decides it. */
#include "voucher/book/book.h"

static enum verdict (*const deciders[OP_KIND_COUNT])(struct book *b, struct op *op) = {
    [OP_CLAIM] = book_claim,
    [OP_GRANT] = book_grant,
    [OP_REDEEM] = book_redeem,
    [OP_CAPTURE] = book_capture,
    [OP_RELEASE] = book_release,
    [OP_REFUND] = book_refund,
    [OP_REVERSE] = book_reverse,
    [OP_SHORT_CODE] = book_short_code,
    [OP_VOID] = book_void,
    [OP_CAMPAIGN_CREATE] = book_campaign_create,
    [OP_CAMPAIGN_CHANGE] = book_campaign_change,
    [OP_CAMPAIGN_ACT] = book_campaign_act,
    [OP_BUDGET_PROPOSE] = book_budget_propose,
    [OP_BUDGET_JUDGE] = book_budget_judge,
    [OP_MERCHANT_CREATE] = book_merchant_create,
    [OP_TERMINAL_CREATE] = book_terminal_create,
    [OP_TERMINAL_ENROLL] = book_terminal_enroll,
    [OP_TERMINAL_REVOKE] = book_terminal_revoke,
    [OP_ADMIN_CREATE] = book_admin_create,
    [OP_RESIDENT_SEEN] = book_resident_seen,
    [OP_OTP_SEND] = book_otp_send,
    [OP_OTP_TRY] = book_otp_try,
    [OP_JOB_CREATE] = book_job_create,
    [OP_JOB_ACT] = book_job_act,
    [OP_JOB_STEP] = book_job_step,
    [OP_LOGIN_MAKE] = book_login_make,
    [OP_LOGIN_TRY] = book_login_try,
    [OP_LOGIN_END] = book_login_end,
    [OP_LOGIN_CHANGE] = book_login_change,
    [OP_UNMASK] = book_unmask,
    [OP_SWEEP] = book_sweep,
};

/* A terminal may have been revoked after the worker had looked, while its request waited. */
static bool
caller_still_holds(struct book *b, struct op *op)
{
    struct terminal_row terminal;
    if (op->caller.kind != CALLER_TERMINAL) return true;
    if (!view_terminal(b->view, &op->caller.id, &terminal)) return false;
    return terminal.state == TERMINAL_ACTIVE;
}

void
book_decide(struct book *b, struct op *op)
{
    must((unsigned)op->kind < OP_KIND_COUNT && deciders[op->kind] != NULL);
    must(b->now_s > 0);
    if (caller_still_holds(b, op)) {
        op->verdict = deciders[op->kind](b, op);
    } else {
        op->because = DETAIL_TERMINAL_REVOKED;
        op->verdict = VERDICT_UNAUTHENTICATED;
    }
    must((unsigned)op->verdict < VERDICT_COUNT);
}

static size_t
keys_add(struct ledger_key out[BOOK_KEYS_MAX], size_t count, struct ledger_key key)
{
    must(count < BOOK_KEYS_MAX);
    out[count] = key;
    return count + 1;
}

static size_t
keys_of_redeem(const struct op *op, struct ledger_key out[BOOK_KEYS_MAX], size_t count)
{
    const struct redeem_command *cmd = &op->redeem;
    struct ledger_key voucher = { .kind = cmd->by_short_code ? KEY_VOUCHER_NUMBER : KEY_VOUCHER,
                                  .id = cmd->voucher,
                                  .number = cmd->voucher_number };
    count = keys_add(out, count, voucher);
    count = keys_add(out, count,
                     (struct ledger_key){ .kind = KEY_REQUEST,
                                          .id = op->caller.id,
                                          .text = text_of(cmd->out_request_no) });
    return keys_add(out, count,
                    (struct ledger_key){ .kind = KEY_ORDER,
                                         .id = op->caller.merchant,
                                         .text = text_of(cmd->order.order_no) });
}

size_t
book_keys(const struct op *op, struct ledger_key out[BOOK_KEYS_MAX])
{
    size_t count = 0;
    if (op->kind == OP_CLAIM) {
        count = keys_add(out, count,
                         (struct ledger_key){ .kind = KEY_CAMPAIGN, .id = op->claim.campaign });
        return keys_add(out, count,
                        (struct ledger_key){ .kind = KEY_CLAIMS_OF_RESIDENT, .id = op->caller.id });
    }
    if (op->key[0] != '\0') {
        count =
            keys_add(out, count,
                     (struct ledger_key){
                         .kind = KEY_IDEMPOTENCY, .id = op->caller.id, .text = text_of(op->key) });
    }
    if (op->kind == OP_REDEEM) return keys_of_redeem(op, out, count);
    return count;
}
