/* voucher/worker.c: loops, listeners, and the pool of calls. */
#include "voucher/worker.h"

#include <event2/event.h>

#include "voucher/call_context.h"
#include "voucher/door.h"
#include "voucher/loop.h"
#include "voucher/note.h"
#include "voucher/route.h"
#include "voucher/steps.h"
#include "voucher/streams.h"
#include "voucher/thread.h"
#include "voucher/upload.h"
#include "voucher/wire/campaign.h"

#define TICK_MS 100
#define CROWD_ANSWERS_MAX 16
#define REPLY_ROOM_KEPT 65536 /* of a call in the pool; more was one long list */
#define LISTENERS 3 /* a place for each enum call_door */

enum worker_order_kind { ORDER_RENEW, ORDER_STOP };

struct worker_order {
    struct mail mail; /* first */
    enum worker_order_kind kind;
    struct secrets *secrets;
    struct http_tls *tls;
    int64_t grace_ms;
};

struct listener {
    struct worker *worker;
    struct http_server *server;
    enum call_door door;
};

struct worker {
    struct worker_context context; /* first */
    struct call *pool;
    size_t call_count; /* in progress */
    struct worker_settings settings;
    struct event_base *base;
    struct mailbox *orders;
    struct event *wakes[4];
    struct mail *crowd, **crowd_end; /* came back from the clerk and wait for their answer */
    struct event *tick;
    struct listener listeners[LISTENERS];
    size_t open_count; /* listeners that have not stopped */
    struct request_ids request_ids;
    uint64_t bytes_noted; /* of the listeners' bytes_in, already counted */
    struct limiter_figures door_noted;
    pthread_t thread;
};

static struct call *
worker_take_call(struct worker *w)
{
    struct call *call = w->pool;
    if (call == NULL) {
        call = calloc(1, sizeof *call);
        must_have_memory(call != NULL); /* connections are capped */
        json_writer_grow(&call->reply, OP_REPLY_BYTES_MAX);
    } else {
        struct json_writer reply = call->reply;
        w->pool = call->next;
        memset(call, 0, offsetof(struct call, op));
        faults_clear(&call->faults);
        call->reply = reply;
        json_writer_restart(&call->reply);
    }
    w->call_count++;
    call->context = &w->context;
    call->op.kind = OP_KIND_COUNT; /* none: what the last request left must not be posted again */
    call->if_match = -1;
    call->secrets = w->context.secrets;
    call->secrets->holder_count++;
    return call;
}

/* What this worker alone knows, as of now. */
static void
worker_note_gauges(struct worker *w)
{
    struct metric_block *m = w->context.metrics;
    uint64_t bytes_in = 0, connections = 0;
    for (size_t i = 0; i < LISTENERS; i++) {
        if (w->listeners[i].server == NULL) continue;
        const struct http_counters *c = http_server_counters(w->listeners[i].server);
        bytes_in += c->bytes_in;
        connections += c->connection_count;
    }
    metric_add(m, METRIC_HTTP_RECEIVED, 0, 0, bytes_in - w->bytes_noted);
    w->bytes_noted = bytes_in;
    metric_set(m, METRIC_HTTP_CONNECTIONS, (int64_t)connections);
    metric_set(m, METRIC_CALLS_ACTIVE, (int64_t)w->call_count - 1);
    note_door(m, limiter_figures(w->context.limiter), &w->door_noted);
}

static void
worker_on_tick(evutil_socket_t fd, short what, void *owner)
{
    must(fd < 0 && (what & EV_TIMEOUT));
    worker_note_gauges(owner);
    struct worker_context *context = owner;
    log_flush((struct log *)&context->service->log, &context->lines);
}

static void
worker_give_call(struct worker *w, struct call *call)
{
    w->context.claims_in_progress -= call->is_claim;
    secrets_release(call->secrets);
    w->context.listeners -= call->events != NULL;
    call_empty(call);
    if (call->reply.room > REPLY_ROOM_KEPT) {
        json_writer_close(&call->reply);
        json_writer_grow(&call->reply, OP_REPLY_BYTES_MAX);
    }
    call->next = w->pool;
    w->pool = call;
    must(w->call_count > 0);
    w->call_count--;
}

static void
worker_answered(struct worker_context *context, struct call *call)
{
    note_call(context, call);
    worker_give_call((struct worker *)(void *)context, call);
}

static struct call *
worker_make_call(struct worker *w, struct http_exchange *exchange, const struct route *route)
{
    const struct http_request *request = &exchange->request;
    struct call *call = worker_take_call(w);
    call->exchange = exchange;
    const size_t size_max = sizeof call->method - 1;
    const size_t size = request->method_name.size < size_max ? request->method_name.size : size_max;
    memcpy(call->method, request->method_name.at, size); /* the rest is zero */
    call->endpoint = route->endpoint;
    call->path_text = route->captured;
    call->allow = route->endpoint == NULL ? route->allow : NULL;
    call->started_us = service_now_us(w->context.service);
    call->now_s = service_now_s(w->context.service);
    call->language = w->context.service->config->language;
    call->state = CALL_PARSE;
    request_id_next(&w->request_ids, call->request_id);
    forwarded_read(w->context.service->config, exchange, &call->origin);
    return call;
}

/* A file of rows is taken as it comes, by whoever may send one; the rest waits for its body. */
static void
worker_head(void *owner, struct http_exchange *exchange, struct http_plan *plan)
{
    struct listener *listener = owner;
    struct worker *w = listener->worker;
    if (!upload_is_one(&exchange->request)) return;
    struct route route =
        route_find(exchange->request.method, exchange->request.path, listener->door);
    if (!upload_is_taken(route.endpoint)) return;
    struct call *call = worker_make_call(w, exchange, &route);
    call->is_upload = true;
    exchange->user = call;
    if (!call_run(call)) return; /* refused */
    plan->is_streamed = true;
    plan->body_size_max = (uint64_t)w->context.service->config->upload_bytes_max;
}

/* Only what was being sent is lost; a call that was whole goes on without a reader. */
static void
worker_gone(void *owner, struct http_exchange *exchange)
{
    struct listener *listener = owner;
    struct call *call = exchange->user;
    if (call != NULL && call->state == CALL_UPLOAD) worker_give_call(listener->worker, call);
}

static void
worker_request(void *owner, struct http_exchange *exchange)
{
    struct listener *listener = owner;
    const struct http_request *request = &exchange->request;
    if (exchange->user != NULL) {
        call_resume(exchange->user, CALL_LIMIT);
        return;
    }
    struct route route = route_find(request->method, request->path, listener->door);
    if (request->method == HTTP_OPTIONS &&
        (route.allow != NULL || text_equal(request->path, TEXT("*")))) {
        door_answer_options(exchange, route.allow);
        return;
    }
    (void)call_run(worker_make_call(listener->worker, exchange, &route));
}

static void
worker_finish(struct mail *mail)
{
    struct op *op = MAILBOX_OF(mail, struct op, mail);
    call_resume(MAILBOX_OF(op, struct call, op), CALL_FINISH);
}

/* Tills are answered at once. The crowd, whose answers take a signature each, is answered a few at
 * a time, so that a till that asks meanwhile need not wait for all of them. */
static void
worker_ops_back(evutil_socket_t fd, short what, void *owner)
{
    struct worker *w = owner;
    (void)fd, (void)what;
    for (struct mail *next, *mail = mailbox_take(w->context.ops); mail != NULL; mail = next) {
        next = mail->next;
        mail->next = NULL;
        if (!op_kind_crowds(MAILBOX_OF(mail, struct op, mail)->kind)) {
            worker_finish(mail);
        } else {
            *w->crowd_end = mail;
            w->crowd_end = &mail->next;
        }
    }
    for (int i = 0; i < CROWD_ANSWERS_MAX && w->crowd != NULL; i++) {
        struct mail *mail = w->crowd;
        w->crowd = mail->next;
        if (w->crowd == NULL) w->crowd_end = &w->crowd;
        worker_finish(mail);
    }
    if (w->crowd != NULL) event_active(w->wakes[0], EV_READ, 0);
}

static void
worker_outcalls_back(evutil_socket_t fd, short what, void *owner)
{
    struct worker *w = owner;
    (void)fd, (void)what;
    for (struct mail *mail = mailbox_take(w->context.outcalls), *next; mail != NULL; mail = next) {
        next = mail->next;
        struct outcall *outcall = MAILBOX_OF(mail, struct outcall, mail);
        note_outcall(&w->context, outcall);
        call_resume(MAILBOX_OF(outcall, struct call, outcall), CALL_FINISH);
    }
}

static void
worker_tasks_back(evutil_socket_t fd, short what, void *owner)
{
    struct worker *w = owner;
    (void)fd, (void)what;
    for (struct mail *mail = mailbox_take(w->context.tasks), *next; mail != NULL; mail = next) {
        next = mail->next;
        struct call *call = MAILBOX_OF(MAILBOX_OF(mail, struct desk_task, mail), struct call, task);
        call->desk = NULL;
        call_resume(call, CALL_FINISH);
    }
}

static void
worker_stopped(void *owner)
{
    struct listener *listener = owner;
    struct worker *w = listener->worker;
    must(w->open_count > 0);
    w->open_count--;
    if (w->open_count == 0) (void)event_base_loopbreak(w->base);
}

static void
worker_obey(struct worker *w, struct worker_order *order)
{
    if (order->kind == ORDER_RENEW) {
        struct secrets *old = w->context.secrets;
        w->context.secrets = order->secrets;
        old->is_replaced = true;
        old->holder_count++;
        secrets_release(old);
        if (order->tls != NULL && w->listeners[0].server != NULL) {
            /* Without memory for it new connections keep the old certificate. */
            if (http_server_set_tls(w->listeners[0].server, order->tls) != FAULT_NONE) {
                fprintf(stderr, "huiquand: the renewed certificate was not taken\n");
            }
        }
        http_tls_close(order->tls);
        return;
    }
    streams_stop(w->context.streams);
    for (size_t i = 0; i < LISTENERS; i++) {
        struct listener *listener = &w->listeners[i];
        if (listener->server == NULL) continue;
        http_server_stop(listener->server, order->grace_ms, worker_stopped, listener);
    }
}

static void
worker_orders_in(evutil_socket_t fd, short what, void *owner)
{
    struct worker *w = owner;
    (void)fd, (void)what;
    for (struct mail *mail = mailbox_take(w->orders), *next; mail != NULL; mail = next) {
        next = mail->next;
        struct worker_order *order = MAILBOX_OF(mail, struct worker_order, mail);
        worker_obey(w, order);
        free(order);
    }
}

static size_t
worker_refusal(void *owner, const struct http_refusal *why, char *out, size_t out_size)
{
    struct worker *w = owner;
    struct json_writer writer;
    char request_id[REQUEST_ID_SIZE];
    request_id_next(&w->request_ids, request_id);
    json_writer_fix(&writer, out, out_size);
    enum language language = w->context.service->config->language;
    enum verdict verdict = door_write_refusal(&writer, why, language, request_id);
    metric_add(w->context.metrics, METRIC_HTTP_REFUSALS, verdict, 0, 1);
    return json_writer_text(&writer).size;
}

static enum fault
worker_listen(struct worker *w, size_t place, int fd)
{
    struct listener *listener = &w->listeners[place];
    struct http_settings settings = door_settings(w->context.service->config);
    struct http_handler handler = { .owner = listener,
                                    .head = worker_head,
                                    .body = upload_body,
                                    .request = worker_request,
                                    .gone = worker_gone };
    settings.refusal = worker_refusal;
    settings.refusal_owner = w;
    listener->worker = w;
    listener->door = (enum call_door)place;
    if (fd < 0) return FAULT_NONE;
    enum fault fault = http_server_open(&listener->server, w->base, fd, &settings, &handler);
    if (fault != FAULT_NONE) return fault;
    w->open_count++;
    if (place != 0 || w->settings.tls == NULL) return FAULT_NONE;
    return http_server_set_tls(listener->server, w->settings.tls);
}

static enum fault
worker_wake_on(struct worker *w, size_t place, struct mailbox **box, event_callback_fn back)
{
    enum fault fault = mailbox_open(box);
    if (fault != FAULT_NONE) return fault;
    w->wakes[place] = event_new(w->base, mailbox_fd(*box), EV_READ | EV_PERSIST, back, w);
    if (w->wakes[place] == NULL) return FAULT_MEMORY;
    bool added =
        event_priority_set(w->wakes[place], 0) == 0 && event_add(w->wakes[place], NULL) == 0;
    return added ? FAULT_NONE : FAULT_MEMORY;
}

static enum fault
worker_limiter(struct worker *w)
{
    struct limiter_settings settings = door_limiter(w->context.service);
    return limiter_open(&w->context.limiter, w->base, &settings);
}

static void *
worker_run(void *owner)
{
    struct worker *w = owner;
    (void)event_base_dispatch(w->base);
    return NULL;
}

static enum fault
worker_start_tick(struct worker *w)
{
    static const struct timeval every = { 0, TICK_MS * 1000 };
    w->tick = event_new(w->base, -1, EV_PERSIST, worker_on_tick, w);
    if (w->tick == NULL || event_add(w->tick, &every) != 0) return FAULT_MEMORY;
    return streams_open(&w->context.streams, w->base);
}

static enum fault
worker_start_reading(struct worker *w)
{
    enum fault fault = view_open(&w->context.view, w->context.service->config->data_dir);
    if (fault != FAULT_NONE) return fault;
    view_learn_claimants(w->context.view, clerk_claimants(w->context.service->clerk));
    fault = catalogue_open(&w->context.catalogue);
    return fault == FAULT_NONE ? board_open(&w->context.board) : fault;
}

static enum fault
worker_set_up(struct worker *w)
{
    enum fault fault = worker_start_reading(w);
    if (fault == FAULT_NONE) fault = worker_wake_on(w, 0, &w->context.ops, worker_ops_back);
    if (fault == FAULT_NONE) {
        fault = worker_wake_on(w, 1, &w->context.outcalls, worker_outcalls_back);
    }
    if (fault == FAULT_NONE) fault = worker_wake_on(w, 2, &w->orders, worker_orders_in);
    if (fault == FAULT_NONE) fault = worker_wake_on(w, 3, &w->context.tasks, worker_tasks_back);
    if (fault == FAULT_NONE) fault = worker_limiter(w);
    if (fault == FAULT_NONE) fault = worker_start_tick(w);
    if (fault == FAULT_NONE) fault = worker_listen(w, 0, w->settings.public_fd);
    if (fault == FAULT_NONE) fault = worker_listen(w, 1, w->settings.metrics_fd);
    if (fault == FAULT_NONE) fault = worker_listen(w, 2, w->settings.control_fd);
    return fault;
}

enum fault
worker_open(struct worker **out, const struct worker_settings *settings)
{
    *out = NULL;
    struct worker *w = calloc(1, sizeof *w);
    if (w == NULL) return FAULT_MEMORY;
    w->settings = *settings;
    w->crowd_end = &w->crowd;
    w->context.index = settings->index;
    w->context.service = settings->service;
    w->context.secrets = settings->secrets;
    w->context.answered = worker_answered;
    w->context.metrics = metrics_block(settings->service->metrics, settings->index);
    request_ids_start(&w->request_ids);
    id_source_start(&w->context.ids, &settings->service->seams);
    w->base = loop_open();
    enum fault fault = w->base == NULL ? FAULT_MEMORY : worker_set_up(w);
    if (fault == FAULT_NONE)
        fault = thread_start(&w->thread, worker_run, w, "worker", settings->index);
    /* A fault here stops the start of the process, which gives everything back. */
    if (fault == FAULT_NONE) *out = w;
    return fault;
}

static void
worker_send(struct worker *w, struct worker_order order)
{
    struct worker_order *sent = malloc(sizeof *sent);
    must_have_memory(sent != NULL);
    *sent = order;
    mailbox_put(w->orders, &sent->mail);
}

void
worker_renew(struct worker *w, struct secrets *secrets, struct http_tls *tls)
{
    worker_send(w, (struct worker_order){ .kind = ORDER_RENEW, .secrets = secrets, .tls = tls });
}

void
worker_stop(struct worker *w, int64_t grace_ms)
{
    worker_send(w, (struct worker_order){ .kind = ORDER_STOP, .grace_ms = grace_ms });
}

static void
worker_free_calls(struct worker *w)
{
    while (w->pool != NULL) {
        struct call *call = w->pool;
        w->pool = call->next;
        json_writer_close(&call->reply);
        free(call);
    }
}

void
worker_close(struct worker *w)
{
    if (w == NULL) return;
    must(pthread_join(w->thread, NULL) == 0);
    must(w->call_count == 0);
    log_flush((struct log *)&w->context.service->log, &w->context.lines);
    for (size_t i = 0; i < LISTENERS; i++) {
        http_server_close(w->listeners[i].server);
    }
    limiter_close(w->context.limiter);
    streams_close(w->context.streams);
    event_free(w->tick);
    for (size_t i = 0; i < COUNT_OF(w->wakes); i++) {
        event_free(w->wakes[i]);
    }
    mailbox_close(w->context.ops);
    mailbox_close(w->context.outcalls);
    mailbox_close(w->context.tasks);
    mailbox_close(w->orders);
    event_base_free(w->base);
    worker_free_calls(w);
    catalogue_close(w->context.catalogue);
    board_close(w->context.board);
    view_close(w->context.view);
    secrets_close(w->context.secrets);
    free(w);
}
