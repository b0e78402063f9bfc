#include "tests/rows.h"

#include "voucher/metrics.h"

static const char *const routes[] = { "/healthz", "/v1/campaigns/{id}", "a\"b\\c\nd" };
static const char *const statuses[] = { "200", "404" };
static const char *const operations[] = { "claim", "redeem" };
static const char *const codes[] = { "ok", "sold_out" };

static const struct metric_words words[LABEL_COUNT] = {
    [LABEL_ROUTE] = { routes, COUNT_OF(routes) },
    [LABEL_STATUS] = { statuses, COUNT_OF(statuses) },
    [LABEL_OPERATION] = { operations, COUNT_OF(operations) },
    [LABEL_CODE] = { codes, COUNT_OF(codes) },
    [LABEL_REASON] = { codes, COUNT_OF(codes) },
};

/* Two blocks that have counted something of every kind. */
static struct metrics *
counted(void)
{
    struct metrics *m;
    assert_int_equal(metrics_open(&m, words, 2), FAULT_NONE);
    struct metric_block *first = metrics_block(m, 0), *second = metrics_block(m, 1);
    metric_add(first, METRIC_HTTP_REQUESTS, 0, 0, 1);
    metric_add(first, METRIC_HTTP_REQUESTS, 0, 0, 2);
    metric_add(second, METRIC_HTTP_REQUESTS, 0, 0, 4);
    metric_add(second, METRIC_HTTP_REQUESTS, 1, 1, 8);
    metric_add(first, METRIC_HTTP_REQUESTS, 2, 0, 1);
    metric_add(first, METRIC_VERDICTS, 1, 1, 16);
    metric_add(first, METRIC_LIMITS, OUTCOME_LATE, 0, 5);
    metric_add(first, METRIC_HTTP_RECEIVED, 0, 0, UINT64_C(1) << 53 | 1);
    metric_set(first, METRIC_HTTP_CONNECTIONS, 7);
    metric_set(first, METRIC_HTTP_CONNECTIONS, 3);
    metric_set(second, METRIC_HTTP_CONNECTIONS, 2);
    metric_set(second, METRIC_CLERK_WAITING, -1);
    metric_observe(first, METRIC_HTTP_DURATION, 0, 100);
    metric_observe(second, METRIC_HTTP_DURATION, 0, 101);
    metric_observe(second, METRIC_HTTP_DURATION, 0, 2500000);
    metric_observe(first, METRIC_HTTP_DURATION, 1, INT64_C(10000001));
    metric_observe(first, METRIC_CLERK_BATCH, 0, 0);
    metric_observe(first, METRIC_CLERK_BATCH, 0, -5);
    metric_observe(first, METRIC_CLERK_BATCH, 0, 4096);
    metric_observe(first, METRIC_CLERK_BATCH, 0, 4097);
    return m;
}

static const struct {
    const char *name, *line;
    bool prometheus, openmetrics;
} lines[] = {
    { "sum over blocks", "huiquan_http_requests_total{route=\"/healthz\",status=\"200\"} 7", true,
      true },
    { "second labels", "huiquan_http_requests_total{route=\"/v1/campaigns/{id}\",status=\"404\"} 8",
      true, true },
    { "a value is escaped",
      "huiquan_http_requests_total{route=\"a\\\"b\\\\c\\nd\",status=\"200\"} 1", true, true },
    { "two labels and nothing", "huiquan_http_requests_total{route=\"/healthz\",status=\"404\"} 0",
      false, false },
    { "other pair of labels", "huiquan_verdicts_total{operation=\"redeem\",code=\"sold_out\"} 16",
      true, true },
    { "own label", "huiquan_limit_asks_total{outcome=\"late\"} 5", true, true },
    { "one label and nothing", "huiquan_limit_asks_total{outcome=\"ok\"} 0", true, true },
    { "beyond what a double holds", "huiquan_http_received_bytes_total 9007199254740993", true,
      true },
    { "gauge", "huiquan_http_connections 5", true, true },
    { "gauge below zero", "huiquan_clerk_waiting -1", true, true },
    { "gauge without total", "huiquan_http_connections_total 5", false, false },
    { "on a bound",
      "huiquan_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"0.0001\"} 1", true,
      true },
    { "behind a bound",
      "huiquan_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"0.00025\"} 2", true,
      true },
    { "buckets add up",
      "huiquan_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"1.0\"} 2", true, true },
    { "a bound with a fraction",
      "huiquan_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"2.5\"} 3", true, true },
    { "a round bound",
      "huiquan_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"10.0\"} 3", true,
      true },
    { "all", "huiquan_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"+Inf\"} 3", true,
      true },
    { "sum in seconds", "huiquan_http_request_duration_seconds_sum{route=\"/healthz\"} 2.500201",
      true, true },
    { "count", "huiquan_http_request_duration_seconds_count{route=\"/healthz\"} 3", true, true },
    { "above all bounds",
      "huiquan_http_request_duration_seconds_bucket{route=\"/v1/campaigns/{id}\",le=\"10.0\"} 0",
      true, true },
    { "above all bounds, counted",
      "huiquan_http_request_duration_seconds_bucket{route=\"/v1/campaigns/{id}\",le=\"+Inf\"} 1",
      true, true },
    { "an empty sum", "huiquan_http_request_duration_seconds_sum{route=\"a\\\"b\\\\c\\nd\"} 0",
      true, true },
    { "sizes, below nothing", "huiquan_clerk_batch_operations_bucket{le=\"1.0\"} 2", true, true },
    { "sizes, last bound", "huiquan_clerk_batch_operations_bucket{le=\"4096.0\"} 3", true, true },
    { "sizes, sum", "huiquan_clerk_batch_operations_sum 8193", true, true },
    { "type of a counter", "# TYPE huiquan_http_requests_total counter", true, false },
    { "type of its family", "# TYPE huiquan_http_requests counter", false, true },
    { "type of a gauge", "# TYPE huiquan_http_connections gauge", true, true },
    { "type of a histogram", "# TYPE huiquan_clerk_seal_duration_seconds histogram", true, true },
    { "unit", "# UNIT huiquan_clerk_seal_duration_seconds seconds", false, true },
    { "help", "# HELP huiquan_http_connections Open connections.", true, true },
    { "end", "# EOF", false, true },
};

static char *
page_of(const struct metrics *m, enum metrics_format format)
{
    char *page;
    size_t size;
    assert_int_equal(metrics_print(m, format, &page, &size), FAULT_NONE);
    assert_int_equal(strlen(page), size);
    return page;
}

static bool
has_line(const char *page, const char *line)
{
    const size_t size = strlen(line);
    for (const char *at = page; (at = strstr(at, line)) != NULL; at++) {
        if ((at == page || at[-1] == '\n') && at[size] == '\n') return true;
    }
    return false;
}

static void
pages_say(void **state)
{
    (void)state;
    struct metrics *m = counted();
    char *prometheus = page_of(m, METRICS_PROMETHEUS);
    char *openmetrics = page_of(m, METRICS_OPENMETRICS);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        ROW_CHECK(lines[i].name, has_line(prometheus, lines[i].line) == lines[i].prometheus);
        ROW_CHECK(lines[i].name, has_line(openmetrics, lines[i].line) == lines[i].openmetrics);
        row_passed();
    }
    free(prometheus);
    free(openmetrics);
    metrics_close(m);
}

/* Every family has its help, its type and, where it has a unit, that unit at the end of its name.
 */
static const struct {
    const char *name, *unit;
} families[] = {
#define X(id, kind, text, unit, label_a, label_b, buckets, help) { "huiquan_" text, unit },
    METRICS(X)
#undef X
};

static void
names_follow_the_rules(void **state)
{
    (void)state;
    struct metrics *m = counted();
    char *page = page_of(m, METRICS_OPENMETRICS);
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        const char *name = families[i].name;
        const size_t size = strlen(name), unit_size = strlen(families[i].unit);
        char heading[128];
        snprintf(heading, sizeof heading, "# TYPE %s ", name);
        ROW_CHECK(name, strspn(name, "abcdefghijklmnopqrstuvwxyz_") == size);
        ROW_CHECK(name, strstr(page, heading) != NULL);
        ROW_CHECK(name, strstr(name, "_total") == NULL);
        ROW_CHECK(name, strcmp(name + size - unit_size, families[i].unit) == 0);
        for (size_t k = 0; k < i; k++)
            ROW_CHECK(name, strcmp(name, families[k].name) != 0);
        row_passed();
    }
    free(page);
    metrics_close(m);
}

static const struct {
    const char *name, *accept;
    enum metrics_format want;
} accepts[] = {
    { "nothing", "", METRICS_PROMETHEUS },
    { "anything", "*/*", METRICS_PROMETHEUS },
    { "text", "text/plain;version=0.0.4;q=0.5", METRICS_PROMETHEUS },
    { "half the name", "application/openmetrics", METRICS_PROMETHEUS },
    { "OpenMetrics", "application/openmetrics-text;version=1.0.0", METRICS_OPENMETRICS },
    { "as Prometheus asks",
      "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      METRICS_OPENMETRICS },
};

static void
accepts_choose(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(accepts); i++) {
        ROW_CHECK(accepts[i].name,
                  metrics_format_for(text_of(accepts[i].accept)) == accepts[i].want);
        row_passed();
    }
    assert_string_not_equal(metrics_content_type(METRICS_PROMETHEUS),
                            metrics_content_type(METRICS_OPENMETRICS));
}

static void
closing_nothing_is_fine(void **state)
{
    (void)state;
    metrics_close(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_say),
        cmocka_unit_test(names_follow_the_rules),
        cmocka_unit_test(accepts_choose),
        cmocka_unit_test(closing_nothing_is_fine),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
