/* storage/sqlite/space.c: a file holds disk back while there is enough. When the disk fills up,
 * what issues stops, and what redeems goes on into the space that the file gave up. */
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/sqlite/engine.h"

static bool
space_path(const struct ledger *l, char *out, size_t room)
{
    must(out != NULL);
    int size = snprintf(out, room, "%s/%s", l->data_dir, RESERVE_NAME);
    return size > 0 && (size_t)size < room;
}

static int64_t
space_free(const struct ledger *l)
{
    struct statvfs fs;
    must(l->data_dir[0] != '\0');
    if (statvfs(l->data_dir, &fs) != 0) return -1;
    return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

static bool
space_reserve(const struct ledger *l, const char *path)
{
    must(l->reserve_bytes > 0);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool held = posix_fallocate(fd, 0, (off_t)l->reserve_bytes) == 0;
    (void)close(fd);
    if (!held) (void)unlink(path);
    return held;
}

/* Full: less is free than a quarter of the reserve, or the reserve itself has been given up. Costs
 * two system calls, which every seal can afford; making the reserve anew is left to space_check. */
void
space_watch(struct ledger *l)
{
    char path[PATH_ROOM];
    must(l->reserve_bytes >= 0);
    if (l->reserve_bytes == 0) return;
    int64_t free_bytes = space_free(l);
    if (free_bytes < 0 || !space_path(l, path, sizeof path)) return;
    l->full = access(path, F_OK) != 0 || free_bytes < l->reserve_bytes / 4;
}

void
space_check(struct ledger *l)
{
    char path[PATH_ROOM];
    must(!l->open);
    space_watch(l);
    if (!l->full || !space_path(l, path, sizeof path) || access(path, F_OK) == 0) return;
    int64_t margin_bytes = l->reserve_bytes / 4;
    bool room = space_free(l) - margin_bytes > l->reserve_bytes;
    if (room && space_reserve(l, path)) space_watch(l);
    must(l->reserve_bytes > 0); /* only then is it ever full */
}

void
space_release(struct ledger *l)
{
    char path[PATH_ROOM];
    must(l->reserve_bytes >= 0);
    must(!l->open);
    if (l->reserve_bytes == 0 || !space_path(l, path, sizeof path)) return;
    l->full = true;
    (void)unlink(path);
}
