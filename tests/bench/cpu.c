/* tests/bench/cpu.c: see cpu.h. */
#include "tests/bench/cpu.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/hist.h"

#define SECOND_NS INT64_C(1000000000)

static int64_t
clock_ns(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? t.tv_sec * SECOND_NS + t.tv_nsec : 0;
}

int64_t
monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t
cpu_of_self_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static int64_t
process_ns(pid_t pid)
{
    clockid_t clock;
    return clock_getcpuclockid(pid, &clock) == 0 ? clock_ns(clock) : 0;
}

/* The first line of a small file, without its end. */
static void
read_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    out[0] = '\0';
    if (file == NULL) return;
    if (fgets(out, (int)size, file) == NULL) out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    fclose(file);
}

bool
cpu_watch_open(struct cpu_watch *watch, const char *name_and_pid)
{
    const char *colon = strchr(name_and_pid, ':');
    *watch = (struct cpu_watch){ 0 };
    if (colon == NULL) return false;
    (void)snprintf(watch->name, sizeof watch->name, "%.*s", (int)(colon - name_and_pid),
                   name_and_pid);
    watch->pid = (pid_t)strtol(colon + 1, NULL, 10);
    return watch->pid > 0 && process_ns(watch->pid) > 0;
}

/* cpu  user nice system idle iowait irq softirq steal …, in ticks */
int64_t
cpu_of_machine_ns(void)
{
    enum { AT_IDLE = 3, AT_WAIT = 4, NUMBERS = 7 };
    char line[256], *at = line + 3;
    int64_t ticks = 0;
    read_line("/proc/stat", line, sizeof line);
    if (strncmp(line, "cpu", 3) != 0) return 0;
    for (int i = 0; i < NUMBERS; i++) {
        const int64_t number = strtoll(at, &at, 10);
        if (i != AT_IDLE && i != AT_WAIT) ticks += number;
    }
    return ticks * (SECOND_NS / sysconf(_SC_CLK_TCK));
}

static void
thread_read(pid_t pid, pid_t thread, struct cpu_thread *out)
{
    char path[96], line[96];
    out->id = thread;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)pid, (int)thread);
    read_line(path, line, sizeof line);
    out->used_ns = strtoll(line, NULL, 10);
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)pid, (int)thread);
    read_line(path, out->name, sizeof out->name);
}

static size_t
threads_read(pid_t pid, struct cpu_thread out[CPU_THREADS_MAX])
{
    char path[64];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL) return 0;
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        const pid_t thread = (pid_t)strtol(task->d_name, NULL, 10);
        if (thread > 0 && count < CPU_THREADS_MAX) thread_read(pid, thread, &out[count++]);
    }
    closedir(tasks);
    return count;
}

void
cpu_watch_begin(struct cpu_watch *watch)
{
    watch->thread_count = threads_read(watch->pid, watch->threads);
    watch->used_ns = process_ns(watch->pid);
}

void
cpu_watch_end(struct cpu_watch *watch)
{
    struct cpu_thread now[CPU_THREADS_MAX];
    watch->used_ns = process_ns(watch->pid) - watch->used_ns;
    const size_t count = threads_read(watch->pid, now);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < watch->thread_count; k++) {
            if (watch->threads[k].id == now[i].id) now[i].used_ns -= watch->threads[k].used_ns;
        }
    }
    memcpy(watch->threads, now, count * sizeof now[0]);
    watch->thread_count = count;
}

void
cpu_watch_print(const struct cpu_watch *watch, FILE *out)
{
    fputs("{\"cpu_us\":", out);
    print_us(out, watch->used_ns);
    fputs(",\"threads\":[", out);
    for (size_t i = 0; i < watch->thread_count; i++) {
        const struct cpu_thread *t = &watch->threads[i];
        fprintf(out, "%s{\"id\":%d,\"name\":\"%s\",\"cpu_us\":", i > 0 ? "," : "", (int)t->id,
                t->name);
        print_us(out, t->used_ns);
        fputc('}', out);
    }
    fputs("]}", out);
}
