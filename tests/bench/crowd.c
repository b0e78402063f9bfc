/* tests/bench/crowd.c: connections that cost a server something and bring it nothing.
 *
 *   bench_crowd idle|drip PORT COUNT
 *
 * idle: each asks once for /healthz and then keeps its connection alive. drip: each sends a request
 * line, one byte a second. Whoever is sent away comes again, so the crowd stays as large. Prints
 * "ready" once all are there; when its input ends, one JSON object, and it goes. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/cpu.h"
#include "tests/bench/hist.h"

#define EVENTS_MAX 256
#define SLICES 100 /* of a second: each slice of the crowd drips in its own */
#define SECOND_NS INT64_C(1000000000)
#define NEIGHBOURS 16 /* addresses 127.0.1.x: one alone would run out of ports */

struct guest {
    int fd;
    size_t sent; /* bytes of the request */
};

struct crowd {
    bool drips;
    uint16_t port;
    size_t count;
    struct guest *guests;
    int poll_fd;
    uint64_t reopened, failed;
};

static const char idle_request[] = "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n";
static const char drip_request[] = "GET /v1/campaigns?cursor=";

static void
guest_come(struct crowd *crowd, struct guest *guest)
{
    const size_t place = (size_t)(guest - crowd->guests);
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons(crowd->port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl((uint32_t)(0x7f000101 + place % NEIGHBOURS)),
    };
    const int on = 1;
    struct epoll_event wanted = { .events = EPOLLIN, .data.ptr = guest };
    *guest = (struct guest){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    must(guest->fd >= 0);
    (void)setsockopt(guest->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    must(bind(guest->fd, (const struct sockaddr *)&from, sizeof from) == 0);
    if (connect(guest->fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        crowd->failed++;
        close(guest->fd);
        guest->fd = -1;
        return;
    }
    must(fcntl(guest->fd, F_SETFL, O_NONBLOCK) == 0);
    must(epoll_ctl(crowd->poll_fd, EPOLL_CTL_ADD, guest->fd, &wanted) == 0);
    if (!crowd->drips) (void)send(guest->fd, idle_request, sizeof idle_request - 1, MSG_NOSIGNAL);
}

/* Answers are not looked at: only whether the server still wants this guest. */
static void
guest_hear(struct crowd *crowd, struct guest *guest)
{
    char answer[4096];
    const ssize_t got = recv(guest->fd, answer, sizeof answer, 0);
    if (got > 0 || (got < 0 && errno == EAGAIN)) return;
    close(guest->fd);
    crowd->reopened++;
    guest_come(crowd, guest);
}

static void
guest_drip(struct guest *guest)
{
    const size_t size = sizeof drip_request - 1;
    const char *byte = guest->sent < size ? &drip_request[guest->sent] : "a";
    if (guest->fd >= 0 && send(guest->fd, byte, 1, MSG_NOSIGNAL) == 1) guest->sent++;
}

static void
crowd_hear(struct crowd *crowd, int wait_ms)
{
    struct epoll_event events[EVENTS_MAX];
    const int count = epoll_wait(crowd->poll_fd, events, EVENTS_MAX, wait_ms);
    for (int i = 0; i < count; i++) {
        guest_hear(crowd, events[i].data.ptr);
    }
}

/* Every SLICES-th guest, beginning with this one. */
static void
crowd_turn(struct crowd *crowd, size_t slice)
{
    for (size_t i = slice; i < crowd->count; i += SLICES) {
        struct guest *guest = &crowd->guests[i];
        if (guest->fd < 0) guest_come(crowd, guest);
        if (crowd->drips) guest_drip(guest);
    }
}

static bool
input_has_ended(void)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    return poll(&input, 1, 0) != 0;
}

static void
crowd_stay(struct crowd *crowd)
{
    int64_t due_ns = monotonic_ns();
    for (size_t slice = 0; !input_has_ended(); slice = (slice + 1) % SLICES) {
        crowd_turn(crowd, slice);
        due_ns += SECOND_NS / SLICES;
        int64_t left_ns;
        while ((left_ns = due_ns - monotonic_ns()) > 0) {
            crowd_hear(crowd, (int)(left_ns / 1000000) + 1);
        }
    }
}

int
main(int argc, char **argv)
{
    struct rlimit files;
    struct crowd crowd = { .poll_fd = epoll_create1(EPOLL_CLOEXEC) };
    if (argc != 4) {
        fputs("bench_crowd idle|drip PORT COUNT\n", stderr);
        return 2;
    }
    must(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &files) == 0);
    crowd.drips = strcmp(argv[1], "drip") == 0;
    crowd.port = (uint16_t)strtoul(argv[2], NULL, 10);
    crowd.count = strtoul(argv[3], NULL, 10);
    crowd.guests = calloc(crowd.count, sizeof *crowd.guests);
    must(crowd.poll_fd >= 0 && crowd.count > 0 && crowd.guests != NULL);
    for (size_t i = 0; i < crowd.count; i++) {
        guest_come(&crowd, &crowd.guests[i]);
        if (i % EVENTS_MAX == 0) crowd_hear(&crowd, 0);
    }
    puts("ready");
    (void)fflush(stdout);
    crowd_stay(&crowd);
    printf("{\"count\":%zu,\"reopened\":%llu,\"failed\":%llu,\"cpu_us\":", crowd.count,
           (unsigned long long)crowd.reopened, (unsigned long long)crowd.failed);
    print_us(stdout, cpu_of_self_ns());
    puts("}");
    return 0; /* the kernel closes what is open */
}
