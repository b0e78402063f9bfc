/* storage/redis.h: one connection to Redis for one script, and the breaker before it. Used from its
 * loop's thread only.
 *
 *   DOWN ─back-off over▸ CONNECTING ─▸ PROBING ─script loaded▸ UP ─failures or lost▸ DOWN
 *
 * 1. Only UP takes asks. Every other state answers "no" at once, so that a Redis that is away costs
 *    nothing but a probe per back-off. DOWN is the open breaker, PROBING the half-open one.
 * 2. Each ask has its own deadline; CONNECTING and PROBING share one, because connect() to a frozen
 *    Redis succeeds.
 * 3. Replies come in the order of the commands. A late reply finds its ask given up and is dropped;
 *    a reply that nothing waits for, or that the script cannot have written, ends the connection.
 * 4. failures_max asks without a usable answer, one after the other, end the connection too. The
 *    back-off doubles from one end to the next, with jitter, until an ask has been answered again;
 *    where nobody listens it stays at its least.
 * 5. No allocation per ask; what a peer can make this keep is bounded. */
#ifndef HUIQUAN_STORAGE_REDIS_H
#define HUIQUAN_STORAGE_REDIS_H

#include "voucher/base.h"

struct event_base;
struct redis;

#define REDIS_NUMBERS_MAX 8

struct redis_settings {
    /* Path of a socket, or host:port ([host]:port for IPv6). A name is looked up once, when opened,
     * because looking up blocks. */
    const char *address;
    const char *password; /* NULL or empty: none */
    const char *script;
    int64_t timeout_ms;
    /* 0: a good default. */
    int64_t probe_ms, backoff_ms_min, backoff_ms_max;
    size_t in_flight_max;
    unsigned failures_max;
    const struct seams *seams;
};

enum redis_outcome {
    REDIS_ANSWERED, /* numbers are there */
    REDIS_LATE, /* no answer in time, or the connection was lost */
    REDIS_FAILED, /* an error, or no such answer as the script gives */
    REDIS_NO_SCRIPT, /* Redis has forgotten the script: ask again by_text */
};

/* The caller's until answered() is called, exactly once and never within redis_ask(), or until
 * redis_cancel(). answered() may ask and cancel, but not close. */
struct redis_ask {
    /* False: the script cannot have written these numbers, the connection is not to be trusted. */
    bool (*answered)(void *owner, struct redis_ask *ask);
    void *owner;
    enum redis_outcome outcome;
    size_t number_count;
    int64_t numbers[REDIS_NUMBERS_MAX];
    size_t slot; /* redis.c's own */
};

/* KEYS and ARGV of the script; read before redis_ask() returns. */
struct redis_arguments {
    size_t key_count, count; /* keys first */
    const struct text *at;
    bool by_text; /* EVAL instead of EVALSHA */
};

struct redis_figures {
    uint64_t late, failed; /* asks */
    uint64_t opens; /* of the breaker: times that UP ended */
    uint64_t connects; /* connections whose probe was answered */
    size_t in_flight; /* commands without a reply, given up or not */
};

/* The address is copied; script, password and seams must outlive it. FAULT_CONFIG: no such address
 * can be. A Redis that is not there is no fault. */
MUST_USE enum fault redis_open(struct redis **out, struct event_base *base,
                               const struct redis_settings *settings);
/* Asks under way are answered REDIS_LATE. NULL is fine. */
void redis_close(struct redis *r);
bool redis_is_up(const struct redis *r);
/* False: not up, or too much is under way; the ask stays the caller's and is not answered. */
MUST_USE bool redis_ask(struct redis *r, struct redis_ask *ask,
                        const struct redis_arguments *arguments);
/* The ask is under way; it is the caller's again and will not be answered. */
void redis_cancel(struct redis *r, struct redis_ask *ask);
const struct redis_figures *redis_figures(struct redis *r);

#endif
