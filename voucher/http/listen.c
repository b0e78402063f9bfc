#include "voucher/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, UNIX_MODE = 0600 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

static socklen_t
address_parse(union address *out, const char *address, uint16_t port)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, address, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return sizeof out->v4;
    }
    if (inet_pton(AF_INET6, address, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return sizeof out->v6;
    }
    return 0;
}

static int
socket_open(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static enum fault
socket_listen(int *fd)
{
    must(*fd >= 0);
    if (listen(*fd, BACKLOG) == 0) return FAULT_NONE;
    close(*fd);
    *fd = -1;
    return FAULT_IO;
}

bool
http_listen_is_taken(const char *address, uint16_t port)
{
    union address where;
    int yes = 1;
    socklen_t size = address_parse(&where, address, port);
    int probe = size == 0 || port == 0 ? -1 : socket_open(where.any.sa_family);
    if (probe < 0) return false;
    /* Past connections that linger do not count: no other fault is looked for here. */
    bool is_taken = setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                    bind(probe, &where.any, size) != 0 && errno == EADDRINUSE;
    close(probe);
    return is_taken;
}

uint16_t
http_listen_port(int fd)
{
    union address where = { 0 };
    socklen_t size = sizeof where;
    if (getsockname(fd, &where.any, &size) != 0) return 0;
    if (where.any.sa_family == AF_INET) return ntohs(where.v4.sin_port);
    return where.any.sa_family == AF_INET6 ? ntohs(where.v6.sin6_port) : 0;
}

enum fault
http_listen_tcp(int *fd, const char *address, uint16_t port)
{
    union address where;
    int yes = 1;
    *fd = -1;
    socklen_t size = address_parse(&where, address, port);
    if (size == 0) return FAULT_CONFIG;
    int opened = socket_open(where.any.sa_family);
    if (opened < 0) return FAULT_IO;
    if (setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        setsockopt(opened, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0 ||
        bind(opened, &where.any, size) != 0) {
        close(opened);
        return FAULT_IO;
    }
    *fd = opened;
    return socket_listen(fd);
}

/* Whether the path is a socket that nobody listens on, left by a process that died. */
static bool
socket_is_dead(const union address *where)
{
    struct stat status;
    if (lstat(where->local.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    int probe = socket_open(AF_UNIX);
    if (probe < 0) return false;
    int result = connect(probe, &where->any, sizeof where->local);
    bool is_dead = result != 0 && errno == ECONNREFUSED;
    close(probe);
    return is_dead;
}

static bool
unix_bind(int fd, const union address *where)
{
    /* Linux gives the file the mode of its socket: at no instant can anyone else connect. */
    if (fchmod(fd, UNIX_MODE) != 0) return false;
    if (bind(fd, &where->any, sizeof where->local) == 0) return true;
    if (errno != EADDRINUSE || !socket_is_dead(where)) return false;
    if (unlink(where->local.sun_path) != 0) return false;
    return bind(fd, &where->any, sizeof where->local) == 0;
}

enum fault
http_listen_unix(int *fd, const char *path)
{
    union address where = { .local = { .sun_family = AF_UNIX } };
    size_t size = strlen(path);
    *fd = -1;
    if (size == 0 || size >= sizeof where.local.sun_path) return FAULT_CONFIG;
    memcpy(where.local.sun_path, path, size + 1);
    int opened = socket_open(AF_UNIX);
    if (opened < 0) return FAULT_IO;
    if (!unix_bind(opened, &where)) {
        close(opened);
        return FAULT_IO;
    }
    *fd = opened;
    return socket_listen(fd);
}
