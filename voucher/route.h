/* voucher/route.h: the one table of endpoints, and finding a row in it. Any thread. */
#ifndef HUIQUAN_ROUTE_H
#define HUIQUAN_ROUTE_H

#include "voucher/call.h"

struct route {
    const struct endpoint *endpoint; /* NULL: see allow */
    struct text captured; /* what stood at "{…}" */
    const char *allow; /* the path is known, the method is not; NULL: no such path */
};

/* HEAD finds GET's row. The control socket has rows of its own, and all others; the listener for
 * metrics, always plain HTTP, has hardly any. */
struct route route_find(enum http_method method, struct text path, enum call_door door);

size_t route_count(void);
const struct endpoint *route_at(size_t i);
size_t route_place(const struct endpoint *e);

#endif
