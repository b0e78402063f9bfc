/* voucher/api/events.c: the live board: server-sent events (WHATWG HTML), one snapshot a second.
 *
 * A snapshot is the whole state, so that nothing is lost by losing one: Last-Event-ID is the second
 * of the last one seen, and the next is sent as soon as that second is over. Rates are differences
 * between two snapshots of one stream; refusals are the whole service's. */
#include "voucher/api/api.h"
#include "voucher/call_context.h"
#include "voucher/rules/claim.h"
#include "voucher/rules/lifecycle.h"

#define CAMPAIGNS_MAX 64 /* on one board */
#define SCAN_MAX 4096 /* campaigns that are looked through for running ones */
#define SECOND_US INT64_C(1000000)

struct board_entry {
    struct uuid id;
    int64_t issued, redeemed;
    int64_t rate_milli; /* claims per 1000 s, smoothed over some eight seconds */
};

struct board_stream {
    struct uuid only; /* none: all that run */
    int64_t due_us, last_us, last_s;
    uint64_t refusals[VERDICT_COUNT];
    size_t count;
    struct board_entry entries[CAMPAIGNS_MAX];
};

static struct board_entry *
entry_of(struct board_stream *e, const struct uuid *id)
{
    for (size_t i = 0; i < e->count; i++) {
        if (uuid_equal(&e->entries[i].id, id)) return &e->entries[i];
    }
    if (e->count == CAMPAIGNS_MAX) return NULL;
    e->entries[e->count] = (struct board_entry){ .id = *id, .issued = -1 };
    return &e->entries[e->count++];
}

static void
write_pools(struct json_writer *w, const struct campaign_row *row)
{
    json_put_array(w, "pools");
    for (size_t i = 0; i < row->pool_count; i++) {
        const struct pool_row *pool = &row->pools[i];
        json_write_begin_object(w);
        json_put_id(w, "pool_id", ID_POOL, &pool->id);
        json_put_int64(w, "count", pool->count);
        json_put_int64(w, "issued", pool->issued);
        json_put_int64(w, "remaining", pool->count - pool->issued);
        json_put_int64(w, "redeemed", pool->redeemed);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

/* How much of the money is promised, and which marks that has passed. */
static void
write_burn(struct json_writer *w, const struct campaign_row *row)
{
    static const int marks[] = { 50, 80, 95 };
    int64_t funded_fen = row->balances.funded_fen, hundred_fen = 0;
    if (!fen_multiply(campaign_committed_fen(row), 100, &hundred_fen)) hundred_fen = 0;
    int64_t burn = funded_fen > 0 ? hundred_fen / funded_fen : 0;
    json_put_int64(w, "funded_fen", funded_fen);
    json_put_int64(w, "committed_fen", campaign_committed_fen(row));
    json_put_int64(w, "redeemed_fen", row->balances.redeemed_fen);
    json_put_int64(w, "burn_percent", burn);
    json_put_array(w, "alerts");
    for (size_t i = 0; i < COUNT_OF(marks) && burn >= marks[i]; i++) {
        json_write_int64(w, marks[i]);
    }
    json_write_end_array(w);
}

static void
write_rates(struct call *call, struct board_entry *entry, const struct campaign_row *row,
            int64_t took_us)
{
    struct json_writer *w = &call->op.body;
    int64_t count = 0, issued = 0, redeemed = 0, claims = 0, spent = 0;
    for (size_t i = 0; i < row->pool_count; i++) {
        count += row->pools[i].count;
        issued += row->pools[i].issued;
        redeemed += row->pools[i].redeemed;
    }
    bool is_first = entry->issued < 0 || took_us <= 0;
    if (!is_first) {
        claims = issued > entry->issued ? (issued - entry->issued) * SECOND_US / took_us : 0;
        spent = redeemed > entry->redeemed ? (redeemed - entry->redeemed) * SECOND_US / took_us : 0;
        entry->rate_milli = (7 * entry->rate_milli + 1000 * claims) / 8;
    }
    entry->issued = issued;
    entry->redeemed = redeemed;
    json_put_int64(w, "claims_per_s", claims);
    json_put_int64(w, "redemptions_per_s", spent);
    json_put_int64(w, "issued", issued);
    json_put_int64(w, "remaining", count - issued);
    json_put_int64(w, "redeemed", redeemed);
    int32_t offset_s = call_service(call)->offset_s;
    if (entry->rate_milli > 0 && issued < count) {
        int64_t left_s = (count - issued) * 1000 / entry->rate_milli;
        json_put_time(w, "exhausted_at", service_now_s(call_service(call)) + left_s, offset_s);
    } else {
        json_put_null(w, "exhausted_at");
    }
}

static void
write_campaign(struct call *call, const struct campaign_row *row, enum campaign_state state,
               int64_t took_us)
{
    struct json_writer *w = &call->op.body;
    struct board_entry *entry = entry_of(call->events, &row->id);
    if (entry == NULL) return;
    json_write_begin_object(w);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &row->id);
    json_put_string(w, "state", campaign_state_text(state));
    write_rates(call, entry, row, took_us);
    write_burn(w, row);
    write_pools(w, row);
    json_write_end_object(w);
}

static void
write_one(struct call *call, const struct uuid *id, int64_t took_us)
{
    const struct campaign_row *row = &call->campaign;
    if (!view_campaign(call_view(call), id, &call->campaign)) return;
    const struct campaign_rules *rules =
        catalogue_acting(call_catalogue(call), call_view(call), row);
    if (rules == NULL) return;
    enum campaign_state state = campaign_state_at(row, rules, service_now_s(call_service(call)));
    bool is_live = state == CAMPAIGN_RUNNING || state == CAMPAIGN_PAUSED;
    if (is_live || !uuid_is_none(&call->events->only)) write_campaign(call, row, state, took_us);
}

static void
write_campaigns(struct call *call, int64_t took_us)
{
    struct uuid ids[64], after = { { 0 } };
    size_t count, scanned = 0;
    json_put_array(&call->op.body, "campaigns");
    if (!uuid_is_none(&call->events->only)) {
        write_one(call, &call->events->only, took_us);
    } else {
        do {
            count = view_campaigns(call_view(call), &after, ids, COUNT_OF(ids));
            for (size_t i = 0; i < count; i++) {
                write_one(call, &ids[i], took_us);
            }
            scanned += count;
        } while (count == COUNT_OF(ids) && scanned < SCAN_MAX);
    }
    json_write_end_array(&call->op.body);
}

/* Claims that were refused since the last snapshot, by reason. */
static void
write_refusals(struct call *call, bool is_first)
{
    struct json_writer *w = &call->op.body;
    const struct metrics *m = call_service(call)->metrics;
    json_put_object(w, "refusals");
    for (size_t v = VERDICT_OK + 1; v < VERDICT_COUNT; v++) {
        uint64_t now = metrics_sum(m, METRIC_CLAIMS, v, 0), before = call->events->refusals[v];
        call->events->refusals[v] = now;
        if (is_first || now == before) continue;
        json_put_int64(w, verdict_code((enum verdict)v), (int64_t)(now - before));
    }
    json_write_end_object(w);
}

static void
write_service(struct call *call)
{
    struct json_writer *w = &call->op.body;
    const struct service *service = call_service(call);
    struct clerk_figures figures;
    clerk_figures(service->clerk, &figures);
    bool up = metrics_sum(service->metrics, METRIC_REDIS_UP, 0, 0) > 0;
    json_put_object(w, "limiter");
    json_put_string(w, "state",
                    service->config->redis[0] == '\0' ? "local"
                    : up                              ? "redis"
                                                      : "without_redis");
    json_write_end_object(w);
    json_put_object(w, "ledger");
    json_put_int64(w, "waiting", figures.waiting);
    json_put_bool(w, "is_full", figures.is_full);
    json_write_end_object(w);
}

/* Who lost his session or role meanwhile looks on no longer. */
static bool
still_may(struct call *call)
{
    struct admin_session_row session;
    struct admin_row admin;
    struct view *v = call_view(call);
    int64_t now_s = service_now_s(call_service(call));
    bool at_page = !digest_is_none(&call->session);
    if (at_page && !view_admin_session(v, &call->session, &session)) return false;
    if (at_page && now_s >= session.expires_at_s) return false;
    return view_admin(v, &call->caller.id, &admin) && admin.active;
}

static bool
stream_events(struct call *call)
{
    struct board_stream *e = call->events;
    const struct service *service = call_service(call);
    int64_t now_us = service_now_us(service), now_s = service_now_s(service);
    char head[80];
    if (now_us < e->due_us || now_s <= e->last_s) return true;
    if (!still_may(call)) return false;
    int64_t took_us = e->last_us == 0 ? 0 : now_us - e->last_us;
    json_writer_restart(&call->op.body);
    json_write_begin_object(&call->op.body);
    json_put_time(&call->op.body, "at", now_s, service->offset_s);
    write_campaigns(call, took_us);
    write_refusals(call, took_us == 0);
    write_service(call);
    json_write_end_object(&call->op.body);
    e->last_us = now_us;
    e->last_s = now_s;
    e->due_us = now_us + SECOND_US - SECOND_US / 20;
    int size = snprintf(head, sizeof head,
                        "%sid: %lld\nevent: snapshot\ndata: ", took_us == 0 ? "retry: 2000\n" : "",
                        (long long)now_s);
    json_append(&call->reply, (struct text){ head, (size_t)size });
    json_append(&call->reply, json_writer_text(&call->op.body));
    json_append(&call->reply, TEXT("\n\n"));
    return true;
}

/* The second of the last snapshot seen; anything else is none. */
static int64_t
last_event(const struct call *call)
{
    struct text field;
    int64_t seen_s = 0;
    if (!http_field_find(&call->exchange->request, TEXT("last-event-id"), &field)) return 0;
    if (field.size == 0 || field.size > 12) return 0;
    for (size_t i = 0; i < field.size; i++) {
        if (field.at[i] < '0' || field.at[i] > '9') return 0;
        seen_s = seen_s * 10 + (field.at[i] - '0');
    }
    return seen_s <= call->now_s ? seen_s : 0;
}

static enum call_state
begin_events(struct call *call)
{
    struct text text;
    struct uuid only = { { 0 } };
    const struct config *c = call_service(call)->config;
    if (call_query(call, "campaign_id", &text) &&
        (!id_read(ID_CAMPAIGN, text, &only) ||
         !view_campaign(call_view(call), &only, &call->campaign))) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    if (call->context->listeners >= (int)(c->listeners_max / c->workers) + 1) {
        return call_refuse(call, VERDICT_UNAVAILABLE);
    }
    call->events = calloc(1, sizeof *call->events);
    if (call->events == NULL) return call_refuse(call, VERDICT_UNAVAILABLE);
    call->context->listeners++;
    call->events->only = only;
    call->events->last_s = last_event(call);
    op_start(&call->op, OP_SWEEP); /* its body is where a snapshot is written */
    call->stream = stream_events;
    call->content_type = "text/event-stream";
    return CALL_STREAM;
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET, .path = "/v1/admin/events", .role = ROLE_ADMIN, .begin = begin_events },
};

struct endpoint_rows
api_events(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
