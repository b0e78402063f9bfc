/* voucher/mailbox.c: a stack that any thread pushes on by compare-and-swap; the receiver swaps the
 * whole stack out and turns it round. Nobody pops single nodes, so there is no ABA.
 *
 * The wake: who pushes on an empty stack writes the eventfd. The receiver clears the eventfd before
 * it swaps, so a push that it misses finds the stack empty again and wakes it again. */
#include "voucher/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct mailbox {
    _Alignas(64) _Atomic(struct mail *) newest; /* a cache line of its own: many threads write it */
    int wake_fd;
};

enum fault
mailbox_open(struct mailbox **out)
{
    *out = NULL;
    struct mailbox *box = aligned_alloc(_Alignof(struct mailbox), sizeof *box);
    if (!box) return FAULT_MEMORY;
    atomic_init(&box->newest, NULL);
    box->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (box->wake_fd < 0) {
        free(box);
        return FAULT_IO;
    }
    *out = box;
    return FAULT_NONE;
}

void
mailbox_close(struct mailbox *box)
{
    if (!box) return;
    must(atomic_load(&box->newest) == NULL);
    close(box->wake_fd);
    free(box);
}

static void
mailbox_wake(struct mailbox *box)
{
    uint64_t one = 1;
    ssize_t size;
    do {
        size = write(box->wake_fd, &one, sizeof one);
    } while (size < 0 && errno == EINTR);
    /* EAGAIN: the counter is full, so the receiver is awake as it is. */
    must(size == sizeof one || errno == EAGAIN);
}

void
mailbox_put(struct mailbox *box, struct mail *mail)
{
    must(mail);
    struct mail *older = atomic_load_explicit(&box->newest, memory_order_relaxed);
    do {
        must(older != mail);
        mail->next = older;
    } while (!atomic_compare_exchange_weak_explicit(&box->newest, &older, mail,
                                                    memory_order_release, memory_order_relaxed));
    if (!older) mailbox_wake(box);
}

static struct mail *
oldest_first(struct mail *newest)
{
    struct mail *oldest = NULL;
    while (newest) {
        struct mail *older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    return oldest;
}

struct mail *
mailbox_take(struct mailbox *box)
{
    /* Also when nothing is there: a wake may come after its mail was taken, and would stay lit. */
    uint64_t wakes;
    ssize_t size;
    do {
        size = read(box->wake_fd, &wakes, sizeof wakes);
    } while (size < 0 && errno == EINTR);
    must(size == sizeof wakes || errno == EAGAIN);
    return oldest_first(atomic_exchange_explicit(&box->newest, NULL, memory_order_acquire));
}

static int64_t
now_ms(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sleeps until the eventfd is readable; false: the time is over. */
static bool
mailbox_sleep(struct mailbox *box, int64_t wait_ms)
{
    struct pollfd wake = { .fd = box->wake_fd, .events = POLLIN };
    int count = poll(&wake, 1, wait_ms > INT32_MAX ? INT32_MAX : (int)wait_ms);
    must(count >= 0 || errno == EINTR);
    return count != 0;
}

struct mail *
mailbox_wait(struct mailbox *box, int64_t wait_ms)
{
    struct mail *mail = NULL;
    bool has_mail = atomic_load_explicit(&box->newest, memory_order_relaxed) != NULL;
    if (has_mail || wait_ms == 0) return mailbox_take(box);
    int64_t end_ms = wait_ms < 0 ? -1 : now_ms() + wait_ms;
    for (;;) {
        int64_t left_ms = wait_ms < 0 ? -1 : end_ms - now_ms();
        if (wait_ms > 0 && left_ms < 0) left_ms = 0;
        bool is_over = !mailbox_sleep(box, left_ms);
        mail = mailbox_take(box);
        if (mail || is_over) return mail;
    }
}

int
mailbox_fd(const struct mailbox *box)
{
    return box->wake_fd;
}
