#include "tests/torture/lib/record.h"

#include <sqlite3.h>

#include "storage/sqlite/page_cache.h"

struct record_handle {
    sqlite3_file base; /* first */
    enum record_file file;
    bool watched;
    sqlite3_file *real; /* lies behind this struct */
};

static struct record *recording; /* NULL: nothing is remembered */
static sqlite3_vfs *usual;

static struct record_event *
event_add(enum record_kind kind, enum record_file file)
{
    struct record *r = recording;
    if (r->count == r->room) {
        r->room = r->room == 0 ? 1024 : 2 * r->room;
        r->events = realloc(r->events, r->room * sizeof *r->events);
        must(r->events != NULL);
    }
    struct record_event *e = &r->events[r->count++];
    *e = (struct record_event){ .kind = kind, .file = file };
    return e;
}

static struct record_handle *
handle_of(sqlite3_file *file)
{
    return (struct record_handle *)(void *)file;
}

static bool
is_recorded(const struct record_handle *h)
{
    return recording != NULL && h->watched;
}

static int
record_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    struct record_handle *h = handle_of(file);
    if (is_recorded(h)) {
        struct record_event *e = event_add(RECORD_WRITE, h->file);
        e->at = at;
        e->size = (size_t)size;
        e->bytes = malloc(e->size);
        must(e->bytes != NULL);
        memcpy(e->bytes, bytes, e->size);
    }
    return h->real->pMethods->xWrite(h->real, bytes, size, at);
}

static int
record_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct record_handle *h = handle_of(file);
    if (is_recorded(h)) event_add(RECORD_CUT, h->file)->at = size;
    return h->real->pMethods->xTruncate(h->real, size);
}

/* Memory keeps what the images are made of: the real sync costs time and shows nothing. */
static int
record_sync(sqlite3_file *file, int flags)
{
    struct record_handle *h = handle_of(file);
    (void)flags;
    if (is_recorded(h)) (void)event_add(RECORD_SYNC, h->file);
    return SQLITE_OK;
}

/* Everything else is handed on. */
#define RECORD_PASS(name, call, ...)                            \
    static int record_##name(sqlite3_file *file, ##__VA_ARGS__) \
    {                                                           \
        sqlite3_file *real = handle_of(file)->real;             \
        return real->pMethods->call;                            \
    }

RECORD_PASS(close, xClose(real))
RECORD_PASS(read, xRead(real, out, size, at), void *out, int size, sqlite3_int64 at)
RECORD_PASS(size, xFileSize(real, size), sqlite3_int64 *size)
RECORD_PASS(lock, xLock(real, kind), int kind)
RECORD_PASS(unlock, xUnlock(real, kind), int kind)
RECORD_PASS(reserved, xCheckReservedLock(real, out), int *out)
RECORD_PASS(control, xFileControl(real, what, argument), int what, void *argument)
RECORD_PASS(sector, xSectorSize(real))
RECORD_PASS(device, xDeviceCharacteristics(real))
RECORD_PASS(shm_map, xShmMap(real, page, size, extend, out), int page, int size, int extend,
            void volatile **out)
RECORD_PASS(shm_lock, xShmLock(real, offset, count, flags), int offset, int count, int flags)
RECORD_PASS(shm_unmap, xShmUnmap(real, gone), int gone)

static void
record_shm_barrier(sqlite3_file *file)
{
    sqlite3_file *real = handle_of(file)->real;
    real->pMethods->xShmBarrier(real);
}

static const sqlite3_io_methods record_methods = {
    .iVersion = 2,
    .xClose = record_close,
    .xRead = record_read,
    .xWrite = record_write,
    .xTruncate = record_truncate,
    .xSync = record_sync,
    .xFileSize = record_size,
    .xLock = record_lock,
    .xUnlock = record_unlock,
    .xCheckReservedLock = record_reserved,
    .xFileControl = record_control,
    .xSectorSize = record_sector,
    .xDeviceCharacteristics = record_device,
    .xShmMap = record_shm_map,
    .xShmLock = record_shm_lock,
    .xShmBarrier = record_shm_barrier,
    .xShmUnmap = record_shm_unmap,
};

static int
record_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct record_handle *h = handle_of(file);
    (void)vfs;
    *h = (struct record_handle){ .real = (sqlite3_file *)(void *)(h + 1) };
    h->watched = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
    h->file = flags & SQLITE_OPEN_WAL ? RECORD_LOG : RECORD_DB;
    /* A journal of the old kind would be a third file to remember; nothing may ask for one. */
    must(recording == NULL || h->watched || (flags & SQLITE_OPEN_MAIN_JOURNAL) == 0);
    int code = usual->xOpen(usual, name, h->real, flags, out_flags);
    h->base.pMethods = code == SQLITE_OK ? &record_methods : NULL;
    return code;
}

static int
record_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    size_t size = strlen(name);
    (void)vfs;
    bool is_log = size > 4 && strcmp(name + size - 4, "-wal") == 0;
    if (recording != NULL && is_log) (void)event_add(RECORD_REMOVE, RECORD_LOG);
    return usual->xDelete(usual, name, sync_dir);
}

void
record_register(void)
{
    static sqlite3_vfs ours;
    page_cache_install(); /* as ledger_open() does, before SQLite is used for the first time */
    usual = sqlite3_vfs_find(NULL);
    must(usual != NULL);
    ours = *usual;
    ours.pNext = NULL;
    ours.szOsFile = (int)sizeof(struct record_handle) + usual->szOsFile;
    ours.zName = RECORD_VFS;
    ours.xOpen = record_open;
    ours.xDelete = record_delete;
    must(sqlite3_vfs_register(&ours, 0) == SQLITE_OK);
}

static void
start_read(struct record_start *start, const char *path)
{
    FILE *file = fopen(path, "rb");
    *start = (struct record_start){ .is_there = file != NULL };
    if (file == NULL) return;
    must(fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    must(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
    start->size = (size_t)size;
    start->bytes = malloc(start->size + 1);
    must(start->bytes != NULL);
    must(fread(start->bytes, 1, start->size, file) == start->size);
    (void)fclose(file);
}

void
record_begin(struct record *r, const char *path)
{
    char log_path[512];
    must(recording == NULL);
    *r = (struct record){ 0 };
    int size = snprintf(log_path, sizeof log_path, "%s-wal", path);
    must(size > 0 && (size_t)size < sizeof log_path);
    start_read(&r->start[RECORD_DB], path);
    start_read(&r->start[RECORD_LOG], log_path);
    recording = r;
}

void
record_mark(struct record *r, int64_t number)
{
    must(recording == r);
    event_add(RECORD_MARK, RECORD_DB)->at = number;
}

void
record_end(struct record *r)
{
    must(recording == r);
    recording = NULL;
}

void
record_free(struct record *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->events[i].bytes);
    }
    free(r->events);
    free(r->start[RECORD_DB].bytes);
    free(r->start[RECORD_LOG].bytes);
    *r = (struct record){ 0 };
}
