/* voucher/api/public.c: what anybody may read: campaigns, keys, health, figures, documents. */
#include "voucher/api/api.h"
#include "voucher/api/list.h"
#include "voucher/call_context.h"
#include "voucher/docs.h"
#include "voucher/rules/claim.h"
#include "voucher/rules/lifecycle.h"
#include "voucher/wire/campaign.h"

static void
write_public_pack(struct json_writer *w, const struct pool_rules *pool)
{
    if (pool->piece_count == 0) return;
    json_put_array(w, "pack");
    for (size_t i = 0; i < pool->piece_count; i++) {
        json_write_begin_object(w);
        json_put_int64(w, "value_fen", pool->pieces[i].value_fen);
        json_put_int64(w, "min_spend_fen", pool->pieces[i].min_spend_fen);
        json_put_int64(w, "count", pool->pieces[i].count);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static void
write_labels(struct json_writer *w, const char *key, const struct label *labels, size_t count)
{
    json_put_array(w, key);
    for (size_t i = 0; i < count; i++) {
        json_write_string(w, labels[i].text);
    }
    json_write_end_array(w);
}

/* How it is given out, and where and when its vouchers are taken. */
static void
write_public_use(struct json_writer *w, const struct campaign_rules *rules)
{
    static const char *const modes[] = { "all", "list", "groups" };
    static const char *const issuings[] = { "rush", "grant", "reward" };
    char hour[CIVIL_HOUR_SIZE];
    must((unsigned)rules->merchants_mode < COUNT_OF(modes));
    must((unsigned)rules->issuing < COUNT_OF(issuings));
    json_put_string(w, "issuing", issuings[rules->issuing]);
    bool rotates = rules->presentation == PRESENTATION_ROTATING;
    json_put_string(w, "presentation", rotates ? "rotating" : "static");
    json_put_object(w, "merchants");
    json_put_string(w, "mode", modes[rules->merchants_mode]);
    write_labels(w, "groups", rules->groups, rules->group_count);
    json_write_end_object(w);
    json_put_object(w, "categories");
    write_labels(w, "allow", rules->allow, rules->allow_count);
    write_labels(w, "deny", rules->deny, rules->deny_count);
    json_write_end_object(w);
    json_put_array(w, "daily_hours");
    for (size_t i = 0; i < rules->hours_count; i++) {
        json_write_begin_object(w);
        civil_write_hour(rules->hours[i].from_min, hour);
        json_put_string(w, "from", hour);
        civil_write_hour(rules->hours[i].to_min, hour);
        json_put_string(w, "to", hour);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static void
write_public_pools(struct json_writer *w, const struct campaign_row *row,
                   const struct campaign_rules *rules)
{
    json_put_array(w, "pools");
    for (size_t i = 0; i < row->pool_count; i++) {
        const struct pool_row *pool = &row->pools[i];
        size_t place = rules_pool_place(rules, &pool->id);
        must(place < CAMPAIGN_POOLS_MAX);
        const struct pool_rules *r = &rules->pools[place];
        json_write_begin_object(w);
        json_put_id(w, "pool_id", ID_POOL, &pool->id);
        json_put_string(w, "name", r->name);
        json_put_int64(w, "value_fen", r->value_fen);
        json_put_int64(w, "min_spend_fen", r->min_spend_fen);
        if (r->energy_named) json_put_string(w, "energy", r->energy == CAR_NEV ? "nev" : "fuel");
        write_public_pack(w, r);
        json_put_int64(w, "count", pool->count);
        json_put_int64(w, "remaining", pool->count - pool->issued);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static void
write_public_window(struct json_writer *w, const char *key, bool named, const struct window *window,
                    int32_t offset_s)
{
    if (!named) {
        json_put_null(w, key);
        return;
    }
    json_put_object(w, key);
    json_put_time(w, "from", window->from_s, offset_s);
    json_put_time(w, "to", window->to_s, offset_s);
    json_write_end_object(w);
}

/* False: nobody has approved it yet, so it is not there. */
static bool
write_public_campaign(struct call *call, const struct campaign_row *row)
{
    struct json_writer *w = &call->reply;
    const struct campaign_rules *rules =
        catalogue_acting(call_catalogue(call), call_view(call), row);
    if (rules == NULL) return false;
    enum campaign_state state = campaign_state_at(row, rules, call->now_s);
    json_write_begin_object(w);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &row->id);
    json_put_int64(w, "number", row->number);
    json_put_string(w, "name", rules->name);
    json_put_string(w, "kind", campaign_kind_text(rules->kind));
    json_put_string(w, "state", campaign_state_text(state));
    json_put_string(w, "timezone", rules->timezone);
    write_public_window(w, "claim_window", true, &rules->claim_window, rules->offset_s);
    write_public_window(w, "use_window", rules->use_window_named, &rules->use_window,
                        rules->offset_s);
    if (rules->valid_days > 0)
        json_put_int64(w, "valid_days", rules->valid_days);
    else
        json_put_null(w, "valid_days");
    json_put_int64(w, "per_person_limit", rules->per_person_limit);
    json_put_string(w, "assurance", rules->assurance == ASSURANCE_OTP ? "otp" : "issuer");
    json_put_time(w, "server_time", call->now_s, rules->offset_s);
    write_public_use(w, rules);
    write_public_pools(w, row, rules);
    json_write_end_object(w);
    return true;
}

static enum call_state
begin_campaign(struct call *call)
{
    if (!view_campaign(call_view(call), &call->path_id, &call->campaign)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    if (!write_public_campaign(call, &call->campaign)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    call_add_field(call, "Cache-Control: no-store");
    return call_answer(call, 200);
}

static enum call_state
begin_campaigns(struct call *call)
{
    struct uuid ids[LIST_LIMIT_MAX + 1];
    struct list list;
    if (!list_read(call, &list)) return call_refuse(call, VERDICT_MALFORMED);
    size_t count = view_campaigns(call_view(call), &list.after, ids, list.limit + 1);
    list_begin(call, &list, count);
    for (size_t i = 0; i < list.shown && !list_is_long(call, &list, i); i++) {
        if (!view_campaign(call_view(call), &ids[i], &call->campaign)) continue;
        (void)write_public_campaign(call, &call->campaign);
    }
    list_end(call, &list, list.shown > 0 ? &ids[list.shown - 1] : NULL);
    call_add_field(call, "Cache-Control: no-store");
    return call_answer(call, 200);
}

static enum call_state
begin_jwks(struct call *call)
{
    call->page = (struct text){ call->secrets->jwks, call->secrets->jwks_size };
    call->content_type = "application/jwk-set+json";
    call_add_field(call, "Cache-Control: public, max-age=60");
    return call_answer(call, 200);
}

static enum call_state
begin_health(struct call *call)
{
    json_write_begin_object(&call->reply);
    json_put_string(&call->reply, "status", "ok");
    json_write_end_object(&call->reply);
    return call_answer(call, 200);
}

/* Without Redis the service is degraded, yet ready: claims go on under the local limit. */
static enum call_state
begin_ready(struct call *call)
{
    struct json_writer *w = &call->reply;
    struct uuid after = { 0 }, first;
    struct clerk_figures clerk;
    const struct limiter_figures *door = limiter_figures(call->context->limiter);
    (void)view_campaigns(call_view(call), &after, &first, 1);
    bool readable = view_fault(call_view(call)) == FAULT_NONE;
    clerk_figures(call_service(call)->clerk, &clerk);
    bool degraded = (door->redis_named && !door->redis_up) || clerk.is_full;
    json_write_begin_object(w);
    json_put_string(w, "status", !readable ? "down" : degraded ? "degraded" : "ok");
    json_put_object(w, "dependencies");
    json_put_string(w, "ledger", !readable ? "down" : clerk.is_full ? "full" : "ok");
    json_put_string(w, "redis",
                    !door->redis_named ? "not_configured"
                    : door->redis_up   ? "ok"
                                       : "down");
    json_write_end_object(w);
    json_write_end_object(w);
    return call_answer(call, readable ? 200 : 503);
}

static enum call_state
begin_metrics(struct call *call)
{
    struct text accept = { 0 };
    char *out = NULL;
    size_t size = 0;
    (void)http_field_find(&call->exchange->request, TEXT("accept"), &accept);
    enum metrics_format format = metrics_format_for(accept);
    if (metrics_print(call_service(call)->metrics, format, &out, &size) != FAULT_NONE) {
        return call_refuse(call, VERDICT_UNAVAILABLE);
    }
    json_write_raw(&call->reply, (struct text){ out, size });
    free(out);
    call->content_type = metrics_content_type(format);
    return call_answer(call, 200);
}

static enum call_state
answer_page(struct call *call, const char *type, const char *bytes, size_t size)
{
    call->page = (struct text){ bytes, size };
    call->content_type = type;
    call_add_field(call, "Content-Security-Policy: default-src 'none'; style-src 'self'; "
                         "frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    call_add_field(call, "Cache-Control: public, max-age=300");
    return call_answer(call, 200);
}

static enum call_state
begin_openapi(struct call *call)
{
    return answer_page(call, "application/json", openapi_json, openapi_json_size);
}

static enum call_state
begin_docs(struct call *call)
{
    return answer_page(call, "text/html; charset=utf-8", docs_html, docs_html_size);
}

static enum call_state
begin_style(struct call *call)
{
    return answer_page(call, "text/css; charset=utf-8", docs_css, docs_css_size);
}

/* The page behind a problem's type: what the code means, in both languages. */
static enum call_state
begin_error(struct call *call)
{
    char page[2048];
    enum verdict v = verdict_by_code(call->path_text);
    if (v == VERDICT_COUNT) return call_refuse(call, VERDICT_NOT_FOUND);
    struct verdict_words zh = verdict_words(v, LANGUAGE_ZH), en = verdict_words(v, LANGUAGE_EN);
    int size = snprintf(page, sizeof page,
                        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">"
                        "<meta name=\"viewport\" content=\"width=device-width\">"
                        "<link rel=\"stylesheet\" href=\"/docs.css\"><title>%s</title><main>"
                        "<h1>%s</h1><p>%s</p><h2 lang=\"en\">%s</h2><p lang=\"en\">%s</p>"
                        "<p><code>%s</code> · HTTP %d</p></main></html>\n",
                        zh.title, zh.title, zh.help, en.title, en.help, verdict_code(v),
                        verdict_status(v));
    must(size > 0 && (size_t)size < sizeof page);
    json_write_raw(&call->reply, (struct text){ page, (size_t)size });
    return answer_page(call, "text/html; charset=utf-8", NULL, 0);
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET, .path = "/v1/campaigns", .begin = begin_campaigns },
    { .method = HTTP_GET,
      .path = "/v1/campaigns/{id}",
      .path_is = PATH_CAMPAIGN,
      .begin = begin_campaign },
    { .method = HTTP_GET, .path = "/.well-known/jwks.json", .begin = begin_jwks },
    { .method = HTTP_GET, .path = "/healthz", .for_metrics = true, .begin = begin_health },
    { .method = HTTP_GET, .path = "/readyz", .for_metrics = true, .begin = begin_ready },
    { .method = HTTP_GET, .path = "/metrics", .for_metrics = true, .begin = begin_metrics },
    { .method = HTTP_GET, .path = "/openapi.json", .begin = begin_openapi },
    { .method = HTTP_GET, .path = "/docs", .begin = begin_docs },
    { .method = HTTP_GET, .path = "/docs.css", .begin = begin_style },
    { .method = HTTP_GET, .path = "/errors/{code}", .path_is = PATH_CODE, .begin = begin_error },
};

struct endpoint_rows
api_public(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
