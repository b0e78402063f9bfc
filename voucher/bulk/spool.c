/* voucher/bulk/spool.c */
#include "voucher/bulk/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "crypto/seal.h"
#include "voucher/id.h"
#include "voucher/torture.h"

#define BOX_SIZE SEAL_SIZE(SPOOL_CHUNK)
#define PATH_ROOM 1024
#define SUFFIX ".sealed"

struct spool_writer {
    char path[PATH_ROOM];
    int fd;
    bool is_kept;
    enum fault fault;
    const struct keyring *keyring;
    struct uuid job;
    uint64_t place;
    int64_t size;
    struct digest digest;
    size_t filled;
    char chunk[SPOOL_CHUNK];
    uint8_t box[BOX_SIZE];
};

struct context {
    uint8_t job[16];
    uint8_t place[8];
};

static struct text
context_of(struct context *c, const struct uuid *job, uint64_t place)
{
    memcpy(c->job, job->bytes, sizeof c->job);
    for (int i = 0; i < 8; i++) {
        c->place[i] = (uint8_t)(place >> (56 - 8 * i));
    }
    return (struct text){ (const char *)c, sizeof *c };
}
_Static_assert(sizeof(struct context) == 24, "no padding in what is authenticated");

static bool
path_of(const char *data_dir, const struct uuid *job, char out[PATH_ROOM])
{
    char id[ID_TEXT_SIZE];
    (void)id_write(ID_JOB, job, id);
    int size = snprintf(out, PATH_ROOM, "%s/spool/%s" SUFFIX, data_dir, id);
    return size > 0 && size < PATH_ROOM;
}

enum fault
spool_create(struct spool_writer **out, const char *data_dir, const struct uuid *job,
             const struct keyring *keyring)
{
    char dir[PATH_ROOM];
    *out = NULL;
    struct spool_writer *w = calloc(1, sizeof *w);
    if (w == NULL) return FAULT_MEMORY;
    w->keyring = keyring;
    w->job = *job;
    (void)snprintf(dir, sizeof dir, "%s/spool", data_dir);
    (void)mkdir(dir, 0700); /* the open below tells whether it is there */
    w->fd = path_of(data_dir, job, w->path)
                ? open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)
                : -1;
    if (w->fd < 0) {
        free(w);
        return FAULT_IO;
    }
    torture_point("spool-created");
    *out = w;
    return FAULT_NONE;
}

static void
box_write(struct spool_writer *w)
{
    struct context context;
    struct text plain = { w->chunk, w->filled };
    const struct text parts[] = { { (const char *)w->digest.bytes, sizeof w->digest.bytes },
                                  plain };
    size_t size = SEAL_SIZE(w->filled), done = 0;
    digest_sha256(&w->digest, parts, COUNT_OF(parts));
    keyring_seal(w->keyring, context_of(&context, &w->job, w->place), plain, w->box);
    while (w->fault == FAULT_NONE && done < size) {
        ssize_t count = write(w->fd, w->box + done, size - done);
        if (count > 0)
            done += (size_t)count;
        else if (count < 0 && errno != EINTR)
            w->fault = errno == ENOSPC ? FAULT_FULL : FAULT_IO;
    }
    torture_point("spool-box-written");
    w->place++;
    w->size += (int64_t)w->filled;
    w->filled = 0;
}

void
spool_write(struct spool_writer *w, struct text part)
{
    while (part.size > 0 && w->fault == FAULT_NONE) {
        size_t room = sizeof w->chunk - w->filled;
        size_t size = part.size < room ? part.size : room;
        memcpy(w->chunk + w->filled, part.at, size);
        w->filled += size;
        part = (struct text){ part.at + size, part.size - size };
        if (w->filled == sizeof w->chunk) box_write(w);
    }
}

enum fault
spool_finish(struct spool_writer *w, int64_t *size, struct digest *digest)
{
    must(w->filled <= sizeof w->chunk);
    if (w->filled > 0 && w->fault == FAULT_NONE) box_write(w);
    *size = w->size;
    *digest = w->digest;
    return w->fault;
}

void
spool_keep(struct spool_writer *w)
{
    w->is_kept = true;
}

void
spool_close(struct spool_writer *w)
{
    if (w == NULL) return;
    (void)close(w->fd);
    if (!w->is_kept) (void)unlink(w->path);
    crypto_wipe(w->chunk, sizeof w->chunk);
    free(w);
}

static enum fault
sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) return FAULT_IO;
    bool synced = fsync(fd) == 0;
    (void)close(fd);
    return synced ? FAULT_NONE : FAULT_IO;
}

enum fault
spool_sync(const char *data_dir, const struct uuid *job)
{
    char path[PATH_ROOM];
    if (!path_of(data_dir, job, path)) return FAULT_CONFIG;
    enum fault fault = sync_path(path, O_RDONLY);
    (void)snprintf(path, sizeof path, "%s/spool", data_dir);
    if (fault == FAULT_NONE) fault = sync_path(path, O_RDONLY | O_DIRECTORY);
    if (fault == FAULT_NONE) fault = sync_path(data_dir, O_RDONLY | O_DIRECTORY);
    return fault;
}

/* One box, opened; answers how many bytes were in it, or -1. */
static ssize_t
box_read(int fd, const struct spool *spool, uint64_t place, uint8_t out[SPOOL_CHUNK])
{
    uint8_t box[BOX_SIZE];
    struct context c;
    ssize_t size = pread(fd, box, sizeof box, (off_t)(place * BOX_SIZE));
    if (size == 0) return 0;
    if (size <= SEAL_OVERHEAD) return -1;
    struct text sealed = { (const char *)box, (size_t)size };
    struct text context = context_of(&c, &spool->job, place);
    return keyring_unseal(spool->keyring, context, sealed, out) ? size - SEAL_OVERHEAD : -1;
}

static enum fault
boxes_read(int fd, const struct spool *spool, int64_t position, char *out, size_t *size)
{
    uint8_t chunk[SPOOL_CHUNK];
    size_t wanted = *size, skip = (size_t)((uint64_t)position % SPOOL_CHUNK);
    uint64_t place = (uint64_t)position / SPOOL_CHUNK;
    ssize_t count = SPOOL_CHUNK;
    for (*size = 0; *size < wanted && count == SPOOL_CHUNK; skip = 0) {
        count = box_read(fd, spool, place++, chunk);
        if (count <= (ssize_t)skip) break;
        size_t part = (size_t)count - skip;
        if (part > wanted - *size) part = wanted - *size;
        memcpy(out + *size, chunk + skip, part);
        *size += part;
    }
    crypto_wipe(chunk, sizeof chunk);
    return count < 0 ? FAULT_CORRUPT : FAULT_NONE;
}

enum fault
spool_read(const struct spool *spool, int64_t position, char *out, size_t *size)
{
    char path[PATH_ROOM];
    bool named = path_of(spool->data_dir, &spool->job, path);
    int fd = named ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        *size = 0;
        return FAULT_IO;
    }
    enum fault fault = boxes_read(fd, spool, position, out, size);
    (void)close(fd);
    return fault;
}

void
spool_remove(const char *data_dir, const struct uuid *job)
{
    char path[PATH_ROOM];
    if (path_of(data_dir, job, path)) (void)unlink(path);
}

void
spool_tidy(const char *data_dir, bool (*each)(void *owner, const struct uuid *job), void *owner)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "%s/spool", data_dir);
    DIR *dir = opendir(path);
    if (dir == NULL) return; /* nothing was ever uploaded */
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct uuid job;
        struct text id = { entry->d_name, ID_TEXT_SIZE - 1 };
        if (strlen(entry->d_name) != ID_TEXT_SIZE - 1 + sizeof SUFFIX - 1) continue;
        if (id_read(ID_JOB, id, &job) && !each(owner, &job)) spool_remove(data_dir, &job);
    }
    (void)closedir(dir);
}
