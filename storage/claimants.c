/* storage/claimants.c: 16 bits for each resident, six of which are set, all in one line. */
#include "storage/claimants.h"

#include <stdatomic.h>

#define BLOCK_WORDS 8 /* 512 bits, a cache line */
#define PROBES 6
#define PROBE_BITS 9 /* 2^9 bits in a block */
#define RESIDENTS_IN_A_BLOCK 32
_Static_assert(PROBES *PROBE_BITS <= 64, "drawn at once");

struct block {
    atomic_uint_fast64_t words[BLOCK_WORDS];
};

struct claimants {
    atomic_bool is_complete;
    size_t block_count; /* a power of two */
    struct block *blocks;
};

enum fault
claimants_open(struct claimants **out, int64_t expected)
{
    *out = NULL;
    must(expected >= 0);
    struct claimants *c = calloc(1, sizeof *c);
    if (c == NULL) return FAULT_MEMORY;
    c->block_count = CLAIMANTS_MIN / RESIDENTS_IN_A_BLOCK;
    while ((int64_t)c->block_count < expected / RESIDENTS_IN_A_BLOCK) {
        c->block_count *= 2;
    }
    atomic_init(&c->is_complete, false);
    c->blocks = calloc(c->block_count, sizeof *c->blocks);
    if (c->blocks == NULL) {
        free(c);
        return FAULT_MEMORY;
    }
    *out = c;
    return FAULT_NONE;
}

void
claimants_close(struct claimants *c)
{
    if (c == NULL) return;
    free(c->blocks);
    free(c);
}

/* splitmix64's finish: every bit of an id moves every bit of what is drawn from it. */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static struct block *
block_of(const struct claimants *c, const struct uuid *resident, uint64_t *out_probes)
{
    uint64_t halves[2];
    _Static_assert(sizeof halves == sizeof resident->bytes, "two halves");
    memcpy(halves, resident->bytes, sizeof halves);
    uint64_t drawn = mix(halves[0] + mix(halves[1]));
    *out_probes = mix(drawn + UINT64_C(0x9e3779b97f4a7c15));
    return &c->blocks[drawn & (c->block_count - 1)];
}

static uint64_t
probe(uint64_t probes, size_t i, size_t *out_word)
{
    must(i < PROBES);
    uint64_t at = probes >> (i * PROBE_BITS);
    *out_word = at % BLOCK_WORDS;
    return UINT64_C(1) << (at / BLOCK_WORDS % 64);
}

void
claimants_add(struct claimants *c, const struct uuid *resident)
{
    uint64_t probes;
    size_t word;
    struct block *block = block_of(c, resident, &probes);
    must(!uuid_is_none(resident));
    for (size_t i = 0; i < PROBES; i++) {
        uint64_t bit = probe(probes, i, &word);
        atomic_fetch_or_explicit(&block->words[word], bit, memory_order_relaxed);
    }
}

void
claimants_complete(struct claimants *c)
{
    must(!atomic_load(&c->is_complete));
    atomic_store(&c->is_complete, true);
}

bool
claimants_are_complete(const struct claimants *c)
{
    return atomic_load_explicit(&c->is_complete, memory_order_acquire);
}

bool
claimants_may_hold(const struct claimants *c, const struct uuid *resident)
{
    uint64_t probes;
    size_t word;
    struct block *block = block_of(c, resident, &probes);
    if (!claimants_are_complete(c)) return true;
    for (size_t i = 0; i < PROBES; i++) {
        uint64_t bit = probe(probes, i, &word);
        if (!(atomic_load_explicit(&block->words[word], memory_order_relaxed) & bit)) return false;
    }
    return true;
}
