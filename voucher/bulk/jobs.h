/* voucher/bulk/jobs.h: the one thread that reads uploaded files and hands their rows to the clerk,
 * a bounded step at a time, job after job in turn. It keeps nothing in memory: where a job stands
 * is in the ledger, so that after any end of the process the next start goes on with the next row.
 *
 * Steps yield: while others use the clerk they are small, and the thread rests between them. */
#ifndef HUIQUAN_BULK_JOBS_H
#define HUIQUAN_BULK_JOBS_H

#include "crypto/keyring.h"
#include "voucher/clerk.h"

struct jobs;

struct jobs_settings {
    const char *data_dir; /* borrowed */
    struct clerk *clerk; /* outlives the jobs */
    const struct keyring *keyring; /* the same; only what hangs on the master is used */
    int32_t offset_s; /* of the service's zone */
    const struct seams *seams;
};

/* Removes what no job waits for, then starts the thread. On a fault *out is NULL. */
MUST_USE enum fault jobs_open(struct jobs **out, const struct jobs_settings *settings);
/* Any thread: an OP_JOB_CREATE, whose file lies complete in the spool, or an OP_JOB_ACT. The op
 * comes back to op->reply when the clerk has judged it. A file that became no job is removed. */
void jobs_post(struct jobs *j, struct op *op);
/* When nobody posts any more, and before the clerk closes. NULL is fine. */
void jobs_close(struct jobs *j);

#endif
