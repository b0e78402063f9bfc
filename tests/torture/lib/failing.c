#include "tests/torture/lib/failing.h"

#include <sqlite3.h>

#include "storage/sqlite/page_cache.h"

struct failing_file {
    sqlite3_file base; /* first */
    sqlite3_file *real; /* lies behind this struct */
};

static struct trial_plan *planned;
static sqlite3_vfs *usual;

void
failing_use(struct trial_plan *plan)
{
    planned = plan;
}

static sqlite3_file *
real_of(sqlite3_file *file)
{
    return ((struct failing_file *)(void *)file)->real;
}

/* A part of it may have reached the disk. */
static int
failing_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);
    if (!trial_fails(planned)) return real->pMethods->xWrite(real, bytes, size, at);
    if (size > 8) (void)real->pMethods->xWrite(real, bytes, size / 2, at);
    return SQLITE_IOERR_WRITE;
}

/* A sync that goes well is left out: nothing here cuts the power. */
static int
failing_sync(sqlite3_file *file, int flags)
{
    (void)file, (void)flags;
    return trial_fails(planned) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

/* A file that tells of an error when it is closed is closed. */
static int
failing_close(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    int code = real->pMethods->xClose(real);
    return trial_fails(planned) ? SQLITE_IOERR_CLOSE : code;
}

/* prototype: in parentheses, with file first. */
#define FAILING(name, code, call, prototype)     \
    static int failing_##name prototype          \
    {                                            \
        sqlite3_file *real = real_of(file);      \
        if (trial_fails(planned)) return (code); \
        return real->pMethods->call;             \
    }

#define FAILING_NEVER(name, call, prototype) \
    static int failing_##name prototype      \
    {                                        \
        sqlite3_file *real = real_of(file);  \
        return real->pMethods->call;         \
    }

FAILING(read, SQLITE_IOERR_READ, xRead(real, out, size, at),
        (sqlite3_file * file, void *out, int size, sqlite3_int64 at))
FAILING(truncate, SQLITE_IOERR_TRUNCATE, xTruncate(real, size),
        (sqlite3_file * file, sqlite3_int64 size))
FAILING(size, SQLITE_IOERR_FSTAT, xFileSize(real, size), (sqlite3_file * file, sqlite3_int64 *size))
FAILING(lock, SQLITE_IOERR_LOCK, xLock(real, kind), (sqlite3_file * file, int kind))
FAILING_NEVER(unlock, xUnlock(real, kind), (sqlite3_file * file, int kind))
FAILING(reserved, SQLITE_IOERR_CHECKRESERVEDLOCK, xCheckReservedLock(real, out),
        (sqlite3_file * file, int *out))
FAILING_NEVER(control, xFileControl(real, what, argument),
              (sqlite3_file * file, int what, void *argument))
FAILING_NEVER(sector, xSectorSize(real), (sqlite3_file * file))
FAILING_NEVER(device, xDeviceCharacteristics(real), (sqlite3_file * file))
FAILING(shm_map, SQLITE_IOERR_SHMMAP, xShmMap(real, page, size, extend, out),
        (sqlite3_file * file, int page, int size, int extend, void volatile **out))
FAILING_NEVER(shm_unmap, xShmUnmap(real, gone), (sqlite3_file * file, int gone))

/* To give a lock back cannot fail. */
static int
failing_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    sqlite3_file *real = real_of(file);
    bool takes = (flags & SQLITE_SHM_LOCK) != 0;
    if (takes && trial_fails(planned)) return SQLITE_IOERR_SHMLOCK;
    return real->pMethods->xShmLock(real, offset, count, flags);
}

static void
failing_shm_barrier(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    real->pMethods->xShmBarrier(real);
}

static const sqlite3_io_methods failing_methods = {
    .iVersion = 2,
    .xClose = failing_close,
    .xRead = failing_read,
    .xWrite = failing_write,
    .xTruncate = failing_truncate,
    .xSync = failing_sync,
    .xFileSize = failing_size,
    .xLock = failing_lock,
    .xUnlock = failing_unlock,
    .xCheckReservedLock = failing_reserved,
    .xFileControl = failing_control,
    .xSectorSize = failing_sector,
    .xDeviceCharacteristics = failing_device,
    .xShmMap = failing_shm_map,
    .xShmLock = failing_shm_lock,
    .xShmBarrier = failing_shm_barrier,
    .xShmUnmap = failing_shm_unmap,
};

static int
failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct failing_file *ours = (struct failing_file *)(void *)file;
    (void)vfs;
    ours->base.pMethods = NULL;
    if (trial_fails(planned)) return SQLITE_CANTOPEN;
    ours->real = (sqlite3_file *)(void *)(ours + 1);
    int code = usual->xOpen(usual, name, ours->real, flags, out_flags);
    ours->base.pMethods = code == SQLITE_OK ? &failing_methods : NULL;
    return code;
}

static int
failing_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    (void)vfs;
    return trial_fails(planned) ? SQLITE_IOERR_DELETE : usual->xDelete(usual, name, sync_dir);
}

static int
failing_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    return trial_fails(planned) ? SQLITE_IOERR_ACCESS : usual->xAccess(usual, name, flags, out);
}

static int
failing_full_path(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
    (void)vfs;
    return trial_fails(planned) ? SQLITE_CANTOPEN : usual->xFullPathname(usual, name, room, out);
}

void
failing_register(void)
{
    static sqlite3_vfs ours;
    page_cache_install(); /* as ledger_open() does, before SQLite is used for the first time */
    usual = sqlite3_vfs_find(NULL);
    must(usual != NULL);
    ours = *usual;
    ours.pNext = NULL;
    ours.szOsFile = (int)sizeof(struct failing_file) + usual->szOsFile;
    ours.zName = "failing";
    ours.xOpen = failing_open;
    ours.xDelete = failing_delete;
    ours.xAccess = failing_access;
    ours.xFullPathname = failing_full_path;
    must(sqlite3_vfs_register(&ours, 1) == SQLITE_OK);
}
