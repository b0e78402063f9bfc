/* voucher/http/framing.h: the header fields that decide where a request ends and whom it is for:
 * Host, Content-Length, Transfer-Encoding, Connection, Expect; and Authorization, which must not be
 * ambiguous. RFC 9110, RFC 9112 sections 3.2, 6 and 9.3. Pure; any thread. */
#ifndef HUIQUAN_HTTP_FRAMING_H
#define HUIQUAN_HTTP_FRAMING_H

#include "voucher/http/parse.h"

/* Each field as it comes; HTTP_FINE or why not. */
enum http_reason http_framing_take(struct http_head *head, struct http_request *request,
                                   const struct http_field *field);
/* Once, after the last field. */
enum http_reason http_framing_finish(const struct http_head *head, struct http_request *request);

#endif
