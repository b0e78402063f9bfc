/* voucher/http/target.h: the request target (RFC 9112 section 3.2) and host names (RFC 3986). Pure;
 * any thread. */
#ifndef HUIQUAN_HTTP_TARGET_H
#define HUIQUAN_HTTP_TARGET_H

#include "voucher/base.h"
#include "voucher/http/request.h"

/* From request->target and method: sets path, query and, in absolute form, authority. False: not
 * valid. CONNECT never comes here, so the authority form is not valid either. */
bool http_target_parse(struct http_request *request);

/* A name, an IPv4 address or an IPv6 address in brackets, each with or without a port. No user
 * info, no percent-encoding: no name that can be resolved has either. */
bool http_host_valid(struct text host);

/* The same host, in any case, and the same port, where default_port may be left out. */
bool http_host_same(struct text a, struct text b, struct text default_port);

#endif
