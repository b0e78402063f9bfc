/* voucher/metrics_layout.h: where each number lies in a block. Only for metrics.c, which writes,
 * and metrics_print.c, which reads. Fixed after metrics_open().
 *
 * A metric has one series for each combination of its labels' values, and a series has one cell;
 * that of a histogram has one for each bucket, one for what lies above, and one for the sum. */
#ifndef HUIQUAN_METRICS_LAYOUT_H
#define HUIQUAN_METRICS_LAYOUT_H

#include <stdatomic.h>

#include "voucher/metrics.h"

struct metric_row {
    enum metric_kind kind;
    const char *name; /* with huiquan_, without _total */
    const char *unit; /* "" for none */
    enum metric_label labels[2];
    enum metric_buckets buckets;
    const char *help;
};

struct metric_bounds {
    const int64_t *at;
    size_t count;
    int64_t scale; /* so many units make one of what is printed */
};

struct metric_block {
    const struct metrics *metrics;
    _Atomic uint64_t *cells;
};

struct metrics {
    struct metric_words words[LABEL_COUNT];
    size_t first[METRIC_COUNT + 1]; /* cell at which a metric begins; the last is their number */
    size_t block_count;
    struct metric_block *blocks;
};

extern const struct metric_row metric_rows[METRIC_COUNT];
extern const struct metric_bounds metric_bounds[BUCKETS_COUNT];
extern const char *const metric_label_names[LABEL_COUNT];

/* Number of values of a label, 1 for LABEL_NONE. */
size_t metrics_word_count(const struct metrics *m, enum metric_label label);
/* Cells of one series. */
size_t metric_series_size(enum metric metric);

#endif
