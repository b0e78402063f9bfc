/* tests/bench/requests.h: whole requests, written and signed before the run, so that sending one
 * costs the generator a send() and nothing else. */
#ifndef HUIQUAN_BENCH_REQUESTS_H
#define HUIQUAN_BENCH_REQUESTS_H

#include "voucher/base.h"

#define REQUEST_SIZE_MAX 4096

struct requests {
    char *bytes;
    size_t size, room;
    size_t *ends; /* of request i; it begins where i - 1 ends */
    size_t count, count_max;
    bool wraps; /* sent again from the start when they run out */
};

void requests_open(struct requests *r, size_t count_max);
void requests_close(struct requests *r);
/* Copies one request. */
void requests_add(struct requests *r, struct text request);
struct text requests_at(const struct requests *r, size_t i);

#endif
