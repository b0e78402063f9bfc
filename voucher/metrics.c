#include "voucher/metrics_layout.h"

#define CACHE_LINE 64

const struct metric_row metric_rows[METRIC_COUNT] = {
#define X(id, kind, text, unit, label_a, label_b, buckets, help) \
    [METRIC_##id] = { METRIC_##kind,                             \
                      "huiquan_" text,                           \
                      unit,                                      \
                      { LABEL_##label_a, LABEL_##label_b },      \
                      BUCKETS_##buckets,                         \
                      help },
    METRICS(X)
#undef X
};

/* From a cache hit to a till's patience, two or three a decade; the last sizes are batch_max. */
static const int64_t second_bounds_us[] = { 100,     250,     500,     1000,    2500,   5000,
                                            10000,   25000,   50000,   100000,  250000, 500000,
                                            1000000, 2500000, 5000000, 10000000 };
static const int64_t size_bounds[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096 };

const struct metric_bounds metric_bounds[BUCKETS_COUNT] = {
    [BUCKETS_SECONDS] = { second_bounds_us, COUNT_OF(second_bounds_us), 1000000 },
    [BUCKETS_SIZES] = { size_bounds, COUNT_OF(size_bounds), 1 },
};

const char *const metric_label_names[LABEL_COUNT] = {
    [LABEL_ROUTE] = "route",   [LABEL_STATUS] = "status",   [LABEL_OPERATION] = "operation",
    [LABEL_CODE] = "code",     [LABEL_OUTCOME] = "outcome", [LABEL_REASON] = "reason",
    [LABEL_ERRAND] = "errand",
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_LATE] = "late",
};

static const char *const errand_names[ERRAND_COUNT] = {
    [ERRAND_SMS] = "sms",
    [ERRAND_IDENTITY_CHECK] = "identity_check",
};

size_t
metrics_word_count(const struct metrics *m, enum metric_label label)
{
    return label == LABEL_NONE ? 1 : m->words[label].count;
}

size_t
metric_series_size(enum metric metric)
{
    const struct metric_row *row = &metric_rows[metric];
    if (row->kind != METRIC_HISTOGRAM) return 1;
    must(row->buckets != BUCKETS_NONE);
    return metric_bounds[row->buckets].count + 2;
}

static size_t
metric_cell_count(const struct metrics *m, enum metric metric)
{
    const struct metric_row *row = &metric_rows[metric];
    must(row->kind != METRIC_GAUGE || row->labels[0] == LABEL_NONE);
    must(row->kind != METRIC_HISTOGRAM || row->labels[1] == LABEL_NONE);
    return metrics_word_count(m, row->labels[0]) * metrics_word_count(m, row->labels[1]) *
           metric_series_size(metric);
}

static bool
open_block(struct metric_block *block, const struct metrics *m)
{
    /* Whole cache lines of its own, so that threads do not slow each other. */
    const size_t wanted = m->first[METRIC_COUNT] * sizeof block->cells[0];
    const size_t size = (wanted + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    block->metrics = m;
    block->cells = aligned_alloc(CACHE_LINE, size);
    if (block->cells == NULL) return false;
    for (size_t i = 0; i < m->first[METRIC_COUNT]; i++)
        atomic_init(&block->cells[i], 0);
    return true;
}

enum fault
metrics_open(struct metrics **out, const struct metric_words words[LABEL_COUNT], size_t block_count)
{
    must(block_count > 0);
    *out = NULL;
    struct metrics *m = calloc(1, sizeof *m);
    if (m == NULL) return FAULT_MEMORY;
    memcpy(m->words, words, sizeof m->words);
    m->words[LABEL_OUTCOME] = (struct metric_words){ outcome_names, OUTCOME_COUNT };
    m->words[LABEL_ERRAND] = (struct metric_words){ errand_names, ERRAND_COUNT };
    for (size_t i = 0; i < METRIC_COUNT; i++)
        m->first[i + 1] = m->first[i] + metric_cell_count(m, (enum metric)i);

    m->blocks = calloc(block_count, sizeof m->blocks[0]);
    const size_t wanted = m->blocks != NULL ? block_count : 0;
    while (m->block_count < wanted && open_block(&m->blocks[m->block_count], m))
        m->block_count++;
    if (m->block_count < block_count) {
        metrics_close(m);
        return FAULT_MEMORY;
    }
    *out = m;
    return FAULT_NONE;
}

void
metrics_close(struct metrics *m)
{
    if (m == NULL) return;
    for (size_t i = 0; i < m->block_count; i++)
        free(m->blocks[i].cells);
    free(m->blocks);
    free(m);
}

struct metric_block *
metrics_block(struct metrics *m, size_t i)
{
    must(i < m->block_count);
    return &m->blocks[i];
}

static _Atomic uint64_t *
series_of(struct metric_block *block, enum metric metric, size_t a, size_t b)
{
    must(metric < METRIC_COUNT);
    const struct metrics *m = block->metrics;
    const struct metric_row *row = &metric_rows[metric];
    const size_t b_count = metrics_word_count(m, row->labels[1]);
    must(a < metrics_word_count(m, row->labels[0]) && b < b_count);
    return &block->cells[m->first[metric] + (a * b_count + b) * metric_series_size(metric)];
}

/* The owner is the only writer, so nothing is lost between the load and the store. */
static void
raise(_Atomic uint64_t *cell, uint64_t more)
{
    const uint64_t before = atomic_load_explicit(cell, memory_order_relaxed);
    atomic_store_explicit(cell, before + more, memory_order_relaxed);
}

void
metric_add(struct metric_block *block, enum metric metric, size_t a, size_t b, uint64_t more)
{
    must(metric_rows[metric].kind == METRIC_COUNTER);
    raise(series_of(block, metric, a, b), more);
}

uint64_t
metrics_sum(const struct metrics *m, enum metric metric, size_t a, size_t b)
{
    uint64_t sum = 0;
    must(metric_rows[metric].kind != METRIC_HISTOGRAM);
    for (size_t i = 0; i < m->block_count; i++) {
        sum += atomic_load_explicit(series_of(&m->blocks[i], metric, a, b), memory_order_relaxed);
    }
    return sum;
}

void
metric_set(struct metric_block *block, enum metric metric, int64_t value)
{
    must(metric_rows[metric].kind == METRIC_GAUGE);
    atomic_store_explicit(series_of(block, metric, 0, 0), (uint64_t)value, memory_order_relaxed);
}

void
metric_observe(struct metric_block *block, enum metric metric, size_t a, int64_t value)
{
    must(metric_rows[metric].kind == METRIC_HISTOGRAM);
    const struct metric_bounds *bounds = &metric_bounds[metric_rows[metric].buckets];
    _Atomic uint64_t *series = series_of(block, metric, a, 0);
    const int64_t seen = value < 0 ? 0 : value;
    size_t bucket = 0;
    while (bucket < bounds->count && seen > bounds->at[bucket])
        bucket++;
    raise(&series[bucket], 1);
    raise(&series[bounds->count + 1], (uint64_t)seen);
}
