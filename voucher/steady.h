/* voucher/steady.h: a clock that never goes back. While the wall clock is behind what was read
 * before (somebody set it), time goes on by the monotonic clock, a little slower, so that the two
 * meet again: whoever was told to wait a minute waits a minute, not until the wall clock has come
 * back. Plain data; the owner's thread. */
#ifndef HUIQUAN_STEADY_H
#define HUIQUAN_STEADY_H

#include "voucher/base.h"

/* All zero: not yet read. */
struct steady_clock {
    int64_t now_us, monotonic_us; /* of the last reading */
};

/* Monotonic time must not go back. Answers microseconds since 1970, never less than before. */
int64_t steady_clock_read(struct steady_clock *c, int64_t wall_us, int64_t monotonic_us);

#endif
