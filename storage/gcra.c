/* storage/gcra.c */
#include "storage/gcra.h"

#define NEIGHBOURS 8

struct gcra_entry {
    uint8_t key[GCRA_KEY_SIZE];
    int64_t tat_us; /* 0: free */
};

struct gcra_table {
    size_t mask;
    struct gcra_entry entries[];
};

struct gcra_answer
gcra_ask(struct gcra_rate rate, int64_t *tat_us, int64_t now_us)
{
    must(rate.count >= 1 && rate.period_us >= 1);
    must(now_us > 0 && now_us < INT64_MAX / 4);
    int64_t step_us = rate.period_us / rate.count;
    if (step_us < 1) step_us = 1;
    int64_t tat = *tat_us > now_us ? *tat_us : now_us;
    int64_t next_us = tat + step_us;
    int64_t allowed_at_us = next_us - rate.period_us;
    struct gcra_answer answer = { .allowed = now_us >= allowed_at_us };
    if (!answer.allowed) {
        answer.retry_after_us = allowed_at_us - now_us;
        answer.reset_us = tat - now_us;
        return answer;
    }
    *tat_us = next_us;
    answer.reset_us = next_us - now_us;
    answer.remaining = (rate.period_us - answer.reset_us) / step_us;
    return answer;
}

enum fault
gcra_table_open(struct gcra_table **out, size_t capacity)
{
    size_t size = NEIGHBOURS;
    while (size < capacity) {
        size *= 2;
    }
    *out = calloc(1, sizeof **out + size * sizeof(struct gcra_entry));
    if (*out == NULL) return FAULT_MEMORY;
    (*out)->mask = size - 1;
    return FAULT_NONE;
}

void
gcra_table_close(struct gcra_table *t)
{
    free(t);
}

/* Keys are digests or ids whose tail is random: eight of their last bytes are hash enough. */
static size_t
gcra_place(const uint8_t key[GCRA_KEY_SIZE])
{
    uint64_t hash;
    memcpy(&hash, key + GCRA_KEY_SIZE - sizeof hash, sizeof hash);
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 24);
}

int64_t *
gcra_table_at(struct gcra_table *t, const uint8_t key[GCRA_KEY_SIZE])
{
    size_t place = gcra_place(key);
    struct gcra_entry *victim = NULL;
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        struct gcra_entry *e = &t->entries[(place + i) & t->mask];
        if (e->tat_us != 0 && memcmp(e->key, key, GCRA_KEY_SIZE) == 0) return &e->tat_us;
        if (victim == NULL || e->tat_us < victim->tat_us) victim = e;
    }
    memcpy(victim->key, key, GCRA_KEY_SIZE);
    victim->tat_us = 0;
    return &victim->tat_us;
}
