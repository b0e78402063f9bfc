/* tests/bench/arrival.h: when the requests of an open loop are due. Gaps are exponential, by von
 * Neumann's comparisons of uniform numbers, which need no logarithm. */
#ifndef HUIQUAN_BENCH_ARRIVAL_H
#define HUIQUAN_BENCH_ARRIVAL_H

#include "tests/bench/lane.h"

void arrivals_open(struct lane *lane);
/* Queues every arrival that is due by now. */
void arrivals_take(struct lane *lane, int64_t now_ns);
/* The first in the queue whose patience has not ended; false: nobody waits. */
bool arrivals_next(struct lane *lane, int64_t now_ns, int64_t *due_ns);

#endif
