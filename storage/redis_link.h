/* storage/redis_link.h: one socket to Redis on a loop: bytes out are queued and leave in one write
 * per turn, bytes in become replies. Knows nothing of commands. Used from its loop's thread only.
 *
 * No callback comes from within a function of this header but redis_link_read(). */
#ifndef HUIQUAN_STORAGE_REDIS_LINK_H
#define HUIQUAN_STORAGE_REDIS_LINK_H

#include "storage/redis_command.h"
#include "storage/redis_reply.h"
#include "voucher/base.h"

struct event_base;
struct redis_link;

struct redis_link_owner {
    void *at;
    /* Once. False: give it up. */
    bool (*connected)(void *at);
    /* False: give it up; what was received behind this reply is thrown away. */
    bool (*replied)(void *at, const struct redis_reply *reply);
    /* The peer hung up, wrote no RESP, or one of the above said false. The link is still there and
     * may be closed by this call. Called at most once. */
    void (*lost)(void *at);
};

/* Begins to connect. FAULT_UNREACHABLE, FAULT_MEMORY: *out is NULL. */
MUST_USE enum fault redis_link_open(struct redis_link **out, struct event_base *base,
                                    const struct redis_peer *peer,
                                    const struct redis_link_owner *owner);
void redis_link_close(struct redis_link *l); /* NULL is fine */
/* False: no room, nothing was queued. */
MUST_USE bool redis_link_queue(struct redis_link *l, const struct redis_command *c);
/* Takes what has arrived, without waiting for the loop to say so. False: lost() would be next, but
 * is left to the caller. */
MUST_USE bool redis_link_read(struct redis_link *l);

#endif
