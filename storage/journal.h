/* storage/journal.h: reading the journal back, and holding the books against each other. */
#ifndef HUIQUAN_STORAGE_JOURNAL_H
#define HUIQUAN_STORAGE_JOURNAL_H

#include "storage/ledger.h"

/* Entries after (writer, seq), by writer and seq: (0, 0) begins at the beginning. The callback
 * returns false to stop; it may use the view for anything but the journal. A damaged entry has kind
 * 0. */
void view_journal(struct view *v, int64_t writer, int64_t after_seq,
                  bool (*each)(void *owner, const struct journal_row *row), void *owner);

/* What an entry's canonical bytes say; texts are borrowed from them. False: they are no entry. */
MUST_USE bool journal_entry_read(struct text bytes, struct journal_entry *out);

struct journal_head {
    int64_t writer, seq;
    struct digest hash;
};

/* One head per writer (daemon and epoch), in rising order. */
size_t view_journal_heads(struct view *v, struct journal_head *out, size_t out_max);

/* Hears of each fault as it is found, in words without personal data. */
struct audit_ear {
    void (*hear)(void *owner, const char *words); /* NULL: nobody */
    void *owner;
};

/* The result of one audit; every count must be 0. The three computations are balances, the sum
 * over vouchers and redemptions, and the fold of the journal. */
struct audit {
    int64_t campaigns, claims, vouchers, redemptions, entries;
    int64_t equation_broken; /* campaigns where funded is not the sum of the other accounts */
    int64_t vouchers_differ; /* accounts that the vouchers do not add up to */
    int64_t journal_differs; /* accounts that the journal does not fold to */
    int64_t pools_over_issued; /* issued > count */
    int64_t persons_over_limit; /* more claims than the rule version allowed */
    int64_t redeemed_twice;
    int64_t evidence_twice;
    int64_t rows_differ; /* columns that are not as the last entry that wrote them left them */
    int64_t chain_broken;
    char first_fault[256]; /* in words; empty when all is well */
    struct audit_ear ear;
};

/* Walks everything in one snapshot. */
MUST_USE enum fault view_audit(struct view *v, struct audit *out);
MUST_USE enum fault view_audit_told(struct view *v, struct audit *out, const struct audit_ear *ear);
bool audit_is_clean(const struct audit *a);

#endif
