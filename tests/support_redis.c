/* tests/support_redis.c */
#include "tests/support_redis.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "tests/rows.h"

#define FAKE_PEERS_MAX 64

/* ---- a real one ---- */

static void
server_dir_open(char dir[64], char path[REDIS_SOCKET_SIZE])
{
    (void)snprintf(dir, 64, "/tmp/huiquan-redis-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, REDIS_SOCKET_SIZE, "%s/s", dir);
}

static void
server_exec(const struct redis_server *s, int log_fd, pid_t parent)
{
    const char *password = s->password == NULL ? "" : s->password;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the test crashes */
    if (getppid() != parent) _exit(1);
    if (dup2(log_fd, STDOUT_FILENO) < 0) _exit(1);
    (void)execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", s->socket, "--save",
                 "", "--appendonly", "no", "--dir", s->dir, "--daemonize", "no", "--requirepass",
                 password, (char *)NULL);
    _exit(127);
}

/* Its log says when it takes connections. */
static void
server_wait(int log_fd)
{
    char log[8192] = "";
    size_t size = 0;
    while (strstr(log, "accept connections at") == NULL) {
        struct pollfd readable = { .fd = log_fd, .events = POLLIN };
        assert_int_equal(poll(&readable, 1, WAIT_S_MAX * 1000), 1);
        ssize_t got = read(log_fd, log + size, sizeof log - 1 - size);
        if (got <= 0) fail_msg("redis-server did not start: %s", log);
        size += (size_t)got;
        log[size] = '\0';
    }
}

void
redis_server_start(struct redis_server *s)
{
    int log_fds[2];
    must(s->pid == 0);
    assert_int_equal(pipe(log_fds), 0);
    (void)unlink(s->socket);
    pid_t parent = getpid();
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0) server_exec(s, log_fds[1], parent);
    (void)close(log_fds[1]);
    server_wait(log_fds[0]);
    (void)close(log_fds[0]); /* it ignores SIGPIPE and may talk on */
}

void
redis_server_open(struct redis_server *s, const char *password)
{
    memset(s, 0, sizeof *s);
    s->password = password;
    server_dir_open(s->dir, s->socket);
    redis_server_start(s);
}

void
redis_server_kill(struct redis_server *s)
{
    must(s->pid > 0);
    (void)kill(s->pid, SIGKILL);
    (void)waitpid(s->pid, NULL, 0);
    s->pid = 0;
}

void
redis_server_freeze(struct redis_server *s)
{
    int status = 0;
    assert_int_equal(kill(s->pid, SIGSTOP), 0);
    assert_int_equal(waitpid(s->pid, &status, WUNTRACED), s->pid);
    assert_true(WIFSTOPPED(status));
}

void
redis_server_thaw(struct redis_server *s)
{
    assert_int_equal(kill(s->pid, SIGCONT), 0);
}

void
redis_server_close(struct redis_server *s)
{
    if (s->pid > 0) redis_server_kill(s);
    (void)unlink(s->socket);
    (void)rmdir(s->dir);
}

static int
server_connect(const struct redis_server *s)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval patience = { WAIT_S_MAX, 0 };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", s->socket);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* An inline command; QUIT's +OK at the end tells that all has come. */
void
redis_server_say(struct redis_server *s, const char *words, char *out, size_t out_size)
{
    char line[1024];
    size_t size = 0;
    int fd = server_connect(s);
    int line_size = s->password == NULL ? snprintf(line, sizeof line, "%s\r\nQUIT\r\n", words)
                                        : snprintf(line, sizeof line, "AUTH %s\r\n%s\r\nQUIT\r\n",
                                                   s->password, words);
    assert_true(line_size > 0 && (size_t)line_size < sizeof line);
    assert_int_equal(write(fd, line, (size_t)line_size), line_size);
    for (ssize_t got = 1; got > 0;) {
        assert_true(size < out_size);
        got = read(fd, out + size, out_size - 1 - size);
        assert_true(got >= 0);
        size += (size_t)got;
    }
    out[size] = '\0';
    (void)close(fd);
}

/* ---- one that says what it is told ---- */

struct fake_redis_inside {
    struct event_base *base;
    struct evconnlistener *listener;
    struct bufferevent *peers[FAKE_PEERS_MAX];
    size_t peer_count;
    bool asked_now; /* since the last hanging up */
};

const struct text fake_redis_sha = { "$40\r\n0123456789abcdef0123456789abcdef01234567\r\n", 47 };

/* A bulk or an array's head: its number, *at behind its line. False: not all there. */
static bool
fake_read_head(const char **at, const char *end, char sign, long *number)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    if (newline == NULL) return false;
    must(**at == sign);
    *number = 0; /* by hand: what is behind the line need not end with NUL */
    for (const char *digit = *at + 1; digit < newline && *digit != '\r'; digit++)
        *number = *number * 10 + (*digit - '0');
    *at = newline + 1;
    return true;
}

/* The size of the first whole command and its first word; 0: not all there. */
static size_t
fake_read_command(const char *bytes, size_t size, struct text *word)
{
    const char *at = bytes, *end = bytes + size;
    long count, bulk_size;
    *word = (struct text){ 0 };
    if (!fake_read_head(&at, end, '*', &count)) return 0;
    for (long i = 0; i < count; i++) {
        if (at >= end || !fake_read_head(&at, end, '$', &bulk_size)) return 0;
        if (end - at < bulk_size + 2) return 0;
        if (i == 0) *word = (struct text){ at, (size_t)bulk_size };
        at += bulk_size + 2;
    }
    return (size_t)(at - bytes);
}

static void
fake_hang_up(struct fake_redis_inside *inside, struct bufferevent *peer)
{
    for (size_t i = 0; i < inside->peer_count; i++) {
        if (inside->peers[i] != peer) continue;
        inside->peers[i] = inside->peers[--inside->peer_count];
        bufferevent_free(peer);
        return;
    }
}

static void
fake_on_written(struct bufferevent *peer, void *owner)
{
    struct fake_redis *f = owner;
    if (!f->hangs_up_after_reply || !f->inside->asked_now) return;
    f->inside->asked_now = false;
    fake_hang_up(f->inside, peer);
}

static void
fake_answer(struct fake_redis *f, struct bufferevent *peer, struct text word)
{
    bool loads = text_equal(word, TEXT("SCRIPT"));
    if (loads)
        f->loaded_count++;
    else
        f->asked_count++;
    f->inside->asked_now = !loads;
    if (text_equal(word, TEXT("EVAL"))) f->by_text_count++;
    struct text reply = loads ? f->loaded : f->once.size > 0 ? f->once : f->reply;
    if (!loads) f->once = (struct text){ 0 };
    if (reply.size > 0) (void)bufferevent_write(peer, reply.at, reply.size);
}

static void
fake_on_readable(struct bufferevent *peer, void *owner)
{
    struct evbuffer *input = bufferevent_get_input(peer);
    for (;;) {
        struct text word;
        size_t size = evbuffer_get_length(input);
        if (size == 0) return;
        const char *bytes = (const char *)evbuffer_pullup(input, -1);
        size_t command_size = fake_read_command(bytes, size, &word);
        if (command_size == 0) return;
        fake_answer(owner, peer, word);
        (void)evbuffer_drain(input, command_size);
    }
}

static void
fake_on_event(struct bufferevent *peer, short what, void *owner)
{
    struct fake_redis *f = owner;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) fake_hang_up(f->inside, peer);
}

static void
fake_on_connect(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                int address_size, void *owner)
{
    struct fake_redis *f = owner;
    struct fake_redis_inside *inside = f->inside;
    (void)listener, (void)address, (void)address_size;
    f->connected_count++;
    if (f->hangs_up_on_connect || inside->peer_count == FAKE_PEERS_MAX) {
        (void)close(fd);
        return;
    }
    struct bufferevent *peer = bufferevent_socket_new(inside->base, fd, BEV_OPT_CLOSE_ON_FREE);
    assert_non_null(peer);
    inside->peers[inside->peer_count++] = peer;
    bufferevent_setcb(peer, fake_on_readable, fake_on_written, fake_on_event, f);
    (void)bufferevent_enable(peer, EV_READ | EV_WRITE);
}

static void
fake_listen(struct fake_redis *f, struct event_base *base, struct sockaddr *address,
            socklen_t address_size)
{
    (void)signal(SIGPIPE, SIG_IGN); /* the limiter may hang up first */
    f->loaded = fake_redis_sha;
    f->inside = calloc(1, sizeof *f->inside);
    assert_non_null(f->inside);
    f->inside->base = base;
    f->inside->listener = evconnlistener_new_bind(base, fake_on_connect, f, LEV_OPT_CLOSE_ON_FREE,
                                                  64, address, (int)address_size);
    assert_non_null(f->inside->listener);
}

void
fake_redis_open(struct fake_redis *f, struct event_base *base)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memset(f, 0, sizeof *f);
    server_dir_open(f->dir, f->socket);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", f->socket);
    fake_listen(f, base, (struct sockaddr *)&address, sizeof address);
}

void
fake_redis_open_tcp(struct fake_redis *f, struct event_base *base)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    memset(f, 0, sizeof *f);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fake_listen(f, base, (struct sockaddr *)&address, sizeof address);
    int fd = evconnlistener_get_fd(f->inside->listener);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(f->socket, sizeof f->socket, "127.0.0.1:%u", ntohs(address.sin_port));
}

void
fake_redis_close(struct fake_redis *f)
{
    struct fake_redis_inside *inside = f->inside;
    while (inside->peer_count > 0) {
        bufferevent_free(inside->peers[--inside->peer_count]);
    }
    evconnlistener_free(inside->listener);
    free(inside);
    if (f->dir[0] == '\0') return;
    (void)unlink(f->socket);
    (void)rmdir(f->dir);
}

void
fake_redis_send(struct fake_redis *f, struct text bytes)
{
    for (size_t i = 0; i < f->inside->peer_count; i++) {
        (void)bufferevent_write(f->inside->peers[i], bytes.at, bytes.size);
    }
}

/* ---- waiting ---- */

static void
loop_is_late(evutil_socket_t fd, short what, void *owner)
{
    bool *late = owner;
    (void)fd, (void)what;
    *late = true;
}

void
loop_until(struct event_base *base, bool (*condition)(void *at), void *at)
{
    bool late = false;
    struct timeval patience = { WAIT_S_MAX, 0 };
    struct event *deadline = evtimer_new(base, loop_is_late, &late);
    assert_non_null(deadline);
    assert_int_equal(evtimer_add(deadline, &patience), 0);
    while (!condition(at) && !late) {
        (void)event_base_loop(base, EVLOOP_ONCE);
    }
    event_free(deadline);
    if (late) fail_msg("waited %d s in vain", WAIT_S_MAX);
}
