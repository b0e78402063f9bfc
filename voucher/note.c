/* voucher/note.c */
#include "voucher/note.h"

#include "voucher/route.h"

static size_t
status_place(const struct metric_words *words, int status)
{
    char text[4] = { (char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10),
                     (char)('0' + status % 10), '\0' };
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->at[i], text) == 0) return i;
    }
    return 0;
}

/* Who decided at the door, and how. */
static void
note_limit(struct metric_block *m, const struct limit_ask *ask)
{
    bool by_redis = ask->source == LIMIT_REDIS;
    if (ask->rule_count == 0) return;
    metric_add(m, by_redis ? METRIC_LIMITS : METRIC_LIMITS_LOCAL,
               ask->allowed ? OUTCOME_OK : OUTCOME_REFUSED, 0, 1);
    if (ask->redis_us > 0) metric_observe(m, METRIC_REDIS_DURATION, 0, ask->redis_us);
}

void
note_call(struct worker_context *w, const struct call *call)
{
    struct log_line line;
    const struct service *service = w->service;
    int64_t took_us = service_now_us(service) - call->started_us;
    if (call->endpoint != NULL) {
        size_t route = route_place(call->endpoint);
        metric_add(w->metrics, METRIC_HTTP_REQUESTS, route,
                   status_place(&service->statuses, call->status), 1);
        metric_observe(w->metrics, METRIC_HTTP_DURATION, route, took_us);
        if (call->committed) {
            metric_add(w->metrics, METRIC_VERDICTS, call->op.kind, call->verdict, 1);
        }
    } else { /* no such path, or another method */
        metric_add(w->metrics, METRIC_HTTP_REFUSALS, call->verdict, 0, 1);
    }
    bool is_claim = call->endpoint != NULL && call->endpoint->limit == LIMIT_CLAIM;
    if (is_claim) metric_add(w->metrics, METRIC_CLAIMS, call->verdict, 0, 1);
    if (call->committed && call->op.replayed)
        metric_add(w->metrics, METRIC_REPLAYS, call->op.kind, 0, 1);
    note_limit(w->metrics, &call->ask);
    log_begin(&line, (struct log *)&service->log, LOG_LEVEL_INFO, "request");
    log_string(&line, LOG_REQUEST_ID, call->request_id);
    log_string(&line, LOG_METHOD, call->method);
    log_string(&line, LOG_ROUTE, call->endpoint == NULL ? "" : call->endpoint->path);
    log_integer(&line, LOG_STATUS, call->status);
    if (call->verdict != VERDICT_OK) log_string(&line, LOG_CODE, verdict_code(call->verdict));
    log_integer(&line, LOG_DURATION_US, took_us);
    log_integer(&line, LOG_WORKER, (int64_t)w->index);
    log_end_later(&line, &w->lines);
}

void
note_outcall(struct worker_context *w, const struct outcall *asked)
{
    enum metric_outcome outcome = asked->fault != FAULT_NONE ? OUTCOME_FAILED
                                  : asked->status / 100 == 2 ? OUTCOME_OK
                                                             : OUTCOME_REFUSED;
    int64_t took_us = service_now_us(w->service) - asked->posted_us;
    metric_add(w->metrics, METRIC_OUTCALLS, asked->errand, outcome, 1);
    metric_observe(w->metrics, METRIC_OUTCALL_DURATION, asked->errand, took_us);
}

void
note_door(struct metric_block *m, const struct limiter_figures *door, struct limiter_figures *noted)
{
    metric_add(m, METRIC_LIMITS, OUTCOME_LATE, 0, door->redis_late - noted->redis_late);
    metric_add(m, METRIC_LIMITS, OUTCOME_FAILED, 0, door->redis_failed - noted->redis_failed);
    metric_add(m, METRIC_REDIS_OPENS, 0, 0, door->breaker_opens - noted->breaker_opens);
    metric_set(m, METRIC_REDIS_UP, door->redis_up);
    *noted = *door;
}
