/* storage/redis.h: one connection to Redis for the limiter's script; the only home of hiredis. Used
 * from its loop's thread only.
 *
 *   DOWN ~connect▸ PROBING ~script loaded▸ UP ─timeouts or errors▸ PROBING ─lost▸ DOWN
 * While not UP nothing is sent but probes, so a frozen Redis costs its deadline a few times and
 * then nothing. A connection whose probe stays unanswered is given up: what was buffered dies with
 * it. */
#ifndef HUIQUAN_STORAGE_REDIS_H
#define HUIQUAN_STORAGE_REDIS_H

#include "voucher/base.h"

struct event_base;
struct redis;

#define REDIS_ARGUMENTS_MAX 16
#define REDIS_NUMBERS_MAX 8

struct redis_settings {
    const char *address; /* path of a socket, or host:port */
    const char *password;
    const char *script;
    int64_t timeout_ms;
    size_t in_flight_max;
    const struct seams *seams;
};

/* The caller's until answered() is called, exactly once. */
struct redis_ask {
    size_t key_count, argument_count; /* keys first */
    const char *arguments[REDIS_ARGUMENTS_MAX];
    size_t sizes[REDIS_ARGUMENTS_MAX];
    void (*answered)(void *owner, struct redis_ask *ask);
    void *owner;
    /* count 0: no usable answer in time. */
    size_t number_count;
    int64_t numbers[REDIS_NUMBERS_MAX];
};

MUST_USE enum fault redis_open(struct redis **out, struct event_base *base,
                               const struct redis_settings *settings);
/* Asks under way are answered without numbers. NULL is fine. */
void redis_close(struct redis *r);
bool redis_is_up(const struct redis *r);
/* False: not up, or too much is under way; the ask stays the caller's and is not answered. */
MUST_USE bool redis_ask(struct redis *r, struct redis_ask *ask);

#endif
