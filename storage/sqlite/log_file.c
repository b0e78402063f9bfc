/* storage/sqlite/log_file.c: see log_file.h. */
#include "storage/sqlite/log_file.h"

#include <sqlite3.h>

#include "voucher/torture.h"

/* The usual layer takes the size of a write modulo 2^17: 31 frames of 4 KiB pages are less. */
#define COLLECTED_MAX ((size_t)0x1ffff)

struct log_layer {
    sqlite3_vfs vfs; /* first */
    char name[32];
};

struct log_file {
    sqlite3_file base; /* first */
    sqlite3_file *below; /* behind this struct */
    char *collected; /* NULL when empty for the first time */
    size_t size;
    sqlite3_int64 at; /* where the collected bytes belong */
};

static struct log_file *
log_file_of(sqlite3_file *file)
{
    return (struct log_file *)(void *)file;
}

static int
log_flush_to(struct log_file *f)
{
    size_t size = f->size;
    f->size = 0;
    if (size == 0) return SQLITE_OK;
    must(size <= COLLECTED_MAX && f->collected != NULL);
    torture_point("log-write");
    int code = f->below->pMethods->xWrite(f->below, f->collected, (int)size, f->at);
    torture_point("log-written");
    return code;
}

static int
log_close(sqlite3_file *file)
{
    struct log_file *f = log_file_of(file);
    int written = log_flush_to(f);
    free(f->collected);
    f->collected = NULL;
    int closed = f->below->pMethods->xClose(f->below);
    return written != SQLITE_OK ? written : closed;
}

static int
log_read(sqlite3_file *file, void *out, int size, sqlite3_int64 at)
{
    struct log_file *f = log_file_of(file);
    int code = log_flush_to(f);
    return code != SQLITE_OK ? code : f->below->pMethods->xRead(f->below, out, size, at);
}

static int
log_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    struct log_file *f = log_file_of(file);
    must(size > 0 && at >= 0);
    if (f->collected == NULL) f->collected = malloc(COLLECTED_MAX);
    bool follows = f->size > 0 && at == f->at + (sqlite3_int64)f->size;
    if (!follows || (size_t)size > COLLECTED_MAX - f->size) {
        int code = log_flush_to(f);
        if (code != SQLITE_OK) return code;
        f->at = at;
    }
    if (f->collected == NULL || (size_t)size > COLLECTED_MAX) {
        return f->below->pMethods->xWrite(f->below, bytes, size, at);
    }
    memcpy(f->collected + f->size, bytes, (size_t)size);
    f->size += (size_t)size;
    return SQLITE_OK;
}

static int
log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct log_file *f = log_file_of(file);
    int code = log_flush_to(f);
    return code != SQLITE_OK ? code : f->below->pMethods->xTruncate(f->below, size);
}

static int
log_sync(sqlite3_file *file, int flags)
{
    struct log_file *f = log_file_of(file);
    int code = log_flush_to(f);
    if (code != SQLITE_OK) return code;
    torture_point("log-sync");
    code = f->below->pMethods->xSync(f->below, flags);
    torture_point("log-synced");
    return code;
}

static int
log_size(sqlite3_file *file, sqlite3_int64 *out)
{
    struct log_file *f = log_file_of(file);
    int code = log_flush_to(f);
    return code != SQLITE_OK ? code : f->below->pMethods->xFileSize(f->below, out);
}

static int
log_lock(sqlite3_file *file, int level)
{
    struct log_file *f = log_file_of(file);
    return f->below->pMethods->xLock(f->below, level);
}

static int
log_unlock(sqlite3_file *file, int level)
{
    struct log_file *f = log_file_of(file);
    return f->below->pMethods->xUnlock(f->below, level);
}

static int
log_reserved(sqlite3_file *file, int *out)
{
    struct log_file *f = log_file_of(file);
    return f->below->pMethods->xCheckReservedLock(f->below, out);
}

static int
log_control(sqlite3_file *file, int what, void *argument)
{
    struct log_file *f = log_file_of(file);
    return f->below->pMethods->xFileControl(f->below, what, argument);
}

static int
log_sector(sqlite3_file *file)
{
    struct log_file *f = log_file_of(file);
    return f->below->pMethods->xSectorSize(f->below);
}

static int
log_device(sqlite3_file *file)
{
    struct log_file *f = log_file_of(file);
    return f->below->pMethods->xDeviceCharacteristics(f->below);
}

/* Version 1: a log is neither shared nor mapped by its own file. */
static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_device,
};

static int
layer_open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    sqlite3_vfs *below = vfs->pAppData;
    if (!(flags & SQLITE_OPEN_WAL)) return below->xOpen(below, name, file, flags, out_flags);
    struct log_file *f = log_file_of(file);
    *f = (struct log_file){ .below = (sqlite3_file *)(void *)(f + 1) };
    int code = below->xOpen(below, name, f->below, flags, out_flags);
    f->base.pMethods = code == SQLITE_OK ? &log_methods : NULL;
    return code;
}

enum fault
log_layer_open(struct log_layer **out, const char *below)
{
    *out = NULL;
    sqlite3_vfs *found = sqlite3_vfs_find(below);
    must(found != NULL); /* a name that the caller registered */
    struct log_layer *layer = calloc(1, sizeof *layer);
    if (layer == NULL) return FAULT_MEMORY;
    int size = snprintf(layer->name, sizeof layer->name, "huiquan-%p", (void *)layer);
    must(size > 0 && (size_t)size < sizeof layer->name);
    layer->vfs = *found;
    layer->vfs.pNext = NULL;
    layer->vfs.zName = layer->name;
    layer->vfs.pAppData = found;
    layer->vfs.szOsFile += (int)sizeof(struct log_file);
    layer->vfs.xOpen = layer_open_file;
    if (sqlite3_vfs_register(&layer->vfs, 0) != SQLITE_OK) {
        free(layer);
        return FAULT_MEMORY;
    }
    *out = layer;
    return FAULT_NONE;
}

const char *
log_layer_name(const struct log_layer *layer)
{
    must(layer != NULL);
    return layer->name;
}

void
log_layer_close(struct log_layer *layer)
{
    if (layer == NULL) return;
    (void)sqlite3_vfs_unregister(&layer->vfs);
    free(layer);
}
