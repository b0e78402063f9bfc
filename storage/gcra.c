/* storage/gcra.c */
#include "storage/gcra.h"

#define NEIGHBOURS 8
#define NOW_US_MAX (INT64_C(1) << 61)

struct gcra_entry {
    uint8_t key[GCRA_KEY_SIZE];
    struct gcra_state state; /* tat_us 0: free */
};

struct gcra_table {
    size_t mask;
    struct gcra_entry entries[];
};

static int64_t
divide_up(int64_t a, int64_t b)
{
    must(a >= 0 && b > 0);
    return a / b + (a % b != 0);
}

bool
gcra_rate_is_sound(struct gcra_rate rate)
{
    return rate.count >= 1 && rate.period_us >= 1 &&
           rate.count <= GCRA_CAPACITY_MAX / rate.period_us;
}

struct gcra_rate
gcra_rate_share(struct gcra_rate rate, int64_t parts)
{
    must(gcra_rate_is_sound(rate) && parts >= 1);
    if (rate.count >= parts) {
        rate.count /= parts;
        return rate;
    }
    /* Less than one each per period: one each, less often. */
    int64_t most_parts = GCRA_CAPACITY_MAX / rate.period_us;
    if (parts > most_parts) parts = most_parts;
    rate.period_us = divide_up(rate.period_us * parts, rate.count);
    rate.count = 1;
    return rate;
}

/* What is left to drain, in microseconds × count; a whole period is the capacity. */
static int64_t
gcra_level(struct gcra_rate rate, struct gcra_state *state, int64_t now_us)
{
    if (state->tat_us <= now_us) return 0;
    if (state->tat_us - now_us > rate.period_us) {
        *state = (struct gcra_state){ .tat_us = now_us + rate.period_us };
    }
    int64_t level = (state->tat_us - now_us) * rate.count;
    return state->early < rate.count ? level - state->early : level;
}

struct gcra_answer
gcra_ask_exactly(struct gcra_rate rate, struct gcra_state *state, int64_t now_us)
{
    must(gcra_rate_is_sound(rate));
    must(now_us >= 0 && now_us < NOW_US_MAX);
    must(state->tat_us >= 0 && state->early >= 0);
    int64_t capacity = rate.count * rate.period_us;
    int64_t level = gcra_level(rate, state, now_us);
    int64_t after = level + rate.period_us;
    if (after > capacity) {
        return (struct gcra_answer){ .retry_after_us = divide_up(after - capacity, rate.count),
                                     .reset_us = divide_up(level, rate.count) };
    }
    int64_t wait_us = divide_up(after, rate.count);
    *state = (struct gcra_state){ now_us + wait_us, wait_us * rate.count - after };
    return (struct gcra_answer){ .allowed = true,
                                 .remaining = (capacity - after) / rate.period_us,
                                 .reset_us = wait_us };
}

struct gcra_answer
gcra_ask(struct gcra_rate rate, int64_t *tat_us, int64_t now_us)
{
    must(*tat_us >= 0);
    struct gcra_state state = { *tat_us, 0 };
    struct gcra_answer answer = gcra_ask_exactly(rate, &state, now_us);
    /* Down, not up: rounded up, the last of a burst would be refused. */
    *tat_us = state.early > 0 ? state.tat_us - 1 : state.tat_us;
    return answer;
}

enum fault
gcra_table_open(struct gcra_table **out, size_t capacity)
{
    *out = NULL;
    must(capacity <= SIZE_MAX / 4 / sizeof(struct gcra_entry));
    size_t size = NEIGHBOURS;
    while (size < capacity) {
        size *= 2;
    }
    struct gcra_table *t = calloc(1, sizeof *t + size * sizeof(struct gcra_entry));
    if (t == NULL) return FAULT_MEMORY;
    t->mask = size - 1;
    *out = t;
    return FAULT_NONE;
}

void
gcra_table_close(struct gcra_table *t)
{
    free(t);
}

/* Digests and ids are random at their end: eight of their last bytes are hash enough. */
static size_t
gcra_place(const uint8_t key[GCRA_KEY_SIZE])
{
    uint64_t hash;
    memcpy(&hash, key + GCRA_KEY_SIZE - sizeof hash, sizeof hash);
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 24);
}

static bool
gcra_entry_is(const struct gcra_entry *e, const uint8_t key[GCRA_KEY_SIZE])
{
    return e->state.tat_us != 0 && memcmp(e->key, key, GCRA_KEY_SIZE) == 0;
}

struct gcra_state
gcra_table_get(const struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE])
{
    size_t place = gcra_place(key);
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        const struct gcra_entry *e = &t->entries[(place + i) & t->mask];
        if (gcra_entry_is(e, key)) return e->state;
    }
    return (struct gcra_state){ 0 };
}

/* Where the key is, or may be put. */
static struct gcra_entry *
gcra_table_find(struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE])
{
    size_t place = gcra_place(key);
    struct gcra_entry *first_over = &t->entries[place & t->mask];
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        struct gcra_entry *e = &t->entries[(place + i) & t->mask];
        if (gcra_entry_is(e, key)) return e;
        /* A free entry has the earliest time of all. */
        if (e->state.tat_us < first_over->state.tat_us) first_over = e;
    }
    return first_over;
}

void
gcra_table_put(struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE], struct gcra_state state)
{
    must(state.tat_us > 0);
    struct gcra_entry *e = gcra_table_find(t, key);
    memcpy(e->key, key, GCRA_KEY_SIZE);
    e->state = state;
}

int64_t *
gcra_table_at(struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE])
{
    struct gcra_entry *e = gcra_table_find(t, key);
    if (!gcra_entry_is(e, key)) e->state = (struct gcra_state){ 0 };
    memcpy(e->key, key, GCRA_KEY_SIZE);
    must(e->state.early == 0);
    return &e->state.tat_us;
}
