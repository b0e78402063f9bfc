/* tests/bench/lane.c: see lane.h. */
#include "tests/bench/lane.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/token.h"
#include "tests/bench/arrival.h"
#include "tests/bench/cpu.h"
#include "voucher/id.h"

#define ANSWER_ROOM 16384
#define EVENTS_MAX 256
#define SECOND_NS INT64_C(1000000000)
#define LAST_ANSWER_NS (30 * SECOND_NS)

struct connection {
    int fd;
    bool is_busy;
    size_t request;
    int64_t due_ns, sent_ns;
    size_t have;
    char in[ANSWER_ROOM];
};

static _Noreturn void
give_up(const char *what)
{
    fprintf(stderr, "bench_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void
connection_open(struct lane *lane, struct connection *c)
{
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)lane->options->port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int on = 1;
    c->have = 0;
    c->is_busy = false;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) give_up("socket");
    if (connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0) give_up("connect");
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    must(fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0);
    struct epoll_event wanted = { .events = EPOLLIN, .data.ptr = c };
    if (epoll_ctl(lane->poll_fd, EPOLL_CTL_ADD, c->fd, &wanted) != 0) give_up("epoll_ctl");
}

/* The peer ended it; what was asked may or may not have happened. */
static void
connection_renew(struct lane *lane, struct connection *c)
{
    const bool was_busy = c->is_busy;
    close(c->fd);
    connection_open(lane, c);
    if (!was_busy) return;
    lane->lost++;
    lane->busy_count--;
    lane->idle[lane->idle_count++] = c;
}

static bool
requests_are_left(const struct lane *lane)
{
    return lane->requests->wraps || lane->next < lane->requests->count;
}

static void
ask(struct lane *lane, struct connection *c, int64_t due_ns)
{
    const size_t place = lane->next % lane->requests->count;
    const struct text request = requests_at(lane->requests, place);
    c->request = place;
    c->due_ns = due_ns;
    c->sent_ns = monotonic_ns();
    c->is_busy = true;
    lane->next += lane->step;
    lane->busy_count++;
    lane->sent++;
    const ssize_t sent = send(c->fd, request.at, request.size, MSG_NOSIGNAL);
    if (sent != (ssize_t)request.size) connection_renew(lane, c);
}

static bool
is_expected(const struct lane *lane, const char *kind)
{
    const struct option_list *expect = &lane->options->expect;
    for (size_t i = 0; i < expect->count; i++) {
        if (strcmp(expect->at[i], kind) == 0) return true;
    }
    return expect->count == 0;
}

/* A claim that was answered must carry a voucher with its token; other answers are not looked at.
 */
static bool
voucher_keep(struct lane *lane, const struct connection *c, struct text body)
{
    const struct text id = answer_member(body, TEXT("\"voucher_id\":\""));
    const struct text token = answer_member(body, TEXT("\"token\":\""));
    if (id.size != ID_TEXT_SIZE - 1 || token.size != TOKEN_DIGITS) return false;
    if (lane->keep == NULL) return true;
    fprintf(lane->keep, "%lld %.*s %.*s\n", (long long)lane->options->first + (long long)c->request,
            (int)id.size, id.at, (int)token.size, token.at);
    return true;
}

static void
count_answer(struct lane *lane, struct connection *c, const struct answer *answer)
{
    const int64_t now_ns = monotonic_ns();
    const bool is_claim = lane->options->scenario[0] == 'c';
    const bool is_good = is_expected(lane, answer->kind);
    const bool is_whole = !is_claim || answer->status != 201 || voucher_keep(lane, c, answer->body);
    tally_add(&lane->tally, is_whole ? answer->kind : "201 without a voucher", 1);
    hist_add(is_good ? &lane->granted : &lane->refused, now_ns - c->due_ns);
    hist_add(is_good ? &lane->granted_sent : &lane->refused_sent, now_ns - c->sent_ns);
    lane->last_ns = now_ns;
    lane->busy_count--;
    c->is_busy = false;
    lane->idle[lane->idle_count++] = c;
}

/* Reads what came; counts the answer once it is whole. */
static void
hear(struct lane *lane, struct connection *c)
{
    struct answer answer;
    const ssize_t got = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        connection_renew(lane, c);
        return;
    }
    c->have += (size_t)got;
    if (!answer_read((struct text){ c->in, c->have }, &answer)) {
        if (c->have == sizeof c->in) give_up("an answer beyond all size");
        return;
    }
    if (!c->is_busy || answer.size != c->have) give_up("an answer that nobody asked for");
    c->have = 0;
    count_answer(lane, c, &answer);
    if (answer.closes) connection_renew(lane, c);
}

static void
wait_for_answers(struct lane *lane, int64_t wait_ns)
{
    struct epoll_event events[EVENTS_MAX];
    const struct timespec wait = { wait_ns / SECOND_NS, wait_ns % SECOND_NS };
    const int count = epoll_pwait2(lane->poll_fd, events, EVENTS_MAX, &wait, NULL);
    for (int i = 0; i < count; i++) {
        hear(lane, events[i].data.ptr);
    }
}

static void
lane_run_closed(struct lane *lane)
{
    int64_t now_ns = monotonic_ns();
    while (now_ns < lane->end_ns && requests_are_left(lane)) {
        while (lane->idle_count > 0 && requests_are_left(lane)) {
            ask(lane, lane->idle[--lane->idle_count], monotonic_ns());
        }
        wait_for_answers(lane, lane->end_ns - now_ns);
        now_ns = monotonic_ns();
    }
}

static void
lane_run_open(struct lane *lane)
{
    int64_t now_ns = monotonic_ns(), due_ns;
    lane->due_ns = now_ns;
    while (now_ns < lane->end_ns && requests_are_left(lane)) {
        arrivals_take(lane, now_ns);
        while (lane->idle_count > 0 && requests_are_left(lane) &&
               arrivals_next(lane, monotonic_ns(), &due_ns)) {
            ask(lane, lane->idle[--lane->idle_count], due_ns);
        }
        now_ns = monotonic_ns();
        wait_for_answers(lane, lane->due_ns > now_ns ? lane->due_ns - now_ns : 0);
        now_ns = monotonic_ns();
    }
    lane->left += lane->waiting_count;
}

void
lane_run(struct lane *lane)
{
    lane->begin_ns = monotonic_ns();
    lane->end_ns = lane->begin_ns + lane->options->millis * 1000000;
    if (lane->options->rate > 0)
        lane_run_open(lane);
    else
        lane_run_closed(lane);
    const int64_t patience_ns = monotonic_ns() + LAST_ANSWER_NS;
    while (lane->busy_count > 0 && monotonic_ns() < patience_ns) {
        wait_for_answers(lane, SECOND_NS / 10);
    }
    lane->lost += lane->busy_count;
}

/* An answer to a first request of no consequence shows that the connection was accepted. */
static void
connection_warm(struct lane *lane, struct connection *c)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n";
    struct answer answer;
    if (send(c->fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0) give_up("send");
    c->have = 0;
    while (!answer_read((struct text){ c->in, c->have }, &answer)) {
        struct epoll_event ready;
        if (epoll_wait(lane->poll_fd, &ready, 1, 5000) != 1) give_up("no answer to /healthz");
        const ssize_t got = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);
        if (got <= 0) give_up("/healthz");
        c->have += (size_t)got;
    }
    c->have = 0;
}

void
lane_open(struct lane *lane)
{
    lane->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    lane->connections = calloc(lane->connection_count, sizeof *lane->connections);
    lane->idle = calloc(lane->connection_count, sizeof *lane->idle);
    must(lane->poll_fd >= 0 && lane->connections != NULL && lane->idle != NULL);
    for (size_t i = 0; i < lane->connection_count; i++) {
        connection_open(lane, &lane->connections[i]);
        connection_warm(lane, &lane->connections[i]);
        lane->idle[lane->idle_count++] = &lane->connections[i];
    }
    lane->next = lane->place;
    arrivals_open(lane);
}

void
lane_close(struct lane *lane)
{
    for (size_t i = 0; i < lane->connection_count; i++) {
        close(lane->connections[i].fd);
    }
    close(lane->poll_fd);
    free(lane->connections);
    free(lane->idle);
    free(lane->waiting_ns);
}
