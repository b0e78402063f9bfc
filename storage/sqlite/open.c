/* storage/sqlite/open.c: the writer's way to its file: lock, settings, schema, a new epoch. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/sqlite/checkpoint.h"
#include "storage/sqlite/engine.h"
#include "storage/sqlite/page_cache.h"
#include "storage/sqlite/raise.h"
#include "voucher/torture.h"

#define LOCK_RETRY_MS 10
#define WAL_PAGES_MAX 2048 /* 8 MiB, some 15 ms */

/* The lock goes with the process, however it ends. A daemon that is just ending gets time to. */
static enum fault
open_lock(struct ledger *l, int64_t busy_ms_max)
{
    char path[PATH_ROOM];
    int size = snprintf(path, sizeof path, "%s/%s", l->data_dir, LOCK_NAME);
    must(size > 0 && (size_t)size < sizeof path);
    if (mkdir(l->data_dir, 0700) != 0 && errno != EEXIST) return FAULT_CONFIG;
    l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (l->lock_fd < 0) return errno == ENOSPC ? FAULT_FULL : FAULT_CONFIG;
    for (int64_t waited_ms = 0;; waited_ms += LOCK_RETRY_MS) {
        if (flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0) return FAULT_NONE;
        if (errno != EWOULDBLOCK && errno != EINTR) return FAULT_IO;
        if (waited_ms >= busy_ms_max) return FAULT_LOST_RACE;
        (void)poll(NULL, 0, LOCK_RETRY_MS);
    }
}

static int
open_log_grew(void *owner, sqlite3 *db, const char *name, int pages)
{
    struct ledger *l = owner;
    must(db == l->view.db);
    must(pages >= 0);
    (void)name;
    l->wal_pages = pages;
    return SQLITE_OK;
}

static enum fault
open_configure(struct ledger *l)
{
    sqlite3 *db = l->view.db;
    must(db != NULL);
    int code = sqlite3_exec(db,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;"
                            "PRAGMA foreign_keys = 1; PRAGMA temp_store = MEMORY;"
                            /* or INSERT OR REPLACE would delete past the guards */
                            "PRAGMA recursive_triggers = 1;"
                            "PRAGMA cache_size = -262144; PRAGMA trusted_schema = 0",
                            NULL, NULL, NULL);
    (void)sqlite3_wal_hook(db, open_log_grew, l);
    must(code != SQLITE_ERROR && code != SQLITE_MISUSE);
    if (code == SQLITE_NOTADB) return FAULT_CONFIG; /* some other file of that name */
    return fault_of_sqlite(code);
}

/* All of it or nothing: a crash in between leaves the version before, and it is tried again. */
static enum fault
open_upgrade(struct view *v, int64_t version, int64_t application)
{
    char pragmas[128];
    int size =
        snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 (int)application, SCHEMA_VERSION);
    must(size > 0 && (size_t)size < sizeof pragmas);
    int code = sqlite3_exec(v->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (; code == SQLITE_OK && version < SCHEMA_VERSION; version++) {
        for (const char *const *sql = schema_steps[version]; code == SQLITE_OK && *sql; sql++) {
            code = sqlite3_exec(v->db, *sql, NULL, NULL, NULL);
        }
    }
    if (code == SQLITE_ERROR) must_failed(__FILE__, __LINE__, __func__, sqlite3_errmsg(v->db));
    torture_point("open-raising");
    if (code == SQLITE_OK) code = sqlite3_exec(v->db, pragmas, NULL, NULL, NULL);
    if (code == SQLITE_OK) code = sqlite3_exec(v->db, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK) (void)sqlite3_exec(v->db, "ROLLBACK", NULL, NULL, NULL);
    must(sqlite3_get_autocommit(v->db) != 0);
    return fault_of_sqlite(code);
}

/* Ours are a new file, a ledger's, or (where one is to be raised) a copy's. */
static bool
open_is_ours(int64_t application, int64_t version, bool is_empty, bool takes_copy)
{
    must(version <= SCHEMA_VERSION);
    if (takes_copy) return application == COPY_ID && version > 0;
    if (version == 0) return application == 0 && is_empty;
    return application == APPLICATION_ID && version > 0;
}

/* A new file is version 0; an older one is raised step by step. A copy stays one for now. */
static enum fault
open_migrate(struct view *v, bool takes_copy)
{
    int64_t version = query_number(v, "PRAGMA user_version");
    int64_t application = query_number(v, "PRAGMA application_id");
    int64_t tables = query_number(v, "SELECT count(*) FROM sqlite_schema");
    must(tables >= 0);
    if (v->fault != FAULT_NONE) return v->fault;
    if (application == COPY_ID && !takes_copy) return FAULT_COPY;
    if (version > SCHEMA_VERSION) return FAULT_CONFIG; /* of a newer version */
    if (!open_is_ours(application, version, tables == 0, takes_copy)) return FAULT_CONFIG;
    if (version == SCHEMA_VERSION) return FAULT_NONE;
    return open_upgrade(v, version, takes_copy ? COPY_ID : APPLICATION_ID);
}

static void
open_recall_numbers(struct ledger *l)
{
    struct position *now = &l->now;
    sqlite3_stmt *s = query_start(&l->view, QUERY_NEXT_NUMBERS);
    if (!query_row(&l->view, s)) return;
    now->next_voucher = sqlite3_column_int64(s, 0);
    now->next_campaign = sqlite3_column_int64(s, 1);
    now->next_pool = sqlite3_column_int64(s, 2);
    query_end(s);
    bool sound = now->next_voucher > 0 && now->next_campaign > 0 && now->next_pool > 0;
    if (!sound) view_note(&l->view, FAULT_CORRUPT);
}

/* There are at most as many as vouchers. */
static enum fault
open_claimants(struct ledger *l)
{
    int64_t skipped = query_number(
        &l->view, "SELECT coalesce(sum(voucher_floor - voucher_from), 0) FROM restored");
    if (l->view.fault != FAULT_NONE) return l->view.fault;
    if (skipped < 0 || skipped >= l->now.next_voucher) return FAULT_CORRUPT;
    enum fault fault = claimants_open(&l->claimants, l->now.next_voucher - skipped);
    l->view.claimants = l->claimants;
    return fault;
}

/* Where the daemon's chain stands: the new epoch goes on from there, and time does not go back. */
static enum fault
open_recall_chain(struct ledger *l, int64_t daemon)
{
    struct journal_entry last;
    int64_t first_writer = daemon << 32;
    must(daemon > 0 && daemon <= DAEMON_NUMBER_MAX);
    sqlite3_stmt *s = query_start(&l->view, QUERY_JOURNAL_LAST);
    bind_int(s, 1, first_writer);
    bind_int(s, 2, first_writer + ((int64_t)1 << 32));
    if (!query_row(&l->view, s)) return l->view.fault;
    column_digest(s, 1, &l->now.head);
    bool sound = entry_decode(column_blob(s, 2), &last);
    if (sound) l->now.last_at_s = last.at_s;
    query_end(s);
    must(!sound || last.kind != 0);
    return sound ? FAULT_NONE : FAULT_CORRUPT;
}

static void
open_put_meta(struct ledger *l, const char *name, int64_t value)
{
    must(l->open);
    must(value > 0);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_META);
    bind_text(s, 1, text_of(name));
    bind_int(s, 2, value);
    (void)query_run(&l->view, s);
}

#define META_NUMBER(name) "SELECT coalesce((SELECT value FROM meta WHERE name = '" name "'), 0)"

/* Its number, which is drawn once; a new file has none yet. */
static int64_t
open_daemon(struct ledger *l)
{
    uint32_t drawn = 0;
    int64_t daemon = query_number(&l->view, META_NUMBER("daemon"));
    if (daemon != 0 || l->view.fault != FAULT_NONE) return daemon;
    l->seams->random_fill(l->seams->owner, &drawn, sizeof drawn);
    daemon = 1 + (int64_t)(drawn % DAEMON_NUMBER_MAX);
    must(daemon > 0 && daemon <= DAEMON_NUMBER_MAX);
    return daemon;
}

static void
open_put_start(struct ledger *l, int64_t daemon, int64_t epoch)
{
    char detail[64];
    must(l->writer == (daemon << 32 | epoch));
    int size = snprintf(detail, sizeof detail, "\"daemon\":%lld,\"epoch\":%lld", (long long)daemon,
                        (long long)epoch);
    must(size > 0 && (size_t)size < sizeof detail);
    struct journal_entry entry = { .kind = JOURNAL_WRITER_START,
                                   .at_s = l->seams->wall_us(l->seams->owner) / 1000000,
                                   .detail = { detail, (size_t)size } };
    ledger_store(l, &(struct effect){ .kind = EFFECT_JOURNAL, .entry = &entry });
}

/* The epoch rises and its first entry is written in one transaction, so that no two openings of
 * one file ever share a writer. A file that was put back by hand shares its next writer with the
 * original; their hashes then differ, which shows the fork. A copy goes on far beyond it (raise.c).
 */
static enum fault
open_epoch(struct ledger *l)
{
    enum fault fault = ledger_begin(l);
    if (fault != FAULT_NONE) return fault;
    int64_t daemon = open_daemon(l);
    int64_t before = query_number(&l->view, META_NUMBER("epoch"));
    int64_t epoch = l->raise == NULL ? before + 1 : raise_epoch(l, before);
    if (l->view.fault != FAULT_NONE) return l->view.fault;
    bool is_daemon = daemon > 0 && daemon <= DAEMON_NUMBER_MAX;
    if (!is_daemon || epoch <= 0 || epoch > 0xffffffff) return FAULT_CORRUPT;
    fault = open_recall_chain(l, daemon);
    if (fault != FAULT_NONE) return fault;
    const int64_t copied_at_s = l->now.last_at_s;
    l->writer = daemon << 32 | epoch;
    open_put_meta(l, "daemon", daemon);
    open_put_meta(l, "epoch", epoch);
    torture_point("open-epoch-put");
    open_put_start(l, daemon, epoch);
    if (l->raise != NULL) raise_numbers(l, before, epoch, copied_at_s);
    return ledger_seal(l);
}

static enum fault
open_file(struct ledger *l, const struct ledger_settings *settings)
{
    char path[PATH_ROOM];
    int size = snprintf(path, sizeof path, "%s/%s", l->data_dir, DATABASE_NAME);
    must(size > 0 && (size_t)size < sizeof path);
    must(l->view.db == NULL);
    enum fault fault = open_lock(l, settings->busy_ms_max);
    if (fault != FAULT_NONE) return fault;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    fault = log_layer_open(&l->log_layer, settings->vfs);
    if (fault != FAULT_NONE) return fault;
    fault = view_start(&l->view, path, flags, log_layer_name(l->log_layer));
    if (fault != FAULT_NONE) return fault;
    torture_point("open-locked");
    (void)sqlite3_busy_timeout(l->view.db, (int)settings->busy_ms_max);
    fault = open_configure(l);
    torture_point("open-configured");
    if (fault == FAULT_NONE) fault = open_migrate(&l->view, l->raise != NULL);
    if (fault != FAULT_NONE) return fault;
    space_check(l);
    torture_point("open-migrated");
    open_recall_numbers(l);
    fault = l->view.fault != FAULT_NONE ? l->view.fault : open_claimants(l);
    if (fault == FAULT_NONE) fault = open_epoch(l);
    if (fault != FAULT_NONE || !settings->checkpoints_beside) return fault;
    return checkpoint_open(&l->beside, path, settings->vfs);
}

bool
ledger_is_there(const char *data_dir)
{
    char path[PATH_ROOM];
    int size = snprintf(path, sizeof path, "%s/%s", data_dir, DATABASE_NAME);
    return size > 0 && (size_t)size < sizeof path && access(path, F_OK) == 0;
}

int
ledger_lock(const char *data_dir)
{
    char path[PATH_ROOM];
    int size = snprintf(path, sizeof path, "%s/%s", data_dir, LOCK_NAME);
    must(size > 0 && (size_t)size < sizeof path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    if (fd >= 0) (void)close(fd);
    return -1;
}

enum fault
ledger_open(struct ledger **out, const struct ledger_settings *settings, const struct seams *seams)
{
    *out = NULL;
    must(settings->data_dir != NULL && settings->reserve_mib >= 0);
    must(settings->busy_ms_max >= 0 && settings->busy_ms_max <= INT32_MAX);
    page_cache_install();
    struct ledger *l = calloc(1, sizeof *l);
    if (l == NULL) return FAULT_MEMORY;
    l->view.ledger = l;
    l->seams = seams;
    l->raise = settings->raise;
    l->lock_fd = -1;
    l->reserve_bytes = settings->reserve_mib << 20;
    l->wal_pages_max = settings->log_pages_max > 0 ? settings->log_pages_max : WAL_PAGES_MAX;
    enum fault fault = FAULT_CONFIG;
    size_t size = strlen(settings->data_dir);
    if (size > 0 && size < sizeof l->data_dir) {
        memcpy(l->data_dir, settings->data_dir, size + 1);
        fault = open_file(l, settings);
    }
    torture_point("open-over");
    if (fault == FAULT_NONE)
        *out = l;
    else
        ledger_close(l);
    return fault;
}

void
ledger_close(struct ledger *l)
{
    if (l == NULL) return;
    must(l->view.ledger == l);
    if (l->open) ledger_drop(l);
    hot_forget(l);
    checkpoint_close(l->beside);
    view_stop(&l->view);
    claimants_close(l->claimants);
    log_layer_close(l->log_layer);
    must(l->hot_count == 0);
    if (l->lock_fd >= 0) (void)close(l->lock_fd); /* last: the file is ours until here */
    free(l);
}
