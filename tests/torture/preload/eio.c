/* tests/torture/preload/eio.c: a disk that fails, in front of the C library (LD_PRELOAD). While the
 * file named by HUIQUAN_EIO exists, every call that it names answers EIO:
 *
 *   sync huiquan.db-wal     fsync() and fdatasync() of files that end so
 *   write huiquan.db        pwrite() likewise; half of it reaches the file
 *
 * Any thread. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether this call on this file is to fail now. */
static bool
is_named(const char *call, int fd)
{
    char order[128], link[64], path[512];
    const char *at = getenv("HUIQUAN_EIO");
    int file = at == NULL ? -1 : open(at, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t size = read(file, order, sizeof order - 1);
    (void)close(file);
    if (size <= 0) return false;
    order[size] = '\0';
    size_t call_size = strlen(call);
    if (strncmp(order, call, call_size) != 0 || order[call_size] != ' ') return false;
    const char *end = order + call_size + 1;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t path_size = readlink(link, path, sizeof path);
    size_t end_size = strlen(end);
    if (path_size < 0 || (size_t)path_size < end_size) return false;
    return memcmp(path + path_size - end_size, end, end_size) == 0;
}

static int
sync_or_fail(const char *name, int fd)
{
    if (is_named("sync", fd)) {
        errno = EIO;
        return -1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int
fsync(int fd)
{
    return sync_or_fail("fsync", fd);
}

int
fdatasync(int fd)
{
    return sync_or_fail("fdatasync", fd);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    if (!is_named("write", fd)) return real(fd, bytes, size, at);
    (void)real(fd, bytes, size / 2, at);
    errno = EIO;
    return -1;
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite64(fd, bytes, size, at);
}
