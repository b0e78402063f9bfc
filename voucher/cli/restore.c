/* voucher/cli/restore.c: huiquan ledger restore: a backup is verified in every respect, and only
 * then put in its place, where it stays a copy: it serves nobody until its epoch is raised.
 *
 * In data_dir it lies as huiquan.db.restoring until it is whole and hashed again; a daemon that is
 * started meanwhile, or after this was cut short, refuses as on a copy. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "voucher/cli/manifest.h"
#include "voucher/cli/place.h"
#include "voucher/cli/witnessed.h"
#include "voucher/fault_words.h"

#define SHANGHAI_S (8 * 3600)
#define RESTORING_NAME MANIFEST_DATABASE ".restoring"

struct restore {
    const struct cli *cli;
    const char *from, *data_dir;
    struct manifest manifest;
    struct witness_file witness;
    struct witness_walk walk;
    char why[512]; /* empty: nothing is wrong so far */
};

static bool
wrong(struct restore *r, const char *what, const char *why)
{
    must(why != NULL);
    if (r->why[0] == '\0') (void)snprintf(r->why, sizeof r->why, "%.200s: %.300s", what, why);
    return false;
}

static bool
file_holds(struct restore *r, const char *path)
{
    struct digest sha256;
    int64_t bytes = 0;
    if (!place_digest(path, &sha256, &bytes)) return wrong(r, path, strerror(errno));
    if (bytes < r->manifest.bytes) return wrong(r, path, "it is shorter than its manifest says");
    if (bytes > r->manifest.bytes) return wrong(r, path, "it is longer than its manifest says");
    if (!digest_equal(&sha256, &r->manifest.sha256))
        return wrong(r, path, "its SHA-256 is not the one of its manifest");
    return true;
}

static bool
books_hold(struct restore *r, struct view *v)
{
    struct audit audit;
    struct standing found;
    char why[COPY_WHY_SIZE];
    view_standing(v, &found); /* the quickest first */
    enum fault fault = view_fault(v);
    if (fault != FAULT_NONE) return wrong(r, MANIFEST_DATABASE, fault_words(fault));
    if (!found.is_copy) return wrong(r, MANIFEST_DATABASE, "it is a ledger and not a copy of one");
    const char *differs = manifest_differs(&r->manifest, &found);
    if (differs != NULL) return wrong(r, "the manifest is of another copy", differs);
    if (!view_is_whole(v, why)) return wrong(r, "pages and indexes", why);
    fault = view_audit(v, &audit);
    if (fault != FAULT_NONE) return wrong(r, "ledger check", fault_words(fault));
    if (!audit_is_clean(&audit)) return wrong(r, "ledger check", audit.first_fault);
    return true;
}

static bool
copy_holds(struct restore *r)
{
    char path[PLACE_ROOM], why[MANIFEST_WHY_SIZE];
    struct view *v = NULL;
    if (!manifest_read(&r->manifest, r->from, why)) return wrong(r, r->from, why);
    if (!place_join(path, r->from, MANIFEST_DATABASE)) return wrong(r, r->from, strerror(errno));
    if (!file_holds(r, path)) return false;
    const enum fault fault = view_open(&v, r->from);
    if (fault != FAULT_NONE) return wrong(r, path, fault_words(fault));
    r->walk.file = &r->witness;
    bool holds = books_hold(r, v);
    if (holds && !cli_hold_prefix(&r->walk, v)) holds = wrong(r, "journal", r->walk.why);
    view_close(v);
    return holds;
}

static bool
target_is_free(struct restore *r)
{
    static const char *const names[] = { "", "-wal", "-shm", "-journal" };
    char path[PLACE_ROOM], name[64];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(name, sizeof name, "%s%s", MANIFEST_DATABASE, names[i]);
        if (!place_join(path, r->data_dir, name)) return wrong(r, r->data_dir, strerror(errno));
        if (access(path, F_OK) == 0)
            return wrong(r, path, "there is a ledger already: move all its files away first");
    }
    return true;
}

static bool
files_are_equal(const char *a, const char *b)
{
    struct digest one, other;
    int64_t size;
    return place_digest(a, &one, &size) && place_digest(b, &other, &size) &&
           digest_equal(&one, &other);
}

/* Or a daemon with other keys would make a mark of its own. */
static bool
place_mark(struct restore *r)
{
    char from[PLACE_ROOM], to[PLACE_ROOM], fresh[PLACE_ROOM];
    if (!place_join(from, r->from, MANIFEST_MARK) || !place_join(to, r->data_dir, MANIFEST_MARK) ||
        !place_join(fresh, r->data_dir, MANIFEST_MARK ".new"))
        return wrong(r, r->data_dir, strerror(errno));
    if (access(from, F_OK) != 0) return true;
    if (access(to, F_OK) == 0)
        return files_are_equal(from, to) || wrong(r, to, "this data_dir was made with other keys");
    (void)unlink(fresh);
    return (place_copy(from, fresh) && rename(fresh, to) == 0) || wrong(r, to, strerror(errno));
}

static bool
place_fresh(struct restore *r, const char *fresh)
{
    char from[PLACE_ROOM];
    if (!place_join(from, r->from, MANIFEST_DATABASE)) return wrong(r, r->from, strerror(errno));
    if (unlink(fresh) != 0 && errno != ENOENT) return wrong(r, fresh, strerror(errno));
    if (place_copy(from, fresh)) return file_holds(r, fresh);
    (void)wrong(r, fresh, strerror(errno));
    (void)unlink(fresh);
    return false;
}

static bool
place_database(struct restore *r)
{
    char to[PLACE_ROOM], fresh[PLACE_ROOM];
    if (!place_join(to, r->data_dir, MANIFEST_DATABASE) ||
        !place_join(fresh, r->data_dir, RESTORING_NAME))
        return wrong(r, r->data_dir, strerror(errno));
    if (!place_fresh(r, fresh) || !place_mark(r)) return false;
    if (!place_sync(r->data_dir) || rename(fresh, to) != 0 || !place_sync(r->data_dir))
        return wrong(r, to, strerror(errno));
    return true;
}

static bool
place(struct restore *r)
{
    if (mkdir(r->data_dir, 0700) != 0 && errno != EEXIST)
        return wrong(r, r->data_dir, strerror(errno));
    const int lock = ledger_lock(r->data_dir);
    if (lock < 0) return wrong(r, r->data_dir, fault_words(FAULT_LOST_RACE));
    const bool is_placed = target_is_free(r) && place_database(r);
    (void)close(lock);
    return is_placed;
}

static void
show_witness(struct json_writer *w, const struct restore *r)
{
    const int64_t size = r->witness.head.size, kept = r->walk.tree.size;
    must(size > 0);
    json_put_int64(w, "witnessed", size);
    json_put_bool(w, "leaves", r->witness.leaves != NULL);
    json_put_int64(w, "lost_entries", size > kept ? size - kept : 0);
}

static void
show(const struct restore *r, bool is_placed)
{
    struct json_writer w;
    const struct manifest *m = &r->manifest;
    const bool holds = r->why[0] == '\0';
    json_writer_grow(&w, 1 << 16);
    json_write_begin_object(&w);
    json_put_bool(&w, "verified", holds);
    json_put_string(&w, "first_fault", holds ? NULL : r->why);
    if (holds) {
        json_put_time(&w, "made_at", m->made_at_s, SHANGHAI_S);
        json_put_time(&w, "last_entry_at", m->standing.last_at_s, SHANGHAI_S);
        json_put_int64(&w, "entries", m->standing.entries);
        json_put_int64(&w, "vouchers", m->standing.vouchers);
        if (r->witness.head.size > 0) show_witness(&w, r);
        json_put_string(&w, "placed", is_placed ? r->data_dir : NULL);
        json_put_string(&w, "next", is_placed ? "huiquan ledger raise-epoch" : NULL);
    }
    json_write_end_object(&w);
    cli_print_json(r->cli, json_writer_text(&w));
    json_writer_close(&w);
}

enum cli_exit
run_ledger_restore(struct cli *cli)
{
    struct restore r = { .cli = cli,
                         .from = cli_option(cli, "from"),
                         .data_dir = cli->dry_run ? NULL : cli_option(cli, "data-dir") };
    if (r.from == NULL) return cli_complain("--from", "the directory of a backup");
    enum cli_exit status = cli_read_witness(cli, &r.witness);
    if (status == CLI_OK) {
        const bool holds = copy_holds(&r);
        const bool is_placed = holds && r.data_dir != NULL && place(&r);
        must(holds || r.why[0] != '\0');
        show(&r, is_placed);
        status = r.why[0] == '\0' ? CLI_OK : CLI_REFUSED;
    }
    witness_file_end(&r.witness);
    return status;
}
