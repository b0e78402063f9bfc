/* voucher/cli/witnessed.c: huiquan journal verify --witness: the same walk as the daemon's at its
 * start, by anybody who has the public keys. Leaves lie beside the checkpoint, as FILE.leaves. */
#include "voucher/cli/witnessed.h"

#include "voucher/json_writer.h"

static void
show_walk(const struct cli *cli, const struct witness_walk *walk)
{
    struct json_writer w;
    json_writer_grow(&w, 1 << 16);
    json_write_begin_object(&w);
    json_put_bool(&w, "clean", walk->why[0] == '\0');
    json_put_int64(&w, "entries", walk->tree.size);
    json_put_int64(&w, "witnessed", walk->file->head.size);
    json_put_bool(&w, "leaves", walk->file->leaves != NULL);
    json_put_string(&w, "first_fault", walk->why[0] == '\0' ? NULL : walk->why);
    json_write_end_object(&w);
    cli_print_json(cli, json_writer_text(&w));
    json_writer_close(&w);
}

static enum cli_exit
walk_against(struct cli *cli, const struct witness_file *file)
{
    struct view *v = NULL;
    struct witness_walk walk = { .file = file };
    const char *data_dir = cli_option(cli, "data-dir");
    must(file != NULL);
    if (data_dir == NULL) return cli_complain("--data-dir", "where huiquand keeps its data");
    if (view_open(&v, data_dir) != FAULT_NONE) {
        (void)cli_complain(data_dir, "no ledger there");
        return CLI_UNAVAILABLE;
    }
    const bool holds = witness_walk_all(&walk, v);
    view_close(v);
    must(holds == (walk.why[0] == '\0'));
    show_walk(cli, &walk);
    return holds ? CLI_OK : CLI_REFUSED;
}

enum cli_exit
cli_read_witness(const struct cli *cli, struct witness_file *out)
{
    struct witness_keys keys;
    char why[WITNESS_WHY_SIZE];
    const char *path = cli_option(cli, "witness"), *from = cli_option(cli, "jwks");
    *out = (struct witness_file){ 0 };
    if (path == NULL) return CLI_OK;
    if (from == NULL) return cli_complain("--jwks", "a file or an address");
    const enum cli_exit status = cli_read_jwks(from, &keys);
    if (status != CLI_OK) return status;
    const enum fault fault = witness_file_read(out, path, &keys, why);
    if (fault == FAULT_NONE) return CLI_OK;
    (void)cli_complain(path, why);
    return fault == FAULT_CORRUPT ? CLI_REFUSED : CLI_UNAVAILABLE;
}

static bool
prefix_each(void *owner, const struct journal_row *row)
{
    return witness_walk_take(owner, row);
}

bool
cli_hold_prefix(struct witness_walk *w, struct view *v)
{
    must(w->tree.size == 0);
    view_journal(v, 0, 0, prefix_each, w);
    if (view_fault(v) != FAULT_NONE && w->why[0] == '\0') {
        (void)snprintf(w->why, sizeof w->why, "the database cannot be read to its end");
    }
    return w->why[0] == '\0';
}

enum cli_exit
run_journal_witnessed(struct cli *cli)
{
    struct witness_file file;
    must(cli_option(cli, "witness") != NULL);
    enum cli_exit status = cli_read_witness(cli, &file);
    if (status == CLI_OK) status = walk_against(cli, &file);
    witness_file_end(&file);
    return status;
}
