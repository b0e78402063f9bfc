/* voucher/loop.h: a worker's event loop, with two priorities. */
#ifndef HUIQUAN_LOOP_H
#define HUIQUAN_LOOP_H

struct event_base;

/* 0: what came back from other threads, Redis, and the lines of tills. 1, the usual one: the
 * crowd's lines. While these are read the loop looks for the others every millisecond. NULL: no
 * memory. */
struct event_base *loop_open(void);

#endif
