/* storage/limiter.h: the door. One limiter per worker, used from its loop's thread only.
 *
 * While Redis answers, it decides: one script call per ask, over all workers and daemons, all rules
 * of an ask or none. Without it (down, frozen, later than its deadline, lying, breaker open, too
 * much under way) the worker's own table decides: a resident and an address keep their full rate, a
 * campaign its share of claims per second. Budget truth is the ledger, never this.
 *
 * The table counts always, so that falling back starts from what was let through here. What it
 * refuses at full rate is refused without asking Redis: this worker alone has let the whole burst
 * through, so Redis, which has seen that and more, refuses too; unless it was flushed or was away
 * meanwhile, and then the table is right. A shared rule is never refused early: here it is a part
 * of the rate only. */
#ifndef HUIQUAN_STORAGE_LIMITER_H
#define HUIQUAN_STORAGE_LIMITER_H

#include "storage/gcra.h"
#include "storage/redis.h"
#include "voucher/base.h"

struct event_base;
struct limiter;

#define LIMIT_RULES_MAX 4
#define LIMIT_TAG_SIZE 40
#define LIMIT_NAME_SIZE_MAX 15

struct limiter_settings {
    const char *redis; /* path of a socket, or host:port; NULL or empty: no Redis */
    const char *password; /* NULL or empty: none; must outlive the limiter, as seams must */
    int64_t timeout_ms;
    int64_t share; /* workers × daemons: what a campaign's rate is divided by without Redis */
    size_t table_capacity;
    const struct seams *seams;
    /* 0: the default of storage/redis.h. */
    int64_t probe_ms, backoff_ms_min, backoff_ms_max;
    size_t in_flight_max;
    unsigned failures_max;
};

struct limit_rule {
    const char *name; /* of the policy, for RateLimit: "resident", "address", "campaign" … */
    uint8_t key[GCRA_KEY_SIZE]; /* a keyed digest or an id; no personal data */
    struct gcra_rate rate; /* sound, as gcra_rate_is_sound() says */
    bool shared; /* a campaign's: divided by the share without Redis */
};

enum limit_source { LIMIT_LOCAL, LIMIT_REDIS };

/* The caller's until answered() is called or limiter_cancel(). Rules of one name under one tag are
 * told apart by key; the same key under two tags or names counts twice. */
struct limit_ask {
    char tag[LIMIT_TAG_SIZE]; /* Cluster hash tag: the campaign's id, or a fixed word */
    size_t rule_count;
    struct limit_rule rules[LIMIT_RULES_MAX];
    void (*answered)(void *owner, struct limit_ask *ask);
    void *owner;

    /* The answer. Refused: the numbers of the refusing rule with the longest wait, so that whoever
     * obeys it is not refused by the next rule. Allowed: of the rule with the least remaining. */
    bool allowed;
    size_t rule; /* which one the numbers belong to */
    struct gcra_answer numbers;
    enum limit_source source;
    int64_t redis_us; /* what asking Redis took; 0: it was not asked */

    /* The limiter's own. */
    struct limiter *limiter;
    struct redis_ask redis;
    int64_t asked_us;
    bool waits, by_text;
};

/* FAULT_CONFIG: the address of Redis cannot be one. A Redis that is not there is no fault. */
MUST_USE enum fault limiter_open(struct limiter **out, struct event_base *base,
                                 const struct limiter_settings *settings);
/* Asks under way are answered by the table first. NULL is fine. */
void limiter_close(struct limiter *l);

/* answered() is called exactly once, perhaps before this returns. It may ask again, but not close.
 * Asks of one turn of the loop leave in one write. */
void limiter_ask(struct limiter *l, struct limit_ask *ask);
/* Decided by the worker's own table alone, at once, and counted there; answered() is not called.
 * For asks that cost next to nothing and change nothing. */
void limiter_ask_here(struct limiter *l, struct limit_ask *ask);
/* Whoever asked is gone: answered() will not be called, the ask is the caller's again. What Redis
 * has counted stays counted. Fine at any time after limiter_ask(). */
void limiter_cancel(struct limit_ask *ask);

struct limiter_figures {
    bool redis_named, redis_up; /* named and not up: degraded */
    uint64_t asks, cancelled;
    uint64_t redis_allowed, redis_refused, local_allowed, local_refused;
    uint64_t redis_late, redis_failed; /* asked of Redis, then decided here */
    uint64_t breaker_opens, connects;
    size_t in_flight;
};

/* Brought up to date by the call; good until the next. */
const struct limiter_figures *limiter_figures(struct limiter *l);

#endif
