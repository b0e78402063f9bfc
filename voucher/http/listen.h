/* voucher/http/listen.h: listening sockets. Any thread. */
#ifndef HUIQUAN_HTTP_LISTEN_H
#define HUIQUAN_HTTP_LISTEN_H

#include "voucher/base.h"

/* Listening sockets, non-blocking and close-on-exec. On a fault *fd is -1.
 * address is numeric ("127.0.0.1", "::1"); each worker opens its own, by SO_REUSEPORT. */
/* Whether somebody listens there already. SO_REUSEPORT alone would share his port without a word,
 * and every second request with it. */
bool http_listen_is_taken(const char *address, uint16_t port);
enum fault http_listen_tcp(int *fd, const char *address, uint16_t port);
uint16_t http_listen_port(int fd); /* 0: of a socket that has none */
/* Mode 0600. A socket file that nobody listens on is replaced; any other file is left: FAULT_IO. */
enum fault http_listen_unix(int *fd, const char *path);

#endif
