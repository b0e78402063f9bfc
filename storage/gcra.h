/* storage/gcra.h: the generic cell rate algorithm (ITU-T I.371), exact in integers, and a table of
 * it in memory. Arithmetic is pure; a table belongs to one thread.
 *
 * A limit of `count` per `period_us` lets a burst of one whole period through: the seventh of six a
 * minute is refused until a sixth of the minute has passed. Between two microseconds time is
 * counted in parts of 1/count, so that 300,000 a second are neither 333,333 nor 250,000. */
#ifndef HUIQUAN_STORAGE_GCRA_H
#define HUIQUAN_STORAGE_GCRA_H

#include "voucher/base.h"

/* count × period_us is at most this: quotients of such numbers are exact in Lua's 53 bits too. */
#define GCRA_CAPACITY_MAX (INT64_C(1) << 50)

struct gcra_rate {
    int64_t count; /* >= 1 */
    int64_t period_us; /* >= 1 */
};

/* What is kept per key. All zero: never seen. The theoretical arrival time is
 * tat_us - early / count, with 0 <= early < count. */
struct gcra_state {
    int64_t tat_us;
    int64_t early;
};

struct gcra_answer {
    bool allowed;
    int64_t remaining; /* whole requests that would still be let through now */
    int64_t
        retry_after_us; /* 0 when allowed; asked again after it, and not before, it is allowed */
    int64_t reset_us; /* until the whole burst is back */
};

/* False: a number below one, or a product beyond GCRA_CAPACITY_MAX. */
bool gcra_rate_is_sound(struct gcra_rate rate);
/* What one of `parts` equal takers may have: their shares together never exceed the rate, except
 * that each may have a burst of one. */
struct gcra_rate gcra_rate_share(struct gcra_rate rate, int64_t parts);

/* The rate must be sound, 0 <= now_us < 2^61. *state changes only when allowed, except that a
 * theoretical arrival time too far ahead for this rate (the clock went back, or the rate has
 * changed) is cut to one period. */
struct gcra_answer gcra_ask_exactly(struct gcra_rate rate, struct gcra_state *state,
                                    int64_t now_us);

/* The same for who keeps a bare time (0: never seen): parts of a microsecond are dropped, so a rate
 * whose step is no whole number of them lets through a little more. */
struct gcra_answer gcra_ask(struct gcra_rate rate, int64_t *tat_us, int64_t now_us);

#define GCRA_KEY_SIZE 16

struct gcra_table;

/* Never grows. capacity is rounded up to a power of two, at least 8. A key lives within the 8
 * places that its bits name; when all are taken by others, the one whose burst is back first gives
 * way. If that one was still live it is unseen from now on: looser, never stricter. Keys must be
 * digests or ids whose bits nobody outside chooses. */
MUST_USE enum fault gcra_table_open(struct gcra_table **out, size_t capacity);
void gcra_table_close(struct gcra_table *t); /* NULL is fine */
/* All zero when the key is not there. */
struct gcra_state gcra_table_get(const struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE]);
void gcra_table_put(struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE],
                    struct gcra_state state);

/* The bare time of a key, for gcra_ask(); claims a place also for a look. Good until the next call
 * on the table; never NULL. A table is used by this or by the two above, not by both. */
int64_t *gcra_table_at(struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE]);

#endif
