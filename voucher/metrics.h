/* voucher/metrics.h: what is counted, as one table, and its text for Prometheus.
 *
 * Each thread that counts owns one block and alone writes to it; a block's counters are plain adds
 * (relaxed loads and stores, no locked instruction). metrics_print() may run in any thread at any
 * time: it adds up the blocks, and each number is one that was true a moment ago.
 *
 * Sources: Prometheus text exposition 0.0.4, OpenMetrics 1.0.0, and Prometheus' rules for names
 * (base units: seconds, bytes; the unit stands at the end, `_total` behind it). */
#ifndef HUIQUAN_METRICS_H
#define HUIQUAN_METRICS_H

#include "voucher/base.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* What a label may say. Values come from the table of whoever owns them, handed down at start. */
enum metric_label {
    LABEL_NONE,
    LABEL_ROUTE, /* template of a route */
    LABEL_STATUS, /* HTTP status */
    LABEL_OPERATION, /* of the clerk */
    LABEL_CODE, /* of a verdict */
    LABEL_OUTCOME, /* enum metric_outcome */
    LABEL_REASON, /* why a signature holds or not */
    LABEL_ERRAND, /* enum metric_errand */
    LABEL_COUNT
};

enum metric_outcome { OUTCOME_OK, OUTCOME_REFUSED, OUTCOME_FAILED, OUTCOME_LATE, OUTCOME_COUNT };
/* What another service was asked for. */
enum metric_errand { ERRAND_SMS, ERRAND_IDENTITY_CHECK, ERRAND_COUNT };

/* Which table of buckets a histogram has; its values are microseconds or plain counts. */
enum metric_buckets { BUCKETS_NONE, BUCKETS_SECONDS, BUCKETS_SIZES, BUCKETS_COUNT };

/* X(NAME, kind, name without huiquan_ and _total, unit or "", label, label, buckets, help) */
#define METRICS(X)                                                                                \
    X(HTTP_REQUESTS, COUNTER, "http_requests", "", ROUTE, STATUS, NONE, "Requests answered")      \
    X(HTTP_DURATION, HISTOGRAM, "http_request_duration_seconds", "seconds", ROUTE, NONE, SECONDS, \
      "From a whole request to its answer")                                                       \
    X(HTTP_REFUSALS, COUNTER, "http_refusals", "", CODE, NONE, NONE,                              \
      "Requests that met no endpoint: refused by the codec, no such path")                        \
    X(HTTP_CONNECTIONS, GAUGE, "http_connections", "", NONE, NONE, NONE, "Open connections")      \
    X(HTTP_RECEIVED, COUNTER, "http_received_bytes", "bytes", NONE, NONE, NONE,                   \
      "Bytes of requests")                                                                        \
    X(CALLS_ACTIVE, GAUGE, "calls_active", "", NONE, NONE, NONE, "Requests being worked on")      \
    X(VERDICTS, COUNTER, "verdicts", "", OPERATION, CODE, NONE, "Answers of the ledger")          \
    X(CLAIMS, COUNTER, "claims", "", CODE, NONE, NONE,                                            \
      "Answers to claims, those given at the door included")                                      \
    X(REPLAYS, COUNTER, "replays", "", OPERATION, NONE, NONE, "Answers repeated by key")          \
    X(CLERK_WAITING, GAUGE, "clerk_waiting", "", NONE, NONE, NONE,                                \
      "Operations that wait for the ledger")                                                      \
    X(CLERK_BATCH, HISTOGRAM, "clerk_batch_operations", "", NONE, NONE, SIZES,                    \
      "Operations that shared one fsync")                                                         \
    X(CLERK_SEAL, HISTOGRAM, "clerk_seal_duration_seconds", "seconds", NONE, NONE, SECONDS,       \
      "Deciding and sealing a batch, fsync included")                                             \
    X(CLERK_FAULTS, COUNTER, "clerk_faults", "", NONE, NONE, NONE, "Batches lost to a fault")     \
    X(LIMITS, COUNTER, "limit_asks", "", OUTCOME, NONE, NONE,                                     \
      "Asks at the door: ok and refused as Redis said, failed and late where it gave no answer")  \
    X(LIMITS_LOCAL, COUNTER, "limit_local_asks", "", OUTCOME, NONE, NONE,                         \
      "Asks at the door that a worker's own table decided")                                       \
    X(REDIS_DURATION, HISTOGRAM, "redis_ask_duration_seconds", "seconds", NONE, NONE, SECONDS,    \
      "From asking Redis to its answer, or to giving it up")                                      \
    X(REDIS_OPENS, COUNTER, "redis_breaker_opens", "", NONE, NONE, NONE,                          \
      "Times that a worker gave its connection to Redis up")                                      \
    X(SIGNATURES, COUNTER, "signatures", "", REASON, NONE, NONE, "Signatures of terminals")       \
    X(OUTCALLS, COUNTER, "outcalls", "", ERRAND, OUTCOME, NONE,                                   \
      "Calls to other services: refused is an answer other than 2xx, failed none, late no room")  \
    X(OUTCALL_DURATION, HISTOGRAM, "outcall_duration_seconds", "seconds", ERRAND, NONE, SECONDS,  \
      "From a call to another service to its answer, waiting for a thread included")              \
    X(REDIS_UP, GAUGE, "redis_up", "", NONE, NONE, NONE, "Workers whose Redis answers")           \
    X(START_TIME, GAUGE, "start_time_seconds", "seconds", NONE, NONE, NONE,                       \
      "Unix time at which the ledger was open")

enum metric {
#define X(name, kind, text, unit, label_a, label_b, buckets, help) METRIC_##name,
    METRICS(X)
#undef X
        METRIC_COUNT
};

/* Borrowed for as long as the metrics live. */
struct metric_words {
    const char *const *at;
    size_t count;
};

struct metrics; /* all blocks and their layout */
struct metric_block;

/* words[LABEL_ROUTE], _STATUS, _OPERATION, _CODE and _REASON are the caller's; LABEL_OUTCOME and
 * LABEL_ERRAND are filled in here. On FAULT_MEMORY *out is NULL. */
MUST_USE enum fault metrics_open(struct metrics **out, const struct metric_words words[LABEL_COUNT],
                                 size_t block_count);
void metrics_close(struct metrics *m); /* NULL is fine */

/* Block i belongs to the thread that asked for it. */
struct metric_block *metrics_block(struct metrics *m, size_t i);

/* a and b are places in the words of the metric's labels; 0 where it has none. must(): in range. */
void metric_add(struct metric_block *block, enum metric metric, size_t a, size_t b, uint64_t more);
/* A gauge has no labels; what is printed is the sum over the blocks. */
void metric_set(struct metric_block *block, enum metric metric, int64_t value);
/* Microseconds for BUCKETS_SECONDS, a count for BUCKETS_SIZES; less than 0 counts as 0. */
void metric_observe(struct metric_block *block, enum metric metric, size_t a, int64_t value);

/* A counter or gauge without buckets, added up over the blocks; any thread. */
uint64_t metrics_sum(const struct metrics *m, enum metric metric, size_t a, size_t b);

enum metrics_format { METRICS_PROMETHEUS, METRICS_OPENMETRICS };

/* The Content-Type of a format, and the format that an Accept field asks for. */
const char *metrics_content_type(enum metrics_format format);
enum metrics_format metrics_format_for(struct text accept);

/* On success *out is the caller's to free(). Of a metric with two labels only what has happened is
 * printed, of any other every value. FAULT_MEMORY: *out is NULL. */
MUST_USE enum fault metrics_print(const struct metrics *m, enum metrics_format format, char **out,
                                  size_t *out_size);

#endif
