/* storage/sqlite/canon.h: the bytes that stand for a row's contents, column by column, and the
 * digest by which a journal entry holds them. Any thread.
 *
 *   digest = SHA-256("huiquan-row-v1\0" · u8 table · columns)
 *   column: u32 size · value, big-endian. Numbers are i64, ids 16 and digests 32 bytes, all zero
 *   where there is none; a value of more than 255 bytes is replaced by its SHA-256.
 *
 * Left out is what changes without an entry: balances and counters, which postings fold to; a
 * voucher's state, which has a mark of its own; of a login the tries; of a job its rate. */
#ifndef HUIQUAN_SQLITE_CANON_H
#define HUIQUAN_SQLITE_CANON_H

#include "storage/effect.h"

#define CANON_COLUMNS_MAX 32
#define CANON_BYTES_MAX 2048

/* Stored; append, never reuse. At most 63. */
enum mark_table {
    MARK_CLAIM = 1, /* with its vouchers */
    MARK_VOUCHER = 2, /* its state alone */
    MARK_REDEMPTION = 3,
    MARK_CAMPAIGN = 4,
    MARK_POOL = 5,
    MARK_VERSION = 6,
    MARK_CHANGE = 7,
    MARK_MERCHANT = 8,
    MARK_TERMINAL = 9,
    MARK_ADMIN = 10,
    MARK_LOGIN = 11, /* by its administrator */
    MARK_SESSION = 12, /* by the first 16 bytes of its token's digest */
    MARK_JOB = 13,
    MARK_TABLE_COUNT = 14,
};

struct canon_column {
    const char *name; /* a constant */
    size_t from, to; /* in bytes */
    bool is_private; /* a person's name: a byte of check would say something of it */
};

struct canon {
    enum mark_table table;
    struct uuid id; /* of the row */
    int64_t number; /* of a rule version; otherwise 0 */
    size_t column_count, size;
    struct canon_column columns[CANON_COLUMNS_MAX];
    uint8_t bytes[CANON_BYTES_MAX];
};

void canon_claim(struct canon *c, const struct claim_row *row);
/* After its claim, in order of their numbers. */
void canon_claim_voucher(struct canon *c, const struct voucher_row *row);
void canon_redemption(struct canon *c, const struct redemption_row *row);
void canon_campaign(struct canon *c, const struct campaign_row *row);
void canon_pool(struct canon *c, const struct pool_change *row);
void canon_version(struct canon *c, const struct version_row *row, struct text definition);
void canon_change(struct canon *c, const struct budget_change_row *row);
void canon_merchant(struct canon *c, const struct merchant_row *row);
void canon_terminal(struct canon *c, const struct terminal_row *row);
void canon_admin(struct canon *c, const struct admin_row *row);
void canon_login(struct canon *c, const struct login_row *row);
void canon_session(struct canon *c, const struct admin_session_row *row);
void canon_job(struct canon *c, const struct job_row *row);

void canon_digest(const struct canon *c, struct digest *out);
/* A byte that differs, most likely, where the column does: it names what was changed, and protects
 * nothing. 0 of what is private. */
uint8_t canon_check(const struct canon *c, size_t column);

#endif
