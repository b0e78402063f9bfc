#include "tests/torture/lib/sim_disk.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#define WRITES_MAX 8192
#define SECTOR 512

enum place { PLACE_DB, PLACE_LOG, PLACE_OTHER };

static const char *const names[] = { "huiquan.db", "huiquan.db-wal" };

struct disk_file {
    sqlite3_file base;
    enum place place;
    sqlite3_file *real; /* lies behind this struct */
};

/* A write, or a cut where bytes is NULL. */
struct disk_write {
    enum place place;
    int64_t at, file_size; /* the file's size before */
    size_t size, old_size;
    uint8_t *bytes, *old;
};

static struct {
    sqlite3_vfs ours, *usual;
    int64_t left; /* calls that still go well; -1: all */
    bool dead;
    size_t count;
    struct disk_write writes[WRITES_MAX];
} disk;

static sqlite3_file *
real_of(sqlite3_file *file)
{
    return ((struct disk_file *)file)->real;
}

static bool
disk_fails(void)
{
    if (disk.dead || disk.left < 0) return disk.dead;
    disk.dead = disk.left == 0;
    disk.left--;
    return disk.dead;
}

static void
writes_forget(enum place place)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk.count; i++) {
        if (place != PLACE_OTHER && disk.writes[i].place != place) {
            disk.writes[kept++] = disk.writes[i];
            continue;
        }
        free(disk.writes[i].bytes);
        free(disk.writes[i].old);
    }
    disk.count = kept;
}

static void *
copy_of(const void *bytes, size_t size)
{
    void *copy = malloc(size + 1);
    must(copy != NULL);
    if (size > 0) memcpy(copy, bytes, size);
    return copy;
}

/* What lies there now, and what is about to. */
static void
writes_note(sqlite3_file *file, int64_t at, const void *bytes, size_t size)
{
    sqlite3_int64 file_size = 0;
    enum place place = ((struct disk_file *)file)->place;
    if (place == PLACE_OTHER) return;
    must(disk.count < WRITES_MAX);
    must(real_of(file)->pMethods->xFileSize(real_of(file), &file_size) == SQLITE_OK);
    struct disk_write *w = &disk.writes[disk.count++];
    *w = (struct disk_write){ .place = place, .at = at, .file_size = file_size };
    int64_t end = bytes == NULL ? file_size : at + (int64_t)size;
    if (end > file_size) end = file_size;
    w->old_size = end > at ? (size_t)(end - at) : 0;
    w->old = malloc(w->old_size + 1);
    must(w->old != NULL);
    if (w->old_size > 0) {
        int code = real_of(file)->pMethods->xRead(real_of(file), w->old, (int)w->old_size, at);
        must(code == SQLITE_OK);
    }
    w->size = size;
    w->bytes = bytes == NULL ? NULL : copy_of(bytes, size);
}

static int
disk_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    if (disk_fails()) return SQLITE_IOERR_WRITE;
    writes_note(file, at, bytes, (size_t)size);
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, at);
}

static int
disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (disk_fails()) return SQLITE_IOERR_TRUNCATE;
    writes_note(file, size, NULL, 0);
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int
disk_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    if (disk_fails()) return SQLITE_IOERR_FSYNC;
    enum place place = ((struct disk_file *)file)->place;
    if (place != PLACE_OTHER) writes_forget(place);
    return SQLITE_OK;
}

/* Everything else is handed on. */
#define DISK_PASS(name, call, ...)                            \
    static int disk_##name(sqlite3_file *file, ##__VA_ARGS__) \
    {                                                         \
        sqlite3_file *real = real_of(file);                   \
        return real->pMethods->call;                          \
    }

DISK_PASS(close, xClose(real))
DISK_PASS(read, xRead(real, out, size, at), void *out, int size, sqlite3_int64 at)
DISK_PASS(size, xFileSize(real, size), sqlite3_int64 *size)
DISK_PASS(lock, xLock(real, kind), int kind)
DISK_PASS(unlock, xUnlock(real, kind), int kind)
DISK_PASS(reserved, xCheckReservedLock(real, out), int *out)
DISK_PASS(control, xFileControl(real, what, argument), int what, void *argument)
DISK_PASS(sector, xSectorSize(real))
DISK_PASS(device, xDeviceCharacteristics(real))
DISK_PASS(shm_map, xShmMap(real, page, size, extend, out), int page, int size, int extend,
          void volatile **out)
DISK_PASS(shm_lock, xShmLock(real, offset, count, flags), int offset, int count, int flags)
DISK_PASS(shm_unmap, xShmUnmap(real, gone), int gone)

static void
disk_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static const sqlite3_io_methods disk_methods = {
    .iVersion = 2,
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_reserved,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector,
    .xDeviceCharacteristics = disk_device,
    .xShmMap = disk_shm_map,
    .xShmLock = disk_shm_lock,
    .xShmBarrier = disk_shm_barrier,
    .xShmUnmap = disk_shm_unmap,
};

static enum place
place_of(const char *path, int flags)
{
    if (path == NULL) return PLACE_OTHER;
    if (flags & SQLITE_OPEN_MAIN_DB) return PLACE_DB;
    return flags & SQLITE_OPEN_WAL ? PLACE_LOG : PLACE_OTHER;
}

static int
disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    struct disk_file *ours = (struct disk_file *)file;
    (void)vfs;
    ours->real = (sqlite3_file *)(ours + 1);
    ours->place = place_of(path, flags);
    int code = disk.usual->xOpen(disk.usual, path, ours->real, flags, out_flags);
    ours->base.pMethods = code == SQLITE_OK ? &disk_methods : NULL;
    return code;
}

static int
disk_delete(sqlite3_vfs *vfs, const char *path, int then_sync)
{
    (void)vfs, (void)then_sync;
    if (disk_fails()) return SQLITE_IOERR_DELETE;
    writes_forget(PLACE_LOG); /* the only file that is ever removed */
    return disk.usual->xDelete(disk.usual, path, 0);
}

void
sim_disk_register(void)
{
    disk.usual = sqlite3_vfs_find(NULL);
    must(disk.usual != NULL);
    disk.left = -1;
    disk.ours = *disk.usual;
    disk.ours.szOsFile = (int)sizeof(struct disk_file) + disk.usual->szOsFile;
    disk.ours.zName = SIM_DISK_VFS;
    disk.ours.xOpen = disk_open;
    disk.ours.xDelete = disk_delete;
    must(sqlite3_vfs_register(&disk.ours, 0) == SQLITE_OK);
}

void
sim_disk_kill_at(int64_t n)
{
    disk.left = n;
}

bool
sim_disk_is_dead(void)
{
    return disk.dead;
}

static void
put(int fd, const void *bytes, size_t size, int64_t at)
{
    if (fd >= 0 && size > 0) must(pwrite(fd, bytes, size, at) == (ssize_t)size);
}

/* Of a write whole sectors arrive, in this order or not at all. */
static void
arrive(int fd, const struct disk_write *w, struct dice *dice)
{
    uint64_t luck = dice_below(dice, 4);
    if (fd < 0 || luck == 0) return;
    if (w->bytes == NULL) {
        must(ftruncate(fd, w->at) == 0);
        return;
    }
    size_t sectors = w->size / SECTOR, size = w->size;
    if (luck == 1 && sectors > 0) size = SECTOR * (size_t)dice_below(dice, sectors);
    put(fd, w->bytes, size, w->at);
}

void
sim_disk_revive(const char *dir, bool power_cut, struct dice *dice)
{
    int fds[COUNT_OF(names)];
    char path[256];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        fds[i] = open(path, O_RDWR | O_CLOEXEC);
    }
    for (size_t i = power_cut ? disk.count : 0; i-- > 0;) {
        const struct disk_write *w = &disk.writes[i];
        put(fds[w->place], w->old, w->old_size, w->at);
        if (fds[w->place] >= 0) must(ftruncate(fds[w->place], w->file_size) == 0);
    }
    for (size_t i = 0; power_cut && i < disk.count; i++) {
        arrive(fds[disk.writes[i].place], &disk.writes[i], dice);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (fds[i] >= 0) (void)close(fds[i]);
    }
    (void)snprintf(path, sizeof path, "%s/%s-shm", dir, names[PLACE_DB]);
    (void)unlink(path);
    writes_forget(PLACE_OTHER);
    disk.dead = false;
    disk.left = -1;
}
