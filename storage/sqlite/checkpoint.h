/* storage/sqlite/checkpoint.h: carries the log into the database beside the writer, so that no
 * batch waits for some thousand pages and their fsync.
 *
 * SQLite before 3.51.3 may lose commits when a connection begins a checkpoint while another one,
 * seeing the log carried over in full, resets it. So the writer alone starts a round, after a
 * commit that no checkpoint has reached, and neither starts another nor checkpoints itself until it
 * has seen the end of the round: then the log cannot be reset while a round begins. */
#ifndef HUIQUAN_SQLITE_CHECKPOINT_H
#define HUIQUAN_SQLITE_CHECKPOINT_H

#include "voucher/base.h"

struct checkpoint;

enum checkpoint_state { CHECKPOINT_IDLE, CHECKPOINT_UNDER_WAY, CHECKPOINT_OVER };

struct checkpoint_round {
    enum fault fault;
    int pages; /* of the log that now lie in the database */
};

/* A thread with a connection of its own to the database at path, which is there. */
MUST_USE enum fault checkpoint_open(struct checkpoint **out, const char *path, const char *vfs);
void checkpoint_close(struct checkpoint *c); /* after the round under way; NULL is fine */

/* The writer's thread only. A look that finds a round over gives its result, once. */
void checkpoint_start(struct checkpoint *c);
enum checkpoint_state checkpoint_look(struct checkpoint *c, struct checkpoint_round *out);

#endif
