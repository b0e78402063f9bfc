/* storage/sqlite/copy.c: copies of the file beside its writer.
 *
 * By SQLite's backup, within one read transaction of the source. Left to itself the backup reads
 * each piece in a transaction of its own and begins anew whenever another connection has written in
 * between; beside a daemon that writes all the time it never ends. Within one transaction it is one
 * instant of the ledger and runs as fast as the disk, and meanwhile the log of the writer cannot be
 * begun anew: it grows by what is written during the copy, and the copy gives up where that is too
 * much. VACUUM INTO holds the same transaction for several times as long, as it builds each index
 * anew. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/sqlite/engine.h"

#define COPY_PAGES 1024 /* 4 MiB between two looks at the log */

static enum fault
copy_path(const char *dir, const char *name, char out[PATH_ROOM])
{
    int size = snprintf(out, PATH_ROOM, "%s/%s", dir, name);
    return size > 0 && size < PATH_ROOM ? FAULT_NONE : FAULT_CONFIG;
}

static int64_t
copy_log_bytes(const char *data_dir)
{
    char path[PATH_ROOM];
    struct stat st;
    enum fault fault = copy_path(data_dir, DATABASE_NAME "-wal", path);
    must(fault == FAULT_NONE); /* the database beside it has been opened */
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static enum fault
copy_pages(struct view *from, struct view *to, const struct copy_settings *s)
{
    int code = SQLITE_OK;
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
    must(from->snapshot);
    if (b == NULL) return fault_of_sqlite(sqlite3_errcode(to->db));
    while (code == SQLITE_OK && copy_log_bytes(s->data_dir) <= s->log_bytes_max) {
        code = sqlite3_backup_step(b, COPY_PAGES);
    }
    (void)sqlite3_backup_finish(b); /* says again what the last step said */
    must(code != SQLITE_MISUSE);
    if (code == SQLITE_OK) return FAULT_LOST_RACE;
    return code == SQLITE_DONE ? FAULT_NONE : fault_of_sqlite(code);
}

/* The whole instant. The read makes the transaction begin. */
static enum fault
copy_read(struct view *from, const char *path, const struct copy_settings *s)
{
    struct view to = { 0 };
    enum fault fault = view_start(&to, path, SQLITE_OPEN_READWRITE, NULL);
    if (fault == FAULT_NONE) {
        /* It has no name yet: after a crash nobody looks at it. */
        int code = sqlite3_exec(to.db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL,
                                NULL, NULL);
        fault = fault_of_sqlite(code);
    }
    if (fault == FAULT_NONE) {
        view_snapshot_begin(from);
        (void)query_number(from, "SELECT count(*) FROM meta");
        fault = from->fault;
        if (fault == FAULT_NONE) fault = copy_pages(from, &to, s);
        view_snapshot_end(from);
    }
    view_stop(&to);
    return fault;
}

/* Marked, and without a log: it can be read from a medium that cannot be written. */
static enum fault
copy_mark(const char *path)
{
    char sql[160];
    struct view v = { 0 };
    must(path[0] != '\0');
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;"
                   "PRAGMA synchronous = FULL; PRAGMA application_id = %d",
                   COPY_ID);
    enum fault fault = view_start(&v, path, SQLITE_OPEN_READWRITE, NULL);
    /* Or it would not let a file that is in use go back from having a log. */
    if (fault == FAULT_NONE) fault = fault_of_sqlite(sqlite3_exec(v.db, sql, NULL, NULL, NULL));
    view_stop(&v);
    return fault;
}

static enum fault
copy_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return FAULT_IO;
    bool is_synced = fsync(fd) == 0;
    bool is_closed = close(fd) == 0;
    return is_synced && is_closed ? FAULT_NONE : FAULT_IO;
}

enum fault
ledger_copy(const struct copy_settings *s)
{
    char path[PATH_ROOM];
    struct view *from = NULL;
    must(s->log_bytes_max > 0);
    enum fault fault = copy_path(s->to_dir, DATABASE_NAME, path);
    if (fault != FAULT_NONE) return fault;
    fault = view_open(&from, s->data_dir);
    if (fault != FAULT_NONE) return fault;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || close(fd) != 0) fault = FAULT_IO;
    if (fault == FAULT_NONE) fault = copy_read(from, path, s);
    view_close(from);
    if (fault == FAULT_NONE) fault = copy_mark(path);
    return fault == FAULT_NONE ? copy_sync(path) : fault;
}

enum fault
ledger_standing(const char *data_dir)
{
    char path[PATH_ROOM];
    struct view v = { 0 };
    if (copy_path(data_dir, RESTORING_NAME, path) != FAULT_NONE) return FAULT_NONE;
    if (access(path, F_OK) == 0) return FAULT_COPY;
    if (copy_path(data_dir, DATABASE_NAME, path) != FAULT_NONE) return FAULT_NONE;
    bool is_copy = false;
    if (access(path, F_OK) == 0 && view_start(&v, path, SQLITE_OPEN_READONLY, NULL) == FAULT_NONE) {
        int code = sqlite3_db_config(v.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        must(code == SQLITE_OK); /* only one connection may ever checkpoint */
        is_copy = query_number(&v, "PRAGMA application_id") == COPY_ID;
    }
    view_stop(&v);
    return is_copy ? FAULT_COPY : FAULT_NONE;
}

void
ledger_recover(const char *data_dir)
{
    char path[PATH_ROOM];
    struct view v = { 0 };
    must(data_dir != NULL);
    if (copy_path(data_dir, DATABASE_NAME, path) != FAULT_NONE) return;
    if (view_start(&v, path, SQLITE_OPEN_READWRITE, NULL) == FAULT_NONE) {
        int code = sqlite3_db_config(v.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        must(code == SQLITE_OK); /* only one connection may ever checkpoint */
        (void)query_number(&v, "PRAGMA user_version"); /* its read rolls a hot journal back */
    }
    view_stop(&v);
}

static void
standing_kids(struct view *v, struct standing *out)
{
    sqlite3_stmt *s = NULL;
    int code =
        sqlite3_prepare_v2(v->db, "SELECT DISTINCT kid FROM claim ORDER BY kid", -1, &s, NULL);
    while (code == SQLITE_OK && out->kid_count < COPY_KIDS_MAX) {
        if ((code = sqlite3_step(s)) != SQLITE_ROW) break;
        out->kids[out->kid_count++] = sqlite3_column_int64(s, 0);
        code = SQLITE_OK;
    }
    (void)sqlite3_finalize(s);
    if (code != SQLITE_OK && code != SQLITE_DONE) view_note(v, fault_of_sqlite(code));
    must(out->kid_count <= COPY_KIDS_MAX);
}

static void
standing_last(struct view *v, struct standing *out)
{
    struct journal_entry entry;
    sqlite3_stmt *s = query_start(v, QUERY_JOURNAL_LAST);
    bind_int(s, 1, 0);
    bind_int(s, 2, INT64_MAX);
    if (!query_row(v, s)) return;
    column_digest(s, 1, &out->last.hash);
    if (entry_decode(column_blob(s, 2), &entry)) out->last_at_s = entry.at_s;
    query_end(s);
    must(v->fault == FAULT_NONE);
    out->last.writer = query_number(v, "SELECT max(writer) FROM journal");
    out->last.seq = query_number(v, "SELECT max(seq) FROM journal WHERE writer ="
                                    " (SELECT max(writer) FROM journal)");
}

void
view_standing(struct view *v, struct standing *out)
{
    must(v->ledger == NULL);
    *out = (struct standing){ 0 };
    out->is_copy = query_number(v, "PRAGMA application_id") == COPY_ID;
    out->schema_version = query_number(v, "PRAGMA user_version");
    out->campaigns = query_number(v, "SELECT count(*) FROM campaign");
    out->claims = query_number(v, "SELECT count(*) FROM claim");
    out->vouchers = query_number(v, "SELECT count(*) FROM voucher");
    out->redemptions = query_number(v, "SELECT count(*) FROM redemption");
    out->entries = query_number(v, "SELECT count(*) FROM journal");
    out->epoch = query_number(v, "SELECT coalesce(max(value), 0) FROM meta WHERE name = 'epoch'");
    if (v->fault != FAULT_NONE) return;
    standing_kids(v, out);
    standing_last(v, out);
}

bool
view_is_whole(struct view *v, char why[COPY_WHY_SIZE])
{
    sqlite3_stmt *s = NULL;
    must(v->ledger == NULL);
    int code = sqlite3_prepare_v2(v->db, "PRAGMA integrity_check(1)", -1, &s, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        column_text(s, 0, why, COPY_WHY_SIZE);
    else
        (void)snprintf(why, COPY_WHY_SIZE, "%s", sqlite3_errmsg(v->db));
    (void)sqlite3_finalize(s);
    must(why[0] != '\0');
    return strcmp(why, "ok") == 0;
}
