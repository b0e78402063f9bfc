/* voucher/http/tls.h: a certificate and its key for TLS 1.2 and 1.3 (RFC 8446). ALPN is not
 * answered: a client then speaks HTTP/1.1. A context may be shared by threads. Renewing: open a new
 * one, http_server_set_tls(), close the old one; connections made before keep theirs. */
#ifndef HUIQUAN_HTTP_TLS_H
#define HUIQUAN_HTTP_TLS_H

#include "voucher/base.h"

struct bufferevent;
struct event_base;
struct http_tls;

/* PEM files. FAULT_IO: not readable; FAULT_CONFIG: not a certificate with its key. */
enum fault http_tls_open(struct http_tls **out, const char *certificate_path, const char *key_path);
struct http_tls *http_tls_share(const struct http_tls *tls); /* one more owner, same context */
void http_tls_close(struct http_tls *tls); /* NULL is fine */

/* For connections. Takes over fd on success only; NULL: no memory. */
struct bufferevent *http_tls_accept(const struct http_tls *tls, struct event_base *base, int fd);
/* Says close_notify; the socket is then half-closed by the caller. */
void http_tls_finish(struct bufferevent *wire);

#endif
