/* tests/torture/lib/sim_dice.h: everything random in a simulation comes from its seed. SplitMix64
 * (Steele, Lea, Flood 2014). One thread. */
#ifndef HUIQUAN_TORTURE_SIM_DICE_H
#define HUIQUAN_TORTURE_SIM_DICE_H

#include "voucher/base.h"

struct sim_dice {
    uint64_t state;
};

static inline uint64_t
sim_roll(struct sim_dice *d, uint64_t sides)
{
    must(sides > 0);
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % sides;
}

#endif
