/* tests/bench/hist.h: how long things took: nanoseconds in log-linear buckets, 64 to an octave, so
 * that a percentile is at most 1.6 % too high. One thread at a time; hist_add() is a few adds. */
#ifndef HUIQUAN_BENCH_HIST_H
#define HUIQUAN_BENCH_HIST_H

#include "voucher/base.h"

#define HIST_SUB_BITS 6
#define HIST_VALUE_BITS 40 /* what is longer than 18 minutes counts as that */
#define HIST_BUCKETS ((HIST_VALUE_BITS - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
    uint64_t count, sum_ns, max_ns;
    uint64_t buckets[HIST_BUCKETS];
};

void hist_add(struct hist *h, int64_t value_ns);
void hist_merge(struct hist *into, const struct hist *from);
/* The upper end of the bucket that holds the value; per_myriad 9900 is p99. 0 when empty. */
int64_t hist_quantile_ns(const struct hist *h, int64_t per_myriad);
/* {"count":…,"mean_us":…,"p50_us":…,…}: a JSON object. */
void hist_print(const struct hist *h, FILE *out);
/* 1234567 ns as 1234.567; for numbers of microseconds in JSON. */
void print_us(FILE *out, int64_t value_ns);

#endif
