/* storage/sqlite/mark.h: what a journal entry says of the rows that were written with it, so that
 * an audit can hold each row against the last entry that wrote it. Part of the writer; pure.
 *
 * Whatever a batch writes is marked in the next entry of that batch; what is written after its last
 * entry gets one of its own, of kind ROWS. An entry with marks has layout 2; the marks fill it to
 * its end:
 *   u8 table (canon.h), and 0x40 when the row is new, 0x80 when it is the entry's subject
 *   of VOUCHER: i64 number · u8 state
 *   otherwise, unless it is the subject: u32 number · 16 id; then
 *   of CLAIM: 8 bytes of the digest, since there are many, and an id, a pool, a person, an instant
 *   and an amount stand in the entry itself; of others: 16 bytes of the digest · u8 count of
 *   columns · a check byte for each */
#ifndef HUIQUAN_SQLITE_MARK_H
#define HUIQUAN_SQLITE_MARK_H

#include "storage/sqlite/canon.h"

#define MARK_DIGEST_MAX 16
#define MARKS_AT_ONCE 8
#define MARK_BYTES_MAX (1 + 4 + 16 + MARK_DIGEST_MAX + 1 + CANON_COLUMNS_MAX)
_Static_assert(MARKS_AT_ONCE *MARK_BYTES_MAX <= JOURNAL_MARKS_MAX, "all that wait fit an entry");

struct mark {
    enum mark_table table;
    bool is_new;
    struct uuid id;
    int64_t number; /* of a rule version, of a voucher */
    enum voucher_state state; /* of a voucher; the rest is then empty */
    uint8_t digest[MARK_DIGEST_MAX];
    size_t check_count;
    uint8_t checks[CANON_COLUMNS_MAX];
};

/* Marks of an open batch that wait for an entry. Zeroed: none. */
struct marks {
    size_t count;
    struct mark list[MARKS_AT_ONCE];
    bool claim_waits; /* for its vouchers */
    struct canon claim;
};

void mark_make(const struct canon *c, bool is_new, struct mark *out);
/* Whether the row is as the mark says. */
bool mark_holds(const struct mark *m, const struct canon *c);
size_t mark_digest_size(enum mark_table table);

bool marks_are_full(const struct marks *waiting);
/* The place of an earlier one of the same row is taken; otherwise there must be room. */
void marks_add(struct marks *waiting, const struct mark *m);
/* The claim that waits is whole. */
void marks_end_claim(struct marks *waiting);
/* All that wait, as an entry of this subject has them; none wait any more. */
size_t marks_take(struct marks *waiting, const struct uuid *subject,
                  uint8_t out[JOURNAL_MARKS_MAX]);

/* The first mark of what is left, which is then without it. False: no more, or no marks. */
bool marks_next(struct text *left, const struct uuid *subject, struct mark *out);

#endif
