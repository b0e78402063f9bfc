/* storage/redis.c: states, a ring of commands that wait for their reply, and one timer. */
#include "storage/redis.h"

#include <event2/event.h>

#include "storage/redis_link.h"
#include "voucher/decimal.h"

#define SHA_SIZE 40
#define SCRIPT_SIZE_MAX 3072 /* leaves room for the arguments beside it */
#define IN_FLIGHT_MAX 1024
#define FAILURES_MAX 3
#define PROBE_TIMEOUTS 10 /* a probe may take so many times what an ask may */
#define BACKOFF_MS_MIN 20
#define BACKOFF_MS_MAX 500

enum redis_state { REDIS_DOWN, REDIS_CONNECTING, REDIS_PROBING, REDIS_UP, REDIS_STATES };

#define BIT(n) (1u << (n))

static const unsigned leads_to[REDIS_STATES] = {
    [REDIS_DOWN] = BIT(REDIS_CONNECTING) | BIT(REDIS_DOWN),
    [REDIS_CONNECTING] = BIT(REDIS_PROBING) | BIT(REDIS_DOWN),
    [REDIS_PROBING] = BIT(REDIS_UP) | BIT(REDIS_DOWN),
    [REDIS_UP] = BIT(REDIS_DOWN),
};

enum slot_kind { SLOT_LOGIN, SLOT_PROBE, SLOT_BY_SHA, SLOT_BY_TEXT };

/* A command whose reply has not come. */
struct slot {
    enum slot_kind kind;
    struct redis_ask *ask; /* NULL: given up, cancelled, or not an ask */
    int64_t deadline_us;
};

struct redis {
    struct redis_settings settings;
    struct event_base *base;
    struct redis_peer peer;
    enum redis_state state;
    struct redis_link *link; /* NULL when DOWN */
    struct event *timer;
    int64_t due_us; /* DOWN: connect; CONNECTING, PROBING: give up */
    int64_t backoff_ms; /* 0: the last connection was good */
    unsigned failures; /* one after the other */
    /* Counted up for ever, head <= late <= tail: from head on no reply yet, from late on in time.
     */
    size_t head, late, tail, slot_mask;
    struct slot *slots;
    struct redis_figures figures;
    char sha[SHA_SIZE + 1];
};

static int64_t
redis_now_us(const struct redis *r)
{
    return r->settings.seams->monotonic_us(r->settings.seams->owner);
}

/* The one timer stands at what is due next, or before it. libevent's clock may be some milliseconds
 * off ours: never less than one, or the loop would spin. */
static void
redis_arm(struct redis *r)
{
    int64_t due_us = r->due_us;
    if (r->state == REDIS_UP) {
        if (r->late == r->tail) {
            (void)evtimer_del(r->timer);
            return;
        }
        due_us = r->slots[r->late & r->slot_mask].deadline_us;
    }
    int64_t wait_us = due_us - redis_now_us(r);
    if (wait_us < 1000) wait_us = 1000;
    struct timeval wait = { wait_us / 1000000, wait_us % 1000000 };
    (void)evtimer_add(r->timer, &wait);
}

static void
redis_enter(struct redis *r, enum redis_state next)
{
    must(leads_to[r->state] & BIT(next));
    must((next == REDIS_DOWN) == (r->link == NULL));
    if (r->state == REDIS_UP) r->figures.opens++;
    if (next == REDIS_UP) r->figures.connects++;
    r->state = next;
}

/* Between half the back-off and the whole of it, so that workers do not come all at once. Where
 * nobody listens a try costs next to nothing, and a Redis that was started again should be found by
 * all workers together: meanwhile each counts for itself. Only one that is there and bad is left
 * alone for longer and longer. */
static int64_t
redis_backoff_us(struct redis *r)
{
    const struct seams *seams = r->settings.seams;
    bool refused = r->state == REDIS_CONNECTING && redis_now_us(r) < r->due_us;
    bool nobody = r->state == REDIS_DOWN || refused;
    int64_t wait_ms = nobody ? 0 : r->backoff_ms * 2;
    if (wait_ms < r->settings.backoff_ms_min) wait_ms = r->settings.backoff_ms_min;
    if (wait_ms > r->settings.backoff_ms_max) wait_ms = r->settings.backoff_ms_max;
    if (!nobody) r->backoff_ms = wait_ms;
    uint32_t chance;
    seams->random_fill(seams->owner, &chance, sizeof chance);
    int64_t half_us = wait_ms * 500;
    return half_us + chance % (half_us + 1);
}

/* ---- slots ---- */

/* False: no room, nothing was queued. */
static bool
redis_queue(struct redis *r, const struct redis_command *c, enum slot_kind kind,
            struct redis_ask *ask)
{
    must(r->state == REDIS_PROBING || r->state == REDIS_UP);
    if (r->tail - r->head > r->slot_mask || !redis_link_queue(r->link, c)) return false;
    int64_t deadline_us = redis_now_us(r) + r->settings.timeout_ms * 1000;
    if (ask != NULL) ask->slot = r->tail;
    r->slots[r->tail++ & r->slot_mask] = (struct slot){ kind, ask, deadline_us };
    return true;
}

static struct slot
redis_take_slot(struct redis *r)
{
    must(r->head < r->tail);
    struct slot slot = r->slots[r->head++ & r->slot_mask];
    if (r->late < r->head) r->late = r->head;
    return slot;
}

static bool
redis_give_back(struct redis *r, struct redis_ask *ask, enum redis_outcome outcome)
{
    if (outcome == REDIS_LATE) r->figures.late++;
    if (outcome == REDIS_FAILED) r->figures.failed++;
    ask->outcome = outcome;
    return ask->answered(ask->owner, ask);
}

/* ---- the connection ---- */

/* DOWN first: whoever is given back an ask and asks again hears "no". */
static void
redis_lose(struct redis *r)
{
    int64_t wait_us = redis_backoff_us(r); /* looks at the state that ends here */
    redis_link_close(r->link);
    r->link = NULL;
    redis_enter(r, REDIS_DOWN);
    r->failures = 0;
    r->due_us = redis_now_us(r) + wait_us;
    redis_arm(r);
    while (r->head < r->tail) {
        struct slot slot = redis_take_slot(r);
        if (slot.ask != NULL) (void)redis_give_back(r, slot.ask, REDIS_LATE);
    }
}

static void
redis_lost(void *at)
{
    redis_lose(at);
}

/* SCRIPT LOAD is probe and preparation in one: its answer is the script's name. */
static bool
redis_connected(void *at)
{
    struct redis *r = at;
    struct redis_command c;
    const char *password = r->settings.password;
    redis_enter(r, REDIS_PROBING);
    if (password != NULL && password[0] != '\0') {
        redis_command_begin(&c, 2);
        redis_command_add(&c, TEXT("AUTH"));
        redis_command_add(&c, text_of(password));
        bool queued = redis_queue(r, &c, SLOT_LOGIN, NULL);
        explicit_bzero(&c, sizeof c);
        if (!queued) return false;
    }
    redis_command_begin(&c, 3);
    redis_command_add(&c, TEXT("SCRIPT"));
    redis_command_add(&c, TEXT("LOAD"));
    redis_command_add(&c, text_of(r->settings.script));
    return redis_queue(r, &c, SLOT_PROBE, NULL);
}

static bool
redis_probed(struct redis *r, const struct redis_reply *reply)
{
    if (reply->kind != REPLY_TEXT || reply->text_size != SHA_SIZE) return false;
    if (strspn(reply->text, "0123456789abcdef") != SHA_SIZE) return false;
    memcpy(r->sha, reply->text, SHA_SIZE);
    redis_enter(r, REDIS_UP);
    redis_arm(r);
    return true;
}

static bool
redis_take_numbers(struct redis *r, struct redis_ask *ask, const struct redis_reply *reply)
{
    must(reply->number_count <= REDIS_NUMBERS_MAX);
    ask->number_count = reply->number_count;
    memcpy(ask->numbers, reply->numbers, sizeof ask->numbers);
    if (!redis_give_back(r, ask, REDIS_ANSWERED)) {
        r->figures.failed++;
        return false;
    }
    r->failures = 0;
    r->backoff_ms = 0;
    return true;
}

/* An error is an honest "no answer" and only counts towards the breaker; any other surprise means
 * that the next reply cannot be trusted either. */
static bool
redis_take_answer(struct redis *r, const struct slot *slot, const struct redis_reply *reply)
{
    if (slot->ask == NULL) return true; /* too late, or nobody wants to know any more */
    if (reply->kind == REPLY_NUMBERS) return redis_take_numbers(r, slot->ask, reply);
    bool forgotten = reply->kind == REPLY_ERROR && strncmp(reply->text, "NOSCRIPT", 8) == 0;
    if (forgotten && slot->kind == SLOT_BY_SHA) {
        (void)redis_give_back(r, slot->ask, REDIS_NO_SCRIPT);
        return true;
    }
    r->failures++;
    (void)redis_give_back(r, slot->ask, REDIS_FAILED);
    return reply->kind == REPLY_ERROR && r->failures < r->settings.failures_max;
}

static bool
redis_replied(void *at, const struct redis_reply *reply)
{
    struct redis *r = at;
    if (r->head == r->tail) return false; /* nobody asked */
    struct slot slot = redis_take_slot(r);
    switch (slot.kind) {
    case SLOT_LOGIN: return true; /* a wrong password shows at the probe */
    case SLOT_PROBE: return redis_probed(r, reply);
    case SLOT_BY_SHA:
    case SLOT_BY_TEXT: return redis_take_answer(r, &slot, reply);
    }
    return false;
}

static void
redis_start(struct redis *r)
{
    static const struct redis_link_owner handlers = { NULL, redis_connected, redis_replied,
                                                      redis_lost };
    must(r->state == REDIS_DOWN && r->head == r->tail);
    struct redis_link_owner owner = handlers;
    owner.at = r;
    if (redis_link_open(&r->link, r->base, &r->peer, &owner) != FAULT_NONE) {
        redis_lose(r);
        return;
    }
    redis_enter(r, REDIS_CONNECTING);
    r->due_us = redis_now_us(r) + r->settings.probe_ms * 1000;
    redis_arm(r);
}

/* ---- deadlines ---- */

/* False: too many were late, one after the other. */
static bool
redis_sweep(struct redis *r, int64_t now_us)
{
    while (r->late < r->tail && r->slots[r->late & r->slot_mask].deadline_us <= now_us) {
        struct slot *slot = &r->slots[r->late++ & r->slot_mask];
        struct redis_ask *ask = slot->ask;
        slot->ask = NULL; /* its reply may still come */
        if (ask == NULL) continue;
        r->failures++;
        (void)redis_give_back(r, ask, REDIS_LATE);
    }
    return r->failures < r->settings.failures_max;
}

static void
redis_on_timer(evutil_socket_t fd, short what, void *owner)
{
    struct redis *r = owner;
    must(fd < 0 && (what & EV_TIMEOUT));
    int64_t now_us = redis_now_us(r);
    if (r->state == REDIS_UP) {
        /* The answers may be here already, and only this loop was late. */
        if (!redis_link_read(r->link) || !redis_sweep(r, now_us))
            redis_lose(r);
        else
            redis_arm(r);
    } else if (now_us < r->due_us) {
        redis_arm(r);
    } else if (r->state == REDIS_DOWN) {
        redis_start(r);
    } else {
        redis_lose(r);
    }
}

/* ---- asking ---- */

bool
redis_ask(struct redis *r, struct redis_ask *ask, const struct redis_arguments *arguments)
{
    must(ask->answered != NULL && arguments->key_count <= arguments->count);
    if (r->state != REDIS_UP || r->tail - r->head >= r->settings.in_flight_max) return false;
    struct redis_command c;
    char key_count[DECIMAL_SIZE];
    redis_command_begin(&c, arguments->count + 3);
    redis_command_add(&c, arguments->by_text ? TEXT("EVAL") : TEXT("EVALSHA"));
    redis_command_add(&c, text_of(arguments->by_text ? r->settings.script : r->sha));
    redis_command_add(&c, decimal_write(arguments->key_count, key_count));
    for (size_t i = 0; i < arguments->count; i++) {
        redis_command_add(&c, arguments->at[i]);
    }
    ask->number_count = 0;
    if (!redis_queue(r, &c, arguments->by_text ? SLOT_BY_TEXT : SLOT_BY_SHA, ask)) return false;
    if (!evtimer_pending(r->timer, NULL)) redis_arm(r);
    return true;
}

void
redis_cancel(struct redis *r, struct redis_ask *ask)
{
    must(ask->slot >= r->late && ask->slot < r->tail);
    struct slot *slot = &r->slots[ask->slot & r->slot_mask];
    must(slot->ask == ask);
    slot->ask = NULL;
}

bool
redis_is_up(const struct redis *r)
{
    return r->state == REDIS_UP;
}

const struct redis_figures *
redis_figures(struct redis *r)
{
    must(r->tail - r->head <= r->slot_mask + 1);
    r->figures.in_flight = r->tail - r->head;
    return &r->figures;
}

/* ---- opening and closing ---- */

static void
redis_settle(struct redis_settings *s)
{
    must(s->timeout_ms > 0 && s->script != NULL && strlen(s->script) <= SCRIPT_SIZE_MAX);
    must(s->probe_ms >= 0 && s->backoff_ms_min >= 0 && s->backoff_ms_max >= 0);
    if (s->probe_ms == 0) s->probe_ms = s->timeout_ms * PROBE_TIMEOUTS;
    if (s->backoff_ms_min == 0) s->backoff_ms_min = BACKOFF_MS_MIN;
    if (s->backoff_ms_max == 0) s->backoff_ms_max = BACKOFF_MS_MAX;
    if (s->in_flight_max == 0) s->in_flight_max = IN_FLIGHT_MAX;
    if (s->failures_max == 0) s->failures_max = FAILURES_MAX;
}

static enum fault
redis_allocate(struct redis *r)
{
    size_t slot_count = 2; /* login and probe */
    must(r->settings.in_flight_max <= SIZE_MAX / 4 / sizeof *r->slots);
    while (slot_count < r->settings.in_flight_max) {
        slot_count *= 2;
    }
    r->slot_mask = slot_count - 1;
    r->slots = calloc(slot_count, sizeof *r->slots);
    r->timer = evtimer_new(r->base, redis_on_timer, r);
    return r->slots != NULL && r->timer != NULL ? FAULT_NONE : FAULT_MEMORY;
}

enum fault
redis_open(struct redis **out, struct event_base *base, const struct redis_settings *settings)
{
    *out = NULL;
    struct redis *r = calloc(1, sizeof *r);
    if (r == NULL) return FAULT_MEMORY;
    r->settings = *settings;
    r->settings.address = NULL; /* read here, not kept */
    r->base = base;
    redis_settle(&r->settings);
    enum fault fault = redis_peer_read(&r->peer, settings->address);
    if (fault == FAULT_NONE) fault = redis_allocate(r);
    if (fault != FAULT_NONE) {
        redis_close(r);
        return fault;
    }
    redis_start(r);
    *out = r;
    return FAULT_NONE;
}

void
redis_close(struct redis *r)
{
    if (r == NULL) return;
    if (r->timer != NULL && r->slots != NULL) redis_lose(r);
    must(r->link == NULL && r->head == r->tail);
    if (r->timer != NULL) event_free(r->timer);
    free(r->slots);
    free(r);
}
