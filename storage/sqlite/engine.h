/* storage/sqlite/engine.h: the inside of the embedded engine; for storage/sqlite/ only.
 *
 * One connection writes and checkpoints (struct ledger); all others are query-only views that never
 * checkpoint: Debian's SQLite 3.40 loses commits when two connections write and checkpoint at once
 * (the WAL-reset bug, fixed in 3.51.3). The hot rows of the writer (campaigns with their pools,
 * buckets) live in memory, change with the batch and are written once per batch at the seal; its own
 * view reads them there. */
#ifndef HUIQUAN_SQLITE_ENGINE_H
#define HUIQUAN_SQLITE_ENGINE_H

#include <sqlite3.h>

#include "storage/journal.h"
#include "storage/ledger.h"
#include "storage/sqlite/queries.h"

#define DATABASE_NAME "huiquan.db"
#define LOCK_NAME "huiquand.lock"
#define RESERVE_NAME "reserve"
#define APPLICATION_ID 0x48555155 /* HUQU */
#define SCHEMA_VERSION 1
#define JOURNAL_BYTES_MAX (96 + 24 * JOURNAL_POSTINGS_MAX + 2 + JOURNAL_DETAIL_MAX)

struct view {
    sqlite3 *db;
    sqlite3_stmt *statements[QUERY_COUNT];
    enum fault fault;
    struct ledger *ledger; /* of the writer's own view; NULL otherwise */
    char *kept;            /* borrowed texts live here until the next call */
    size_t kept_room;
};

struct hot_campaign {
    struct campaign_row row;
    bool dirty;
};

struct hot_bucket {
    struct bucket_row row;
    bool dirty;
};

struct ledger {
    struct view view;
    const struct seams *seams;
    char data_dir[3072];
    int lock_fd;
    bool open; /* a batch is */
    bool full;
    int64_t reserve_bytes;
    int wal_pages; /* since the last checkpoint, by the WAL hook */
    int64_t writer, seq, last_at_s;
    struct digest head;
    int64_t next_voucher, next_campaign, next_pool;
    size_t campaign_count, campaign_room;
    struct hot_campaign *campaigns;
    size_t bucket_count, bucket_room;
    struct hot_bucket *buckets;
};

extern const char *const schema_sql[];

/* statement.c: a step that meets an error leaves it in view->fault; later steps do nothing. */
sqlite3_stmt *query_start(struct view *v, enum query q);
bool query_row(struct view *v, sqlite3_stmt *s); /* true: a row; false: the end, and reset */
void query_end(sqlite3_stmt *s);
void query_run(struct view *v, sqlite3_stmt *s); /* to its end, without rows */
int64_t query_int(struct view *v, enum query q); /* the first column of the only row */
void bind_int(sqlite3_stmt *s, int at, int64_t value);
void bind_uuid(sqlite3_stmt *s, int at, const struct uuid *id); /* none binds NULL */
void bind_uuid_raw(sqlite3_stmt *s, int at, const struct uuid *id);
void bind_digest(sqlite3_stmt *s, int at, const struct digest *d); /* none binds NULL */
void bind_text(sqlite3_stmt *s, int at, struct text text);
void bind_blob(sqlite3_stmt *s, int at, const void *bytes, size_t size);
void column_uuid(sqlite3_stmt *s, int at, struct uuid *out);
void column_digest(sqlite3_stmt *s, int at, struct digest *out);
void column_text(sqlite3_stmt *s, int at, char *out, size_t room);
struct text column_kept(struct view *v, sqlite3_stmt *s, int at);
enum fault fault_of_sqlite(int code);
/* A guard of the schema fired: the C above is wrong, so the process stops and names it. */
void must_not_be_guard(struct view *v, int code);

/* rows.c: one row of the statement into a struct. */
void row_campaign(sqlite3_stmt *s, struct campaign_row *out);
void row_claim(sqlite3_stmt *s, struct claim_row *out);
void row_voucher(sqlite3_stmt *s, struct voucher_row *out);
void row_redemption(sqlite3_stmt *s, struct redemption_row *out);
void row_change(sqlite3_stmt *s, struct budget_change_row *out);
void row_merchant(sqlite3_stmt *s, struct merchant_row *out);
void row_terminal(sqlite3_stmt *s, struct terminal_row *out);
void row_admin(sqlite3_stmt *s, struct admin_row *out);
void row_bucket(sqlite3_stmt *s, struct bucket_row *out);

/* view.c */
bool view_load_campaign(struct view *v, enum query q, sqlite3_stmt *s, struct campaign_row *out);
MUST_USE enum fault view_start(struct view *v, const char *data_dir, bool writes);
void view_stop(struct view *v);

/* hot.c: the writer's rows in memory. NULL when there is no such row. */
struct hot_campaign *hot_campaign(struct ledger *l, const struct uuid *id);
struct hot_bucket *hot_bucket(struct ledger *l, const struct uuid *campaign,
                              const struct uuid *pool, int64_t valid_to_s);
void hot_post(struct ledger *l, const struct uuid *campaign, const struct posting *p);
void hot_flush(struct ledger *l);
void hot_forget(struct ledger *l);

/* entry.c: canonical bytes of journal entries. */
size_t entry_encode(const struct journal_entry *entry, uint8_t out[JOURNAL_BYTES_MAX]);
MUST_USE bool entry_decode(struct text bytes, struct journal_entry *out);
void entry_chain(const struct digest *prev, struct text bytes, struct digest *out);

/* space.c: what is kept back for redemptions when the disk fills up. */
void space_check(struct ledger *l);
void space_release(struct ledger *l);

#endif
