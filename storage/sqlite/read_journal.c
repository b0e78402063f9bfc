/* storage/sqlite/read_journal.c: the journal as it is read back. */
#include "storage/sqlite/engine.h"

/* What the first entry after (writer, seq) follows: the entry itself, or, at the beginning of an
 * epoch, the last one of the daemon's epochs before. */
static void
journal_hash_before(struct view *v, int64_t writer, int64_t seq, struct digest *out)
{
    *out = (struct digest){ 0 };
    must(seq >= 0);
    sqlite3_stmt *s = query_start(v, seq > 0 ? QUERY_JOURNAL_HASH : QUERY_JOURNAL_LAST);
    bind_int(s, 1, seq > 0 ? writer : WRITER_DAEMON(writer));
    bind_int(s, 2, seq > 0 ? seq : writer);
    if (!query_row(v, s)) return;
    column_digest(s, seq > 0 ? 0 : 1, out);
    query_end(s);
    must(v->fault == FAULT_NONE);
}

void
view_journal(struct view *v, int64_t writer, int64_t after_seq,
             bool (*each)(void *owner, const struct journal_row *row), void *owner)
{
    struct journal_row row = { .writer = writer, .seq = after_seq };
    must(each != NULL);
    must(writer >= 0 && after_seq >= 0);
    journal_hash_before(v, writer, after_seq, &row.hash);
    sqlite3_stmt *s = query_start(v, QUERY_JOURNAL);
    bind_int(s, 1, writer);
    bind_int(s, 2, after_seq);
    while (query_row(v, s)) {
        int64_t at = sqlite3_column_int64(s, 0);
        bool same_daemon = WRITER_DAEMON(at) == WRITER_DAEMON(row.writer);
        row.prev = same_daemon ? row.hash : (struct digest){ 0 };
        row.writer = at;
        row.seq = sqlite3_column_int64(s, 1);
        row.bytes = column_blob(s, 2);
        column_digest(s, 3, &row.hash);
        if (!entry_decode(row.bytes, &row.entry)) row.entry = (struct journal_entry){ 0 };
        if (!each(owner, &row)) break;
    }
    query_end(s);
}

size_t
view_journal_heads(struct view *v, struct journal_head *out, size_t out_max)
{
    size_t count = 0;
    must(out != NULL || out_max == 0);
    sqlite3_stmt *s = query_start(v, QUERY_HEADS);
    while (count < out_max && query_row(v, s)) {
        struct journal_head *head = &out[count++];
        head->writer = sqlite3_column_int64(s, 0);
        head->seq = sqlite3_column_int64(s, 1);
        column_digest(s, 2, &head->hash);
    }
    query_end(s);
    must(count <= out_max);
    return count;
}
