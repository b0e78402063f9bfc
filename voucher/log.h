/* voucher/log.h: what happened, as one JSON object a line. Any thread; a line belongs to one.
 *
 * Invariants
 *  1 A line can say only what LOG_KEYS lists. No key takes a body, a header, a name, a number or a
 *    token; persons appear as keyed references or masked (voucher/mask.h). Add keys with care.
 *  2 Whole lines leave in one write(2) of at most LOG_BUFFER_SIZE bytes, so lines of threads never
 *    mix (POSIX: a write to a pipe of up to PIPE_BUF bytes is atomic). A thread that says much
 *    collects lines in a buffer of its own and flushes it often.
 *  3 A reader that has stalled stops no request: when the descriptor takes nothing now, the line is
 *    dropped and counted, and the next line that gets through says `"lost": n`. Two threads that
 *    race for a pipe's last page may wait for the reader; a file or terminal may wait for its disk.
 *  4 Values that are too long are cut; a member without room is left out, and the line says
 *    `"cut": true`. Every line is valid JSON and ends with a newline. */
#ifndef HUIQUAN_LOG_H
#define HUIQUAN_LOG_H

#include <stdatomic.h>

#include "voucher/base.h"
#include "voucher/json_writer.h"

#define LOG_LINE_SIZE_MAX 2048
#define LOG_BUFFER_SIZE 4096 /* PIPE_BUF of Linux */
#define LOG_VALUE_SIZE_MAX 256

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* X(NAME, key, type): the name's unit stands at its end. */
#define LOG_KEYS(X)                                                                     \
    X(REQUEST_ID, "request_id", TEXT)                                                   \
    X(METHOD, "method", TEXT)                                                           \
    X(ROUTE, "route", TEXT) /* the template, never the target with its ids and query */ \
    X(ROLE, "role", TEXT)                                                               \
    X(CALLER, "caller", TEXT) /* id of a resident, terminal or administrator */         \
    X(PEER, "peer", TEXT) /* address of the client */                                   \
    X(STATUS, "status", INTEGER)                                                        \
    X(CODE, "code", TEXT) /* of a verdict */                                            \
    X(OPERATION, "operation", TEXT)                                                     \
    X(REPLAYED, "replayed", BOOLEAN)                                                    \
    X(DURATION_US, "duration_us", INTEGER)                                              \
    X(REQUEST_BYTES, "request_bytes", INTEGER)                                          \
    X(RESPONSE_BYTES, "response_bytes", INTEGER)                                        \
    X(CAMPAIGN, "campaign_id", TEXT)                                                    \
    X(MERCHANT, "merchant_id", TEXT)                                                    \
    X(TERMINAL, "terminal_id", TEXT)                                                    \
    X(JOB, "job_id", TEXT)                                                              \
    X(WORKER, "worker", INTEGER)                                                        \
    X(COUNT, "count", INTEGER)                                                          \
    X(PROCESS, "process", INTEGER)                                                      \
    X(SIGNAL, "signal", TEXT)                                                           \
    X(FAULT, "fault", TEXT) /* of base.h, by name */                                    \
    X(ERROR, "error", TEXT) /* of the system or a library, by its own words */          \
    X(DEPENDENCY, "dependency", TEXT)                                                   \
    X(STATE, "state", TEXT)                                                             \
    X(SETTING, "setting", TEXT)                                                         \
    X(PATH, "path", TEXT) /* of the operator's files */                                 \
    X(ADDRESS, "address", TEXT) /* of the operator's sockets */                         \
    X(SANDBOX, "sandbox", TEXT) /* on or off */                                         \
    X(KEY_ID, "kid", TEXT)                                                              \
    X(VERSION, "version", TEXT)                                                         \
    X(SCHEMA, "schema", INTEGER)                                                        \
    X(SEQUENCE, "sequence", INTEGER)                                                    \
    X(BYTES, "bytes", INTEGER)                                                          \
    X(WAIT_MS, "wait_ms", INTEGER)

enum log_key {
#define X(name, key, type) LOG_##name,
    LOG_KEYS(X)
#undef X
        LOG_KEY_COUNT
};

/* One per process; the descriptor stays the caller's. */
struct log {
    int fd;
    enum log_level least;
    const struct seams *seams; /* for the time */
    _Atomic uint64_t lost; /* lines dropped and not yet told */
    _Atomic uint64_t lost_sum; /* the same since the start, for metrics */
};

struct log_line {
    struct log *log; /* NULL: below the least level, all calls do nothing */
    struct json_writer writer;
    uint64_t lost;
    bool cut;
    char bytes[LOG_LINE_SIZE_MAX];
};

void log_open(struct log *log, int fd, enum log_level least, const struct seams *seams);

/* event: a fixed word of the program, such as "request" or "redis_lost". */
void log_begin(struct log_line *line, struct log *log, enum log_level level, const char *event);
/* An empty text is left out. must(): the key has this type. A key is said once a line. */
void log_text(struct log_line *line, enum log_key key, struct text value);
void log_string(struct log_line *line, enum log_key key, const char *value); /* NULL: left out */
void log_integer(struct log_line *line, enum log_key key, int64_t value);
void log_boolean(struct log_line *line, enum log_key key, bool value);
void log_end(struct log_line *line);

/* One thread's lines that have not left yet. All zero: empty. */
struct log_buffer {
    size_t size;
    uint64_t line_count;
    uint64_t told; /* losses that these lines tell of, to be told again if they are lost too */
    char bytes[LOG_BUFFER_SIZE];
};

/* Instead of log_end(): what stands in the buffer leaves first where the line has no room. */
void log_end_later(struct log_line *line, struct log_buffer *buffer);
void log_flush(struct log *log, struct log_buffer *buffer);

#endif
