/* voucher/thread.h: starts a thread under a name that top, perf and gdb show. Any thread. */
#ifndef HUIQUAN_THREAD_H
#define HUIQUAN_THREAD_H

#include <pthread.h>

#include "voucher/base.h"

#define THREAD_ALONE SIZE_MAX /* the only one of its name */
#define THREAD_NAME_SIZE 16 /* of the kernel, with the NUL; a longer name is cut */
#define THREAD_WORDS_SIZE 48

/* "worker", 3 is worker-3. The caller joins *out. The name is for people: that it could not be set
 * is no fault. */
static inline enum fault
thread_start(pthread_t *out, void *(*run)(void *owner), void *owner, const char *name,
             size_t number)
{
    char whole[THREAD_WORDS_SIZE];
    if (number == THREAD_ALONE)
        (void)snprintf(whole, sizeof whole, "%s", name);
    else
        (void)snprintf(whole, sizeof whole, "%s-%zu", name, number);
    if (pthread_create(out, NULL, run, owner) != 0) return FAULT_MEMORY;
    whole[THREAD_NAME_SIZE - 1] = '\0';
    (void)pthread_setname_np(*out, whole);
    return FAULT_NONE;
}

#endif
