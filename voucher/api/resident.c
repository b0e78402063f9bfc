/* voucher/api/resident.c: what a resident does: claim, and see what he has. */
#include "crypto/jws.h"
#include "voucher/api/api.h"
#include "voucher/api/list.h"
#include "voucher/api/vouchers.h"
#include "voucher/qr.h"
#include "voucher/rules/claim.h"
#include "voucher/wire/reply.h"

#define CLAIMS_OF_PERSON_MAX 64

static void
parse_claim(struct call *call, struct json_reader *body)
{
    json_member_id(body, "pool_id", ID_POOL, JSON_REQUIRED, &call->pool);
}

/* Something of this person's may be owed another answer than a fresh one: a claim of this campaign,
 * or one that was made under this key. */
static bool
has_history(struct call *call)
{
    struct claim_row claim;
    struct view *v = call_view(call);
    const struct uuid *resident = &call->caller.id;
    if (!view_has_claims(v, resident)) return false;
    return view_claims_in_campaign(v, resident, &call->path_id, &claim, 1) > 0 ||
           view_claim_by_key(v, resident, text_of(call->key), &claim);
}

/* False too where no roll is asked for. */
static bool
reads_roll(struct call *call, const struct campaign_rules *rules, struct roll_row *out)
{
    return rules->needs_roll && view_roll(call_view(call), &call->caller.id, out);
}

/* Too early, too late, paused, sold out: by the rule itself, on a row that is at most a second old.
 */
static enum verdict
peek_claim(struct call *call)
{
    const struct campaign_row *campaign = call_campaign(call, &call->path_id);
    if (campaign == NULL || call->faults.count > 0) return VERDICT_OK;
    struct claim_facts facts = {
        .campaign = campaign,
        .rules = catalogue_acting(call_catalogue(call), call_view(call), campaign),
        .pool = &call->pool,
        .source = CLAIM_RUSH,
        .assurance = call->caller.assurance,
    };
    if (facts.rules == NULL) return VERDICT_OK;
    struct roll_row roll;
    if (reads_roll(call, facts.rules, &roll)) facts.roll = &roll;
    enum verdict verdict = rule_claim(&facts, call->now_s);
    bool certain = verdict == VERDICT_CAMPAIGN_NOT_OPEN || verdict == VERDICT_CAMPAIGN_CLOSED ||
                   verdict == VERDICT_CAMPAIGN_PAUSED || verdict == VERDICT_SOLD_OUT;
    return certain && !has_history(call) ? verdict : VERDICT_OK;
}

static enum call_state
begin_claim(struct call *call)
{
    op_start(&call->op, OP_CLAIM);
    call->op.claim.campaign = call->path_id;
    call->op.claim.pool = call->pool;
    return CALL_COMMIT;
}

/* Signing is the worker's, after the seal. */
static enum call_state
finish_claim(struct call *call)
{
    struct voucher_scene scene;
    const struct claim_result *made = &call->op.claimed;
    struct json_writer *w = &call->reply;
    if (!voucher_scene_load(call, &made->claim, &scene)) {
        return call_refuse(call, VERDICT_UNAVAILABLE);
    }
    json_write_begin_object(w);
    json_put_id(w, "claim_id", ID_CLAIM, &made->claim.id);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &made->claim.campaign);
    json_put_id(w, "pool_id", ID_POOL, &made->claim.pool);
    json_put_time(w, "claimed_at", made->claim.claimed_at_s, scene.rules->offset_s);
    json_put_array(w, "vouchers");
    for (int64_t i = 0; i < made->claim.voucher_count; i++) {
        voucher_write(call, &scene, &made->vouchers[i], "live");
    }
    json_write_end_array(w);
    json_write_end_object(w);
    return call_answer(call, 201);
}

/* The best that any pool answers at an instant. */
static enum verdict
eligibility_at(struct call *call, struct claim_facts *facts, int64_t at_s)
{
    enum verdict best = VERDICT_SOLD_OUT;
    for (size_t i = 0; i < call->campaign.pool_count && best != VERDICT_OK; i++) {
        facts->pool = &call->campaign.pools[i].id;
        best = rule_claim(facts, at_s);
    }
    return best;
}

static void
write_reason(struct call *call, enum verdict verdict, const struct claim_facts *facts)
{
    struct json_writer *w = &call->reply;
    if (verdict == VERDICT_OK) return;
    struct verdict_words words = verdict_words(verdict, call->language);
    json_write_begin_object(w);
    json_put_string(w, "code", verdict_code(verdict));
    json_put_string(w, "title", words.title);
    bool barred = verdict == VERDICT_NOT_ELIGIBLE;
    json_put_string(w, "detail",
                    barred ? detail_words(claim_bar_detail(claim_bar(facts)), call->language)
                           : words.help);
    json_write_end_object(w);
}

/* Judged pool by pool with the claim's own rule, without any effect. Before the opening also as it
 * will be then, so that who cannot claim learns it in advance. */
static enum call_state
begin_eligibility(struct call *call)
{
    struct claim_row own[CLAIMS_OF_PERSON_MAX];
    struct view *v = call_view(call);
    if (!view_campaign(v, &call->path_id, &call->campaign)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    const struct campaign_rules *rules = catalogue_acting(call_catalogue(call), v, &call->campaign);
    if (rules == NULL) return call_refuse(call, VERDICT_NOT_FOUND);
    struct claim_facts facts = { .campaign = &call->campaign,
                                 .rules = rules,
                                 .source = CLAIM_RUSH,
                                 .assurance = call->caller.assurance };
    struct roll_row roll;
    if (reads_roll(call, rules, &roll)) facts.roll = &roll;
    facts.claims_so_far = (int64_t)view_claims_in_campaign(v, &call->caller.id, &call->path_id, own,
                                                           CLAIMS_OF_PERSON_MAX);
    enum verdict now = eligibility_at(call, &facts, call->now_s), then = VERDICT_OK;
    if (now == VERDICT_CAMPAIGN_NOT_OPEN) {
        then = eligibility_at(call, &facts, rules->claim_window.from_s);
    }
    struct json_writer *w = &call->reply;
    json_write_begin_object(w);
    json_put_bool(w, "eligible", now == VERDICT_OK);
    json_put_array(w, "reasons");
    write_reason(call, now, &facts);
    if (then != now) write_reason(call, then, &facts);
    json_write_end_array(w);
    json_write_end_object(w);
    return call_answer(call, 200);
}

/* A page of vouchers; a pack may be cut between two pages. */
struct voucher_page {
    size_t left;
    bool more;
    struct uuid last;
};

static void
write_claim_vouchers(struct call *call, const struct claim_row *claim, int64_t after_number,
                     struct voucher_page *page)
{
    struct voucher_scene scene;
    if (!voucher_scene_load(call, claim, &scene)) return;
    for (int64_t n = 0; n < claim->voucher_count && !page->more; n++) {
        struct voucher_row v;
        if (claim->first_number + n <= after_number) continue;
        if (!view_voucher_by_number(call_view(call), claim->first_number + n, &v)) continue;
        page->more = page->left == 0;
        if (page->more) return;
        voucher_write_own(call, &scene, &v);
        page->left--;
        page->last = v.id;
    }
}

/* The cursor is the last voucher that was shown: first the rest of its claim, then what follows. */
static enum call_state
begin_my_vouchers(struct call *call)
{
    struct claim_row claims[LIST_LIMIT_MAX + 1], cut = { 0 };
    struct voucher_row last = { 0 };
    struct view *v = call_view(call);
    struct list list;
    if (!list_read(call, &list)) return call_refuse(call, VERDICT_MALFORMED);
    bool goes_on = !uuid_is_none(&list.after);
    bool known = goes_on && view_voucher(v, &list.after, &last) &&
                 view_claim(v, &last.claim, &cut) && uuid_equal(&cut.resident, &call->caller.id);
    if (goes_on && !known) {
        return call_refuse_because(call, VERDICT_MALFORMED, DETAIL_CURSOR);
    }
    struct voucher_page page = { .left = list.limit };
    list_begin(call, &list, 0);
    if (goes_on) write_claim_vouchers(call, &cut, last.number, &page);
    size_t count = view_claims_of_resident(v, &call->caller.id, &cut.id, claims, list.limit + 1);
    for (size_t i = 0; i < count && !page.more; i++) {
        write_claim_vouchers(call, &claims[i], 0, &page);
    }
    list.more = page.more;
    list_end(call, &list, &page.last);
    return call_answer(call, 200);
}

/* Someone else's voucher and a missing one answer alike. */
static bool
find_own(struct call *call, struct voucher_row *voucher, struct claim_row *claim,
         struct voucher_scene *scene)
{
    struct view *v = call_view(call);
    return view_voucher(v, &call->path_id, voucher) && view_claim(v, &voucher->claim, claim) &&
           uuid_equal(&claim->resident, &call->caller.id) && voucher_scene_load(call, claim, scene);
}

static enum call_state
begin_voucher(struct call *call)
{
    struct voucher_row voucher;
    struct claim_row claim;
    struct voucher_scene scene;
    if (!find_own(call, &voucher, &claim, &scene)) return call_refuse(call, VERDICT_NOT_FOUND);
    voucher_write_own(call, &scene, &voucher);
    return call_answer(call, 200);
}

static enum call_state
begin_qr(struct call *call)
{
    struct voucher_row voucher;
    struct claim_row claim;
    struct voucher_scene scene;
    char digits[VOUCHER_DIGITS_SIZE];
    if (!find_own(call, &voucher, &claim, &scene)) return call_refuse(call, VERDICT_NOT_FOUND);
    if (!voucher_write_digits(call, &scene, &voucher, digits)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    char *svg = malloc(QR_SVG_ROOM);
    size_t size = svg == NULL ? 0 : qr_write_svg(text_of(digits), svg);
    if (size > 0) json_write_raw(&call->reply, (struct text){ svg, size });
    free(svg);
    if (size == 0) return call_refuse(call, VERDICT_UNAVAILABLE);
    call->content_type = "image/svg+xml";
    return call_answer(call, 200);
}

_Static_assert(CONFIG_PUBLIC_URL_MAX <= JWS_NAME_MAX, "a JWS names its issuer");

static enum call_state
begin_jws(struct call *call)
{
    struct voucher_row voucher;
    struct claim_row claim;
    struct voucher_scene scene;
    char jws[JWS_VOUCHER_SIZE];
    struct voucher_claims claims;
    if (!find_own(call, &voucher, &claim, &scene)) return call_refuse(call, VERDICT_NOT_FOUND);
    const struct ed25519_signer *signer = keyring_signer_by_kid(call->secrets->keyring, claim.kid);
    if (signer == NULL) return call_refuse(call, VERDICT_NOT_FOUND);
    voucher_claims_of(&scene, &voucher, &claims);
    struct text issuer = text_of(call_service(call)->config->public_url);
    struct jws_voucher shown = { issuer, TEXT("huiquan"), voucher.campaign, &claims };
    (void)jws_write_voucher(signer, &shown, jws);
    json_write_begin_object(&call->reply);
    json_put_string(&call->reply, "jws", jws);
    json_write_end_object(&call->reply);
    return call_answer(call, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_POST,
      .path = "/v1/campaigns/{id}/claims",
      .role = ROLE_RESIDENT,
      .limit = LIMIT_CLAIM,
      .path_is = PATH_CAMPAIGN,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_claim,
      .peek = peek_claim,
      .begin = begin_claim,
      .finish = finish_claim },
    { .method = HTTP_GET,
      .path = "/v1/campaigns/{id}/eligibility",
      .role = ROLE_RESIDENT,
      .path_is = PATH_CAMPAIGN,
      .begin = begin_eligibility },
    { .method = HTTP_GET,
      .path = "/v1/me/vouchers",
      .role = ROLE_RESIDENT,
      .begin = begin_my_vouchers },
    { .method = HTTP_GET,
      .path = "/v1/vouchers/{id}",
      .role = ROLE_RESIDENT,
      .path_is = PATH_VOUCHER,
      .begin = begin_voucher },
    { .method = HTTP_GET,
      .path = "/v1/vouchers/{id}/qr.svg",
      .role = ROLE_RESIDENT,
      .path_is = PATH_VOUCHER,
      .begin = begin_qr },
    { .method = HTTP_GET,
      .path = "/v1/vouchers/{id}/jws",
      .role = ROLE_RESIDENT,
      .path_is = PATH_VOUCHER,
      .begin = begin_jws },
};

struct endpoint_rows
api_resident(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
