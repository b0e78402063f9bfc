/* tests/bench/answer.h: reads answers of HTTP/1.1 with Content-Length, and counts them by kind:
 * "201", "409/sold_out". */
#ifndef HUIQUAN_BENCH_ANSWER_H
#define HUIQUAN_BENCH_ANSWER_H

#include "voucher/base.h"

#define ANSWER_KIND_SIZE 48
#define TALLY_MAX 32

struct answer {
    size_t size; /* of head and body */
    int status;
    bool closes; /* Connection: close */
    struct text body;
    char kind[ANSWER_KIND_SIZE];
};

/* False: not yet whole. Ends the process on bytes that are no such answer. */
bool answer_read(struct text bytes, struct answer *out);
/* The text behind "name":" in a body of JSON, up to the next quote; empty when it is not there. */
struct text answer_member(struct text body, struct text quoted_name);

struct tally {
    size_t count;
    struct {
        char kind[ANSWER_KIND_SIZE];
        uint64_t times;
    } rows[TALLY_MAX];
};

void tally_add(struct tally *t, const char *kind, uint64_t times);

#endif
