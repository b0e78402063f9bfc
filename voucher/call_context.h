/* voucher/call_context.h: what a call sees of the worker that it runs on. One per thread. */
#ifndef HUIQUAN_CALL_CONTEXT_H
#define HUIQUAN_CALL_CONTEXT_H

#include "voucher/board.h"
#include "voucher/call.h"

struct worker_context {
    size_t index; /* of the worker */
    const struct service *service;
    struct view *view;
    struct catalogue *catalogue;
    struct board *board;
    int claims_in_progress; /* past the door, not answered yet */
    struct limiter *limiter;
    struct mailbox *ops; /* come back from the clerk */
    struct mailbox *tasks; /* come back from desks */
    struct mailbox *outcalls; /* come back from the threads that called out */
    struct id_source ids;
    struct secrets *secrets;
    struct metric_block *metrics;
    struct log_buffer lines; /* leave at each tick, or when full */
    struct streams *streams;
    int listeners; /* streams of events */
    /* The worker's: a call that was answered goes back to its pool. */
    void (*answered)(struct worker_context *w, struct call *call);
};

#endif
