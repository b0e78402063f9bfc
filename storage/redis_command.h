/* storage/redis_command.h: a command to Redis as bytes (RESP2), and where Redis is. Pure, except
 * that a name is looked up. Any thread. */
#ifndef HUIQUAN_STORAGE_REDIS_COMMAND_H
#define HUIQUAN_STORAGE_REDIS_COMMAND_H

#include <sys/socket.h>

#include "voucher/base.h"

#define REDIS_COMMAND_SIZE_MAX 4096

struct redis_command {
    char bytes[REDIS_COMMAND_SIZE_MAX];
    size_t size;
    bool fits; /* false: not to be sent */
};

void redis_command_begin(struct redis_command *c, size_t argument_count);
void redis_command_add(struct redis_command *c, struct text argument); /* argument_count times */

struct redis_peer {
    struct sockaddr_storage address;
    socklen_t size; /* 0: the name does not resolve */
};

/* The path of a socket, host:port or [IPv6]:port. A name is looked up, which blocks. FAULT_CONFIG:
 * no such address can be. */
MUST_USE enum fault redis_peer_read(struct redis_peer *out, const char *text);

#endif
