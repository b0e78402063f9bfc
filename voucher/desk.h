/* voucher/desk.h: a thread for work that takes too long for an event loop: hashing a password,
 * adding up a report. It has a view of its own, so that whoever waits for it holds up nobody else.
 */
#ifndef HUIQUAN_DESK_H
#define HUIQUAN_DESK_H

#include "storage/ledger.h"
#include "voucher/mailbox.h"

struct desk;

/* Belongs to the desk from desk_post() until it comes back to reply. */
struct desk_task {
    struct mail mail; /* first */
    struct mailbox *reply;
    void (*work)(struct desk_task *task, struct view *view); /* the desk's thread */
};

/* waiting_max: tasks that may wait. */
MUST_USE enum fault desk_open(struct desk **out, const char *data_dir, int64_t waiting_max);
/* Any thread. False: too many wait, and the task stays the caller's. */
MUST_USE bool desk_post(struct desk *d, struct desk_task *task);
void desk_close(struct desk *d); /* finishes what was posted; NULL is fine */

#endif
