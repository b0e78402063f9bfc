/* tests/bench/floor_redis.c: see floor.h. RESP2 by hand over a blocking socket: the answers are
 * counted, by their lines. A claim asks for two keys: its resident's and its campaign's. */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "storage/limiter_script.h"
#include "tests/bench/cpu.h"
#include "tests/bench/floor.h"
#include "tests/bench/hist.h"

#define MILLISECOND_NS INT64_C(1000000)
#define SHA_SIZE 40
#define NUMBERS 5 /* of an answer: one line tells their count, each has one */
#define ASK_SIZE 400
#define PIPELINED 16

struct asker {
    int fd;
    char sha[SHA_SIZE + 1];
    int64_t asked;
};

static void
asker_send(const struct asker *a, const char *bytes, size_t size)
{
    must(send(a->fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size);
}

/* Reads until so many lines have come. */
static size_t
asker_hear(const struct asker *a, size_t line_count, char *out, size_t room)
{
    size_t size = 0, lines = 0;
    while (lines < line_count) {
        const ssize_t got = recv(a->fd, out + size, room - size, 0);
        must(got > 0);
        for (ssize_t i = 0; i < got; i++) {
            lines += out[size + (size_t)i] == '\n';
        }
        size += (size_t)got;
    }
    must(memchr(out, '-', 1) == NULL); /* an error of Redis begins so */
    return size;
}

static void
asker_open(struct asker *a, const char *path)
{
    static char load[sizeof limiter_script + 64];
    char answer[256];
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    *a = (struct asker){ .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    must(a->fd >= 0 && connect(a->fd, (const struct sockaddr *)&to, sizeof to) == 0);
    const int size =
        snprintf(load, sizeof load, "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$%zu\r\n%s\r\n",
                 sizeof limiter_script - 1, limiter_script);
    asker_send(a, load, (size_t)size);
    (void)asker_hear(a, 2, answer, sizeof answer);
    memcpy(a->sha, strchr(answer, '\n') + 1, SHA_SIZE); /* $40, then the digest */
}

static int
ask_write(struct asker *a, char out[ASK_SIZE])
{
    char key[48];
    static const char campaign[] = "huiquan:{cmp_bench}:campaign:0000";
    const int key_size =
        snprintf(key, sizeof key, "huiquan:{cmp_bench}:resident:%012lld", (long long)a->asked++);
    return snprintf(out, ASK_SIZE,
                    "*9\r\n$7\r\nEVALSHA\r\n$40\r\n%s\r\n$1\r\n2\r\n$%d\r\n%s\r\n$%zu\r\n%s\r\n"
                    "$1\r\n6\r\n$8\r\n60000000\r\n$7\r\n1000000\r\n$7\r\n1000000\r\n",
                    a->sha, key_size, key, sizeof campaign - 1, campaign);
}

static void
measure(struct asker *a, int at_once, int pid, int64_t millis)
{
    char asks[PIPELINED * ASK_SIZE], answers[PIPELINED * 128], watched[32];
    struct cpu_watch redis;
    (void)snprintf(watched, sizeof watched, "redis:%d", pid);
    must(cpu_watch_open(&redis, watched));
    cpu_watch_begin(&redis);
    const int64_t before = a->asked, begin_ns = monotonic_ns(), own_ns = cpu_of_self_ns();
    int64_t passed_ns = 0;
    while (passed_ns < millis * MILLISECOND_NS) {
        size_t size = 0;
        for (int i = 0; i < at_once; i++) {
            size += (size_t)ask_write(a, asks + size);
        }
        asker_send(a, asks, size);
        (void)asker_hear(a, (size_t)at_once * (NUMBERS + 1), answers, sizeof answers);
        passed_ns = monotonic_ns() - begin_ns;
    }
    const int64_t own_used_ns = cpu_of_self_ns() - own_ns, count = a->asked - before;
    cpu_watch_end(&redis);
    printf("\"asks_a_second\":%lld,\"redis_cpu_us\":",
           (long long)(count * INT64_C(1000000000) / passed_ns));
    print_us(stdout, redis.used_ns / count);
    fputs(",\"client_cpu_us\":", stdout);
    print_us(stdout, own_used_ns / count);
}

void
floor_redis(const char *socket_path, int pid, int64_t millis)
{
    struct asker a;
    asker_open(&a, socket_path);
    fputs("{\"one_at_a_time\":{", stdout);
    measure(&a, 1, pid, millis);
    fputs("},\"pipelined_16\":{", stdout);
    measure(&a, PIPELINED, pid, millis);
    puts("}}");
    close(a.fd);
}
