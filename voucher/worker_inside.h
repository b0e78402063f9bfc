/* voucher/worker_inside.h: what a call sees of its worker. For worker.c, call.c and auth.c. */
#ifndef HUIQUAN_WORKER_INSIDE_H
#define HUIQUAN_WORKER_INSIDE_H

#include "voucher/call.h"

/* A public key that was unpacked once. */
struct known_key {
    uint8_t public_key[ED25519_KEY_SIZE];
    struct ed25519_verifier *verifier;
};

#define KNOWN_KEYS_MAX 1024 /* a power of two */

struct worker_context {
    const struct service *service;
    struct view *view;
    struct catalogue *catalogue;
    struct limiter *limiter;
    struct mailbox *ops; /* come back from the clerk */
    struct mailbox *outcalls; /* come back from the threads that called out */
    struct id_source ids;
    struct secrets *secrets;
    struct metric_block *metrics;
    struct call *pool;
    size_t call_count; /* in progress */
    struct known_key keys[KNOWN_KEYS_MAX];
};

struct worker_context *worker_context(struct worker *w);
struct call *worker_take_call(struct worker *w);
void worker_give_call(struct worker *w, struct call *call);
/* The log line and the figures of a call, while its request is still there. */
void worker_note_call(struct worker *w, const struct call *call);

#endif
