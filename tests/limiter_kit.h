/* tests/limiter_kit.h: a loop, a limiter on it, and asks whose answers are counted. One thread. */
#ifndef HUIQUAN_TESTS_LIMITER_KIT_H
#define HUIQUAN_TESTS_LIMITER_KIT_H

#include <time.h>

#include <event2/event.h>

#include "storage/limiter.h"
#include "tests/rows.h"
#include "tests/support_redis.h"

#define MINUTE INT64_C(60000000)
#define HOUR (60 * MINUTE)
#define SECOND INT64_C(1000000)
#define PATIENT_MS 5000 /* for answers that must come: a slow machine is no fault */
#define IMPATIENT_MS 15 /* for answers that must not */

struct asked {
    struct limit_ask ask;
    unsigned answer_count;
};

static inline int64_t
kit_now_us(void *owner)
{
    struct timespec now;
    (void)owner;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

static inline void
kit_fill(void *owner, void *out, size_t size)
{
    (void)owner;
    memset(out, 0x5a, size);
}

static const struct seams kit_seams = { NULL, kit_now_us, kit_now_us, kit_fill };

static inline struct limiter_settings
kit_settings(const char *redis, int64_t timeout_ms)
{
    return (struct limiter_settings){
        .redis = redis,
        .timeout_ms = timeout_ms,
        .probe_ms = 3600 * 1000, /* an ask that waited for it would wait in vain */
        .backoff_ms_min = 1,
        .backoff_ms_max = 20,
        .share = 8,
        .table_capacity = 1024,
        .seams = &kit_seams
    };
}

static inline bool
kit_is_up(void *at)
{
    return limiter_figures(at)->redis_up;
}

static inline bool
kit_is_down(void *at)
{
    return !kit_is_up(at);
}

static inline struct limiter *
kit_open(struct event_base *base, const char *redis, int64_t timeout_ms)
{
    struct limiter *l;
    struct limiter_settings settings = kit_settings(redis, timeout_ms);
    assert_int_equal(limiter_open(&l, base, &settings), FAULT_NONE);
    if (redis != NULL) loop_until(base, kit_is_up, l);
    return l;
}

static inline void
kit_answered(void *owner, struct limit_ask *ask)
{
    struct asked *a = owner;
    assert_ptr_equal(ask, &a->ask);
    a->answer_count++;
}

/* Nobody has asked yet; rules are to be added. */
static inline void
kit_begin(struct asked *a, const char *tag)
{
    memset(a, 0, sizeof *a);
    (void)snprintf(a->ask.tag, sizeof a->ask.tag, "%s", tag);
    a->ask.owner = a;
    a->ask.answered = kit_answered;
}

static inline void
kit_add(struct asked *a, const char *name, uint8_t who, struct gcra_rate rate)
{
    struct limit_rule *rule = &a->ask.rules[a->ask.rule_count++];
    *rule = (struct limit_rule){ .name = name, .rate = rate };
    memset(rule->key, who, sizeof rule->key);
    rule->shared = strcmp(name, "campaign") == 0;
}

static inline bool
kit_is_answered(void *at)
{
    const struct asked *a = at;
    return a->answer_count > 0;
}

/* Asks and waits. */
static inline const struct limit_ask *
kit_ask(struct event_base *base, struct limiter *l, struct asked *a)
{
    a->answer_count = 0;
    limiter_ask(l, &a->ask);
    loop_until(base, kit_is_answered, a);
    assert_int_equal(a->answer_count, 1);
    return &a->ask;
}

/* One rule, one person. */
static inline const struct limit_ask *
kit_ask_resident(struct event_base *base, struct limiter *l, struct asked *a, uint8_t who,
                 struct gcra_rate rate)
{
    kit_begin(a, "cmp_A");
    kit_add(a, "resident", who, rate);
    return kit_ask(base, l, a);
}

#endif
