/* voucher/api/vouchers.c */
#include "voucher/api/vouchers.h"

#include "crypto/rotating.h"
#include "crypto/short_code.h"
#include "voucher/rules/claim.h"
#include "voucher/wire/campaign.h"
#include "voucher/wire/reply.h"

bool
voucher_scene_load(struct call *call, const struct claim_row *claim, struct voucher_scene *out)
{
    const struct campaign_row *campaign = call_campaign(call, &claim->campaign);
    if (campaign == NULL) return false;
    out->claim = claim;
    out->campaign_number = campaign->number;
    out->rules = catalogue_rules(call_catalogue(call), call_view(call), &claim->campaign,
                                 claim->rule_version);
    return out->rules != NULL;
}

void
voucher_claims_of(const struct voucher_scene *scene, const struct voucher_row *voucher,
                  struct voucher_claims *out)
{
    bool rotates = scene->rules->presentation == PRESENTATION_ROTATING;
    *out = (struct voucher_claims){
        .kind = scene->rules->kind == CAMPAIGN_CAR ? TOKEN_CAR : TOKEN_SHOPPING,
        .flags = rotates ? TOKEN_NEEDS_ROTATING : 0,
        .kid = scene->claim->kid,
        .voucher = voucher->id,
        .campaign_number = (uint32_t)scene->campaign_number,
        .face_fen = (uint32_t)voucher->value_fen,
        .not_before_s = (uint32_t)scene->claim->valid_from_s,
        .expires_s = (uint32_t)scene->claim->valid_to_s,
    };
}

bool
voucher_write_digits(struct call *call, const struct voucher_scene *scene,
                     const struct voucher_row *voucher, char out[VOUCHER_DIGITS_SIZE])
{
    uint8_t token[TOKEN_SIZE];
    struct voucher_claims claims;
    const struct keyring *keyring = call->secrets->keyring;
    const struct ed25519_signer *signer = keyring_signer_by_kid(keyring, scene->claim->kid);
    if (signer == NULL) return false;
    voucher_claims_of(scene, voucher, &claims);
    token_sign(signer, &claims, token);
    token_write_digits(token, out);
    if (claims.flags & TOKEN_NEEDS_ROTATING) {
        struct digest key;
        keyring_rotating_key(keyring, &voucher->id, &key);
        rotating_write(&key, call->now_s, out + TOKEN_DIGITS);
    }
    return true;
}

/* The token in a claim's answer is the voucher's own 253 digits: a replay shows the same bytes.
 * The rotating code is added where the QR is drawn. */
static void
write_members(struct call *call, const struct voucher_scene *scene,
              const struct voucher_row *voucher, const char *state)
{
    struct json_writer *w = &call->reply;
    char digits[VOUCHER_DIGITS_SIZE] = "", code[SHORT_CODE_DIGITS + 1];
    int32_t offset_s = scene->rules->offset_s;
    bool readable = voucher_write_digits(call, scene, voucher, digits);
    digits[TOKEN_DIGITS] = '\0';
    short_code_write(call->secrets->keyring, voucher->number, code);
    json_put_id(w, "voucher_id", ID_VOUCHER, &voucher->id);
    json_put_string(w, "token", readable ? digits : NULL);
    json_put_string(w, "short_code", code);
    json_put_int64(w, "value_fen", voucher->value_fen);
    json_put_int64(w, "min_spend_fen", voucher->min_spend_fen);
    json_put_time(w, "valid_from", voucher->valid_from_s, offset_s);
    json_put_time(w, "valid_to", voucher->valid_to_s, offset_s);
    json_put_string(w, "state", state);
}

void
voucher_write(struct call *call, const struct voucher_scene *scene,
              const struct voucher_row *voucher, const char *state)
{
    json_write_begin_object(&call->reply);
    write_members(call, scene, voucher, state);
    json_write_end_object(&call->reply);
}

/* Where and when it is being used, or was. */
static void
write_use(struct call *call, const struct voucher_scene *scene, const struct voucher_row *voucher)
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
    json_put_time(w, "redeemed_at", use.redeemed_at_s, scene->rules->offset_s);
    json_put_int64(w, "value_fen", use.value_fen);
    json_put_int64(w, "order_amount_fen", use.order_amount_fen);
    bool known = view_merchant(v, &use.merchant, &merchant);
    json_put_string(w, "merchant_name", known ? merchant.name : NULL);
    known = view_terminal(v, &use.terminal, &terminal);
    json_put_string(w, "outlet", known ? terminal.outlet : NULL);
    json_write_end_object(w);
}

void
voucher_write_own(struct call *call, const struct voucher_scene *scene,
                  const struct voucher_row *voucher)
{
    struct json_writer *w = &call->reply;
    const struct campaign_rules *rules = scene->rules;
    size_t place = rules_pool_place(rules, &voucher->pool);
    json_write_begin_object(w);
    write_members(call, scene, voucher, voucher_state_text(voucher, call->now_s));
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &voucher->campaign);
    json_put_string(w, "campaign_name", rules->name);
    json_put_string(w, "kind", campaign_kind_text(rules->kind));
    json_put_string(w, "pool_name", place < rules->pool_count ? rules->pools[place].name : NULL);
    bool rotates = rules->presentation == PRESENTATION_ROTATING;
    json_put_string(w, "presentation", rotates ? "rotating" : "static");
    json_put_id(w, "claim_id", ID_CLAIM, &voucher->claim);
    json_put_time(w, "claimed_at", scene->claim->claimed_at_s, rules->offset_s);
    write_use(call, scene, voucher);
    json_write_end_object(w);
}
