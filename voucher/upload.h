/* voucher/upload.h: a request whose body is a file of rows: it streams into the spool and is never
 * held in memory. A worker's thread. */
#ifndef HUIQUAN_UPLOAD_H
#define HUIQUAN_UPLOAD_H

#include "voucher/call.h"

/* By its Content-Type: text/csv (RFC 7111). */
bool upload_is_one(const struct http_request *request);
bool upload_is_taken(const struct endpoint *e); /* NULL: no */
/* Of a handler whose exchange->user is the call. */
void upload_body(void *owner, struct http_exchange *exchange, struct text part);
/* Opens call->spool for a new call->job. */
MUST_USE enum fault upload_begin(struct call *call);
/* When the body is whole: fills the row's id and size, and what the fingerprint covers. The file
 * is then the jobs' to keep or remove. */
MUST_USE enum fault upload_end(struct call *call, struct job_row *row);

#endif
