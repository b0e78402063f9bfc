/* storage/redis.c: hiredis 0.14 has no time-outs of its own for asynchronous commands, and
 * connect() to a frozen Redis succeeds: deadlines are kept here. */
#include "storage/redis.h"

#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#define PROBE_EVERY_MS 200
#define PROBE_PATIENCE 5 /* probes' time without an answer, then the connection is given up */
#define FAILURES_MAX 3
#define SHA_SIZE 40

enum redis_state { REDIS_DOWN, REDIS_PROBING, REDIS_UP };

/* One command under way. It outlives its ask when that has timed out, until hiredis calls back. */
struct pending {
    struct redis *redis;
    struct redis_ask *ask; /* NULL: answered already */
    int64_t deadline_us;
    bool by_text; /* EVAL, after NOSCRIPT */
    struct pending *next, *prev;
};

struct redis {
    struct redis_settings settings;
    struct event_base *base;
    redisAsyncContext *context;
    redisReplyObjectFunctions *made_by, guarded; /* hiredis's own, and what stands before them */
    enum redis_state state;
    bool closing;
    unsigned failures, probes_unanswered;
    size_t in_flight;
    struct pending *first, *last; /* by deadline: all have the same time-out */
    struct event *deadline, *probe;
    char sha[SHA_SIZE + 1];
};

static void redis_connect(struct redis *r);
static bool redis_send(struct redis *r, struct pending *p);

static int64_t
redis_now_us(const struct redis *r)
{
    return r->settings.seams->monotonic_us(r->settings.seams->owner);
}

static void
redis_arm(struct event *event, int64_t wait_us)
{
    struct timeval wait = { wait_us / 1000000, wait_us % 1000000 };
    (void)evtimer_add(event, &wait);
}

static void
pending_unlink(struct pending *p)
{
    struct redis *r = p->redis;
    if (p->prev != NULL)
        p->prev->next = p->next;
    else
        r->first = p->next;
    if (p->next != NULL)
        p->next->prev = p->prev;
    else
        r->last = p->prev;
}

static void
pending_append(struct pending *p)
{
    struct redis *r = p->redis;
    p->prev = r->last;
    p->next = NULL;
    if (r->last != NULL)
        r->last->next = p;
    else
        r->first = p;
    r->last = p;
    if (p->prev == NULL) redis_arm(r->deadline, p->deadline_us - redis_now_us(r));
}

/* Gives the ask back; the pending itself stays until hiredis is through with it. */
static void
pending_answer(struct pending *p)
{
    struct redis_ask *ask = p->ask;
    if (ask == NULL) return;
    p->ask = NULL;
    pending_unlink(p);
    p->redis->in_flight--;
    ask->answered(ask->owner, ask);
}

static void
redis_failed(struct redis *r)
{
    r->failures++;
    if (r->state == REDIS_UP && r->failures >= FAILURES_MAX) r->state = REDIS_PROBING;
}

static void
redis_late(evutil_socket_t fd, short what, void *owner)
{
    struct redis *r = owner;
    (void)fd, (void)what;
    int64_t now_us = redis_now_us(r);
    while (r->first != NULL && r->first->deadline_us <= now_us) {
        redis_failed(r);
        pending_answer(r->first);
    }
    if (r->first != NULL) redis_arm(r->deadline, r->first->deadline_us - now_us);
}

/* What Redis said is not believed before it has the shape of the script's answer. */
static bool
reply_numbers(const redisReply *reply, struct redis_ask *ask)
{
    if (reply->type != REDIS_REPLY_ARRAY) return false;
    if (reply->elements == 0 || reply->elements > REDIS_NUMBERS_MAX) return false;
    for (size_t i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_INTEGER) return false;
        ask->numbers[i] = reply->element[i]->integer;
    }
    ask->number_count = reply->elements;
    return true;
}

static void
redis_replied(redisAsyncContext *context, void *bytes, void *owner)
{
    struct pending *p = owner;
    struct redis *r = p->redis;
    redisReply *reply = bytes;
    (void)context;
    bool no_script = reply != NULL && reply->type == REDIS_REPLY_ERROR &&
                     strncmp(reply->str, "NOSCRIPT", 8) == 0;
    if (p->ask != NULL && no_script && !p->by_text) {
        p->by_text = true;
        if (redis_send(r, p)) return;
    }
    if (p->ask != NULL) {
        bool good = reply != NULL && reply_numbers(reply, p->ask);
        if (good)
            r->failures = 0;
        else
            redis_failed(r);
        pending_answer(p);
    }
    free(p);
}

static bool
redis_send(struct redis *r, struct pending *p)
{
    const char *arguments[REDIS_ARGUMENTS_MAX + 3];
    size_t sizes[REDIS_ARGUMENTS_MAX + 3];
    char key_count[8];
    const struct redis_ask *ask = p->ask;
    arguments[0] = p->by_text ? "EVAL" : "EVALSHA";
    arguments[1] = p->by_text ? r->settings.script : r->sha;
    int size = snprintf(key_count, sizeof key_count, "%zu", ask->key_count);
    must(size > 0 && ask->argument_count <= REDIS_ARGUMENTS_MAX);
    arguments[2] = key_count;
    for (size_t i = 0; i < 3; i++) {
        sizes[i] = strlen(arguments[i]);
    }
    for (size_t i = 0; i < ask->argument_count; i++) {
        arguments[i + 3] = ask->arguments[i];
        sizes[i + 3] = ask->sizes[i];
    }
    return redisAsyncCommandArgv(r->context, redis_replied, p, (int)ask->argument_count + 3,
                                 arguments, sizes) == REDIS_OK;
}

bool
redis_ask(struct redis *r, struct redis_ask *ask)
{
    if (r->state != REDIS_UP || r->in_flight >= r->settings.in_flight_max) return false;
    struct pending *p = calloc(1, sizeof *p);
    if (p == NULL) return false;
    p->redis = r;
    p->ask = ask;
    p->deadline_us = redis_now_us(r) + r->settings.timeout_ms * 1000;
    ask->number_count = 0;
    if (!redis_send(r, p)) {
        free(p);
        return false;
    }
    r->in_flight++;
    pending_append(p);
    return true;
}

bool
redis_is_up(const struct redis *r)
{
    return r->state == REDIS_UP;
}

/* SCRIPT LOAD is probe and preparation in one: its answer is the script's name. */
static void
redis_probed(redisAsyncContext *context, void *bytes, void *owner)
{
    struct redis *r = owner;
    const redisReply *reply = bytes;
    (void)context;
    if (reply == NULL || r->closing) return;
    r->probes_unanswered = 0;
    if (reply->type != REDIS_REPLY_STRING || reply->len != SHA_SIZE) return;
    memcpy(r->sha, reply->str, SHA_SIZE);
    r->failures = 0;
    r->state = REDIS_UP;
}

static void
redis_probe(struct redis *r)
{
    r->probes_unanswered++;
    (void)redisAsyncCommand(r->context, redis_probed, r, "SCRIPT LOAD %s", r->settings.script);
}

static void
redis_connected(const redisAsyncContext *context, int status)
{
    struct redis *r = context->data;
    if (status != REDIS_OK) {
        r->context = NULL; /* hiredis frees it */
        r->state = REDIS_DOWN;
        return;
    }
    r->state = REDIS_PROBING;
    r->probes_unanswered = 0;
    const char *password = r->settings.password;
    if (password != NULL && password[0] != '\0') {
        (void)redisAsyncCommand(r->context, NULL, NULL, "AUTH %s", password);
    }
    redis_probe(r);
}

static void
redis_lost(const redisAsyncContext *context, int status)
{
    struct redis *r = context->data;
    (void)status;
    r->context = NULL;
    r->state = REDIS_DOWN;
}

/* Asynchronous hiredis 0.14 aborts the process on a reply that no command waits for. Such a reply
 * is not made: the reader takes that for an error, and the connection is given up. */
static const redisReplyObjectFunctions *
reply_maker(const redisReadTask *task)
{
    const struct redis *r = task->privdata;
    bool asked_for = r->context != NULL && r->context->replies.head != NULL;
    return task->parent != NULL || asked_for ? r->made_by : NULL;
}

static void *
reply_make_string(const redisReadTask *task, char *bytes, size_t size)
{
    const redisReplyObjectFunctions *maker = reply_maker(task);
    return maker == NULL ? NULL : maker->createString(task, bytes, size);
}

/* No answer of ours is long: a length beyond any reason is not allocated. */
static void *
reply_make_array(const redisReadTask *task, int element_count)
{
    const redisReplyObjectFunctions *maker = reply_maker(task);
    if (maker == NULL || element_count > REDIS_NUMBERS_MAX) return NULL;
    return maker->createArray(task, element_count);
}

static void *
reply_make_integer(const redisReadTask *task, long long number)
{
    const redisReplyObjectFunctions *maker = reply_maker(task);
    return maker == NULL ? NULL : maker->createInteger(task, number);
}

static void *
reply_make_nil(const redisReadTask *task)
{
    const redisReplyObjectFunctions *maker = reply_maker(task);
    return maker == NULL ? NULL : maker->createNil(task);
}

static void
redis_guard_replies(struct redis *r)
{
    redisReader *reader = r->context->c.reader;
    r->made_by = reader->fn;
    r->guarded = (redisReplyObjectFunctions){ .createString = reply_make_string,
                                              .createArray = reply_make_array,
                                              .createInteger = reply_make_integer,
                                              .createNil = reply_make_nil,
                                              .freeObject = r->made_by->freeObject };
    reader->fn = &r->guarded;
    reader->privdata = r;
}

static void
redis_connect(struct redis *r)
{
    const char *address = r->settings.address;
    const char *colon = strrchr(address, ':');
    char host[256];
    if (address[0] == '/') {
        r->context = redisAsyncConnectUnix(address);
    } else if (colon != NULL && (size_t)(colon - address) < sizeof host) {
        memcpy(host, address, (size_t)(colon - address));
        host[colon - address] = '\0';
        r->context = redisAsyncConnect(host, (int)strtol(colon + 1, NULL, 10));
    }
    if (r->context == NULL) return;
    if (r->context->err != 0 || redisLibeventAttach(r->context, r->base) != REDIS_OK) {
        redisAsyncFree(r->context);
        r->context = NULL;
        return;
    }
    r->context->data = r;
    redis_guard_replies(r);
    (void)redisAsyncSetConnectCallback(r->context, redis_connected);
    (void)redisAsyncSetDisconnectCallback(r->context, redis_lost);
}

/* Every while: connect when down, probe when in doubt, give up what does not answer. */
static void
redis_tick(evutil_socket_t fd, short what, void *owner)
{
    struct redis *r = owner;
    (void)fd, (void)what;
    redis_arm(r->probe, PROBE_EVERY_MS * 1000);
    if (r->context == NULL) {
        redis_connect(r);
        return;
    }
    if (r->state == REDIS_UP) return;
    if (r->probes_unanswered >= PROBE_PATIENCE) {
        redisAsyncContext *given_up = r->context;
        r->context = NULL;
        r->state = REDIS_DOWN;
        redisAsyncFree(given_up); /* calls back what was under way, without a reply */
        return;
    }
    redis_probe(r);
}

enum fault
redis_open(struct redis **out, struct event_base *base, const struct redis_settings *settings)
{
    *out = NULL;
    struct redis *r = calloc(1, sizeof *r);
    if (r == NULL) return FAULT_MEMORY;
    r->settings = *settings;
    r->base = base;
    r->deadline = evtimer_new(base, redis_late, r);
    r->probe = evtimer_new(base, redis_tick, r);
    if (r->deadline == NULL || r->probe == NULL) {
        redis_close(r);
        return FAULT_MEMORY;
    }
    redis_arm(r->probe, PROBE_EVERY_MS * 1000);
    redis_connect(r);
    *out = r;
    return FAULT_NONE;
}

void
redis_close(struct redis *r)
{
    if (r == NULL) return;
    r->closing = true;
    redisAsyncContext *context = r->context;
    r->context = NULL;
    if (context != NULL) redisAsyncFree(context);
    must(r->first == NULL);
    if (r->deadline != NULL) event_free(r->deadline);
    if (r->probe != NULL) event_free(r->probe);
    free(r);
}
