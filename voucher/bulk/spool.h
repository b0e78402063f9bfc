/* voucher/bulk/spool.h: an uploaded file on its way to the ledger, sealed at rest: it may hold
 * names and numbers. data_dir/spool/job_….sealed is a row of boxes (crypto/seal.h) of SPOOL_CHUNK
 * bytes each, the last one shorter; the context of a box is the job's id and its place, so that
 * none can be moved. It goes when its job has ended. */
#ifndef HUIQUAN_BULK_SPOOL_H
#define HUIQUAN_BULK_SPOOL_H

#include "crypto/keyring.h"

#define SPOOL_CHUNK 16384

struct spool_writer;

/* A worker's thread. data_dir and the keyring are borrowed until the end. On a fault *out is NULL.
 */
MUST_USE enum fault spool_create(struct spool_writer **out, const char *data_dir,
                                 const struct uuid *job, const struct keyring *keyring);
/* A fault is kept and told by spool_finish(). */
void spool_write(struct spool_writer *w, struct text part);
/* Everything is with the kernel (spool_sync makes it durable). digest chains the contents. */
MUST_USE enum fault spool_finish(struct spool_writer *w, int64_t *size, struct digest *digest);
/* NULL is fine. Without a spool_keep() before, the file goes too. */
void spool_close(struct spool_writer *w);
void spool_keep(struct spool_writer *w);

/* The thread that owns jobs. */
MUST_USE enum fault spool_sync(const char *data_dir, const struct uuid *job);
struct spool {
    const char *data_dir; /* borrowed, as is the keyring */
    const struct keyring *keyring;
    struct uuid job;
};

/* Up to size bytes from position; fewer only at the end of the file. FAULT_CORRUPT: not ours or not
 * whole; FAULT_IO: not there. */
MUST_USE enum fault spool_read(const struct spool *spool, int64_t position, char *out,
                               size_t *size);
void spool_remove(const char *data_dir, const struct uuid *job);
/* Removes what no job waits for; each() is asked. */
void spool_tidy(const char *data_dir, bool (*each)(void *owner, const struct uuid *job),
                void *owner);

#endif
