/* storage/limiter.h: the door. One limiter per worker, used from its loop's thread only.
 *
 * While Redis answers, it decides: one script call per ask, over all workers and daemons. Without
 * it (down, frozen, slower than its deadline, lying) the worker's own table decides: a resident and
 * an address keep their full rate, a campaign its share of claims per second. The local table
 * counts always; what it refuses for a person or an address Redis would refuse as well, because it
 * has seen no more than Redis has. Budget truth is the ledger, never this. */
#ifndef HUIQUAN_STORAGE_LIMITER_H
#define HUIQUAN_STORAGE_LIMITER_H

#include "storage/gcra.h"
#include "voucher/base.h"

struct event_base;
struct limiter;

#define LIMIT_RULES_MAX 4
#define LIMIT_TAG_SIZE 40

struct limiter_settings {
    const char *redis; /* path of a socket, or host:port; empty: no Redis */
    const char *password; /* NULL or empty: none */
    int64_t timeout_ms;
    int64_t share; /* workers × daemons: what a campaign's rate is divided by without Redis */
    size_t table_capacity;
    const struct seams *seams;
};

struct limit_rule {
    const char *name; /* of the policy, for RateLimit: "resident", "address", "campaign" … */
    uint8_t key[GCRA_KEY_SIZE]; /* a keyed digest or an id; no personal data */
    struct gcra_rate rate;
    bool shared; /* a campaign's: divided by the share without Redis */
};

enum limit_source { LIMIT_LOCAL, LIMIT_REDIS };

/* The caller's until answered() is called. */
struct limit_ask {
    char tag[LIMIT_TAG_SIZE]; /* Cluster hash tag: the campaign's id, or a fixed word */
    size_t rule_count;
    struct limit_rule rules[LIMIT_RULES_MAX];
    void (*answered)(void *owner, struct limit_ask *ask);
    void *owner;

    /* The answer: of the first rule that refuses, else of the tightest. */
    bool allowed;
    size_t rule; /* which one the numbers belong to */
    struct gcra_answer numbers;
    enum limit_source source;

    struct limiter *limiter; /* the limiter's own */
};

MUST_USE enum fault limiter_open(struct limiter **out, struct event_base *base,
                                 const struct limiter_settings *settings);
void limiter_close(struct limiter *l); /* NULL is fine; nothing may be under way */

/* answered() is called exactly once, perhaps before this returns. */
void limiter_ask(struct limiter *l, struct limit_ask *ask);
struct limiter_figures {
    bool redis_named, redis_up;
    uint64_t redis_allowed, redis_refused, local_allowed, local_refused;
};

const struct limiter_figures *limiter_figures(struct limiter *l);

#endif
