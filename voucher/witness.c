/* voucher/witness.c: a pass reads what the journal has got since the last one, beginning with the
 * last row that was witnessed, which must still be there; appends its leaves; then replaces the
 * checkpoint. Where any of this fails nothing is taken as done, and the next pass tries it again.
 * A journal that contradicts itself is not witnessed any more: the next start refuses it. */
#include "voucher/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "voucher/fault_words.h"
#include "voucher/json_writer.h"
#include "voucher/outcall.h"
#include "voucher/thread.h"

#define LEAVES_AT_ONCE 1024

struct witness {
    struct witness_settings settings;
    struct witness_walk done; /* on the second path */
    int leaves_fd;
    bool is_broken, is_behind; /* told once each */
    struct view *view;
    struct mailbox *inbox;
    struct mail stop;
    bool has_thread, is_stopping;
    pthread_t thread;
    struct outcalls *outcalls; /* NULL: nothing is pushed */
    struct outcall call;
    bool is_calling, is_unsent, is_unheard; /* the last: told once */
    size_t note_size;
    char note[MERKLE_NOTE_SIZE]; /* the newest checkpoint */
};

struct pass {
    struct witness *witness;
    struct witness_walk walk;
    bool met_last;
    enum fault fault;
    size_t count; /* leaves that wait */
    int64_t first; /* where they go */
    struct digest leaves[LEAVES_AT_ONCE];
};

void
witness_keys_of(const struct keyring *k, struct witness_keys *out)
{
    *out = (struct witness_keys){ 0 };
    must(keyring_count(k) <= WITNESS_KEYS_MAX);
    for (size_t i = 0; i < keyring_count(k); i++) {
        memcpy(out->keys[out->count++], keyring_at(k, i)->public_key, ED25519_KEY_SIZE);
    }
}

static enum fault
file_of(const struct witness_settings *s, struct witness_file *out, char why[WITNESS_WHY_SIZE])
{
    struct witness_keys keys;
    witness_keys_of(s->keyring, &keys);
    return witness_file_read(out, s->path, &keys, why);
}

enum fault
witness_check(const struct witness_settings *s, char why[WITNESS_WHY_SIZE])
{
    struct witness_file file;
    struct view *v = NULL;
    enum fault fault = file_of(s, &file, why);
    if (fault == FAULT_UNREACHABLE) return FAULT_NONE; /* the first start with a witness */
    if (fault != FAULT_NONE) return fault;
    struct witness_walk walk = { .file = &file };
    bool holds = false;
    if (!ledger_is_there(s->data_dir))
        holds = witness_walk_end(&walk);
    else if (view_open(&v, s->data_dir) != FAULT_NONE)
        (void)snprintf(walk.why, sizeof walk.why, "the journal cannot be read");
    else
        holds = witness_walk_all(&walk, v);
    view_close(v);
    witness_file_end(&file);
    memcpy(why, walk.why, WITNESS_WHY_SIZE);
    return holds ? FAULT_NONE : FAULT_CORRUPT;
}

static void
pass_flush(struct pass *p)
{
    const size_t size = p->count * sizeof p->leaves[0];
    const off_t at = (off_t)(p->first * (int64_t)sizeof p->leaves[0]);
    if (size == 0 || p->fault != FAULT_NONE) return;
    if (pwrite(p->witness->leaves_fd, p->leaves, size, at) != (ssize_t)size) p->fault = FAULT_IO;
    p->first += (int64_t)p->count;
    p->count = 0;
}

static bool
pass_each(void *owner, const struct journal_row *row)
{
    struct pass *p = owner;
    const struct witness_walk *done = &p->witness->done;
    if (!p->met_last) {
        p->met_last = row->writer == done->writer && row->seq == done->seq &&
                      digest_equal(&row->hash, &done->head);
        return p->met_last;
    }
    if (!witness_walk_take(&p->walk, row)) return false;
    witness_leaf(&p->walk, &p->leaves[p->count++]);
    if (p->count == LEAVES_AT_ONCE) pass_flush(p);
    return p->fault == FAULT_NONE;
}

static enum fault
pass_sign(struct pass *p)
{
    uint32_t kid;
    struct witness *w = p->witness;
    const struct witness_settings *s = &w->settings;
    const struct witness_walk *walk = &p->walk;
    struct merkle_head head = {
        .size = walk->tree.size, .writer = walk->writer, .seq = walk->seq, .hash = walk->head
    };
    merkle_root(&walk->tree, &head.root);
    if (fdatasync(w->leaves_fd) != 0) return FAULT_IO;
    const struct ed25519_signer *signer = keyring_signer_active(s->keyring, &kid);
    w->note_size = merkle_note_write(signer, WITNESS_ORIGIN, &head, w->note);
    w->is_unsent = w->outcalls != NULL;
    return witness_file_save(s->path, (struct text){ w->note, w->note_size });
}

static void
witness_say(struct witness *w, enum log_level level, const char *words)
{
    struct log_line line;
    log_begin(&line, w->settings.log, level, "witness");
    log_string(&line, LOG_PATH, w->settings.path);
    log_string(&line, LOG_ERROR, words);
    log_end(&line);
}

static void
pass_read(struct pass *p)
{
    struct witness *w = p->witness;
    const int64_t last = w->done.seq;
    p->met_last = last == 0;
    view_journal(w->view, w->done.writer, last == 0 ? 0 : last - 1, pass_each, p);
    pass_flush(p);
    const enum fault fault = view_fault(w->view);
    if (p->fault == FAULT_NONE) p->fault = fault;
    if (p->fault != FAULT_NONE) return;
    if (!p->met_last) (void)snprintf(p->walk.why, WITNESS_WHY_SIZE, "the last entry is gone");
    w->is_broken = p->walk.why[0] != '\0';
    if (w->is_broken) witness_say(w, LOG_LEVEL_ERROR, p->walk.why);
}

static void
witness_pass(struct witness *w)
{
    if (w->is_broken) return;
    struct pass *p = calloc(1, sizeof *p);
    if (p == NULL) return;
    p->witness = w;
    p->walk = w->done;
    p->first = w->done.tree.size;
    pass_read(p);
    const bool has_grown = p->walk.tree.size > w->done.tree.size;
    if (p->fault == FAULT_NONE && !w->is_broken && has_grown) p->fault = pass_sign(p);
    if (p->fault == FAULT_NONE && !w->is_broken) w->done = p->walk;
    if (p->fault != FAULT_NONE && !w->is_behind) {
        witness_say(w, LOG_LEVEL_WARN, fault_words(p->fault));
    }
    w->is_behind = p->fault != FAULT_NONE;
    free(p);
}

static void
witness_push(struct witness *w)
{
    struct json_writer writer;
    if (!w->is_unsent || w->is_calling) return;
    json_writer_fix(&writer, w->call.body, sizeof w->call.body);
    json_write_begin_object(&writer);
    json_put_text(&writer, "checkpoint", (struct text){ w->note, w->note_size });
    json_write_end_object(&writer);
    w->call.body_size = json_writer_text(&writer).size;
    w->call.url = w->settings.push_url;
    w->call.reply = w->inbox;
    must(w->call.body_size > 0);
    w->is_unsent = false;
    w->is_calling = outcall_post(w->outcalls, &w->call);
    must(w->is_calling); /* the queue is ours alone */
}

static void
witness_pushed(struct witness *w)
{
    const bool is_heard = w->call.fault == FAULT_NONE && w->call.status / 100 == 2;
    must(w->is_calling);
    w->is_calling = false;
    if (!is_heard) w->is_unsent = true;
    if (!is_heard && !w->is_unheard) witness_say(w, LOG_LEVEL_WARN, "the checkpoint is not taken");
    w->is_unheard = !is_heard;
}

static void
witness_wait(struct witness *w, int64_t wait_ms)
{
    struct mail *mail = mailbox_wait(w->inbox, wait_ms);
    while (mail != NULL) {
        struct mail *next = mail->next;
        if (mail == &w->stop)
            w->is_stopping = true;
        else
            witness_pushed(w);
        mail = next;
    }
}

static int64_t
witness_now_ms(const struct witness *w)
{
    return w->settings.seams->monotonic_us(w->settings.seams->owner) / 1000;
}

/* A push that was answered does not end the rest, or whoever refuses checkpoints would be asked
 * again and again without a pause. */
static void
witness_rest(struct witness *w)
{
    int64_t left_ms = w->settings.every_ms;
    const int64_t end_ms = witness_now_ms(w) + left_ms;
    must(left_ms > 0);
    while (left_ms > 0 && !w->is_stopping) {
        witness_wait(w, left_ms);
        left_ms = end_ms - witness_now_ms(w);
    }
}

static void *
witness_run(void *owner)
{
    struct witness *w = owner;
    while (!w->is_stopping) {
        witness_pass(w);
        witness_push(w);
        witness_rest(w);
    }
    return NULL;
}

/* What is under way, and then the last one. */
static void
witness_push_last(struct witness *w)
{
    if (w->is_calling) witness_wait(w, -1);
    witness_push(w);
    if (w->is_calling) witness_wait(w, -1);
    must(!w->is_calling);
}

static enum fault
witness_open_push(struct witness *w)
{
    const struct witness_settings *s = &w->settings;
    if (s->push_url[0] == '\0') return FAULT_NONE;
    const struct outcall_settings settings = { .thread_count = 1,
                                               .timeout_ms = s->push_ms,
                                               .queue_max = 1,
                                               .secret_file = s->push_secret_file,
                                               .seams = s->seams };
    return outcalls_open(&w->outcalls, &settings);
}

/* The journal was checked just before; what is taken up here is where it stands. Leaves are written
 * anew from their beginning when those that are there do not add up. */
static enum fault
witness_recall(struct witness *w, char why[WITNESS_WHY_SIZE])
{
    struct witness_file file;
    enum fault fault = file_of(&w->settings, &file, why);
    if (fault == FAULT_UNREACHABLE) fault = FAULT_NONE;
    for (int64_t i = 0; fault == FAULT_NONE && file.leaves != NULL && i < file.head.size; i++) {
        merkle_push(&w->done.tree, &file.leaves[i]);
    }
    if (file.leaves != NULL) {
        w->done.writer = file.head.writer;
        w->done.seq = file.head.seq;
        w->done.head = file.head.hash;
    }
    witness_file_end(&file);
    return fault;
}

static enum fault
witness_start(struct witness *w, char why[WITNESS_WHY_SIZE])
{
    char name[WITNESS_PATH_SIZE];
    (void)snprintf(name, sizeof name, "%s.leaves", w->settings.path);
    w->leaves_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (w->leaves_fd < 0) {
        (void)snprintf(why, WITNESS_WHY_SIZE, "cannot be written: %s", strerror(errno));
        return FAULT_CONFIG;
    }
    enum fault fault = witness_recall(w, why);
    if (fault == FAULT_NONE) fault = view_open(&w->view, w->settings.data_dir);
    if (fault == FAULT_NONE) fault = mailbox_open(&w->inbox);
    if (fault == FAULT_NONE) fault = witness_open_push(w);
    if (fault == FAULT_NONE)
        fault = thread_start(&w->thread, witness_run, w, "witness", THREAD_ALONE);
    w->has_thread = fault == FAULT_NONE;
    return fault;
}

enum fault
witness_open(struct witness **out, const struct witness_settings *s, char why[WITNESS_WHY_SIZE])
{
    *out = NULL;
    why[0] = '\0';
    must(s->every_ms > 0);
    struct witness *w = calloc(1, sizeof *w);
    if (w == NULL) return FAULT_MEMORY;
    w->settings = *s;
    enum fault fault = witness_start(w, why);
    if (fault == FAULT_NONE) {
        *out = w;
        return FAULT_NONE;
    }
    w->is_broken = true; /* it never began, so it has nothing to say at its end */
    witness_close(w);
    return fault;
}

void
witness_stop(struct witness *w)
{
    if (w == NULL) return;
    if (w->has_thread) {
        mailbox_put(w->inbox, &w->stop);
        must(pthread_join(w->thread, NULL) == 0);
        w->has_thread = false;
    }
    view_close(w->view);
    w->view = NULL;
}

void
witness_close(struct witness *w)
{
    if (w == NULL) return;
    witness_stop(w);
    if (!w->is_broken && view_open(&w->view, w->settings.data_dir) == FAULT_NONE) {
        witness_pass(w);
        view_close(w->view);
    }
    if (w->inbox != NULL) witness_push_last(w);
    outcalls_close(w->outcalls);
    mailbox_close(w->inbox);
    if (w->leaves_fd >= 0) (void)close(w->leaves_fd);
    free(w);
}
