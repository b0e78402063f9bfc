/* tests/bench/hist.c: see hist.h. */
#include "tests/bench/hist.h"

#define SUB_COUNT (1u << HIST_SUB_BITS)
#define VALUE_MAX ((UINT64_C(1) << HIST_VALUE_BITS) - 1)

/* Values below 128 have a bucket each; above, the top seven bits choose. */
static size_t
bucket_of(uint64_t value_ns)
{
    if (value_ns < 2 * SUB_COUNT) return (size_t)value_ns;
    const unsigned shift = 63 - (unsigned)__builtin_clzll(value_ns) - HIST_SUB_BITS;
    return ((size_t)shift << HIST_SUB_BITS) + (size_t)(value_ns >> shift);
}

static int64_t
bucket_end_ns(size_t bucket)
{
    if (bucket < 2 * SUB_COUNT) return (int64_t)bucket;
    const unsigned shift = (unsigned)(bucket >> HIST_SUB_BITS) - 1;
    const uint64_t top = (bucket & (SUB_COUNT - 1)) + SUB_COUNT;
    return (int64_t)(((top + 1) << shift) - 1);
}

void
hist_add(struct hist *h, int64_t value_ns)
{
    uint64_t value = value_ns < 0 ? 0 : (uint64_t)value_ns;
    if (value > VALUE_MAX) value = VALUE_MAX;
    h->count++;
    h->sum_ns += value;
    if (value > h->max_ns) h->max_ns = value;
    h->buckets[bucket_of(value)]++;
}

void
hist_merge(struct hist *into, const struct hist *from)
{
    into->count += from->count;
    into->sum_ns += from->sum_ns;
    if (from->max_ns > into->max_ns) into->max_ns = from->max_ns;
    for (size_t i = 0; i < HIST_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

int64_t
hist_quantile_ns(const struct hist *h, int64_t per_myriad)
{
    const uint64_t wanted = (h->count * (uint64_t)per_myriad + 9999) / 10000;
    uint64_t seen = 0;
    for (size_t i = 0; i < HIST_BUCKETS && h->count > 0; i++) {
        seen += h->buckets[i];
        if (seen < wanted) continue;
        const int64_t end_ns = bucket_end_ns(i);
        return end_ns < (int64_t)h->max_ns ? end_ns : (int64_t)h->max_ns;
    }
    return 0;
}

void
print_us(FILE *out, int64_t value_ns)
{
    fprintf(out, "%lld.%03lld", (long long)(value_ns / 1000), (long long)(value_ns % 1000));
}

void
hist_print(const struct hist *h, FILE *out)
{
    static const struct {
        const char *name;
        int64_t per_myriad;
    } rows[] = { { "p50_us", 5000 }, { "p90_us", 9000 }, { "p99_us", 9900 }, { "p999_us", 9990 } };
    fprintf(out, "{\"count\":%llu,\"mean_us\":", (unsigned long long)h->count);
    print_us(out, h->count == 0 ? 0 : (int64_t)(h->sum_ns / h->count));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fprintf(out, ",\"%s\":", rows[i].name);
        print_us(out, hist_quantile_ns(h, rows[i].per_myriad));
    }
    fputs(",\"max_us\":", out);
    print_us(out, (int64_t)h->max_ns);
    fputc('}', out);
}
