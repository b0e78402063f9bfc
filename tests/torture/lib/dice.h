/* tests/torture/lib/dice.h: everything random in a row written in C comes from its seed.
 * SplitMix64 (Steele, Lea, Flood 2014). One thread. */
#ifndef HUIQUAN_TORTURE_DICE_H
#define HUIQUAN_TORTURE_DICE_H

#include "voucher/base.h"

struct dice {
    uint64_t state;
};

static inline uint64_t
dice_roll(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* From 0 up to and without end. */
static inline uint64_t
dice_below(struct dice *d, uint64_t end)
{
    must(end > 0);
    return dice_roll(d) % end;
}

static inline bool
dice_one_in(struct dice *d, uint64_t n)
{
    return dice_below(d, n) == 0;
}

#endif
