/* storage/sqlite/statement.c: the one place that steps statements and judges result codes. */
#include "storage/sqlite/engine.h"

enum fault
fault_of_sqlite(int code)
{
    must(code != SQLITE_MISUSE);
    must(code >= 0);
    if (code == SQLITE_IOERR_NOMEM) return FAULT_MEMORY;
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return FAULT_NONE;
    case SQLITE_FULL: return FAULT_FULL;
    case SQLITE_NOMEM: return FAULT_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return FAULT_LOST_RACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return FAULT_CORRUPT;
    default: return FAULT_IO;
    }
}

void
view_note(struct view *v, enum fault fault)
{
    must(fault != FAULT_NONE);
    if (v->fault == FAULT_NONE) v->fault = fault;
    must(v->fault != FAULT_NONE);
}

/* A guard of the schema that fires means that the C above is wrong: the process stops and names it.
 * SQLite's words name tables and columns, never what is in them. */
static void
query_failed(struct view *v, int code)
{
    int primary = code & 0xff;
    bool bug = primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH ||
               primary == SQLITE_ERROR || primary == SQLITE_MISUSE || primary == SQLITE_RANGE;
    if (bug) must_failed(__FILE__, __LINE__, __func__, sqlite3_errmsg(v->db));
    must(primary != SQLITE_OK && primary != SQLITE_ROW && primary != SQLITE_DONE);
    view_note(v, fault_of_sqlite(code));
}

sqlite3_stmt *
query_start(struct view *v, enum query q)
{
    must((unsigned)q < QUERY_COUNT);
    if (v->statements[q] == NULL) {
        int code = sqlite3_prepare_v3(v->db, query_sql[q], -1, SQLITE_PREPARE_PERSISTENT,
                                      &v->statements[q], NULL);
        if (code != SQLITE_OK) query_failed(v, code);
    }
    must(v->statements[q] == NULL || !sqlite3_stmt_busy(v->statements[q])); /* one user at a time */
    return v->statements[q];
}

bool
query_row(struct view *v, sqlite3_stmt *s)
{
    if (s == NULL || v->fault != FAULT_NONE) {
        query_end(s);
        return false;
    }
    must(sqlite3_db_handle(s) == v->db);
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) query_failed(v, code);
    must(code == SQLITE_DONE || v->fault != FAULT_NONE);
    query_end(s);
    return false;
}

void
query_end(sqlite3_stmt *s)
{
    if (s == NULL) return;
    must(sqlite3_sql(s) != NULL);
    (void)sqlite3_reset(s); /* the step has told of any fault */
    (void)sqlite3_clear_bindings(s);
    must(!sqlite3_stmt_busy(s));
}

int
query_run(struct view *v, sqlite3_stmt *s)
{
    must(s != NULL || v->fault != FAULT_NONE);
    bool row = query_row(v, s);
    must(!row);
    return v->fault == FAULT_NONE ? sqlite3_changes(v->db) : 0;
}

int64_t
query_number(struct view *v, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t number = 0;
    must(v->db != NULL && sql != NULL);
    if (v->fault != FAULT_NONE) return 0;
    int code = sqlite3_prepare_v2(v->db, sql, -1, &s, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        number = sqlite3_column_int64(s, 0);
    else
        query_failed(v, code);
    (void)sqlite3_finalize(s);
    must(code == SQLITE_ROW || v->fault != FAULT_NONE);
    return number;
}

/* What is bound is borrowed, so a bind needs no memory and cannot fail. */
void
bind_int(sqlite3_stmt *s, int at, int64_t value)
{
    if (s == NULL) return;
    int code = sqlite3_bind_int64(s, at, value);
    must(at > 0);
    must(code == SQLITE_OK);
}

void
bind_blob(sqlite3_stmt *s, int at, const void *bytes, size_t size)
{
    if (s == NULL) return;
    must(at > 0 && (bytes != NULL || size == 0));
    const void *from = size == 0 ? "" : bytes;
    int code = sqlite3_bind_blob64(s, at, from, size, SQLITE_STATIC);
    must(code == SQLITE_OK);
}

void
bind_uuid_raw(sqlite3_stmt *s, int at, const struct uuid *id)
{
    bind_blob(s, at, id->bytes, sizeof id->bytes);
}

void
bind_uuid(sqlite3_stmt *s, int at, const struct uuid *id)
{
    if (!uuid_is_none(id)) bind_uuid_raw(s, at, id);
}

void
bind_digest(sqlite3_stmt *s, int at, const struct digest *d)
{
    if (!digest_is_none(d)) bind_blob(s, at, d->bytes, sizeof d->bytes);
}

void
bind_text(sqlite3_stmt *s, int at, struct text text)
{
    if (s == NULL) return;
    must(at > 0 && (text.at != NULL || text.size == 0));
    const char *from = text.size == 0 ? "" : text.at;
    int code = sqlite3_bind_text64(s, at, from, text.size, SQLITE_STATIC, SQLITE_UTF8);
    must(code == SQLITE_OK);
}

/* What the file says is not asserted: a blob of another size reads as none. */
void
column_uuid(sqlite3_stmt *s, int at, struct uuid *out)
{
    memset(out, 0, sizeof *out);
    struct text bytes = column_blob(s, at);
    if (bytes.size == sizeof out->bytes) memcpy(out->bytes, bytes.at, sizeof out->bytes);
}

void
column_digest(sqlite3_stmt *s, int at, struct digest *out)
{
    memset(out, 0, sizeof *out);
    struct text bytes = column_blob(s, at);
    if (bytes.size == sizeof out->bytes) memcpy(out->bytes, bytes.at, sizeof out->bytes);
}

void
column_text(sqlite3_stmt *s, int at, char *out, size_t room)
{
    const unsigned char *text = sqlite3_column_text(s, at);
    size_t size = (size_t)sqlite3_column_bytes(s, at);
    must(room > 0);
    if (text == NULL || size >= room) size = 0; /* longer than any of ours: it is none */
    if (size > 0 && memchr(text, '\0', size) != NULL) size = 0; /* likewise */
    if (size > 0) memcpy(out, text, size);
    out[size] = '\0';
}

struct text
column_blob(sqlite3_stmt *s, int at)
{
    must(s != NULL && at < sqlite3_column_count(s));
    const char *bytes = sqlite3_column_blob(s, at);
    int size = sqlite3_column_bytes(s, at);
    must(size >= 0);
    return bytes == NULL ? (struct text){ 0 } : (struct text){ bytes, (size_t)size };
}

struct text
column_kept(struct view *v, sqlite3_stmt *s, int at)
{
    struct text bytes = column_blob(s, at);
    if (bytes.size + 1 > v->kept_room) {
        char *room = realloc(v->kept, bytes.size + 1);
        if (room == NULL) {
            view_note(v, FAULT_MEMORY);
            return (struct text){ 0 };
        }
        v->kept = room;
        v->kept_room = bytes.size + 1;
    }
    must(v->kept_room > bytes.size);
    if (bytes.size > 0) memcpy(v->kept, bytes.at, bytes.size);
    v->kept[bytes.size] = '\0';
    return (struct text){ v->kept, bytes.size };
}
