/* storage/gcra.h: the generic cell rate algorithm (ITU-T I.371) on microseconds, and a table of it
 * in memory. Pure arithmetic; a table belongs to one thread.
 *
 * A limit of `count` per `period_us` lets a burst of one whole period through: the seventh of six a
 * minute is refused until a sixth of the minute has passed. */
#ifndef HUIQUAN_STORAGE_GCRA_H
#define HUIQUAN_STORAGE_GCRA_H

#include "voucher/base.h"

struct gcra_rate {
    int64_t count; /* >= 1 */
    int64_t period_us; /* >= 1 */
};

struct gcra_answer {
    bool allowed;
    int64_t remaining; /* whole requests that would still be let through now */
    int64_t retry_after_us; /* 0 when allowed */
    int64_t reset_us; /* until the whole burst is back */
};

/* *tat_us is the theoretical arrival time kept per key; 0: never seen. Changed only when allowed.
 */
struct gcra_answer gcra_ask(struct gcra_rate rate, int64_t *tat_us, int64_t now_us);

#define GCRA_KEY_SIZE 16

struct gcra_table;

/* capacity is rounded up to a power of two. When a neighbourhood is full of live keys the one whose
 * time is over first gives way: such a key is then treated as unseen, which is looser, never
 * stricter. */
MUST_USE enum fault gcra_table_open(struct gcra_table **out, size_t capacity);
void gcra_table_close(struct gcra_table *t); /* NULL is fine */
/* The arrival time of a key; never NULL. Good until the next call. */
int64_t *gcra_table_at(struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE]);

#endif
