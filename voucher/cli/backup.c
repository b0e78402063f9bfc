/* voucher/cli/backup.c: huiquan ledger backup: a copy of the ledger beside the running daemon.
 *
 * DIR is made under the name DIR.part, is on the disk as a whole, and only then gets its name. A
 * DIR.part that somebody left behind is nobody's, unless it is locked: it is begun anew. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "voucher/cli/manifest.h"
#include "voucher/cli/place.h"
#include "voucher/cli/witnessed.h"
#include "voucher/fault_words.h"

#define LOG_MIB_USUAL 1024
#define LOG_MIB_MIN 128 /* 64 may be left from an earlier hour */
#define LOG_MIB_MAX 1048576

/* What a backup has in it, whole or not. */
static const char *const ours[] = { MANIFEST_DATABASE, MANIFEST_NAME, MANIFEST_MARK, NULL };

struct backup {
    const struct cli *cli;
    const char *data_dir, *to;
    int64_t log_mib;
    char part[PLACE_ROOM];
    int lock_fd;
    struct manifest manifest;
};

static enum cli_exit
fail(const char *what, const char *why)
{
    (void)cli_complain(what, why);
    return CLI_UNAVAILABLE;
}

static enum cli_exit
refuse(const char *what, const char *why)
{
    (void)cli_complain(what, why);
    return CLI_REFUSED;
}

static enum cli_exit
open_part(struct backup *b)
{
    const size_t size = strlen(b->to);
    if (size == 0 || b->to[size - 1] == '/') return cli_complain("--to", "a name without / behind");
    if (!place_join(b->part, b->to, ".part")) return cli_complain(b->to, strerror(errno));
    if (access(b->to, F_OK) == 0) return refuse(b->to, "is there already: name another");
    if (mkdir(b->part, 0700) != 0 && errno != EEXIST) return fail(b->part, strerror(errno));
    b->lock_fd = open(b->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->lock_fd < 0) return fail(b->part, strerror(errno));
    if (flock(b->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return refuse(b->part, "another backup is being made there");
    }
    return place_clear(b->part, ours) ? CLI_OK : fail(b->part, strerror(errno));
}

static const char *
words_of(enum fault fault)
{
    switch (fault) {
    case FAULT_UNREACHABLE: return "no ledger there";
    case FAULT_FULL: return "the disk is full";
    case FAULT_LOST_RACE:
        return "the daemon's log has grown beyond --log-mib meanwhile: try at a quieter hour, or "
               "with more";
    default: return fault_words(fault);
    }
}

static enum cli_exit
copy_keys_mark(struct backup *b)
{
    char from[PLACE_ROOM], to[PLACE_ROOM];
    if (!place_join(from, b->data_dir, MANIFEST_MARK) || !place_join(to, b->part, MANIFEST_MARK))
        return fail(b->to, strerror(errno));
    if (access(from, F_OK) != 0) return CLI_OK; /* a daemon that was never started */
    return place_copy(from, to) ? CLI_OK : fail(to, strerror(errno));
}

static enum cli_exit
describe(struct backup *b)
{
    char path[PLACE_ROOM];
    struct view *v = NULL;
    struct manifest *m = &b->manifest;
    enum fault fault = view_open(&v, b->part);
    if (fault == FAULT_NONE) {
        view_standing(v, &m->standing);
        fault = view_fault(v);
    }
    view_close(v);
    if (fault != FAULT_NONE) return fail(b->part, fault_words(fault));
    must(m->standing.is_copy);
    const bool is_read =
        place_join(path, b->part, MANIFEST_DATABASE) && place_digest(path, &m->sha256, &m->bytes);
    return is_read ? CLI_OK : fail(b->part, strerror(errno));
}

/* From here on it is a backup. */
static enum cli_exit
finish(struct backup *b, struct text manifest)
{
    char path[PLACE_ROOM];
    must(manifest.size > 0);
    bool is_whole = place_join(path, b->part, MANIFEST_NAME) && place_write(path, manifest) &&
                    place_sync(b->part);
    is_whole = is_whole && rename(b->part, b->to) == 0 && place_sync_parent(b->to);
    return is_whole ? CLI_OK : fail(b->to, strerror(errno));
}

static enum cli_exit
make(struct backup *b)
{
    const struct copy_settings settings = { .data_dir = b->data_dir,
                                            .to_dir = b->part,
                                            .log_bytes_max = b->log_mib << 20 };
    struct json_writer w;
    b->manifest.made_at_s = (int64_t)time(NULL);
    const enum fault fault = ledger_copy(&settings);
    if (fault != FAULT_NONE) return fail(b->data_dir, words_of(fault));
    enum cli_exit status = copy_keys_mark(b);
    if (status == CLI_OK) status = describe(b);
    if (status != CLI_OK) return status;
    json_writer_grow(&w, 1 << 16);
    manifest_write(&w, &b->manifest);
    status = finish(b, json_writer_text(&w));
    if (status == CLI_OK) cli_print_json(b->cli, json_writer_text(&w));
    json_writer_close(&w);
    return status;
}

static enum cli_exit
read_witness(struct backup *b)
{
    struct witness_file file;
    enum cli_exit status = cli_read_witness(b->cli, &file);
    b->manifest.witnessed = file.head.size;
    b->manifest.root = file.head.root;
    witness_file_end(&file);
    return status;
}

static enum cli_exit
read_log_mib(struct backup *b)
{
    char *end = NULL;
    const char *text = cli_option(b->cli, "log-mib");
    b->log_mib = LOG_MIB_USUAL;
    if (text == NULL) return CLI_OK;
    b->log_mib = strtoll(text, &end, 10);
    if (*end == '\0' && b->log_mib >= LOG_MIB_MIN && b->log_mib <= LOG_MIB_MAX) return CLI_OK;
    return cli_complain("--log-mib", "from 128 to 1048576");
}

/* Nothing is left of what did not become a backup. */
static enum cli_exit
make_or_clear(struct backup *b)
{
    const enum cli_exit status = make(b);
    must(b->lock_fd >= 0);
    if (status != CLI_OK && place_clear(b->part, ours)) (void)rmdir(b->part);
    return status;
}

enum cli_exit
run_ledger_backup(struct cli *cli)
{
    struct backup b = { .cli = cli,
                        .data_dir = cli_option(cli, "data-dir"),
                        .to = cli_option(cli, "to"),
                        .lock_fd = -1 };
    if (b.data_dir == NULL) return cli_complain("--data-dir", "where huiquand keeps its data");
    if (b.to == NULL) return cli_complain("--to", "the directory that becomes the backup");
    enum cli_exit status = read_log_mib(&b);
    if (status == CLI_OK) status = read_witness(&b);
    if (status != CLI_OK || cli->dry_run) return status;
    status = open_part(&b);
    if (status == CLI_OK) status = make_or_clear(&b);
    if (b.lock_fd >= 0) (void)close(b.lock_fd);
    return status;
}
