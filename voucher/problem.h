/* voucher/problem.h: refusals as RFC 9457 documents. Any thread. */
#ifndef HUIQUAN_PROBLEM_H
#define HUIQUAN_PROBLEM_H

#include "voucher/json_writer.h"
#include "voucher/verdict.h"

struct problem {
    enum verdict verdict;
    int status; /* 0: the verdict's own */
    enum language language;
    const char *detail; /* NULL or empty: the catalogue's help */
    const char *request_id;
    const struct faults *faults; /* NULL or empty: no errors member */
};

void problem_write(struct json_writer *w, const struct problem *p);
/* Chinese unless English is asked for more (RFC 9110 section 12.5.4). */
enum language language_of(struct text accept_language);

#endif
