/* voucher/mailbox.h: hands things from many threads to one. Whatever is handed over belongs to the
 * receiver until it comes back by another mailbox. Order: what one thread puts is taken in that
 * order. One wake per batch: only what finds the box empty wakes the receiver.
 *
 * A thing to hand over embeds a struct mail; the box allocates nothing and never fills up. */
#ifndef HUIQUAN_MAILBOX_H
#define HUIQUAN_MAILBOX_H

#include "voucher/base.h"

struct mail {
    struct mail *next; /* in what mailbox_take() answers; NULL at the end */
};

struct mailbox;

enum fault mailbox_open(struct mailbox **out);
void mailbox_close(struct mailbox *box); /* must be empty; NULL is fine */

/* Any thread. mail must not be in a box already. */
void mailbox_put(struct mailbox *box, struct mail *mail);

/* The receiver only, as all below. Takes all that waits, oldest first; NULL when nothing does. */
struct mail *mailbox_take(struct mailbox *box);
/* The same, but sleeps until there is something or wait_ms is over (-1: for ever). */
struct mail *mailbox_wait(struct mailbox *box, int64_t wait_ms);

/* Readable when there may be something: for an event loop, which then calls mailbox_take(). */
int mailbox_fd(const struct mailbox *box);

/* The thing around its mail: struct op *op = MAILBOX_OF(mail, struct op, mail). */
#define MAILBOX_OF(mail_at, type, member) \
    ((type *)(void *)((char *)(mail_at)-offsetof(type, member)))

#endif
