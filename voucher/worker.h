/* voucher/worker.h: one thread with one event loop: its listeners, its view of the ledger, its
 * door, its calls. Nothing in it is shared but the mailbox. */
#ifndef HUIQUAN_WORKER_H
#define HUIQUAN_WORKER_H

#include "voucher/call.h"
#include "voucher/http/server.h"
#include "voucher/http/tls.h"

struct worker;

struct worker_settings {
    const struct service *service;
    size_t index;
    int public_fd; /* -1: none; taken over */
    int metrics_fd; /* likewise */
    int control_fd; /* likewise */
    struct secrets *secrets;
    struct http_tls *tls; /* NULL: plain */
};

/* Starts the thread. On a fault *out is NULL. */
MUST_USE enum fault worker_open(struct worker **out, const struct worker_settings *settings);
/* Any thread: use these from the next call on. The old ones are closed when no call holds them. */
void worker_renew(struct worker *w, struct secrets *secrets, struct http_tls *tls);
/* Any thread: stop accepting, finish what is in progress, end the thread. */
void worker_stop(struct worker *w, int64_t grace_ms);
/* Waits for the thread's end. NULL is fine. */
void worker_close(struct worker *w);

#endif
