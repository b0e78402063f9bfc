/* tests/torture/shim/clock.c: a wall clock that a test moves while the daemon runs. Preloaded
 * (LD_PRELOAD); the file that HUIQUAN_CLOCK names holds eight bytes, the seconds to add. Monotonic
 * time is left alone, as it is when somebody sets a real clock: timers and epoll do not notice. */
#define _GNU_SOURCE 1

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *ahead_s; /* NULL: the clock as it is */
static int (*real_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void
shim_start(void)
{
    const char *path = getenv("HUIQUAN_CLOCK");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    void *mapped = mmap(NULL, sizeof *ahead_s, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) ahead_s = mapped;
    (void)close(fd);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
    if (real_gettime == NULL) *(void **)&real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real_gettime(clock, now);
    bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (result == 0 && is_wall && ahead_s != NULL) now->tv_sec += *ahead_s;
    return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &t);
    *now = (struct timeval){ .tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000 };
    return result;
}

time_t
time(time_t *out)
{
    struct timespec t;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0) return -1;
    if (out != NULL) *out = t.tv_sec;
    return t.tv_sec;
}
