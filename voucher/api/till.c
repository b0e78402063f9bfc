/* voucher/api/till.c: terminals: enrolment, verification, redemption and what follows it. */
#include "crypto/digest.h"
#include "crypto/jwk.h"
#include "crypto/rotating.h"
#include "crypto/short_code.h"
#include "storage/copy.h"
#include "voucher/api/api.h"
#include "voucher/api/evidence.h"
#include "voucher/api/list.h"
#include "voucher/api/vouchers.h"
#include "voucher/call_context.h"
#include "voucher/rules/redeem.h"
#include "voucher/wire/campaign.h"
#include "voucher/wire/reply.h"

#define FEN_MAX INT64_C(100000000000000)
#define NUMBER_RULE ((struct json_texts){ JSON_REQUIRED, 1, 64, id_caller_number_is_sound })

/* Only its shape: nobody knows yet who asks, and a signature takes longer to check than all the
 * rest of a request to read. */
static bool
read_token(struct call *call, struct text digits)
{
    struct text rotating;
    if (!token_read_digits(digits, call->token, &rotating)) return false;
    must(rotating.size < sizeof call->rotating);
    if (rotating.size > 0) memcpy(call->rotating, rotating.at, rotating.size);
    call->rotating[rotating.size] = '\0';
    return true;
}

/* What a token shows before the ledger is asked. A code of the moment is checked too. */
static void
judge_token(struct call *call, struct redeem_command *cmd)
{
    uint32_t kid;
    struct voucher_claims claims;
    if (cmd->by_short_code) return;
    cmd->token = TOKEN_FORGED;
    if (!token_peek_kid(call->token, &kid)) return;
    const struct ed25519_signer *key = keyring_signer_by_kid(call->secrets->keyring, kid);
    if (key == NULL || !token_recognize(key, call->token, &claims)) return;
    cmd->voucher = claims.voucher;
    cmd->token = TOKEN_GOOD;
    if (!(claims.flags & TOKEN_NEEDS_ROTATING)) return;
    struct digest secret;
    keyring_rotating_key(call->secrets->keyring, &claims.voucher, &secret);
    bool fresh = rotating_check(&secret, call->now_s, text_of(call->rotating));
    if (!fresh) cmd->token = TOKEN_CODE_STALE;
    crypto_wipe(&secret, sizeof secret);
}

static void
parse_token(struct call *call, struct json_reader *body, struct redeem_command *cmd)
{
    struct text text;
    bool well_formed = false;
    /* Of any size: a wrong length is malformed, as everything is that cannot be such a code. */
    struct json_texts any = { JSON_OPTIONAL, 0, SIZE_MAX, NULL };
    bool by_token = json_member_present(body, "token");
    bool by_code = json_member_present(body, "short_code");
    if (by_token == by_code) json_member_flaw(body, "token", FLAW_ONE_OF_TWO);
    if (by_token && json_member_text(body, "token", any, &text)) {
        well_formed = read_token(call, text);
        if (!well_formed) json_member_flaw(body, "token", FLAW_BAD_SHAPE);
    }
    if (by_code && json_member_text(body, "short_code", any, &text)) {
        cmd->by_short_code = true;
        cmd->token = TOKEN_GOOD;
        well_formed = short_code_read(call->secrets->keyring, text, &cmd->voucher_number);
        if (!well_formed) json_member_flaw(body, "short_code", FLAW_BAD_SHAPE);
    }
}

static void
parse_order(struct call *call, struct json_reader *body, struct order *order)
{
    struct json_reader o;
    int64_t paid_at_s = 0;
    struct json_integers amount = { JSON_REQUIRED, 1, FEN_MAX };
    struct json_texts category = { JSON_OPTIONAL, 1, LABEL_BYTES_MAX, NULL };
    if (!json_member_object(body, "order", JSON_REQUIRED, &o)) return;
    json_member_copy(&o, "order_no", NUMBER_RULE, order->order_no);
    json_member_int64(&o, "amount_fen", amount, &order->amount_fen);
    json_member_copy(&o, "category", category, order->category);
    bool paid = json_member_time(&o, "paid_at", JSON_OPTIONAL, &paid_at_s);
    if (paid && paid_at_s > call->now_s + 300) json_member_flaw(&o, "paid_at", FLAW_OUT_OF_RANGE);
    json_reader_finish(&o);
}

static void
parse_redemption(struct call *call, struct json_reader *body)
{
    static const char *const modes[] = { "capture", "hold" };
    struct redeem_command *cmd = &call->op.redeem;
    size_t mode = 0;
    op_start(&call->op, OP_REDEEM);
    json_member_copy(body, "out_request_no", NUMBER_RULE, cmd->out_request_no);
    json_member_word(body, "mode", (struct json_words){ JSON_REQUIRED, 2, modes }, &mode);
    cmd->hold = mode == 1;
    parse_token(call, body, cmd);
    parse_order(call, body, &cmd->order);
    evidence_parse(call, body, &cmd->evidence);
}

static enum call_state
begin_redemption(struct call *call)
{
    struct text parts[] = { call->body };
    judge_token(call, &call->op.redeem);
    keyring_fingerprint(call->secrets->keyring, parts, 1, &call->op.redeem.fingerprint);
    return CALL_COMMIT;
}

static void
parse_capture(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_CAPTURE);
    evidence_parse(call, body, &call->op.redeem.evidence);
}

static enum call_state
begin_target(struct call *call)
{
    call->op.target = call->path_id;
    return CALL_COMMIT;
}

static void
parse_release(struct call *call, struct json_reader *body)
{
    (void)body;
    op_start(&call->op, OP_RELEASE);
}

static void
parse_reason(struct json_reader *body, enum json_presence presence, char *out)
{
    json_member_copy(body, "reason", (struct json_texts){ presence, 1, REASON_BYTES_MAX, NULL },
                     out);
}

static void
parse_refund(struct call *call, struct json_reader *body)
{
    struct json_integers amount = { JSON_REQUIRED, 1, FEN_MAX };
    op_start(&call->op, OP_REFUND);
    json_member_int64(body, "amount_fen", amount, &call->op.refund.amount_fen);
    parse_reason(body, JSON_REQUIRED, call->op.refund.reason);
}

static void
parse_reverse(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_REVERSE);
    parse_reason(body, JSON_OPTIONAL, call->op.refund.reason);
}

static enum call_state
begin_reverse(struct call *call)
{
    must(call->path_text.size <= CALLER_NUMBER_MAX);
    memcpy(call->op.out_request_no, call->path_text.at, call->path_text.size);
    return CALL_COMMIT;
}

static int32_t
offset_of(struct call *call, const struct redemption_row *row)
{
    if (uuid_is_none(&row->campaign)) return call_service(call)->offset_s;
    const struct campaign_rules *rules =
        catalogue_rules(call_catalogue(call), call_view(call), &row->campaign, row->rule_version);
    return rules == NULL ? call_service(call)->offset_s : rules->offset_s;
}

static void
write_reward(struct call *call, const struct redemption_row *row, struct claim_result *out,
             const struct claim_result **reward)
{
    *reward = NULL;
    if (uuid_is_none(&row->reward_claim)) return;
    if (!view_claim(call_view(call), &row->reward_claim, &out->claim)) return;
    for (int64_t n = 0; n < out->claim.voucher_count; n++) {
        (void)view_voucher_by_number(call_view(call), out->claim.first_number + n,
                                     &out->vouchers[n]);
    }
    *reward = out;
}

static enum call_state
begin_by_request(struct call *call)
{
    struct redemption_row row;
    const struct claim_result *reward;
    bool known =
        view_redemption_by_request(call_view(call), &call->caller.id, call->path_text, &row);
    if (!known) return call_refuse(call, VERDICT_NOT_FOUND);
    if (uuid_is_none(&row.voucher)) {
        wire_write_reversed(&call->reply, row.out_request_no);
        return call_answer(call, 200);
    }
    write_reward(call, &row, &call->op.claimed, &reward);
    wire_write_redemption(&call->reply, &row, reward, offset_of(call, &row));
    return call_answer(call, 200);
}

/* The page asks by the clock where it left off: ids begin with the millisecond that made them. */
static bool
read_from(struct call *call, struct uuid *after)
{
    struct text text;
    int64_t from_s = 0;
    if (!uuid_is_none(after) || !call_query(call, "from", &text)) return true;
    if (civil_read_instant(text, &from_s) != CIVIL_OK) {
        call_say(call, DETAIL_FROM);
        return false;
    }
    if (from_s > 0) id_begin_at(from_s * 1000, after);
    return true;
}

static enum call_state
begin_terminal_journal(struct call *call)
{
    struct redemption_row found[LIST_LIMIT_MAX + 1];
    struct list list;
    bool is_sound = list_read(call, &list) && read_from(call, &list.after);
    if (!is_sound) return call_refuse(call, VERDICT_MALFORMED);
    size_t count = view_redemptions_of_terminal(call_view(call), &call->caller.id, &list.after,
                                                found, list.limit + 1);
    list_begin(call, &list, count);
    for (size_t i = 0; i < list.shown; i++) {
        if (list_is_long(call, &list, i)) break;
        wire_write_journal_of_till(&call->reply, &found[i], offset_of(call, &found[i]));
    }
    list_end(call, &list, list.shown > 0 ? &found[list.shown - 1].id : NULL);
    return call_answer(call, 200);
}

/* Who this till is, for its page's bar and its receipts. */
static enum call_state
begin_me(struct call *call)
{
    struct terminal_row terminal;
    struct merchant_row merchant;
    struct json_writer *w = &call->reply;
    struct view *v = call_view(call);
    if (!view_terminal(v, &call->caller.id, &terminal) ||
        !view_merchant(v, &call->caller.merchant, &merchant))
        return call_refuse(call, VERDICT_UNAVAILABLE);
    json_write_begin_object(w);
    json_put_id(w, "terminal_id", ID_TERMINAL, &terminal.id);
    json_put_string(w, "outlet", terminal.outlet);
    json_put_id(w, "merchant_id", ID_MERCHANT, &merchant.id);
    json_put_string(w, "merchant_name", merchant.name);
    json_put_string(w, "merchant_kind",
                    merchant.kind == MERCHANT_CAR_DEALER ? "car_dealer" : "shop");
    json_put_time(w, "server_time", call->now_s, call_service(call)->offset_s);
    json_write_end_object(w);
    return call_answer(call, 200);
}

static void
parse_verification(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_REDEEM);
    parse_token(call, body, &call->op.redeem);
}

/* A hold whose time is over holds nothing any more. */
static void
forget_lapsed_hold(struct call *call, struct voucher_row *voucher)
{
    struct redemption_row held;
    if (voucher->state != VOUCHER_HELD) return;
    if (!view_redemption_of_voucher(call_view(call), &voucher->id, &held)) return;
    if (call->now_s >= held.hold_expires_at_s) voucher->state = VOUCHER_LIVE;
}

static enum verdict
verification_judge(struct call *call, const struct redeem_command *cmd, struct voucher_row *voucher,
                   const struct campaign_rules **rules)
{
    struct view *v = call_view(call);
    struct claim_row claim;
    struct merchant_row merchant;
    struct redeem_finding finding;
    if (cmd->token != TOKEN_GOOD) return VERDICT_SIGNATURE_INVALID;
    if (!view_voucher(v, &cmd->voucher, voucher) || !view_claim(v, &voucher->claim, &claim))
        return VERDICT_VOUCHER_UNKNOWN;
    forget_lapsed_hold(call, voucher);
    *rules = catalogue_rules(call_catalogue(call), v, &claim.campaign, claim.rule_version);
    if (*rules == NULL) return VERDICT_UNAVAILABLE;
    if (!view_merchant(v, &call->caller.merchant, &merchant)) return VERDICT_UNAVAILABLE;
    struct redeem_facts facts = { .rules = *rules, .voucher = voucher, .merchant = &merchant };
    return rule_redeem(&facts, call->now_s, &finding);
}

/* What a till may know of another's use: when and where, not for how much. */
static void
write_use(struct call *call, const struct voucher_row *voucher, int32_t offset_s)
{
    struct redemption_row use;
    struct merchant_row merchant;
    struct terminal_row terminal;
    struct json_writer *w = &call->reply;
    struct view *v = call_view(call);
    bool used = voucher->state == VOUCHER_HELD || voucher->state == VOUCHER_REDEEMED;
    if (!used || !view_redemption_of_voucher(v, &voucher->id, &use)) {
        json_put_null(w, "use");
        return;
    }
    json_put_object(w, "use");
    json_put_time(w, "redeemed_at", use.redeemed_at_s, offset_s);
    bool known = view_merchant(v, &use.merchant, &merchant);
    json_put_string(w, "merchant_name", known ? merchant.name : NULL);
    known = view_terminal(v, &use.terminal, &terminal);
    json_put_string(w, "outlet", known ? terminal.outlet : NULL);
    json_write_end_object(w);
}

static void
write_verified(struct call *call, const struct voucher_row *voucher,
               const struct campaign_rules *rules)
{
    struct json_writer *w = &call->reply;
    must(!uuid_is_none(&voucher->id));
    json_put_object(w, "voucher");
    json_put_id(w, "voucher_id", ID_VOUCHER, &voucher->id);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &voucher->campaign);
    json_put_string(w, "campaign_name", rules->name);
    json_put_string(w, "kind", campaign_kind_text(rules->kind));
    json_put_int64(w, "value_fen", voucher->value_fen);
    json_put_int64(w, "min_spend_fen", voucher->min_spend_fen);
    json_put_time(w, "valid_from", voucher->valid_from_s, rules->offset_s);
    json_put_time(w, "valid_to", voucher->valid_to_s, rules->offset_s);
    json_put_string(w, "state", voucher_state_text(voucher, call->now_s));
    write_use(call, voucher, rules->offset_s);
    json_write_end_object(w);
}

static enum detail
detail_of_verification(struct call *call, const struct redeem_command *cmd, enum verdict verdict)
{
    const struct uuid *id = cmd->by_short_code ? NULL : &cmd->voucher;
    if (verdict == VERDICT_SIGNATURE_INVALID && cmd->token == TOKEN_CODE_STALE)
        return DETAIL_CODE_STALE;
    if (verdict != VERDICT_VOUCHER_UNKNOWN) return DETAIL_NONE;
    return view_may_be_lost(call_view(call), id, cmd->voucher_number) ? DETAIL_LOST : DETAIL_NONE;
}

static enum call_state
finish_verification(struct call *call)
{
    struct voucher_row voucher = { 0 };
    const struct campaign_rules *rules = NULL;
    struct json_writer *w = &call->reply;
    const struct redeem_command *cmd = &call->op.redeem;
    enum verdict verdict = verification_judge(call, cmd, &voucher, &rules);
    if (verdict == VERDICT_UNAVAILABLE) return call_refuse(call, verdict);
    json_write_begin_object(w);
    json_put_bool(w, "valid", verdict == VERDICT_OK);
    json_put_string(w, "code", verdict_code(verdict));
    enum detail detail = detail_of_verification(call, cmd, verdict);
    json_put_string(w, "detail",
                    detail != DETAIL_NONE ? detail_words(detail, call->language)
                                          : verdict_words(verdict, call->language).help);
    if (rules == NULL) {
        json_put_null(w, "voucher");
    } else {
        write_verified(call, &voucher, rules);
    }
    json_write_end_object(w);
    return call_answer(call, 200);
}

/* The clerk finds short codes, since it counts the misses; it alone sees all of a terminal's. */
static enum call_state
begin_verification(struct call *call)
{
    judge_token(call, &call->op.redeem);
    if (!call->op.redeem.by_short_code) return finish_verification(call);
    call->op.kind = OP_SHORT_CODE;
    return CALL_COMMIT;
}

static const struct endpoint rows[] = {
    { .method = HTTP_POST,
      .path = "/v1/verifications",
      .role = ROLE_TERMINAL,
      .body = BODY_JSON,
      .parse = parse_verification,
      .begin = begin_verification,
      .finish = finish_verification },
    { .method = HTTP_POST,
      .path = "/v1/redemptions",
      .role = ROLE_TERMINAL,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_redemption,
      .begin = begin_redemption },
    { .method = HTTP_POST,
      .path = "/v1/redemptions/{id}/capture",
      .role = ROLE_TERMINAL,
      .path_is = PATH_REDEMPTION,
      .body = BODY_EMPTY,
      .needs_key = true,
      .parse = parse_capture,
      .begin = begin_target },
    { .method = HTTP_POST,
      .path = "/v1/redemptions/{id}/release",
      .role = ROLE_TERMINAL,
      .path_is = PATH_REDEMPTION,
      .body = BODY_EMPTY,
      .needs_key = true,
      .parse = parse_release,
      .begin = begin_target },
    { .method = HTTP_POST,
      .path = "/v1/redemptions/{id}/refund",
      .role = ROLE_TERMINAL,
      .path_is = PATH_REDEMPTION,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_refund,
      .begin = begin_target },
    { .method = HTTP_GET,
      .path = "/v1/redemptions/by-request/{no}",
      .role = ROLE_TERMINAL,
      .path_is = PATH_REQUEST_NO,
      .begin = begin_by_request },
    { .method = HTTP_POST,
      .path = "/v1/redemptions/by-request/{no}/reverse",
      .role = ROLE_TERMINAL,
      .path_is = PATH_REQUEST_NO,
      .body = BODY_EMPTY,
      .needs_key = true,
      .parse = parse_reverse,
      .begin = begin_reverse },
    { .method = HTTP_GET, .path = "/v1/terminals/me", .role = ROLE_TERMINAL, .begin = begin_me },
    { .method = HTTP_GET,
      .path = "/v1/terminals/me/journal",
      .role = ROLE_TERMINAL,
      .begin = begin_terminal_journal },
};

struct endpoint_rows
api_till(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
