/* storage/sqlite/engine.h: the inside of the embedded engine; for storage/sqlite/ only.
 *
 * One connection writes and checkpoints (struct ledger), with one more that checkpoints when the
 * writer bids it (checkpoint.h); all others are query-only views that never checkpoint: Debian's
 * SQLite 3.40 loses commits when two connections write and checkpoint at once (the WAL-reset bug,
 * fixed in 3.51.3). A view may be opened without a running daemon; it then needs leave to write in
 * data_dir, for the index of the log (huiquan.db-shm).
 *
 * The hot rows of the writer (campaigns with their pools, buckets) live in memory, change with the
 * batch and are written once per batch at the seal; its own view reads them there.
 *
 * Writers of the journal: daemon number << 32 | epoch. The number is drawn once per database, the
 * epoch rises with every opening. The first entry of an epoch follows the last one of the epoch
 * before; the very first follows 32 zero bytes. */
#ifndef HUIQUAN_SQLITE_ENGINE_H
#define HUIQUAN_SQLITE_ENGINE_H

#include <sqlite3.h>

#include "storage/claimants.h"
#include "storage/copy.h"
#include "storage/sqlite/log_file.h"
#include "storage/sqlite/mark.h"
#include "storage/sqlite/queries.h"
#include "storage/sqlite/schema.h"

#define DATABASE_NAME "huiquan.db"
#define LOCK_NAME "huiquand.lock"
#define RESTORING_NAME DATABASE_NAME ".restoring" /* on its way into its place */
#define RESERVE_NAME "reserve"
#define PATH_ROOM 4096
#define JOURNAL_BYTES_MAX (194 + JOURNAL_DETAIL_MAX + JOURNAL_MARKS_MAX)
#define WRITER_DAEMON(writer) ((writer) & ~(int64_t)0xffffffff)
#define DAEMON_NUMBER_MAX 0xfffff /* so that a writer stays exact in a reader's double */
#define HOT_SLOTS 1024

struct view {
    sqlite3 *db;
    sqlite3_stmt *statements[QUERY_COUNT];
    enum fault fault;
    bool snapshot;
    struct ledger *ledger; /* of the writer's own view; NULL otherwise */
    const struct claimants *claimants; /* NULL: everybody may have claims */
    char *kept; /* borrowed texts live here until the next call */
    size_t kept_room;
};

struct checkpoint;

struct hot_campaign {
    struct hot_campaign *next, *dirty_next;
    bool dirty;
    uint64_t pools_dirty; /* a bit per place in row.pools */
    struct campaign_row row;
};
_Static_assert(CAMPAIGN_POOLS_MAX <= 64, "pools_dirty has a bit for each");

struct hot_bucket {
    struct hot_bucket *next, *dirty_next;
    bool dirty;
    struct bucket_row row;
};

/* Where the journal and the numbers stand. */
struct position {
    int64_t seq, last_at_s;
    struct digest head;
    int64_t next_voucher, next_campaign, next_pool;
};

struct ledger {
    struct view view;
    struct log_layer *log_layer;
    const struct seams *seams;
    const struct ledger_raise *raise; /* of ledger_open(); NULL: a copy is refused */
    char data_dir[3072];
    int lock_fd;
    bool open; /* a batch is */
    bool shut; /* a seal ended in the unknown; only closing is left */
    bool full;
    int64_t reserve_bytes;
    int wal_pages; /* in the log, by the WAL hook */
    int wal_pages_max; /* checkpoint between batches beyond this */
    struct checkpoint *beside; /* NULL: the writer alone checkpoints */
    int rounds_left;
    struct claimants *claimants;
    struct uuid claimants_read_to;
    int64_t writer;
    struct position now, sealed;
    struct marks marks; /* of rows in this batch that no entry has yet */
    size_t hot_count;
    struct hot_campaign *campaigns[HOT_SLOTS], *campaigns_dirty;
    struct hot_bucket *buckets[HOT_SLOTS], *buckets_dirty;
};

/* statement.c: a step that meets an error leaves it in view->fault; later steps do nothing. */
sqlite3_stmt *query_start(struct view *v, enum query q);
bool query_row(struct view *v, sqlite3_stmt *s); /* true: a row; false: the end, and reset */
void query_end(sqlite3_stmt *s);
int query_run(struct view *v, sqlite3_stmt *s); /* without rows; how many it changed */
/* The first column of the only row; of a text that is not prepared before. 0 with a fault. */
int64_t query_number(struct view *v, const char *sql);
void bind_int(sqlite3_stmt *s, int at, int64_t value);
void bind_uuid(sqlite3_stmt *s, int at, const struct uuid *id); /* none binds NULL */
void bind_uuid_raw(sqlite3_stmt *s, int at, const struct uuid *id);
void bind_digest(sqlite3_stmt *s, int at, const struct digest *d); /* none binds NULL */
void bind_text(sqlite3_stmt *s, int at, struct text text);
void bind_blob(sqlite3_stmt *s, int at, const void *bytes, size_t size);
void column_uuid(sqlite3_stmt *s, int at, struct uuid *out);
void column_digest(sqlite3_stmt *s, int at, struct digest *out);
void column_text(sqlite3_stmt *s, int at, char *out, size_t room);
struct text column_blob(sqlite3_stmt *s, int at); /* borrowed until the next step */
struct text column_kept(struct view *v, sqlite3_stmt *s, int at);
enum fault fault_of_sqlite(int code);

/* view.c */
MUST_USE enum fault view_start(struct view *v, const char *path, int flags, const char *vfs);
void view_stop(struct view *v);

/* list.c: residents with claims, in order of their ids, behind one */
size_t list_claimants(struct view *v, struct uuid *after, struct uuid *out, size_t out_max);

/* hot.c: the writer's rows in memory. NULL when there is no such row, or after a fault. */
struct hot_campaign *hot_campaign(struct ledger *l, const struct uuid *id);
/* With a campaign a missing bucket is made; without one it is only looked for. */
struct hot_bucket *hot_bucket(struct ledger *l, const struct uuid *campaign,
                              const struct uuid *pool, int64_t valid_to_s);
void hot_touch_campaign(struct ledger *l, struct hot_campaign *hot);
void hot_touch_bucket(struct ledger *l, struct hot_bucket *hot);
void hot_post(struct ledger *l, const struct uuid *campaign, const struct posting *p);
void hot_flush(struct ledger *l);
void hot_forget(struct ledger *l); /* also what was not flushed */

/* entry.c: canonical bytes of journal entries. */
size_t entry_encode(const struct journal_entry *entry, uint8_t out[JOURNAL_BYTES_MAX]);
MUST_USE bool entry_decode(struct text bytes, struct journal_entry *out);

/* space.c: what is kept back for redemptions when the disk fills up. */
void space_watch(struct ledger *l);
void space_check(struct ledger *l); /* also takes the reserve back when there is room again */
void space_release(struct ledger *l);

#include "storage/sqlite/rows.h"

#endif
