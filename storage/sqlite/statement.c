/* storage/sqlite/statement.c: the one place that steps statements and judges result codes. */
#include "storage/sqlite/engine.h"

static const char *const query_sql[QUERY_COUNT] = {
#define X(name, sql) [QUERY_##name] = sql,
    QUERIES(X)
#undef X
};

enum fault
fault_of_sqlite(int code)
{
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
must_not_be_guard(struct view *v, int code)
{
    if ((code & 0xff) != SQLITE_CONSTRAINT) return;
    fprintf(stderr, "bug: the database refused: %s\n", sqlite3_errmsg(v->db));
    must(!"a guard of the schema fired");
}

static void
view_note(struct view *v, int code)
{
    must_not_be_guard(v, code);
    if (v->fault == FAULT_NONE) v->fault = fault_of_sqlite(code);
}

sqlite3_stmt *
query_start(struct view *v, enum query q)
{
    must((unsigned)q < QUERY_COUNT);
    if (v->statements[q] == NULL) {
        int code = sqlite3_prepare_v3(v->db, query_sql[q], -1, SQLITE_PREPARE_PERSISTENT,
                                      &v->statements[q], NULL);
        if (code != SQLITE_OK) {
            if ((code & 0xff) == SQLITE_ERROR) {
                fprintf(stderr, "bug: %s: %s\n", sqlite3_errmsg(v->db), query_sql[q]);
                must(!"a statement does not fit the schema");
            }
            view_note(v, code);
        }
    }
    return v->statements[q];
}

bool
query_row(struct view *v, sqlite3_stmt *s)
{
    if (s == NULL || v->fault != FAULT_NONE) return false;
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) view_note(v, sqlite3_extended_errcode(v->db));
    query_end(s);
    return false;
}

void
query_end(sqlite3_stmt *s)
{
    if (s == NULL) return;
    (void)sqlite3_reset(s);
    (void)sqlite3_clear_bindings(s);
}

void
query_run(struct view *v, sqlite3_stmt *s)
{
    bool row = query_row(v, s);
    must(!row);
}

int64_t
query_int(struct view *v, enum query q)
{
    int64_t value = 0;
    sqlite3_stmt *s = query_start(v, q);
    if (!query_row(v, s)) return 0;
    value = sqlite3_column_int64(s, 0);
    query_end(s);
    return value;
}

/* A bind can fail for want of memory only; the step that follows then meets NULL in a NOT NULL
 * column or a key, so nothing wrong is stored. */
void
bind_int(sqlite3_stmt *s, int at, int64_t value)
{
    if (s != NULL) (void)sqlite3_bind_int64(s, at, value);
}

void
bind_blob(sqlite3_stmt *s, int at, const void *bytes, size_t size)
{
    if (s != NULL) (void)sqlite3_bind_blob(s, at, bytes, (int)size, SQLITE_STATIC);
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
    const char *bytes = text.size == 0 ? "" : text.at;
    if (s != NULL) (void)sqlite3_bind_text(s, at, bytes, (int)text.size, SQLITE_STATIC);
}

/* What the file says is not asserted: a blob of another size reads as none. */
void
column_uuid(sqlite3_stmt *s, int at, struct uuid *out)
{
    memset(out, 0, sizeof *out);
    if (sqlite3_column_bytes(s, at) != (int)sizeof out->bytes) return;
    memcpy(out->bytes, sqlite3_column_blob(s, at), sizeof out->bytes);
}

void
column_digest(sqlite3_stmt *s, int at, struct digest *out)
{
    memset(out, 0, sizeof *out);
    if (sqlite3_column_bytes(s, at) != (int)sizeof out->bytes) return;
    memcpy(out->bytes, sqlite3_column_blob(s, at), sizeof out->bytes);
}

void
column_text(sqlite3_stmt *s, int at, char *out, size_t room)
{
    const unsigned char *text = sqlite3_column_text(s, at);
    size_t size = (size_t)sqlite3_column_bytes(s, at);
    must(room > 0);
    if (text == NULL) size = 0;
    if (size >= room) size = room - 1;
    if (size > 0) memcpy(out, text, size);
    out[size] = '\0';
}

struct text
column_kept(struct view *v, sqlite3_stmt *s, int at)
{
    const void *bytes = sqlite3_column_blob(s, at);
    size_t size = (size_t)sqlite3_column_bytes(s, at);
    if (size + 1 > v->kept_room) {
        char *room = realloc(v->kept, size + 1);
        if (room == NULL) {
            v->fault = FAULT_MEMORY;
            return (struct text){ 0 };
        }
        v->kept = room;
        v->kept_room = size + 1;
    }
    if (size > 0) memcpy(v->kept, bytes, size);
    v->kept[size] = '\0';
    return (struct text){ v->kept, size };
}
