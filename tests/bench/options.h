/* tests/bench/options.h: what one run of bench_load is told; see load.c for the words. */
#ifndef HUIQUAN_BENCH_OPTIONS_H
#define HUIQUAN_BENCH_OPTIONS_H

#include "voucher/base.h"

#define OPTION_LIST_MAX 64

struct option_list {
    size_t count;
    const char *at[OPTION_LIST_MAX];
};

struct load_options {
    const char *scenario;
    int64_t port, connections, threads;
    int64_t millis; /* how long to go on asking */
    int64_t rate; /* arrivals a second; 0: closed loop */
    int64_t
        patience_ms; /* open loop: an arrival that finds no free connection for so long leaves */
    int64_t ops; /* requests to prepare, at most */
    int64_t first; /* the first resident, or the first line of the file of vouchers */
    int64_t wraps; /* 1: begin again with the first request when they run out */
    int64_t seed;
    const char *path, *keys, *campaign, *pool;
    const char *vouchers; /* file: RESIDENT VOUCHER_ID TOKEN on each line */
    const char *keep; /* where to write such a file from the answers */
    struct option_list tills; /* TERMINAL:ed25519:SEED or TERMINAL:hmac:SECRET, in hex */
    struct option_list expect; /* STATUS or STATUS/CODE: everything else is unexpected */
    struct option_list watch; /* NAME:PID, whose processor time is told */
};

/* Ends the process with a sentence when the words make no sense. Borrows argv. */
void options_read(struct load_options *out, int argc, char **argv);

#endif
