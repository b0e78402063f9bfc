/* voucher/book/job.h: jobs as the clerk keeps them. Clerk's thread. */
#ifndef HUIQUAN_BOOK_JOB_H
#define HUIQUAN_BOOK_JOB_H

#include "voucher/book/book.h"
#include "voucher/wire/reply.h"

/* A list so small that it was granted at once is kept as a job that is done. */
void job_store_done(struct book *b, const struct op *op, const struct wire_job *done);

#endif
