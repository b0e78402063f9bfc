/* tests/support_redis.h: a private redis-server on a socket in a temporary folder, and a stand-in
 * that says what a test wants. The server dies with the test program, however that ends. One
 * thread; waits are for conditions, with a deadline that fails the test. */
#ifndef HUIQUAN_TESTS_SUPPORT_REDIS_H
#define HUIQUAN_TESTS_SUPPORT_REDIS_H

#include <sys/types.h>

#include "voucher/base.h"

struct event_base;

#define REDIS_SOCKET_SIZE 96
#define WAIT_S_MAX 20

struct redis_server {
    char dir[64];
    char socket[REDIS_SOCKET_SIZE];
    const char *password; /* NULL: none */
    pid_t pid; /* 0: not running */
};

void redis_server_open(struct redis_server *s, const char *password); /* runs on return */
void redis_server_close(struct redis_server *s); /* ends it if it runs, removes the folder */
void redis_server_start(struct redis_server *s); /* returns when it takes connections */
void redis_server_kill(struct redis_server *s); /* SIGKILL */
void redis_server_freeze(struct redis_server *s); /* SIGSTOP, returns when it has stopped */
void redis_server_thaw(struct redis_server *s);
/* One command in words, such as "SET key value"; its answer, raw, ends up in out. */
void redis_server_say(struct redis_server *s, const char *words, char *out, size_t out_size);

/* A stand-in on a socket in the test's own loop. Every SCRIPT LOAD is answered by `loaded`, every
 * other command by `reply`; an empty text is silence. It then hangs up if told to. */
struct fake_redis {
    struct text loaded, reply;
    struct text once; /* instead of reply, to the next command only */
    bool hangs_up_on_connect, hangs_up_after_reply;
    unsigned connected_count, loaded_count, asked_count, by_text_count;
    char dir[64];
    char socket[REDIS_SOCKET_SIZE];
    struct fake_redis_inside *inside;
};

extern const struct text fake_redis_sha; /* a good answer to SCRIPT LOAD */

void fake_redis_open(struct fake_redis *f, struct event_base *base);
/* On a free port of the loopback; socket is then its host:port. */
void fake_redis_open_tcp(struct fake_redis *f, struct event_base *base);
void fake_redis_close(struct fake_redis *f);
void fake_redis_send(struct fake_redis *f, struct text bytes); /* unasked, to all */

/* Runs the loop until condition(at); fails the test after WAIT_S_MAX. */
void loop_until(struct event_base *base, bool (*condition)(void *at), void *at);

#endif
