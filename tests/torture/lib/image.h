/* tests/torture/lib/image.h: what may lie on the disk after the power was cut at some event of a
 * record (record.h). One thread.
 *
 * Durable is what was there at the file's last sync. Of what was written since, each 512-byte
 * sector may have arrived or not, in any order, or be garbage; the file may have been lengthened
 * without its bytes. A log that was removed may be back until its successor was synced. */
#ifndef HUIQUAN_TORTURE_IMAGE_H
#define HUIQUAN_TORTURE_IMAGE_H

#include "tests/torture/lib/dice.h"
#include "tests/torture/lib/record.h"

#define IMAGE_SECTOR 512

/* X(NAME, words) */
#define IMAGE_MODES(X)                                          \
    X(NOTHING, "nothing since the sync")                        \
    X(EVERYTHING, "everything")                                 \
    X(PREFIX, "the first writes, the next one torn")            \
    X(SUFFIX, "the last writes without those before")           \
    X(WRITES, "some whole writes")                              \
    X(SECTORS, "some sectors")                                  \
    X(GARBAGE, "some sectors, some of what is missing garbage") \
    X(ZEROS, "some sectors, some of what is missing zeros")

enum image_mode {
#define X(name, words) IMAGE_##name,
    IMAGE_MODES(X)
#undef X
        IMAGE_MODE_COUNT
};

struct image_bytes {
    bool is_there;
    size_t size, room;
    uint8_t *bytes;
};

struct image_walk {
    const struct record *record;
    size_t at; /* events before it have happened */
    struct image_bytes durable[RECORD_FILES];
    struct image_bytes ghost; /* a removed log that may be back */
    size_t pending_from[RECORD_FILES]; /* events of the file from here on are not durable */
};

void image_walk_start(struct image_walk *w, const struct record *record);
/* Lets the next event happen. */
void image_walk_step(struct image_walk *w);
void image_walk_end(struct image_walk *w);

struct image {
    struct image_bytes files[RECORD_FILES];
    enum image_mode modes[RECORD_FILES];
    bool ghost;
};

/* Makes a possible state of the disk at this point; its buffers are used again. */
void image_make(struct image *image, const struct image_walk *w, struct dice *dice);
void image_end(struct image *image);
/* Writes it as DIR/NAME and DIR/NAME-wal, and removes the index of the log. */
void image_store(const struct image *image, const char *dir, const char *name);
const char *image_mode_words(enum image_mode mode);

#endif
