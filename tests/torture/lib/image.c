#include "tests/torture/lib/image.h"

#include <fcntl.h>
#include <unistd.h>

static const char *const words[IMAGE_MODE_COUNT] = {
#define X(name, text) [IMAGE_##name] = text,
    IMAGE_MODES(X)
#undef X
};

const char *
image_mode_words(enum image_mode mode)
{
    must((unsigned)mode < IMAGE_MODE_COUNT);
    return words[mode];
}

static void
bytes_reach(struct image_bytes *b, size_t size)
{
    if (size > b->room) {
        b->room = size + size / 2 + 4096;
        b->bytes = realloc(b->bytes, b->room);
        must(b->bytes != NULL);
    }
    if (size > b->size) {
        memset(b->bytes + b->size, 0, size - b->size);
        b->size = size;
    }
}

static void
bytes_write(struct image_bytes *b, size_t at, const uint8_t *from, size_t size)
{
    bytes_reach(b, at + size);
    memcpy(b->bytes + at, from, size);
    b->is_there = true;
}

static void
bytes_cut(struct image_bytes *b, size_t size)
{
    bytes_reach(b, size);
    b->size = size;
}

static void
bytes_copy(struct image_bytes *to, const struct image_bytes *from)
{
    to->size = 0;
    to->is_there = from->is_there;
    if (from->size == 0) return;
    bytes_reach(to, from->size);
    memcpy(to->bytes, from->bytes, from->size);
}

static void
bytes_free(struct image_bytes *b)
{
    free(b->bytes);
    *b = (struct image_bytes){ 0 };
}

void
image_walk_start(struct image_walk *w, const struct record *record)
{
    *w = (struct image_walk){ .record = record };
    for (int f = 0; f < RECORD_FILES; f++) {
        const struct record_start *start = &record->start[f];
        if (start->is_there) bytes_write(&w->durable[f], 0, start->bytes, start->size);
    }
}

static void
apply_whole(struct image_bytes *b, const struct record_event *e)
{
    if (e->kind == RECORD_WRITE) bytes_write(b, (size_t)e->at, e->bytes, e->size);
    if (e->kind == RECORD_CUT) bytes_cut(b, (size_t)e->at);
}

static void
walk_sync(struct image_walk *w, enum record_file file)
{
    struct image_bytes *b = &w->durable[file];
    for (size_t i = w->pending_from[file]; i < w->at; i++) {
        if (w->record->events[i].file == file) apply_whole(b, &w->record->events[i]);
    }
    b->is_there = true;
    w->pending_from[file] = w->at;
    if (file == RECORD_LOG) w->ghost.is_there = false; /* the directory was synced with it */
}

void
image_walk_step(struct image_walk *w)
{
    must(w->at < w->record->count);
    const struct record_event *e = &w->record->events[w->at++];
    if (e->kind == RECORD_SYNC) walk_sync(w, e->file);
    if (e->kind != RECORD_REMOVE) return;
    bytes_copy(&w->ghost, &w->durable[RECORD_LOG]);
    w->durable[RECORD_LOG].is_there = false;
    w->durable[RECORD_LOG].size = 0;
    w->pending_from[RECORD_LOG] = w->at;
}

void
image_walk_end(struct image_walk *w)
{
    bytes_free(&w->durable[RECORD_DB]);
    bytes_free(&w->durable[RECORD_LOG]);
    bytes_free(&w->ghost);
}

/* How one write fares. */
struct fate {
    enum image_mode mode;
    struct dice *dice;
    uint64_t kept_of_16; /* sectors */
};

static void
put_sector(struct image_bytes *b, const struct record_event *e, size_t from, struct fate *f)
{
    uint8_t other[IMAGE_SECTOR] = { 0 };
    size_t start = (size_t)e->at + from;
    size_t size = IMAGE_SECTOR - start % IMAGE_SECTOR;
    if (size > e->size - from) size = e->size - from;
    if (dice_below(f->dice, 16) < f->kept_of_16) {
        bytes_write(b, start, e->bytes + from, size);
        return;
    }
    bool spoils = f->mode == IMAGE_GARBAGE || f->mode == IMAGE_ZEROS;
    if (!spoils || dice_one_in(f->dice, 2)) return;
    for (size_t i = 0; f->mode == IMAGE_GARBAGE && i < size; i++) {
        other[i] = (uint8_t)dice_roll(f->dice);
    }
    bytes_write(b, start, other, size);
}

static void
put_sectors(struct image_bytes *b, const struct record_event *e, struct fate *f)
{
    size_t from = 0;
    while (from < e->size) {
        size_t start = (size_t)e->at + from;
        put_sector(b, e, from, f);
        from += IMAGE_SECTOR - start % IMAGE_SECTOR;
    }
}

/* The first sectors of it. */
static void
put_torn(struct image_bytes *b, const struct record_event *e, struct dice *dice)
{
    if (e->kind != RECORD_WRITE) return;
    size_t size = (size_t)dice_below(dice, e->size + 1);
    size -= size < e->size ? ((size_t)e->at + size) % IMAGE_SECTOR % (size + 1) : 0;
    if (size > 0) bytes_write(b, (size_t)e->at, e->bytes, size);
}

static void
put_event(struct image_bytes *b, const struct record_event *e, struct fate *f)
{
    if (e->kind == RECORD_CUT || f->mode == IMAGE_WRITES) {
        if (dice_below(f->dice, 16) < f->kept_of_16) apply_whole(b, e);
        return;
    }
    if (e->kind == RECORD_WRITE) put_sectors(b, e, f);
}

/* Of the pending writes, the one at turn divides those before from those after. */
static void
put_at(struct image_bytes *b, const struct record_event *e, struct fate *f, bool before,
       bool is_turn)
{
    switch (f->mode) {
    case IMAGE_NOTHING: return;
    case IMAGE_EVERYTHING: apply_whole(b, e); return;
    case IMAGE_PREFIX:
        if (before) apply_whole(b, e);
        if (is_turn) put_torn(b, e, f->dice);
        return;
    case IMAGE_SUFFIX:
        if (!before) apply_whole(b, e);
        return;
    default: put_event(b, e, f); return;
    }
}

static bool
is_pending(const struct record_event *e, enum record_file file)
{
    return e->file == file && (e->kind == RECORD_WRITE || e->kind == RECORD_CUT);
}

static void
put_pending(struct image_bytes *b, const struct image_walk *w, enum record_file file,
            struct fate *f)
{
    size_t from = w->pending_from[file], place = 0, turn = 0, count = 0;
    for (size_t i = from; i < w->at; i++) {
        count += is_pending(&w->record->events[i], file);
    }
    if (count > 0) turn = (size_t)dice_below(f->dice, count);
    for (size_t i = from; i < w->at; i++) {
        const struct record_event *e = &w->record->events[i];
        if (!is_pending(e, file)) continue;
        put_at(b, e, f, place < turn, place == turn);
        place++;
    }
}

void
image_make(struct image *image, const struct image_walk *w, struct dice *dice)
{
    image->ghost = w->ghost.is_there && dice_one_in(dice, 2);
    for (int file = 0; file < RECORD_FILES; file++) {
        struct fate fate = { .mode = (enum image_mode)dice_below(dice, IMAGE_MODE_COUNT),
                             .dice = dice,
                             .kept_of_16 = 1 + dice_below(dice, 15) };
        image->modes[file] = fate.mode;
        bytes_copy(&image->files[file], &w->durable[file]);
        put_pending(&image->files[file], w, (enum record_file)file, &fate);
    }
    if (image->ghost) bytes_copy(&image->files[RECORD_LOG], &w->ghost);
}

void
image_end(struct image *image)
{
    bytes_free(&image->files[RECORD_DB]);
    bytes_free(&image->files[RECORD_LOG]);
}

static void
bytes_store(const struct image_bytes *b, const char *path)
{
    (void)unlink(path);
    if (!b->is_there) return;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    for (size_t done = 0; done < b->size;) {
        ssize_t written = write(fd, b->bytes + done, b->size - done);
        must(written > 0);
        done += (size_t)written;
    }
    must(close(fd) == 0);
}

void
image_store(const struct image *image, const char *dir, const char *name)
{
    char path[512];
    static const char *const ends[] = { [RECORD_DB] = "", [RECORD_LOG] = "-wal" };
    for (int file = 0; file < RECORD_FILES; file++) {
        (void)snprintf(path, sizeof path, "%s/%s%s", dir, name, ends[file]);
        bytes_store(&image->files[file], path);
    }
    (void)snprintf(path, sizeof path, "%s/%s-shm", dir, name);
    (void)unlink(path);
}
