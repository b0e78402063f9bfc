/* tests/bench/floor_loop.c: see floor.h. The least that libevent's bufferevents cost: what ends in
 * an empty line is a request, and the answer is always the same. */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <signal.h>

#include "tests/bench/floor.h"

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
                             "Connection: keep-alive\r\n\r\nok";

static void
on_bytes(struct bufferevent *peer, void *unused)
{
    (void)unused;
    struct evbuffer *in = bufferevent_get_input(peer);
    struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    while (end.pos >= 0) {
        (void)evbuffer_drain(in, (size_t)end.pos + 4);
        (void)bufferevent_write(peer, answer, sizeof answer - 1);
        end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    }
}

static void
on_end(struct bufferevent *peer, short what, void *unused)
{
    (void)what;
    (void)unused;
    bufferevent_free(peer);
}

static void
on_peer(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size,
        void *unused)
{
    (void)from;
    (void)size;
    (void)unused;
    const int on = 1;
    struct bufferevent *peer =
        bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    must(peer != NULL);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bufferevent_setcb(peer, on_bytes, NULL, on_end, NULL);
    (void)bufferevent_enable(peer, EV_READ | EV_WRITE);
}

static void
on_signal(evutil_socket_t number, short what, void *base)
{
    (void)number;
    (void)what;
    (void)event_base_loopbreak(base);
}

void
floor_loop(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    struct event_base *base = event_base_new();
    struct evconnlistener *listener =
        evconnlistener_new_bind(base, on_peer, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                                1024, (struct sockaddr *)&at, sizeof at);
    must(listener != NULL);
    struct event *ending = evsignal_new(base, SIGTERM, on_signal, base);
    must(ending != NULL && event_add(ending, NULL) == 0);
    signal(SIGPIPE, SIG_IGN);
    must(getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&at, &size) == 0);
    printf("ready %u\n", (unsigned)ntohs(at.sin_port));
    fflush(stdout);
    event_base_dispatch(base);
    event_free(ending);
    evconnlistener_free(listener);
    event_base_free(base);
}
