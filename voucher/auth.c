/* voucher/auth.c: sessions by their MAC, administrators by their token, terminals by RFC 9421. */
#include "voucher/auth.h"

#include "crypto/api_token.h"
#include "crypto/digest.h"
#include "crypto/session.h"
#include "voucher/admin_cookie.h"
#include "voucher/call_context.h"
#include "voucher/cookie.h"
#include "voucher/http/byte.h"

#define MINUTE_US INT64_C(60000000)
#define SECOND_US INT64_C(1000000)

static enum verdict
refuse(struct call *call, enum detail detail)
{
    call_say(call, detail);
    return VERDICT_UNAUTHENTICATED;
}

/* The token of "Authorization: Bearer …" (RFC 6750). */
static bool
bearer_of(const struct call *call, struct text *out)
{
    struct text field;
    if (!http_field_find(&call->exchange->request, TEXT("authorization"), &field)) return false;
    if (field.size < 8 || !http_bytes_match((struct text){ field.at, 7 }, TEXT("bearer "))) {
        return false;
    }
    *out = (struct text){ field.at + 7, field.size - 7 };
    return true;
}

static enum verdict
auth_resident(struct call *call)
{
    struct text token;
    struct session session;
    if (!bearer_of(call, &token) && !cookie_session(call, &token)) {
        return refuse(call, DETAIL_SESSION_MISSING);
    }
    enum session_result result = session_read(call->secrets->keyring, token, call->now_s, &session);
    if (result == SESSION_EXPIRED) return refuse(call, DETAIL_SESSION_EXPIRED);
    if (result != SESSION_GOOD || session.audience != SESSION_RESIDENT) {
        return refuse(call, DETAIL_SESSION_FOREIGN);
    }
    /* A cookie comes along unasked: an effect needs the page's own word besides. */
    bool is_read = call->endpoint->method == HTTP_GET;
    if (!bearer_of(call, &token) && !is_read && !cookie_same_origin(call)) {
        call_say(call, DETAIL_FOREIGN_PAGE);
        return VERDICT_FORBIDDEN;
    }
    call->caller = (struct caller){ .kind = CALLER_RESIDENT,
                                    .id = session.subject,
                                    .assurance = session.assurance };
    return VERDICT_OK;
}

static enum verdict
admin_may(struct call *call, const struct admin_row *admin)
{
    call->caller = (struct caller){ .kind = CALLER_ADMIN, .id = admin->id, .roles = admin->roles };
    unsigned needed = call->endpoint->admin_roles;
    return needed == 0 || (needed & admin->roles) ? VERDICT_OK : VERDICT_FORBIDDEN;
}

/* A browser sends the cookie by itself, so what it changes must come from our own page: SameSite is
 * the first lock, this the second. */
static bool
comes_from_our_page(const struct call *call)
{
    enum http_method method = call->exchange->request.method;
    must(call->endpoint->role == ROLE_ADMIN);
    return method == HTTP_GET || method == HTTP_HEAD || cookie_same_origin(call);
}

static enum verdict
auth_admin_page(struct call *call, struct text cookie)
{
    struct admin_session_row session;
    struct admin_row admin;
    struct digest digest;
    struct view *v = call_view(call);
    bool known = api_token_digest(cookie, &digest) && view_admin_session(v, &digest, &session) &&
                 call->now_s < session.expires_at_s && view_admin(v, &session.admin, &admin) &&
                 admin.active;
    if (!known) return refuse(call, DETAIL_PAGE_SESSION);
    if (!comes_from_our_page(call)) {
        (void)refuse(call, DETAIL_PAGE_ORIGIN);
        return VERDICT_FORBIDDEN;
    }
    call->session = digest;
    return admin_may(call, &admin);
}

static enum verdict
auth_admin(struct call *call)
{
    struct text token;
    struct digest digest;
    struct admin_row admin;
    if (!bearer_of(call, &token)) {
        if (admin_cookie_find(call, &token)) return auth_admin_page(call, token);
        return refuse(call, DETAIL_API_TOKEN_MISSING);
    }
    bool known = api_token_digest(token, &digest) &&
                 view_admin_by_token(call_view(call), &digest, &admin) && admin.active;
    return known ? admin_may(call, &admin) : refuse(call, DETAIL_API_TOKEN_FOREIGN);
}

static void
message_of(const struct call *call, struct signed_field fields[HTTP_FIELD_COUNT_MAX],
           struct signed_message *out)
{
    const struct http_request *r = &call->exchange->request;
    for (size_t i = 0; i < r->field_count; i++) {
        fields[i] = (struct signed_field){ r->fields[i].name, r->fields[i].value };
    }
    *out = (struct signed_message){
        .method = r->method_name,
        .scheme = call->origin.scheme,
        .authority = call->origin.authority,
        .target = r->target,
        .path = r->path,
        .query = r->query,
        .has_query = r->has_query,
        .fields = fields,
        .field_count = r->field_count,
        .body = r->body,
    };
}

/* The revoked are told apart again by the clerk. */
static enum httpsig_reason
terminal_check(struct call *call, const struct httpsig_claim *claim)
{
    struct digest secret = { 0 };
    struct ed25519_verifier *verifier = NULL;
    const struct terminal_row *row = call_terminal(call, &claim->terminal);
    if (row == NULL || row->state != TERMINAL_ACTIVE) return HTTPSIG_KEY_UNKNOWN;
    call->terminal = *row;
    struct httpsig_key key = { .algorithm = row->algorithm };
    if (row->algorithm == TERMINAL_ED25519) {
        if (ed25519_verifier_open(&verifier, row->public_key) != FAULT_NONE) {
            return HTTPSIG_KEY_UNKNOWN;
        }
        key.verifier = verifier;
    } else {
        keyring_terminal_secret(call->secrets->keyring, &row->id, &secret);
        key.secret = (struct text){ (const char *)secret.bytes, sizeof secret.bytes };
    }
    int64_t window_s = call_service(call)->config->signature_window_s;
    enum httpsig_reason reason = httpsig_check(claim, &key, call->now_s, window_s);
    ed25519_verifier_close(verifier);
    crypto_wipe(&secret, sizeof secret);
    return reason;
}

static enum verdict
auth_terminal(struct call *call)
{
    struct signed_field fields[HTTP_FIELD_COUNT_MAX];
    struct signed_message message;
    struct httpsig_claim claim;
    char base[HTTPSIG_BASE_ROOM];
    message_of(call, fields, &message);
    enum httpsig_reason reason = httpsig_parse(&message, base, sizeof base, &claim);
    if (reason == HTTPSIG_FINE) reason = terminal_check(call, &claim);
    metric_add(call->context->metrics, METRIC_SIGNATURES, reason, 0, 1);
    if (reason != HTTPSIG_FINE) {
        (void)snprintf(call->detail, sizeof call->detail, "%s",
                       httpsig_reason_words(reason, call->language));
        return VERDICT_UNAUTHENTICATED;
    }
    call->signed_request = true;
    memcpy(call->nonce, claim.nonce, claim.nonce_size);
    call->nonce[claim.nonce_size] = '\0';
    call->caller = (struct caller){ .kind = CALLER_TERMINAL,
                                    .id = call->terminal.id,
                                    .merchant = call->terminal.merchant };
    return VERDICT_OK;
}

enum verdict
auth_check(struct call *call)
{
    switch (call->endpoint->role) {
    case ROLE_ANYONE: return VERDICT_OK;
    case ROLE_RESIDENT: return auth_resident(call);
    case ROLE_TERMINAL: return auth_terminal(call);
    case ROLE_ADMIN: return auth_admin(call);
    case ROLE_CONTROL: call->caller.kind = CALLER_SYSTEM; return VERDICT_OK;
    }
    must(!"a role without a check");
    return VERDICT_FORBIDDEN;
}

static void
limit_add(struct limit_ask *ask, const char *name, const void *key, struct gcra_rate rate)
{
    must(ask->rule_count < LIMIT_RULES_MAX);
    struct limit_rule *rule = &ask->rules[ask->rule_count++];
    *rule = (struct limit_rule){ .name = name, .rate = rate };
    memcpy(rule->key, key, sizeof rule->key);
}

/* An address never leaves as it is: Redis and the table know a keyed digest. IPv6 counts by /64. */
static void
limit_add_address(struct call *call, struct limit_ask *ask)
{
    struct digest digest;
    struct address address = call->origin.address;
    int64_t per_min = call_service(call)->config->address_per_min;
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    if (!call->origin.address_known || per_min == 0) return;
    bool is_v4 = memcmp(address.bytes, mapped, sizeof mapped) == 0;
    if (!is_v4) memset(address.bytes + 8, 0, 8);
    const struct text parts[] = { TEXT("address"),
                                  { (const char *)address.bytes, sizeof address.bytes } };
    keyring_fingerprint(call->secrets->keyring, parts, COUNT_OF(parts), &digest);
    limit_add(ask, "address", digest.bytes, (struct gcra_rate){ per_min, MINUTE_US });
}

static const struct campaign_rules *
limit_claim(struct call *call, struct limit_ask *ask)
{
    const struct campaign_row *campaign = call_campaign(call, &call->path_id);
    if (campaign == NULL) return NULL;
    const struct campaign_rules *rules =
        catalogue_acting(call_catalogue(call), call_view(call), campaign);
    if (rules == NULL) return NULL;
    (void)id_write(ID_CAMPAIGN, &call->path_id, ask->tag);
    limit_add(ask, "resident", call->caller.id.bytes,
              (struct gcra_rate){ rules->per_resident_per_min, MINUTE_US });
    limit_add_address(call, ask);
    return rules;
}

bool
auth_limits_here(struct call *call, struct limit_ask *ask)
{
    must(call->endpoint->limit == LIMIT_CLAIM);
    ask->rule_count = 0;
    return limit_claim(call, ask) != NULL;
}

static bool
limit_campaign(struct call *call, struct limit_ask *ask)
{
    const struct campaign_rules *rules = limit_claim(call, ask);
    if (rules == NULL) return false;
    limit_add(ask, "campaign", call->path_id.bytes,
              (struct gcra_rate){ rules->claims_per_s, SECOND_US });
    ask->rules[ask->rule_count - 1].shared = true;
    return true;
}

bool
auth_limits(struct call *call, struct limit_ask *ask)
{
    ask->rule_count = 0;
    switch (call->endpoint->limit) {
    case LIMIT_NONE: return false;
    case LIMIT_CLAIM: return limit_campaign(call, ask);
    case LIMIT_ADDRESS:
        memcpy(ask->tag, "address", sizeof "address");
        limit_add_address(call, ask);
        return ask->rule_count > 0;
    }
    return false;
}

/* draft-ietf-httpapi-ratelimit-headers: "name";r=remaining;t=seconds and "name";q=quota;w=seconds
 */
void
auth_limit_fields(struct call *call)
{
    const struct limit_ask *ask = &call->ask;
    const struct limit_rule *rule = &ask->rules[ask->rule];
    call_add_field(call,
                   "RateLimit-Policy: \"%s\";q=%lld;w=%lld\r\n"
                   "RateLimit: \"%s\";r=%lld;t=%lld",
                   rule->name, (long long)rule->rate.count,
                   (long long)(rule->rate.period_us / SECOND_US), rule->name,
                   (long long)ask->numbers.remaining,
                   (long long)((ask->numbers.reset_us + SECOND_US - 1) / SECOND_US));
}
