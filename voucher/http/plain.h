/* voucher/http/plain.h: a wire over a bare socket, by edges (epoll(7), EPOLLET). Private to wire.c.
 * The loop's thread. */
#ifndef HUIQUAN_HTTP_PLAIN_H
#define HUIQUAN_HTTP_PLAIN_H

#include "voucher/http/wire.h"

enum fault http_plain_open(struct http_wire *wire, struct event_base *base);
void http_plain_end(struct http_wire *wire); /* leaves the socket open */

/* False: no memory. Reading that is taken up again hears at once of what came meanwhile. */
bool http_plain_read(struct http_wire *wire, bool is_wanted);
bool http_plain_write_later(struct http_wire *wire); /* output was empty and has something now */
bool http_plain_prefer(struct http_wire *wire);

#endif
