/* tests/http_talk.h: clients of a stage, on its loop. */
#ifndef HUIQUAN_TESTS_HTTP_TALK_H
#define HUIQUAN_TESTS_HTTP_TALK_H

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/http_reply.h"
#include "tests/http_stage.h"

enum { TALK_SIZE_FIRST = 4096 };

/* One client: what came back so far. */
struct talk {
    struct stage *stage;
    struct event *reading;
    int fd;
    bool is_closed; /* the server ended */
    bool is_reset;
    size_t size;
    size_t size_max;
    char *in;
};

#define TALKED(talk) ((struct text){ (talk)->in, (talk)->size })

static inline void
talk_read(evutil_socket_t fd, short what, void *owner)
{
    struct talk *talk = owner;
    (void)what;
    if (talk->size == talk->size_max) {
        talk->size_max *= 2;
        talk->in = realloc(talk->in, talk->size_max);
        assert_non_null(talk->in);
    }
    ssize_t size = recv(fd, talk->in + talk->size, talk->size_max - talk->size, MSG_DONTWAIT);
    if (size > 0) {
        talk->size += (size_t)size;
        return;
    }
    if (size < 0 && errno == EAGAIN) return;
    talk->is_closed = true;
    talk->is_reset = size < 0;
    event_del(talk->reading);
}

static inline void
talk_adopt(struct talk *talk, struct stage *stage, int fd)
{
    *talk = (struct talk){ .stage = stage, .fd = fd };
    talk->size_max = TALK_SIZE_FIRST;
    talk->in = malloc(talk->size_max);
    talk->reading = event_new(stage->base, fd, EV_READ | EV_PERSIST, talk_read, talk);
    assert_true(talk->in && talk->reading);
    event_add(talk->reading, NULL);
}

static inline void
talk_open(struct talk *talk, struct stage *stage)
{
    struct sockaddr_in where = { .sin_family = AF_INET };
    where.sin_port = htons(http_server_port(stage->server));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&where, sizeof where), 0);
    talk_adopt(talk, stage, fd);
}

static inline void
talk_close(struct talk *talk)
{
    event_free(talk->reading);
    free(talk->in);
    if (talk->fd >= 0) close(talk->fd);
}

/* What does not go into the kernel at once is a fault of the test; a closed peer is not. */
static inline void
talk_send(struct talk *talk, struct text text)
{
    if (text.size == 0) return;
    ssize_t size = send(talk->fd, text.at, text.size, MSG_NOSIGNAL);
    assert_true(size == (ssize_t)text.size || errno == EPIPE || errno == ECONNRESET);
}

/* The answer at that place, none of them of a HEAD; false: not yet. */
static inline bool
talk_answer(const struct talk *talk, size_t index, struct answer *out)
{
    struct text in = { talk->in, talk->size };
    for (size_t i = 0; i <= index; i++) {
        if (!answer_take(&in, false, out)) return false;
    }
    return true;
}

static inline size_t
talk_answer_count(const struct talk *talk)
{
    struct text in = { talk->in, talk->size };
    struct answer answer;
    size_t count = 0;
    while (answer_take(&in, false, &answer))
        count++;
    return count;
}

static inline bool
talk_is_closed(const void *about)
{
    const struct talk *talk = about;
    return talk->is_closed;
}

static inline bool
talk_has_answer(const void *about)
{
    const struct talk *talk = about;
    return talk->is_closed || talk_answer_count(talk) > 0;
}

static inline bool
talk_has_two(const void *about)
{
    const struct talk *talk = about;
    return talk->is_closed || talk_answer_count(talk) > 1;
}

static inline bool
talk_wait(struct talk *talk, bool (*holds)(const void *about))
{
    return stage_until(talk->stage, holds, talk);
}

#endif
