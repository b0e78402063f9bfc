/* voucher/cli/books.c: auditors' commands on the database file itself, opened read-only and never
 * checkpointing, so that they may run beside the daemon. */
#include "crypto/chain.h"
#include "crypto/encode.h"
#include "storage/journal.h"
#include "voucher/cli/cli.h"
#include "voucher/json.h"
#include "voucher/json_writer.h"
#include "voucher/wire/reply.h"

#define SHANGHAI_S (8 * 3600)

#define CAMPAIGNS_AT_ONCE 64

static enum cli_exit
open_view(const struct cli *cli, struct view **out)
{
    const char *data_dir = cli_option(cli, "data-dir");
    *out = NULL;
    if (data_dir == NULL) return cli_complain("--data-dir", "where huiquand keeps its data");
    if (view_open(out, data_dir) == FAULT_NONE) return CLI_OK;
    (void)cli_complain(data_dir, "no ledger there");
    return CLI_UNAVAILABLE;
}

/* funded = available + live + held + redeemed + settled + returned. */
static void
check_write_equation(struct json_writer *w, const struct campaign_row *row)
{
    const struct balances *b = &row->balances;
    int64_t sum = 0;
    const struct {
        const char *name;
        int64_t fen;
    } parts[] = {
        { "available_fen", b->available_fen }, { "live_fen", b->live_fen },
        { "held_fen", b->held_fen },           { "redeemed_fen", b->redeemed_fen },
        { "settled_fen", b->settled_fen },     { "returned_fen", b->returned_fen },
    };
    bool holds = true;
    json_write_begin_object(w);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &row->id);
    json_put_int64(w, "number", row->number);
    json_put_int64(w, "funded_fen", b->funded_fen);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        json_put_int64(w, parts[i].name, parts[i].fen);
        holds = !__builtin_add_overflow(sum, parts[i].fen, &sum) && parts[i].fen >= 0 && holds;
    }
    json_put_bool(w, "holds", holds && sum == b->funded_fen);
    json_write_end_object(w);
}

static void
check_write_equations(struct json_writer *w, struct view *v)
{
    struct uuid after = { 0 }, ids[CAMPAIGNS_AT_ONCE];
    struct campaign_row row;
    size_t count = CAMPAIGNS_AT_ONCE;
    json_put_array(w, "equations");
    while (count == CAMPAIGNS_AT_ONCE) {
        count = view_campaigns(v, &after, ids, CAMPAIGNS_AT_ONCE);
        for (size_t i = 0; i < count; i++) {
            if (view_campaign(v, &ids[i], &row)) check_write_equation(w, &row);
        }
    }
    json_write_end_array(w);
}

static void
check_write_figures(struct json_writer *w, const struct audit *a)
{
    const struct {
        const char *name;
        int64_t value;
    } figures[] = {
        { "campaigns", a->campaigns },
        { "claims", a->claims },
        { "vouchers", a->vouchers },
        { "redemptions", a->redemptions },
        { "journal_entries", a->entries },
        { "equation_broken", a->equation_broken },
        { "vouchers_differ", a->vouchers_differ },
        { "journal_differs", a->journal_differs },
        { "pools_over_issued", a->pools_over_issued },
        { "persons_over_limit", a->persons_over_limit },
        { "redeemed_twice", a->redeemed_twice },
        { "evidence_twice", a->evidence_twice },
        { "rows_differ", a->rows_differ },
        { "chain_broken", a->chain_broken },
    };
    json_put_bool(w, "clean", audit_is_clean(a));
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        json_put_int64(w, figures[i].name, figures[i].value);
    }
    json_put_string(w, "first_fault", a->first_fault[0] == '\0' ? NULL : a->first_fault);
}

#define FAULTS_SHOWN_MAX 10000 /* a file that is one great fault need not be printed whole */

struct shown_faults {
    struct json_writer *w;
    int64_t count;
};

static void
check_hear(void *owner, const char *words)
{
    struct shown_faults *shown = owner;
    if (shown->count++ < FAULTS_SHOWN_MAX) json_write_string(shown->w, words);
}

enum cli_exit
run_ledger_check(struct cli *cli)
{
    struct audit a;
    struct json_writer w, faults;
    struct view *v = NULL;
    enum cli_exit status = open_view(cli, &v);
    if (status != CLI_OK) return status;
    json_writer_grow(&w, 1 << 26);
    json_writer_grow(&faults, 1 << 23);
    json_write_begin_object(&w);
    json_write_begin_array(&faults);
    view_snapshot_begin(v); /* what is shown and what was judged are of one instant */
    struct shown_faults shown = { .w = &faults };
    const struct audit_ear ear = { check_hear, &shown };
    bool is_read = view_audit_told(v, &a, &ear) == FAULT_NONE;
    json_write_end_array(&faults);
    if (is_read) {
        check_write_figures(&w, &a);
        json_write_key(&w, "faults");
        json_write_raw(&w, json_writer_text(&faults));
        check_write_equations(&w, v);
        is_read = view_fault(v) == FAULT_NONE;
        status = audit_is_clean(&a) ? CLI_OK : CLI_REFUSED;
    }
    json_write_end_object(&w);
    view_snapshot_end(v);
    view_close(v);
    if (is_read) {
        cli_print_json(cli, json_writer_text(&w));
    } else {
        (void)cli_complain("ledger", "the file cannot be read to its end");
        status = CLI_UNAVAILABLE;
    }
    json_writer_close(&faults);
    json_writer_close(&w);
    return status;
}

struct walk {
    const struct cli *cli;
    bool shows;
    int64_t entries, writers, writer, seq;
    struct digest head;
    char broken[160];
};

static void
walk_break(struct walk *w, const struct journal_row *row, const char *why)
{
    if (w->broken[0] != '\0') return;
    (void)snprintf(w->broken, sizeof w->broken, "writer %lld, entry %lld: %s",
                   (long long)row->writer, (long long)row->seq, why);
}

/* Each entry's hash from its own bytes and the hash before it; NULL when all holds. */
static const char *
walk_judge(const struct walk *w, const struct journal_row *row)
{
    struct digest hash;
    bool first = row->writer != w->writer;
    if (row->seq != (first ? 1 : w->seq + 1)) return "an entry before it is missing";
    if (!first && !digest_equal(&row->prev, &w->head)) return "prev differs";
    chain_next(&row->prev, row->bytes, &hash);
    if (!digest_equal(&hash, &row->hash)) return "the hash does not hold";
    return row->entry.kind == 0 ? "the entry is damaged" : NULL;
}

static bool
walk_each(void *owner, const struct journal_row *row)
{
    struct walk *w = owner;
    const char *why = walk_judge(w, row);
    if (why != NULL) walk_break(w, row, why);
    w->writers += row->writer != w->writer;
    w->writer = row->writer;
    w->seq = row->seq;
    w->head = row->hash;
    w->entries++;
    if (!w->shows) return true;
    struct json_writer line;
    json_writer_grow(&line, 1 << 16);
    wire_write_journal(&line, row, SHANGHAI_S);
    struct text text = json_writer_text(&line);
    printf("%.*s\n", (int)text.size, text.at);
    json_writer_close(&line);
    return true;
}

static enum cli_exit
walk_result(const struct cli *cli, const struct walk *w)
{
    struct json_writer out;
    json_writer_grow(&out, 1 << 16);
    json_write_begin_object(&out);
    json_put_bool(&out, "clean", w->broken[0] == '\0');
    json_put_int64(&out, "writers", w->writers);
    json_put_int64(&out, "entries", w->entries);
    json_put_string(&out, "first_fault", w->broken[0] == '\0' ? NULL : w->broken);
    json_write_end_object(&out);
    cli_print_json(cli, json_writer_text(&out));
    json_writer_close(&out);
    return w->broken[0] == '\0' ? CLI_OK : CLI_REFUSED;
}

struct line_texts {
    struct text entry, prev, hash;
};

static bool
line_members(struct json_reader *r, struct journal_row *row, struct line_texts *out)
{
    struct json_texts hex = { JSON_REQUIRED, 2, 8192, NULL };
    struct json_integers number = { JSON_REQUIRED, 1, INT64_MAX };
    if (!json_member_int64(r, "writer", number, &row->writer)) return false;
    if (!json_member_int64(r, "seq", number, &row->seq)) return false;
    if (!json_member_text(r, "entry", hex, &out->entry)) return false;
    if (!json_member_text(r, "prev", hex, &out->prev)) return false;
    return json_member_text(r, "hash", hex, &out->hash);
}

/* A line of an export. Its bytes and hashes are judged by the walk, what it says in words by
 * line_speaks_true(). */
static bool
line_read(struct text line, struct journal_row *row, uint8_t *bytes, size_t room)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct faults faults = { 0 };
    struct line_texts texts;
    if (json_document_open(&document, line, JSON_TOP_OBJECT) != FAULT_NONE) return false;
    bool whole = json_reader_start(&r, document, &faults) && line_members(&r, row, &texts) &&
                 texts.entry.size / 2 <= room;
    whole = whole && decode_hex(texts.entry, bytes, texts.entry.size / 2) &&
            decode_hex(texts.prev, row->prev.bytes, sizeof row->prev.bytes) &&
            decode_hex(texts.hash, row->hash.bytes, sizeof row->hash.bytes);
    if (whole) row->bytes = (struct text){ (const char *)bytes, texts.entry.size / 2 };
    if (whole && !journal_entry_read(row->bytes, &row->entry)) {
        row->entry = (struct journal_entry){ 0 };
    }
    json_document_close(document);
    return whole;
}

/* An auditor reads the words, and only the bytes are under the hash: written anew from the bytes,
 * the line must be the same. */
static bool
line_speaks_true(struct text line, const struct journal_row *row)
{
    struct json_writer w;
    if (row->entry.kind == 0) return true; /* the walk says that it is damaged */
    json_writer_grow(&w, 1 << 16);
    wire_write_journal(&w, row, SHANGHAI_S);
    bool same = text_equal(json_writer_text(&w), line);
    json_writer_close(&w);
    return same;
}

static enum cli_exit
verify_export(struct cli *cli, const char *path)
{
    struct walk walk = { .cli = cli };
    uint8_t bytes[4096];
    size_t size = 0;
    char *text = cli_read_file(path, &size);
    if (text == NULL) return CLI_USAGE;
    for (size_t at = 0; at < size;) {
        struct journal_row row = { 0 };
        size_t line_size = strcspn(text + at, "\n");
        struct text line = { text + at, line_size };
        at += line_size + 1;
        if (line_size == 0) continue;
        if (!line_read(line, &row, bytes, sizeof bytes)) {
            walk_break(&walk, &row, "a line that is no entry");
            continue;
        }
        (void)walk_each(&walk, &row);
        if (!line_speaks_true(line, &row)) {
            walk_break(&walk, &row, "its members do not say what its bytes say");
        }
    }
    free(text);
    if (walk.entries == 0) {
        walk_break(&walk, &(struct journal_row){ 0 }, "the export has no entry at all");
    }
    return walk_result(cli, &walk);
}

enum cli_exit
run_journal_verify(struct cli *cli)
{
    struct walk walk = { .cli = cli };
    const char *path = cli_option(cli, "export");
    if (path != NULL) return verify_export(cli, path);
    if (cli_option(cli, "witness") != NULL) return run_journal_witnessed(cli);
    struct view *v = NULL;
    enum cli_exit status = open_view(cli, &v);
    if (status != CLI_OK) return status;
    view_journal(v, 0, 0, walk_each, &walk);
    enum fault fault = view_fault(v);
    view_close(v);
    if (fault != FAULT_NONE) {
        (void)cli_complain("journal", "the file cannot be read to its end");
        return CLI_REFUSED;
    }
    return walk_result(cli, &walk);
}

enum cli_exit
run_journal_export(struct cli *cli)
{
    struct walk walk = { .cli = cli, .shows = true };
    struct view *v = NULL;
    enum cli_exit status = open_view(cli, &v);
    if (status != CLI_OK) return status;
    view_journal(v, 0, 0, walk_each, &walk);
    enum fault fault = view_fault(v);
    view_close(v);
    return fault == FAULT_NONE && walk.broken[0] == '\0' ? CLI_OK : CLI_REFUSED;
}
