/* voucher/http/listen.h: listening sockets. Any thread. */
#ifndef HUIQUAN_HTTP_LISTEN_H
#define HUIQUAN_HTTP_LISTEN_H

#include "voucher/base.h"

/* Listening sockets, non-blocking and close-on-exec. On a fault *fd is -1.
 * address is numeric ("127.0.0.1", "::1"); each worker opens its own, by SO_REUSEPORT. */
enum fault http_listen_tcp(int *fd, const char *address, uint16_t port);
/* Mode 0600. A socket file that nobody listens on is replaced; any other file is left: FAULT_IO. */
enum fault http_listen_unix(int *fd, const char *path);

#endif
