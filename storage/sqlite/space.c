/* storage/sqlite/space.c: a file holds disk back while there is enough. When the disk fills up,
 * what issues stops, and what redeems goes on into the space that the file gave up. */
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/sqlite/engine.h"

static bool
space_path(const struct ledger *l, char *out, size_t room)
{
    int size = snprintf(out, room, "%s/%s", l->data_dir, RESERVE_NAME);
    return size > 0 && (size_t)size < room;
}

static int64_t
space_free(const struct ledger *l)
{
    struct statvfs fs;
    if (statvfs(l->data_dir, &fs) != 0) return -1;
    return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

static bool
space_reserve(const struct ledger *l, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool held = posix_fallocate(fd, 0, (off_t)l->reserve_bytes) == 0;
    (void)close(fd);
    if (!held) (void)unlink(path);
    return held;
}

/* Full: less is free than a quarter of the reserve, or the reserve itself has been given up. */
void
space_check(struct ledger *l)
{
    char path[4096];
    if (l->reserve_bytes == 0) {
        return;
    }
    int64_t free_bytes = space_free(l);
    if (free_bytes < 0 || !space_path(l, path, sizeof path)) return;
    int64_t margin_bytes = l->reserve_bytes / 4;
    bool held = access(path, F_OK) == 0;
    if (!held && free_bytes > l->reserve_bytes + margin_bytes) held = space_reserve(l, path);
    l->full = !held || free_bytes < margin_bytes;
}

void
space_release(struct ledger *l)
{
    char path[4096];
    l->full = true;
    if (l->reserve_bytes == 0 || !space_path(l, path, sizeof path)) return;
    (void)unlink(path);
}
