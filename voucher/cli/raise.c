/* voucher/cli/raise.c: huiquan ledger raise-epoch: a restored copy is put to work, by somebody who
 * says why. The journal then contradicts the witness of the lost ledger; with --witness it is held
 * against it a last time, and the checkpoint is set aside as FILE.before-EPOCH, so that the daemon
 * begins a new one. Cut short between the two, the same command does the rest; after both it says
 * again what it said. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "storage/copy.h"
#include "voucher/cli/place.h"
#include "voucher/cli/witnessed.h"
#include "voucher/fault_words.h"
#include "voucher/json_writer.h"
#include "voucher/utf8.h"

#define EPOCH_OF(writer) ((writer)&0xffffffff)

struct raise {
    const struct cli *cli;
    const char *data_dir, *witness_path;
    struct text reason, operator;
    struct witness_file witness;
    struct restored_row row; /* once it is raised */
    char aside[PLACE_ROOM];
};

static int64_t
raise_wall(void *owner)
{
    struct timespec now;
    (void)owner;
    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
raise_random(void *owner, void *out, size_t size)
{
    (void)owner;
    crypto_random_fill(out, size);
}

static enum cli_exit
refuse(const char *what, const char *why)
{
    (void)cli_complain(what, why);
    return CLI_REFUSED;
}

/* Whether this witness was set aside by the newest raise, or should have been. */
static bool
is_of_row(const struct raise *r)
{
    const struct merkle_head *head = &r->witness.head;
    must(head->size >= 0);
    return head->size > 0 && head->size == r->row.witnessed &&
           digest_equal(&head->root, &r->row.root);
}

/* CLI_OK: raise it. CLI_PARTIAL: it is raised, and only the witness is left to be set aside. */
static enum cli_exit
judge(struct raise *r, struct view *v)
{
    struct standing now;
    struct witness_walk walk = { .file = &r->witness };
    view_standing(v, &now);
    const bool was_raised = view_restored(v, &r->row);
    if (view_fault(v) != FAULT_NONE) return refuse(r->data_dir, fault_words(FAULT_CORRUPT));
    if (!now.is_copy && was_raised && is_of_row(r)) return CLI_PARTIAL;
    if (!now.is_copy) return refuse(r->data_dir, "no restored copy: there is nothing to raise");
    return cli_hold_prefix(&walk, v) ? CLI_OK : refuse("journal", walk.why);
}

static enum cli_exit
read_row(struct raise *r)
{
    struct view *v = NULL;
    enum fault fault = view_open(&v, r->data_dir);
    bool is_there = fault == FAULT_NONE && view_restored(v, &r->row);
    view_close(v);
    return is_there ? CLI_OK : refuse(r->data_dir, fault_words(fault));
}

static enum cli_exit
raise_ledger(struct raise *r)
{
    const struct seams seams = { .wall_us = raise_wall,
                                 .monotonic_us = raise_wall,
                                 .random_fill = raise_random };
    const struct ledger_raise raise = { .reason = r->reason,
                                        .operator= r->operator,
                                        .epoch_seen = EPOCH_OF(r->witness.head.writer),
                                        .witnessed = r->witness.head.size,
                                        .root = r->witness.head.root };
    const struct ledger_settings settings = { .data_dir = r->data_dir, .raise = &raise };
    struct ledger *ledger = NULL;
    const enum fault fault = ledger_open(&ledger, &settings, &seams);
    ledger_close(ledger);
    if (fault == FAULT_NONE) return read_row(r);
    (void)cli_complain(r->data_dir, fault_words(fault));
    return CLI_UNAVAILABLE;
}

/* The checkpoint last: as long as it is there, this is not done. */
static enum cli_exit
set_aside(struct raise *r)
{
    char leaves[PLACE_ROOM], leaves_aside[PLACE_ROOM], word[40];
    must(r->row.epoch > 0 && r->witness_path != NULL);
    (void)snprintf(word, sizeof word, ".before-%lld", (long long)r->row.epoch);
    if (!place_join(r->aside, r->witness_path, word) ||
        !place_join(leaves, r->witness_path, ".leaves") ||
        !place_join(leaves_aside, r->aside, ".leaves"))
        return cli_complain(r->witness_path, strerror(errno));
    if (rename(leaves, leaves_aside) != 0 && errno != ENOENT)
        return refuse(leaves, strerror(errno));
    if (rename(r->witness_path, r->aside) != 0 || !place_sync_parent(r->aside))
        return refuse(r->witness_path, strerror(errno));
    return CLI_OK;
}

static void
show(const struct raise *r)
{
    struct json_writer w;
    const struct restored_row *row = &r->row;
    json_writer_grow(&w, 1 << 16);
    json_write_begin_object(&w);
    json_put_int64(&w, "epoch", row->epoch);
    json_put_int64(&w, "entries", row->entries);
    json_put_int64(&w, "witnessed", row->witnessed);
    json_put_int64(&w, "lost_entries",
                   row->witnessed > row->entries ? row->witnessed - row->entries : 0);
    json_put_time(&w, "lost_from", row->copied_at_s, 8 * 3600);
    json_put_time(&w, "raised_at", row->raised_at_s, 8 * 3600);
    json_put_int64(&w, "next_voucher_number", row->voucher_floor);
    json_put_int64(&w, "next_campaign_number", row->campaign_floor);
    json_put_string(&w, "witness_set_aside", r->aside[0] == '\0' ? NULL : r->aside);
    json_write_end_object(&w);
    cli_print_json(r->cli, json_writer_text(&w));
    json_writer_close(&w);
}

static enum cli_exit
look(struct raise *r)
{
    struct view *v = NULL;
    ledger_recover(r->data_dir);
    const enum fault fault = view_open(&v, r->data_dir);
    if (fault != FAULT_NONE) {
        const bool is_half = ledger_standing(r->data_dir) == FAULT_COPY;
        (void)cli_complain(r->data_dir,
                           is_half ? "a restore was cut short: do it again" : fault_words(fault));
        return CLI_UNAVAILABLE;
    }
    const enum cli_exit status = judge(r, v);
    view_close(v);
    return status;
}

static enum cli_exit
raise_now(struct raise *r)
{
    enum cli_exit status = look(r);
    if (r->cli->dry_run && (status == CLI_OK || status == CLI_PARTIAL)) return CLI_OK;
    if (status == CLI_OK)
        status = raise_ledger(r);
    else if (status == CLI_PARTIAL)
        status = CLI_OK;
    if (status == CLI_OK && r->witness.head.size > 0) status = set_aside(r);
    if (status == CLI_OK) show(r);
    return status;
}

/* All was done, and only the word of it was lost: the checkpoint lies under the newest raise's
 * name.
 */
static bool
was_finished(struct raise *r)
{
    char word[40];
    struct view *v = NULL;
    if (r->witness_path == NULL || access(r->witness_path, F_OK) == 0) return false;
    if (view_open(&v, r->data_dir) != FAULT_NONE) return false;
    const bool was_raised = view_restored(v, &r->row) && r->row.witnessed > 0;
    view_close(v);
    (void)snprintf(word, sizeof word, ".before-%lld", (long long)r->row.epoch);
    if (was_raised && place_join(r->aside, r->witness_path, word) && access(r->aside, F_OK) == 0)
        return true;
    r->aside[0] = '\0';
    return false;
}

static enum cli_exit
raise_once(struct raise *r)
{
    if (was_finished(r)) {
        if (!r->cli->dry_run) show(r);
        return CLI_OK;
    }
    enum cli_exit status = cli_read_witness(r->cli, &r->witness);
    if (status == CLI_OK) status = raise_now(r);
    witness_file_end(&r->witness);
    return status;
}

/* What the journal keeps for good: of so many bytes, and nothing that JSON would make longer than
 * there is room for. */
static bool
is_line(struct text text, size_t size_max)
{
    for (size_t i = 0, size = 0; i < text.size; i += size) {
        uint32_t character = 0;
        size = utf8_read(text, i, &character);
        if (size == 0 || character < ' ' || character == 0x7f) return false;
    }
    return text.size > 0 && text.size <= size_max;
}

enum cli_exit
run_ledger_raise(struct cli *cli)
{
    struct raise r = { .cli = cli,
                       .data_dir = cli_option(cli, "data-dir"),
                       .witness_path = cli_option(cli, "witness"),
                       .reason = text_of(cli_option(cli, "reason")),
                       .operator= text_of(cli_option(cli, "operator")) };
    if (r.data_dir == NULL) return cli_complain("--data-dir", "where huiquand keeps its data");
    if (!is_line(r.reason, RAISE_REASON_MAX))
        return cli_complain("--reason", "why, in 1-200 bytes; the journal keeps it");
    if (r.operator.size == 0 || r.operator.size> RAISE_OPERATOR_MAX)
        return cli_complain("--operator", "whose login or role, in 1-64 bytes, no person's name");
    return raise_once(&r);
}
