/* storage/sqlite/ledger.c: the writer: opening, batches, the seal.
 *
 *   closed ─begin▸ open ─store*▸ open ─seal▸ closed (durable)
 *                  open ─drop, or a fault at the seal▸ closed (nothing stored, hot rows forgotten) */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/sqlite/engine.h"

#define WAL_PAGES_MAX 4096 /* checkpoint between batches beyond this */
#define DAEMON_NUMBER 1    /* the embedded engine has one daemon; its chain goes on over restarts */

static enum fault
ledger_lock(struct ledger *l)
{
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/%s", l->data_dir, LOCK_NAME);
    must(size > 0 && (size_t)size < sizeof path);
    l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (l->lock_fd < 0) return FAULT_IO;
    if (flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0) return FAULT_NONE;
    return errno == EWOULDBLOCK ? FAULT_LOST_RACE : FAULT_IO;
}

static int
ledger_wal_grew(void *owner, sqlite3 *db, const char *name, int pages)
{
    struct ledger *l = owner;
    (void)db, (void)name;
    l->wal_pages = pages;
    return SQLITE_OK;
}

static enum fault
ledger_configure(struct ledger *l)
{
    sqlite3 *db = l->view.db;
    int code = sqlite3_exec(db,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = 1;"
                            "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
                            "PRAGMA trusted_schema = 0",
                            NULL, NULL, NULL);
    (void)sqlite3_wal_hook(db, ledger_wal_grew, l);
    return fault_of_sqlite(code);
}

static int
pragma_int(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int value = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
        value = sqlite3_column_int(s, 0);
    }
    (void)sqlite3_finalize(s);
    return value;
}

static enum fault
ledger_create(sqlite3 *db)
{
    char pragmas[128];
    (void)snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   APPLICATION_ID, SCHEMA_VERSION);
    int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; code == SQLITE_OK && schema_sql[i] != NULL; i++) {
        code = sqlite3_exec(db, schema_sql[i], NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) code = sqlite3_exec(db, pragmas, NULL, NULL, NULL);
    if (code == SQLITE_OK) code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK) fprintf(stderr, "schema: %s\n", sqlite3_errmsg(db));
    return fault_of_sqlite(code);
}

static enum fault
ledger_migrate(struct ledger *l)
{
    sqlite3 *db = l->view.db;
    int version = pragma_int(db, "PRAGMA user_version");
    if (version == 0 && pragma_int(db, "SELECT count(*) FROM sqlite_schema") == 0) {
        return ledger_create(db);
    }
    bool ours = pragma_int(db, "PRAGMA application_id") == APPLICATION_ID;
    return ours && version == SCHEMA_VERSION ? FAULT_NONE : FAULT_CORRUPT;
}

/* What the writer keeps in memory of the file: heads and next numbers. */
static void
ledger_recall(struct ledger *l)
{
    struct view *v = &l->view;
    l->writer = DAEMON_NUMBER;
    l->seq = 0;
    l->head = (struct digest){ 0 };
    sqlite3_stmt *s = query_start(v, QUERY_JOURNAL_HEAD);
    bind_int(s, 1, l->writer);
    if (query_row(v, s)) {
        l->seq = sqlite3_column_int64(s, 0);
        column_digest(s, 1, &l->head);
        query_end(s);
    }
    l->next_voucher = query_int(v, QUERY_MAX_VOUCHER) + 1;
    l->next_campaign = query_int(v, QUERY_MAX_CAMPAIGN) + 1;
    l->next_pool = query_int(v, QUERY_MAX_POOL) + 1;
}

static enum fault
ledger_announce(struct ledger *l)
{
    struct journal_entry entry = {
        .kind = JOURNAL_WRITER_START,
        .at_s = l->seams->wall_us(l->seams->owner) / 1000000,
    };
    enum fault fault = ledger_begin(l);
    if (fault != FAULT_NONE) return fault;
    ledger_store(l, &(struct effect){ .kind = EFFECT_JOURNAL, .entry = &entry });
    return ledger_seal(l);
}

enum fault
ledger_open(struct ledger **out, const struct ledger_settings *settings, const struct seams *seams)
{
    *out = NULL;
    struct ledger *l = calloc(1, sizeof *l);
    if (l == NULL) return FAULT_MEMORY;
    l->seams = seams;
    l->lock_fd = -1;
    l->reserve_bytes = settings->reserve_mib << 20;
    enum fault fault = FAULT_CONFIG;
    size_t size = strlen(settings->data_dir);
    if (size >= sizeof l->data_dir) goto out;
    memcpy(l->data_dir, settings->data_dir, size + 1);
    if ((fault = ledger_lock(l)) != FAULT_NONE) goto out;
    if ((fault = view_start(&l->view, l->data_dir, true)) != FAULT_NONE) goto out;
    l->view.ledger = l;
    (void)sqlite3_busy_timeout(l->view.db, (int)settings->busy_ms_max);
    if ((fault = ledger_configure(l)) != FAULT_NONE) goto out;
    if ((fault = ledger_migrate(l)) != FAULT_NONE) goto out;
    space_check(l);
    ledger_recall(l);
    if ((fault = l->view.fault) != FAULT_NONE) goto out;
    if ((fault = ledger_announce(l)) != FAULT_NONE) goto out;
    *out = l;
    return FAULT_NONE;
out:
    ledger_close(l);
    return fault;
}

void
ledger_close(struct ledger *l)
{
    if (l == NULL) return;
    if (l->open) ledger_drop(l);
    if (l->view.db != NULL) view_stop(&l->view);
    if (l->lock_fd >= 0) (void)close(l->lock_fd);
    free(l->campaigns);
    free(l->buckets);
    free(l);
}

struct view *
ledger_view(struct ledger *l)
{
    return &l->view;
}

enum fault
ledger_begin(struct ledger *l)
{
    must(!l->open);
    must(l->view.fault == FAULT_NONE);
    query_run(&l->view, query_start(&l->view, QUERY_BEGIN));
    enum fault fault = l->view.fault;
    l->view.fault = FAULT_NONE;
    l->open = fault == FAULT_NONE;
    return fault;
}

/* Everything lies in this process: gets are as near as a prefetch. */
void
ledger_prefetch(struct ledger *l, const struct ledger_key *keys, size_t key_count)
{
    must(l->open);
    (void)keys, (void)key_count;
}

void
ledger_drop(struct ledger *l)
{
    must(l->open);
    l->open = false;
    l->view.fault = FAULT_NONE;
    if (sqlite3_get_autocommit(l->view.db) == 0) {
        query_run(&l->view, query_start(&l->view, QUERY_ROLLBACK));
    }
    l->view.fault = FAULT_NONE;
    hot_forget(l);
    ledger_recall(l);
    l->view.fault = FAULT_NONE;
}

enum fault
ledger_seal(struct ledger *l)
{
    must(l->open);
    hot_flush(l);
    bool committing = l->view.fault == FAULT_NONE;
    query_run(&l->view, query_start(&l->view, QUERY_COMMIT));
    enum fault fault = l->view.fault;
    if (fault == FAULT_NONE) {
        l->open = false;
        space_check(l);
        return FAULT_NONE;
    }
    /* A full disk or a busy file refuses before anything is durable; any other trouble within the
     * commit leaves it open whether the batch is on the disk. */
    bool unknown = committing && fault != FAULT_FULL && fault != FAULT_LOST_RACE;
    if (unknown) return FAULT_IO;
    ledger_drop(l);
    if (fault == FAULT_FULL) space_release(l);
    return fault;
}

void
ledger_tidy(struct ledger *l)
{
    must(!l->open);
    space_check(l);
    if (l->wal_pages < WAL_PAGES_MAX) return;
    /* Readers may keep the log from being reset; the next call tries again. */
    (void)sqlite3_wal_checkpoint_v2(l->view.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    l->wal_pages = 0;
}

bool
ledger_is_full(const struct ledger *l)
{
    return l->full;
}

int64_t
ledger_next_voucher_number(struct ledger *l, int64_t count)
{
    must(l->open && count > 0);
    int64_t first = l->next_voucher;
    l->next_voucher += count;
    return first;
}

int64_t
ledger_next_campaign_number(struct ledger *l)
{
    must(l->open);
    return l->next_campaign++;
}

int64_t
ledger_next_pool_number(struct ledger *l)
{
    must(l->open);
    return l->next_pool++;
}
