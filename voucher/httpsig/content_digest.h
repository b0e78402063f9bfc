/* voucher/httpsig/content_digest.h: Content-Digest (RFC 9530), sha-256. Other digests may stand
 * beside it and are not looked at; without sha-256 the field is refused. Pure; any thread. */
#ifndef HUIQUAN_HTTPSIG_CONTENT_DIGEST_H
#define HUIQUAN_HTTPSIG_CONTENT_DIGEST_H

#include "voucher/httpsig/reason.h"

#define CONTENT_DIGEST_SIZE 55 /* sha-256=:44 characters:, NUL */

/* field is the value of Content-Digest, lines joined by commas. */
MUST_USE enum httpsig_reason content_digest_check(struct text field, struct text body);
void content_digest_write(struct text body, char out[CONTENT_DIGEST_SIZE]);

#endif
