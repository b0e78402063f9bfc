/* voucher/desk.c */
#include "voucher/desk.h"

#include <stdatomic.h>

#include "voucher/thread.h"

struct desk {
    struct mailbox *inbox;
    struct mail stop;
    bool stopping;
    struct view *view;
    int64_t waiting_max;
    atomic_int_fast64_t waiting;
    pthread_t thread;
};

static void
desk_do(struct desk *d, struct mail *mail)
{
    while (mail != NULL) {
        struct mail *next = mail->next;
        if (mail == &d->stop) {
            d->stopping = true;
        } else {
            struct desk_task *task = MAILBOX_OF(mail, struct desk_task, mail);
            must(task->work != NULL && task->reply != NULL);
            task->work(task, d->view);
            atomic_fetch_sub(&d->waiting, 1);
            mailbox_put(task->reply, &task->mail);
        }
        mail = next;
    }
}

static void *
desk_run(void *owner)
{
    struct desk *d = owner;
    while (!d->stopping) {
        desk_do(d, mailbox_wait(d->inbox, -1));
    }
    return NULL;
}

enum fault
desk_open(struct desk **out, const char *data_dir, int64_t waiting_max)
{
    *out = NULL;
    struct desk *d = calloc(1, sizeof *d);
    if (d == NULL) return FAULT_MEMORY;
    must(waiting_max > 0);
    d->waiting_max = waiting_max;
    enum fault fault = view_open(&d->view, data_dir);
    if (fault == FAULT_NONE) fault = mailbox_open(&d->inbox);
    if (fault == FAULT_NONE) fault = thread_start(&d->thread, desk_run, d, "desk", THREAD_ALONE);
    if (fault == FAULT_NONE) {
        *out = d;
        return FAULT_NONE;
    }
    mailbox_close(d->inbox);
    view_close(d->view);
    free(d);
    return fault;
}

bool
desk_post(struct desk *d, struct desk_task *task)
{
    must(task->work != NULL && task->reply != NULL);
    if (atomic_fetch_add(&d->waiting, 1) >= d->waiting_max) {
        atomic_fetch_sub(&d->waiting, 1);
        return false;
    }
    mailbox_put(d->inbox, &task->mail);
    return true;
}

void
desk_close(struct desk *d)
{
    if (d == NULL) return;
    mailbox_put(d->inbox, &d->stop);
    must(pthread_join(d->thread, NULL) == 0);
    mailbox_close(d->inbox);
    view_close(d->view);
    free(d);
}
