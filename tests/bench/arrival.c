/* tests/bench/arrival.c: see arrival.h. */
#include "tests/bench/arrival.h"

#define WAITING_MAX (1u << 20)
#define SECOND_NS INT64_C(1000000000)
#define MILLISECOND_NS INT64_C(1000000)

/* xorshift64*; the upper half is what is good. */
static uint32_t
uniform(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}

/* A falling run of uniforms that ends at an odd length gives its first as the fraction; each that
 * ends at an even length adds one. The mean is 2^32. */
static uint64_t
exponential(uint64_t *state)
{
    for (uint64_t whole = 0;; whole++) {
        const uint32_t first = uniform(state);
        uint32_t before = first, after = uniform(state);
        unsigned length = 1;
        while (after < before) {
            before = after;
            after = uniform(state);
            length++;
        }
        if (length % 2 == 1) return (whole << 32) + first;
    }
}

void
arrivals_open(struct lane *lane)
{
    if (lane->options->rate == 0) return;
    lane->gap_ns = SECOND_NS * (int64_t)lane->step / lane->options->rate;
    lane->chance = (uint64_t)lane->options->seed * 1000003 + lane->place + 1;
    lane->waiting_ns = calloc(WAITING_MAX, sizeof *lane->waiting_ns);
    must(lane->gap_ns > 0 && lane->waiting_ns != NULL);
}

void
arrivals_take(struct lane *lane, int64_t now_ns)
{
    while (lane->due_ns <= now_ns) {
        if (lane->waiting_count == WAITING_MAX) {
            lane->left++;
        } else {
            lane->waiting_ns[(lane->waiting_at + lane->waiting_count) % WAITING_MAX] = lane->due_ns;
            lane->waiting_count++;
        }
        const uint64_t gap = exponential(&lane->chance) >> 12; /* of 2^20 */
        lane->due_ns += (int64_t)((gap * (uint64_t)lane->gap_ns) >> 20);
    }
}

bool
arrivals_next(struct lane *lane, int64_t now_ns, int64_t *due_ns)
{
    while (lane->waiting_count > 0) {
        *due_ns = lane->waiting_ns[lane->waiting_at];
        lane->waiting_at = (lane->waiting_at + 1) % WAITING_MAX;
        lane->waiting_count--;
        if (now_ns - *due_ns <= lane->options->patience_ms * MILLISECOND_NS) return true;
        lane->left++;
    }
    return false;
}
