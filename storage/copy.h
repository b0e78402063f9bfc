/* storage/copy.h: copies of the ledger, made beside its writer, and what makes a ledger of one.
 *
 * A copy is a directory with a database that every view reads, but that is marked: no ledger opens
 * on it (FAULT_COPY), however it came to its place. What was acknowledged after it was made is not
 * in it, so whoever puts one to work says so first (struct ledger_raise): the epoch rises beyond
 * all that the lost ledger may have had, numbers go on beyond those that it may have given out, the
 * journal tells when, why and by whom, and the mark goes; all in one transaction.
 *
 * One thread at a time, as a view. */
#ifndef HUIQUAN_STORAGE_COPY_H
#define HUIQUAN_STORAGE_COPY_H

#include "storage/journal.h"

#define COPY_KIDS_MAX 64
#define COPY_WHY_SIZE 256
#define RAISE_REASON_MAX 200
#define RAISE_OPERATOR_MAX 64

struct copy_settings {
    const char *data_dir; /* of the ledger, whose daemon may be running */
    const char *to_dir; /* is there, and holds no database yet */
    /* While a copy is read the writer's log cannot be begun anew and grows. When its file is longer
     * than this (64 MiB of it may be old) the copy is given up: FAULT_LOST_RACE. */
    int64_t log_bytes_max;
};

/* One instant of the ledger, on the disk but for its name's directory. After a fault a part of it
 * may lie in to_dir. FAULT_UNREACHABLE: there is no ledger. */
MUST_USE enum fault ledger_copy(const struct copy_settings *s);

/* FAULT_COPY: a copy, or a copy that was not put in its place to its end. Anything else, or
 * nothing, is FAULT_NONE: ledger_open() judges it. */
MUST_USE enum fault ledger_standing(const char *data_dir);

/* Takes back what a raise that was cut short left half written, which no reader may; what is whole
 * stays as it is. */
void ledger_recover(const char *data_dir);

/* The lock that a daemon holds. -1: it is held, or cannot be made (errno says). Ended by close().
 */
int ledger_lock(const char *data_dir);

/* What the view's database is. */
struct standing {
    bool is_copy;
    int64_t schema_version;
    int64_t campaigns, claims, vouchers, redemptions, entries;
    int64_t epoch, last_at_s;
    struct journal_head last; /* zeroed: the journal is empty */
    size_t kid_count;
    int64_t kids[COPY_KIDS_MAX]; /* signing keys of claims, rising */
};

void view_standing(struct view *v, struct standing *out);
/* The pages, indexes and guards of the file. False: why says what is wrong, in SQLite's words. */
bool view_is_whole(struct view *v, char why[COPY_WHY_SIZE]);

/* With it in its settings ledger_open() takes a copy, and nothing else, into service. */
struct ledger_raise {
    struct text reason, operator; /* journal; operator is a login or a role, no person's name */
    int64_t epoch_seen; /* the newest that a witness saw; 0: none */
    int64_t witnessed; /* entries that a witness saw; 0: none */
    struct digest root; /* of them */
};

/* The newest raise. */
struct restored_row {
    int64_t epoch, skipped;
    int64_t copied_at_s, raised_at_s; /* of the last entry that was kept; of the raise */
    int64_t entries, witnessed;
    struct digest root;
    int64_t voucher_from, voucher_floor; /* numbers in between belong to what was lost */
    int64_t campaign_from, campaign_floor, pool_from, pool_floor;
};

bool view_restored(struct view *v, struct restored_row *out);
/* Whether a voucher that is not there may have gone with a ledger that was lost: by the instant
 * that its id tells, or (id NULL) by its number. */
bool view_may_be_lost(struct view *v, const struct uuid *id, int64_t number);

#endif
