/* storage/sqlite/rows.h: rows of statements as structs and back; for storage/sqlite/ only, by way
 * of engine.h. */
#ifndef HUIQUAN_SQLITE_ROWS_H
#define HUIQUAN_SQLITE_ROWS_H

#include <sqlite3.h>

#include "storage/ledger.h"

/* rows.c: one row of the statement into a struct. */
void row_claim(sqlite3_stmt *s, struct claim_row *out);
void row_voucher(sqlite3_stmt *s, struct voucher_row *out);
void row_redemption(sqlite3_stmt *s, struct redemption_row *out);
void row_version(sqlite3_stmt *s, struct version_row *out);
void row_change(sqlite3_stmt *s, struct budget_change_row *out);
void row_merchant(sqlite3_stmt *s, struct merchant_row *out);
void row_terminal(sqlite3_stmt *s, struct terminal_row *out);
void row_admin(sqlite3_stmt *s, struct admin_row *out);
void row_resident(sqlite3_stmt *s, struct resident_row *out);
void row_otp(sqlite3_stmt *s, struct otp_row *out);
void row_bucket(sqlite3_stmt *s, struct bucket_row *out);
void row_job(sqlite3_stmt *s, struct job_row *out);
void row_roll(sqlite3_stmt *s, struct roll_row *out);
void row_login(sqlite3_stmt *s, struct login_row *out);
void row_admin_session(sqlite3_stmt *s, struct admin_session_row *out);
void row_failure(sqlite3_stmt *s, struct job_failure *out);
/* A campaign with its pools; the statement has its key bound. */
bool rows_campaign(struct view *v, sqlite3_stmt *s, struct campaign_row *out);

/* labels.c: short texts as one blob, each with its NUL. */
size_t labels_join(const struct label *labels, size_t count, char *out, size_t room);
size_t labels_split(struct text lines, struct label *out, size_t out_max);

/* store.c: for those below. */
void store_one(struct ledger *l, sqlite3_stmt *s); /* changes exactly one row */
struct canon;
void store_mark(struct ledger *l, const struct canon *c, bool is_new); /* of what was just stored */
void store_marks_left(struct ledger *l); /* an entry for what waits for one; before the seal */

/* store_jobs.c, store_login.c, store_people.c: called by ledger_store alone. */
void store_merchant(struct ledger *l, const struct effect *e);
void store_terminal(struct ledger *l, const struct effect *e);
void store_admin(struct ledger *l, const struct effect *e);
void store_resident(struct ledger *l, const struct effect *e);
void store_otp(struct ledger *l, const struct effect *e);
void store_job(struct ledger *l, const struct effect *e);
void store_job_failure(struct ledger *l, const struct effect *e);
void store_login(struct ledger *l, const struct effect *e);
void store_admin_session(struct ledger *l, const struct effect *e);
void store_admin_sessions_end(struct ledger *l, const struct effect *e);
void store_roll(struct ledger *l, const struct effect *e);

#endif
