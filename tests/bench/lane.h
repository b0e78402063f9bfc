/* tests/bench/lane.h: one thread of the load generator, with connections of its own.
 *
 * Closed loop: each connection asks, waits for the answer and asks again. Open loop: arrivals come
 * at a fixed mean rate (exponential gaps) whatever the answers do; each takes a free connection or
 * waits for one, and its latency counts from when it was due, so nothing is omitted.
 *
 * Lane k of n sends the requests k, k + n, k + 2n, … */
#ifndef HUIQUAN_BENCH_LANE_H
#define HUIQUAN_BENCH_LANE_H

#include "tests/bench/answer.h"
#include "tests/bench/hist.h"
#include "tests/bench/options.h"
#include "tests/bench/requests.h"

struct connection;

struct lane {
    const struct load_options *options;
    const struct requests *requests;
    size_t place, step; /* of this lane among the lanes */
    size_t connection_count;
    struct connection *connections;
    struct connection **idle;
    size_t idle_count;
    int poll_fd;
    FILE *keep; /* NULL: nothing is kept */
    int64_t begin_ns, end_ns, last_ns; /* last: of the last answer */
    size_t next; /* request */
    size_t busy_count;

    /* open loop */
    int64_t gap_ns, due_ns;
    uint64_t chance;
    int64_t *waiting_ns; /* ring of instants at which arrivals were due */
    size_t waiting_at, waiting_count;

    uint64_t sent, lost, left; /* lost: sent, no answer; left: out of patience, never sent */
    struct tally tally;
    struct hist granted, granted_sent; /* expected answers: from due, from sent */
    struct hist refused, refused_sent; /* all others */
};

/* Connects, and asks each connection once for /healthz, so that the daemon has accepted all. */
void lane_open(struct lane *lane);
/* Runs until the time is over or the requests are, and every answer has come. */
void lane_run(struct lane *lane);
void lane_close(struct lane *lane);

#endif
