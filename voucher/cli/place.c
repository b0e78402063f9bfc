/* voucher/cli/place.c */
#include "voucher/cli/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "crypto/digest.h"

#define COPY_ROOM ((size_t)1 << 20)

bool
place_join(char out[PLACE_ROOM], const char *dir, const char *name)
{
    const int size = snprintf(out, PLACE_ROOM, "%s%s%s", dir, name[0] == '.' ? "" : "/", name);
    must(size >= 0);
    if (size < PLACE_ROOM) return true;
    errno = ENAMETOOLONG;
    return false;
}

static bool
write_all(int fd, const char *at, size_t size)
{
    while (size > 0) {
        const ssize_t put = write(fd, at, size);
        if (put < 0 && errno != EINTR) return false;
        at += put > 0 ? put : 0;
        size -= (size_t)(put > 0 ? put : 0);
    }
    return true;
}

/* Keeps the errno of what failed first. */
static bool
close_file(int fd, bool is_good)
{
    const int error = errno;
    must(fd >= 0);
    const bool is_closed = close(fd) == 0;
    if (!is_good) errno = error;
    return is_good && is_closed;
}

static int
open_new(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

bool
place_write(const char *path, struct text bytes)
{
    const int fd = open_new(path);
    must(bytes.size > 0);
    if (fd < 0) return false;
    return close_file(fd, write_all(fd, bytes.at, bytes.size) && fsync(fd) == 0);
}

static bool
copy_bytes(int from, int to)
{
    char *bytes = malloc(COPY_ROOM);
    ssize_t got = bytes == NULL ? -1 : 1;
    while (got > 0) {
        got = read(from, bytes, COPY_ROOM);
        if (got > 0 && !write_all(to, bytes, (size_t)got)) got = -1;
    }
    free(bytes);
    return got == 0;
}

bool
place_copy(const char *from, const char *to)
{
    const int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0) return false;
    const int target = open_new(to);
    if (target < 0) return close_file(source, false);
    bool is_whole = copy_bytes(source, target) && fsync(target) == 0;
    is_whole = close_file(target, is_whole);
    return close_file(source, is_whole);
}

bool
place_digest(const char *path, struct digest *out, int64_t *out_size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    *out_size = 0;
    if (fd < 0) return false;
    return close_file(fd, digest_sha256_file(out, fd, out_size));
}

bool
place_sync(const char *dir)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    return close_file(fd, fsync(fd) == 0);
}

bool
place_sync_parent(const char *path)
{
    char parent[PLACE_ROOM];
    if (!place_join(parent, path, "")) return false;
    char *end = parent + strlen(parent);
    while (end > parent && end[-1] == '/') {
        *--end = '\0';
    }
    char *slash = strrchr(parent, '/');
    if (slash == NULL) return place_sync(".");
    slash[slash == parent ? 1 : 0] = '\0';
    return place_sync(parent);
}

static bool
clear_one(int dir_fd, const char *name, const char *const *ours)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    for (; *ours != NULL; ours++) {
        if (strncmp(name, *ours, strlen(*ours)) == 0) return unlinkat(dir_fd, name, 0) == 0;
    }
    errno = ENOTEMPTY;
    return false;
}

bool
place_clear(const char *dir, const char *const *ours)
{
    DIR *open_dir = opendir(dir);
    bool is_clear = open_dir != NULL;
    if (open_dir == NULL) return false;
    must(ours != NULL);
    for (struct dirent *e = readdir(open_dir); e != NULL && is_clear; e = readdir(open_dir)) {
        is_clear = clear_one(dirfd(open_dir), e->d_name, ours);
    }
    const int error = errno;
    (void)closedir(open_dir);
    if (!is_clear) errno = error;
    return is_clear;
}
