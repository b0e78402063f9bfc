/* tests/bench/cpu.h: processor time of processes and of their threads, by the kernel's scheduler
 * (sum_exec_runtime, nanoseconds): clock_getcpuclockid() for a process, dead threads included, and
 * /proc/PID/task/TID/schedstat for each thread. */
#ifndef HUIQUAN_BENCH_CPU_H
#define HUIQUAN_BENCH_CPU_H

#include <sys/types.h>

#include "voucher/base.h"

#define CPU_WATCH_MAX 8
#define CPU_THREADS_MAX 64

struct cpu_thread {
    pid_t id;
    char name[24];
    int64_t used_ns;
};

struct cpu_watch {
    char name[24]; /* of the process, as the caller calls it */
    pid_t pid;
    int64_t used_ns;
    size_t thread_count;
    struct cpu_thread threads[CPU_THREADS_MAX];
};

int64_t monotonic_ns(void);
int64_t cpu_of_self_ns(void);
/* Of everything that runs here, in steps of a clock tick. */
int64_t cpu_of_machine_ns(void);
/* "NAME:PID"; false when it does not say so or there is no such process. */
MUST_USE bool cpu_watch_open(struct cpu_watch *watch, const char *name_and_pid);
/* Notes the time used so far. */
void cpu_watch_begin(struct cpu_watch *watch);
/* used_ns of process and threads become what was used since the beginning. */
void cpu_watch_end(struct cpu_watch *watch);
/* {"cpu_us":…,"threads":[{"id":…,"name":…,"cpu_us":…}]} */
void cpu_watch_print(const struct cpu_watch *watch, FILE *out);

#endif
