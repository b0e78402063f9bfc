/* voucher/streams.h: answers that leave in parts: long lists, events. One per worker, on its loop.
 * A stream is asked for its next part when its reader has taken most of the last ones, a bounded
 * number of times in a row, so that none holds up the others. */
#ifndef HUIQUAN_STREAMS_H
#define HUIQUAN_STREAMS_H

#include "voucher/call.h"

struct event_base;
struct streams;

MUST_USE enum fault streams_open(struct streams **out, struct event_base *base);
/* call->stream is asked from now on; at its end the call is given back as answered. */
void streams_add(struct streams *s, struct call *call);
/* Every stream ends at its next turn. */
void streams_stop(struct streams *s);
void streams_close(struct streams *s); /* none may be open; NULL is fine */

#endif
