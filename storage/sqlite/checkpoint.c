/* storage/sqlite/checkpoint.c: idle ─start▸ under way ─(thread)▸ over ─look▸ idle */
#include "storage/sqlite/checkpoint.h"

#include <stdatomic.h>

#include "storage/sqlite/engine.h"
#include "voucher/thread.h"
#include "voucher/torture.h"

struct checkpoint {
    struct view view; /* the thread's, once it runs */
    struct checkpoint_round round; /* the thread's while under way, then the writer's */
    atomic_int state; /* enum checkpoint_state */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping; /* under the lock */
    bool has_thread;
    pthread_t thread;
};

static enum fault
checkpoint_connect(struct checkpoint *c, const char *path, const char *vfs)
{
    enum fault fault = view_start(&c->view, path, SQLITE_OPEN_READWRITE, vfs);
    if (fault != FAULT_NONE) return fault;
    int code = sqlite3_db_config(c->view.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    must(code == SQLITE_OK);
    code = sqlite3_exec(c->view.db,
                        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                        "PRAGMA query_only = 1",
                        NULL, NULL, NULL);
    if (code != SQLITE_OK) return fault_of_sqlite(code);
    (void)query_number(&c->view, "PRAGMA user_version"); /* only then it knows of the log */
    return c->view.fault;
}

static void
checkpoint_make(struct checkpoint *c)
{
    torture_point("checkpoint-beside");
    int pages = 0;
    int code = sqlite3_wal_checkpoint_v2(c->view.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, &pages);
    torture_point("checkpoint-beside-over");
    c->round = (struct checkpoint_round){ fault_of_sqlite(code), pages > 0 ? pages : 0 };
    atomic_store(&c->state, CHECKPOINT_OVER);
}

static void *
checkpoint_run(void *owner)
{
    struct checkpoint *c = owner;
    must(pthread_mutex_lock(&c->lock) == 0);
    for (;;) {
        while (!c->stopping && atomic_load(&c->state) != CHECKPOINT_UNDER_WAY) {
            must(pthread_cond_wait(&c->changed, &c->lock) == 0);
        }
        if (atomic_load(&c->state) != CHECKPOINT_UNDER_WAY) break;
        must(pthread_mutex_unlock(&c->lock) == 0);
        checkpoint_make(c);
        must(pthread_mutex_lock(&c->lock) == 0);
    }
    must(pthread_mutex_unlock(&c->lock) == 0);
    return NULL;
}

enum fault
checkpoint_open(struct checkpoint **out, const char *path, const char *vfs)
{
    *out = NULL;
    struct checkpoint *c = calloc(1, sizeof *c);
    if (c == NULL) return FAULT_MEMORY;
    must(pthread_mutex_init(&c->lock, NULL) == 0);
    must(pthread_cond_init(&c->changed, NULL) == 0);
    atomic_init(&c->state, CHECKPOINT_IDLE);
    enum fault fault = checkpoint_connect(c, path, vfs);
    if (fault == FAULT_NONE) {
        fault = thread_start(&c->thread, checkpoint_run, c, "checkpoint", THREAD_ALONE);
        c->has_thread = fault == FAULT_NONE;
    }
    if (fault == FAULT_NONE)
        *out = c;
    else
        checkpoint_close(c);
    return fault;
}

static void
checkpoint_stop(struct checkpoint *c)
{
    must(pthread_mutex_lock(&c->lock) == 0);
    c->stopping = true;
    must(pthread_cond_signal(&c->changed) == 0);
    must(pthread_mutex_unlock(&c->lock) == 0);
    must(pthread_join(c->thread, NULL) == 0);
}

void
checkpoint_close(struct checkpoint *c)
{
    if (c == NULL) return;
    if (c->has_thread) checkpoint_stop(c);
    view_stop(&c->view);
    must(pthread_cond_destroy(&c->changed) == 0);
    must(pthread_mutex_destroy(&c->lock) == 0);
    free(c);
}

void
checkpoint_start(struct checkpoint *c)
{
    must(pthread_mutex_lock(&c->lock) == 0);
    must(atomic_load(&c->state) == CHECKPOINT_IDLE);
    atomic_store(&c->state, CHECKPOINT_UNDER_WAY);
    must(pthread_cond_signal(&c->changed) == 0);
    must(pthread_mutex_unlock(&c->lock) == 0);
}

enum checkpoint_state
checkpoint_look(struct checkpoint *c, struct checkpoint_round *out)
{
    enum checkpoint_state state = (enum checkpoint_state)atomic_load(&c->state);
    must(state <= CHECKPOINT_OVER);
    if (state != CHECKPOINT_OVER) return state;
    *out = c->round;
    atomic_store(&c->state, CHECKPOINT_IDLE);
    return state;
}
