/* voucher/metrics_print.c: the blocks added up and written as text. */
#include <inttypes.h>

#include "voucher/metrics_layout.h"

struct page {
    const struct metrics *m;
    enum metrics_format format;
    FILE *out;
};

static uint64_t
sum_of_cell(const struct metrics *m, size_t cell)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < m->block_count; i++)
        sum += atomic_load_explicit(&m->blocks[i].cells[cell], memory_order_relaxed);
    return sum;
}

/* Backslash, quote and newline are escaped within a label's value; a help text has none of them. */
static void
print_value(FILE *out, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            fputs("\\n", out);
            continue;
        }
        if (*value == '\\' || *value == '"') fputc('\\', out);
        fputc(*value, out);
    }
}

#define NUMBER_SIZE 32

/* The exact decimal of value / scale, without zeros at its end; a bound needs a point ("1.0"). */
static void
format_scaled(char out[NUMBER_SIZE], uint64_t value, int64_t scale, bool with_point)
{
    const uint64_t divisor = (uint64_t)scale;
    must(scale == 1 || scale == 1000000);
    if (scale == 1) {
        snprintf(out, NUMBER_SIZE, "%" PRIu64 "%s", value, with_point ? ".0" : "");
        return;
    }
    int size =
        snprintf(out, NUMBER_SIZE, "%" PRIu64 ".%06" PRIu64, value / divisor, value % divisor);
    must(size > 7 && size < NUMBER_SIZE);
    while (out[size - 1] == '0' && (!with_point || out[size - 2] != '.'))
        size--;
    if (out[size - 1] == '.') size--;
    out[size] = '\0';
}

/* One series: a metric, and the places of its labels' values. */
struct series {
    enum metric metric;
    size_t places[2];
    size_t cell;
};

static void
print_label(FILE *out, bool *first, const char *name, const char *value)
{
    fprintf(out, "%c%s=\"", *first ? '{' : ',', name);
    print_value(out, value);
    fputc('"', out);
    *first = false;
}

/* name{label="value",...} and a blank; le is the bucket's bound in its unit, NULL for none. */
static void
print_name(const struct page *p, const struct series *s, const char *suffix, const char *le)
{
    const struct metric_row *row = &metric_rows[s->metric];
    bool first = true;
    fprintf(p->out, "%s%s", row->name, suffix);
    for (size_t i = 0; i < COUNT_OF(row->labels); i++) {
        const enum metric_label label = row->labels[i];
        if (label == LABEL_NONE) continue;
        print_label(p->out, &first, metric_label_names[label], p->m->words[label].at[s->places[i]]);
    }
    if (le != NULL) print_label(p->out, &first, "le", le);
    fputs(first ? " " : "} ", p->out);
}

static void
print_histogram(const struct page *p, const struct series *s)
{
    const struct metric_bounds *bounds = &metric_bounds[metric_rows[s->metric].buckets];
    uint64_t below = 0;
    char number[NUMBER_SIZE];
    for (size_t i = 0; i <= bounds->count; i++) {
        below += sum_of_cell(p->m, s->cell + i);
        const bool is_last = i == bounds->count;
        if (!is_last) format_scaled(number, (uint64_t)bounds->at[i], bounds->scale, true);
        print_name(p, s, "_bucket", is_last ? "+Inf" : number);
        fprintf(p->out, "%" PRIu64 "\n", below);
    }
    const uint64_t sum = sum_of_cell(p->m, s->cell + bounds->count + 1);
    format_scaled(number, sum, bounds->scale, false);
    print_name(p, s, "_sum", NULL);
    fprintf(p->out, "%s\n", number);
    /* The count is what the last bucket said: a thread may have counted on since. */
    print_name(p, s, "_count", NULL);
    fprintf(p->out, "%" PRIu64 "\n", below);
}

static void
print_series(const struct page *p, const struct series *s)
{
    const struct metric_row *row = &metric_rows[s->metric];
    if (row->kind == METRIC_HISTOGRAM) {
        print_histogram(p, s);
        return;
    }
    const uint64_t value = sum_of_cell(p->m, s->cell);
    if (value == 0 && row->labels[1] != LABEL_NONE) return;
    print_name(p, s, row->kind == METRIC_COUNTER ? "_total" : "", NULL);
    if (row->kind == METRIC_GAUGE) {
        fprintf(p->out, "%" PRId64 "\n", (int64_t)value);
    } else {
        fprintf(p->out, "%" PRIu64 "\n", value);
    }
}

/* OpenMetrics names the family without _total and knows units; Prometheus 0.0.4 does neither. */
static void
print_heading(const struct page *p, enum metric metric)
{
    static const char *const kinds[] = { "counter", "gauge", "histogram" };
    const struct metric_row *row = &metric_rows[metric];
    const bool is_open = p->format == METRICS_OPENMETRICS;
    const char *suffix = row->kind == METRIC_COUNTER && !is_open ? "_total" : "";
    fprintf(p->out, "# HELP %s%s %s.\n", row->name, suffix, row->help);
    fprintf(p->out, "# TYPE %s%s %s\n", row->name, suffix, kinds[row->kind]);
    if (is_open && row->unit[0] != '\0') fprintf(p->out, "# UNIT %s %s\n", row->name, row->unit);
}

static void
print_metric(const struct page *p, enum metric metric)
{
    const struct metric_row *row = &metric_rows[metric];
    const size_t a_count = metrics_word_count(p->m, row->labels[0]);
    const size_t b_count = metrics_word_count(p->m, row->labels[1]);
    struct series s = { .metric = metric, .cell = p->m->first[metric] };
    print_heading(p, metric);
    for (s.places[0] = 0; s.places[0] < a_count; s.places[0]++) {
        for (s.places[1] = 0; s.places[1] < b_count; s.places[1]++) {
            print_series(p, &s);
            s.cell += metric_series_size(metric);
        }
    }
    must(s.cell == p->m->first[metric + 1]);
}

const char *
metrics_content_type(enum metrics_format format)
{
    if (format == METRICS_OPENMETRICS) {
        return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    }
    return "text/plain; version=0.0.4; charset=utf-8";
}

enum metrics_format
metrics_format_for(struct text accept)
{
    static const struct text name = { "application/openmetrics-text", 28 };
    const bool asked = accept.size > 0 && memmem(accept.at, accept.size, name.at, name.size);
    return asked ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

enum fault
metrics_print(const struct metrics *m, enum metrics_format format, char **out, size_t *out_size)
{
    *out = NULL;
    *out_size = 0;
    struct page p = { .m = m, .format = format, .out = open_memstream(out, out_size) };
    if (p.out == NULL) return FAULT_MEMORY;
    for (size_t i = 0; i < METRIC_COUNT; i++)
        print_metric(&p, (enum metric)i);
    if (format == METRICS_OPENMETRICS) fputs("# EOF\n", p.out);
    const bool failed = ferror(p.out) != 0;
    if (fclose(p.out) == 0 && !failed) return FAULT_NONE;
    free(*out);
    *out = NULL;
    return FAULT_MEMORY;
}
