/* voucher/witness_file.c */
#include "voucher/witness_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/chain.h"

#define DAEMON_OF(writer) ((writer) >> 32)

static void
put_number(uint8_t out[8], int64_t number)
{
    must(number >= 0);
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
    }
}

void
witness_leaf(const struct witness_walk *w, struct digest *out)
{
    uint8_t bytes[8 + 8 + sizeof w->head.bytes];
    must(w->seq > 0);
    put_number(bytes, w->writer);
    put_number(bytes + 8, w->seq);
    memcpy(bytes + 16, w->head.bytes, sizeof w->head.bytes);
    merkle_leaf((struct text){ (const char *)bytes, sizeof bytes }, out);
}

/* Reads at most room bytes; answers how many there were, or -1. */
static ssize_t
read_whole(const char *path, void *out, size_t room)
{
    size_t size = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    for (ssize_t got = 1; got > 0 && size < room; size += (size_t)(got > 0 ? got : 0)) {
        got = read(fd, (char *)out + size, room - size);
    }
    (void)close(fd);
    must(size <= room);
    return (ssize_t)size;
}

static bool
leaves_add_up(const struct digest *leaves, const struct merkle_head *head)
{
    struct merkle tree = { 0 };
    struct digest root;
    for (int64_t i = 0; i < head->size; i++) {
        merkle_push(&tree, &leaves[i]);
    }
    must(tree.size == head->size);
    merkle_root(&tree, &root);
    return digest_equal(&root, &head->root);
}

static enum fault
read_leaves(struct witness_file *f, const char *path)
{
    char name[WITNESS_PATH_SIZE];
    struct stat st;
    const int size = snprintf(name, sizeof name, "%s.leaves", path);
    must(size > 0 && (size_t)size < sizeof name);
    const size_t wanted = (size_t)f->head.size * sizeof *f->leaves;
    if (wanted == 0 || stat(name, &st) != 0 || (size_t)st.st_size < wanted) return FAULT_NONE;
    f->leaves = malloc(wanted);
    if (f->leaves == NULL) return FAULT_MEMORY;
    if (read_whole(name, f->leaves, wanted) != (ssize_t)wanted ||
        !leaves_add_up(f->leaves, &f->head)) {
        witness_file_end(f);
    }
    return FAULT_NONE;
}

enum fault
witness_file_read(struct witness_file *out, const char *path, const struct witness_keys *keys,
                  char why[WITNESS_WHY_SIZE])
{
    char note[2 * MERKLE_NOTE_SIZE];
    bool held = false;
    *out = (struct witness_file){ 0 };
    why[0] = '\0';
    must(keys->count <= WITNESS_KEYS_MAX);
    const ssize_t size = read_whole(path, note, sizeof note);
    if (size < 0) {
        (void)snprintf(why, WITNESS_WHY_SIZE, "%s", strerror(errno));
        return errno == ENOENT ? FAULT_UNREACHABLE : FAULT_IO;
    }
    for (size_t i = 0; i < keys->count && !held; i++) {
        held = merkle_note_read(keys->keys[i], WITNESS_ORIGIN, (struct text){ note, (size_t)size },
                                &out->head);
    }
    if (held) return read_leaves(out, path);
    (void)snprintf(why, WITNESS_WHY_SIZE, "no checkpoint that was signed by one of the keys");
    return FAULT_CORRUPT;
}

void
witness_file_end(struct witness_file *f)
{
    must(f != NULL);
    free(f->leaves);
    f->leaves = NULL;
}

static enum fault
fault_of_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT ? FAULT_FULL : FAULT_IO;
}

/* A name is on the disk when its directory is. */
static bool
sync_directory(const char *path)
{
    char directory[WITNESS_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    const int size = slash == NULL ? 1 : (int)(slash - path) + 1;
    (void)snprintf(directory, sizeof directory, "%.*s", size, slash == NULL ? "." : path);
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool whole = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) (void)close(fd);
    return whole;
}

enum fault
witness_file_save(const char *path, struct text note)
{
    char fresh[WITNESS_PATH_SIZE];
    const int size = snprintf(fresh, sizeof fresh, "%s.new", path);
    must(size > 0 && (size_t)size < sizeof fresh);
    must(note.size > 0);
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return fault_of_errno();
    bool whole = write(fd, note.at, note.size) == (ssize_t)note.size && fsync(fd) == 0;
    enum fault fault = whole ? FAULT_NONE : fault_of_errno();
    whole = close(fd) == 0 && whole;
    if (whole) whole = rename(fresh, path) == 0 && sync_directory(path);
    return whole ? FAULT_NONE : fault != FAULT_NONE ? fault : FAULT_IO;
}

static bool
walk_break(struct witness_walk *w, const char *what)
{
    if (w->why[0] != '\0') return false;
    (void)snprintf(w->why, sizeof w->why, "writer %lld, entry %lld: %s", (long long)w->writer,
                   (long long)w->seq, what);
    return false;
}

static const char *
walk_judge(const struct witness_walk *w, const struct journal_row *row)
{
    struct digest hash;
    const bool same_writer = row->writer == w->writer;
    const bool same_daemon = DAEMON_OF(row->writer) == DAEMON_OF(w->writer);
    const struct digest prev = same_daemon ? w->head : (struct digest){ 0 };
    if (row->writer <= 0 || row->seq != (same_writer ? w->seq + 1 : 1)) {
        return "an entry before it is missing";
    }
    chain_next(&prev, row->bytes, &hash);
    return digest_equal(&hash, &row->hash) ? NULL : "the hash does not hold";
}

bool
witness_walk_take(struct witness_walk *w, const struct journal_row *row)
{
    struct digest leaf, root;
    const char *why = row->bytes.size == 0 ? "the entry is empty" : walk_judge(w, row);
    w->writer = row->writer;
    w->seq = row->seq;
    w->head = row->hash;
    if (why != NULL) return walk_break(w, why);
    const struct witness_file *f = w->file;
    const int64_t at = w->tree.size;
    witness_leaf(w, &leaf);
    merkle_push(&w->tree, &leaf);
    if (f == NULL || at >= f->head.size) return true;
    if (f->leaves != NULL && !digest_equal(&leaf, &f->leaves[at])) {
        return walk_break(w, "it is not the one that was witnessed");
    }
    if (at + 1 < f->head.size) return true;
    merkle_root(&w->tree, &root);
    return digest_equal(&root, &f->head.root) ||
           walk_break(w, "up to here some entry is not the one that was witnessed");
}

bool
witness_walk_end(struct witness_walk *w)
{
    const struct witness_file *f = w->file;
    if (w->why[0] != '\0') return false;
    if (f == NULL || w->tree.size >= f->head.size) return true;
    (void)snprintf(w->why, sizeof w->why,
                   "the journal ends after %lld entries (writer %lld, entry %lld); %lld were "
                   "witnessed, the last as writer %lld, entry %lld",
                   (long long)w->tree.size, (long long)w->writer, (long long)w->seq,
                   (long long)f->head.size, (long long)f->head.writer, (long long)f->head.seq);
    return false;
}

static bool
walk_each(void *owner, const struct journal_row *row)
{
    return witness_walk_take(owner, row);
}

bool
witness_walk_all(struct witness_walk *w, struct view *v)
{
    must(w->tree.size == 0);
    view_journal(v, 0, 0, walk_each, w);
    if (view_fault(v) != FAULT_NONE) {
        (void)walk_break(w, "the database cannot be read beyond it");
        return false;
    }
    return witness_walk_end(w);
}
