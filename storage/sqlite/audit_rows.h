/* storage/sqlite/audit_rows.h: rows against the entries that wrote them (mark.h); for audit*.c.
 *
 * Fed with the journal from its beginning, entry by entry, in the snapshot that it reads:
 *  1 A claim and its vouchers never change: each is compared at its entry, by two cursors that run
 *    beside the journal.
 *  2 A redemption is compared at each entry that has it: it stands as the last one left it, so one
 *    that does not agree must agree with a later entry. Only those are remembered.
 *  3 A voucher's state is remembered, four bits each, and compared in one walk at the end.
 *  4 The other tables are small: their last marks are remembered and compared at the end.
 * An entry of layout 1 has no marks: what it says by itself is compared, and its rows are known. */
#ifndef HUIQUAN_SQLITE_AUDIT_ROWS_H
#define HUIQUAN_SQLITE_AUDIT_ROWS_H

#include "storage/sqlite/audit.h"
#include "storage/sqlite/held.h"
#include "storage/sqlite/states.h"

struct row_cursor {
    sqlite3_stmt *statement;
    bool has_row; /* one that was not taken yet */
};

struct row_audit {
    struct view *view;
    struct audit *audit;
    bool has_marks; /* from here on every row that is held has them */
    bool has_old; /* entries from before, about such rows */
    struct held_rows tables; /* of 4 */
    struct held_rows redemptions; /* of 2: do not agree yet */
    int64_t claims_born, redemptions_born; /* and there */
    struct row_cursor claims, vouchers;
    struct claim_row claim; /* under the cursor */
    struct voucher_row voucher;
    struct voucher_row pieces[PACK_VOUCHERS_MAX]; /* of the claim */
    struct claim_row peer; /* the last one that was as its entry says, and its vouchers */
    struct voucher_row peer_pieces[PACK_VOUCHERS_MAX];
    struct states states; /* of 3 */
};

/* A fault of the view: it will say nothing, and end as well. */
void row_audit_start(struct row_audit *r, struct view *v, struct audit *a);
void row_audit_entry(struct row_audit *r, const struct journal_row *row);
/* After the last entry. */
void row_audit_compare(struct row_audit *r);
void row_audit_end(struct row_audit *r);

/* audit_tables.c: the tables of 4. */
void row_audit_tables(struct row_audit *r);
/* What an entry without marks knows by its kind. */
void row_audit_old_tables(struct row_audit *r, const struct journal_row *row);
/* A fault: which row, and what of it. Nothing of what is in it. */
void row_audit_tell(struct row_audit *r, const struct held *row, const char *what);
/* Every column that differs from the mark, by its name. */
void row_audit_tell_columns(struct row_audit *r, const struct held *row, const struct canon *c);

/* audit_guess.c: the column of the claim that its mark does not hold, as far as can be told. */
const char *row_audit_guess(struct row_audit *r, const struct mark *mark);

/* audit_births.c: rows that no entry made, by a second walk; only when there are any. */
void row_audit_strangers(struct row_audit *r, enum mark_table table);

#endif
