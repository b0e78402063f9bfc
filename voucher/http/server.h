/* voucher/http/server.h: one listener on one event loop, and its connections. All calls from the
 * loop's thread; several servers may share a loop, and each worker has its own.
 *
 * stop: no more is accepted, idle connections close, requests in progress are answered with
 * Connection: close; what is still open after the grace is cut.
 *
 * The process must ignore SIGPIPE: libevent writes with writev(). */
#ifndef HUIQUAN_HTTP_SERVER_H
#define HUIQUAN_HTTP_SERVER_H

#include "voucher/base.h"
#include "voucher/http/exchange.h"
#include "voucher/http/listen.h"
#include "voucher/http/settings.h"

struct event_base;
struct http_server;
struct http_tls;

/* Takes over fd in every case. settings and handler are copied. tls may be NULL (plain). */
enum fault http_server_open(struct http_server **out, struct event_base *base, int fd,
                            const struct http_settings *settings,
                            const struct http_handler *handler);

/* From now on new connections speak TLS with this context (shared, kept alive by the server);
 * also for a renewed certificate. NULL: plain. After FAULT_MEMORY all is as before. */
MUST_USE enum fault http_server_set_tls(struct http_server *server, const struct http_tls *tls);

/* stopped() is called once, from the loop, when no connection is open and no exchange is with the
 * handler; the server may be closed then and there. */
void http_server_stop(struct http_server *server, int64_t grace_ms, void (*stopped)(void *owner),
                      void *owner);

/* Cuts what is open. No exchange may be with the handler (must). NULL is fine. */
void http_server_close(struct http_server *server);

uint16_t http_server_port(const struct http_server *server); /* 0 for a unix socket */
const struct http_counters *http_server_counters(const struct http_server *server);

#endif
