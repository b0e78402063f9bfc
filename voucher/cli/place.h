/* voucher/cli/place.h: files that are whole or not there. One thread. False leaves errno. */
#ifndef HUIQUAN_CLI_PLACE_H
#define HUIQUAN_CLI_PLACE_H

#include "voucher/base.h"

#define PLACE_ROOM 4096

/* DIR/NAME, or "DIRNAME" for a name that begins with a dot. False: too long. */
MUST_USE bool place_join(char out[PLACE_ROOM], const char *dir, const char *name);
/* New, mode 0600, on the disk when it returns but for its name. */
MUST_USE bool place_write(const char *path, struct text bytes);
MUST_USE bool place_copy(const char *from, const char *to);
/* SHA-256 and size of a file. */
MUST_USE bool place_digest(const char *path, struct digest *out, int64_t *out_size);
/* Names within it are on the disk; of the directory that holds path, likewise. */
MUST_USE bool place_sync(const char *dir);
MUST_USE bool place_sync_parent(const char *path);
/* Takes the files of a directory away whose names begin with one of these (NULL ends them).
 * ENOTEMPTY: there are others too. */
MUST_USE bool place_clear(const char *dir, const char *const *ours);

#endif
