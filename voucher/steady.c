/* voucher/steady.c */
#include "voucher/steady.h"

#define SLOWER_BY_PARTS 32 /* an hour is made good in 32 */

int64_t
steady_clock_read(struct steady_clock *c, int64_t wall_us, int64_t monotonic_us)
{
    int64_t passed_us = c->now_us == 0 ? 0 : monotonic_us - c->monotonic_us;
    must(passed_us >= 0);
    c->now_us += passed_us - passed_us / SLOWER_BY_PARTS;
    c->monotonic_us = monotonic_us;
    if (c->now_us < wall_us) c->now_us = wall_us;
    return c->now_us;
}
