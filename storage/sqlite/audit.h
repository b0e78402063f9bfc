/* storage/sqlite/audit.h: the inside of an audit: the comparisons that SQL can make by itself, as
 * constant data, and what its files share. */
#ifndef HUIQUAN_SQLITE_AUDIT_H
#define HUIQUAN_SQLITE_AUDIT_H

#include <sqlite3.h>

#include "storage/journal.h"

/* Each row that the statement answers is a fault: (number of what, stored, counted). */
struct audit_check {
    size_t counter; /* offset of the count in struct audit */
    const char *what; /* has the number */
    const char *words; /* what is stored, and what was counted */
    const char *sql;
};

extern const struct audit_check audit_checks[];
extern const size_t audit_check_count;

struct audit_total {
    size_t counter;
    const char *sql;
};

extern const struct audit_total audit_totals[];
extern const size_t audit_total_count;

struct finding {
    const char *what;
    int64_t number;
    const char *words;
    int64_t stored, counted;
};

/* audit_words.c. Prepare and step are statement.c's, for statements of an audit's own. */
sqlite3_stmt *audit_prepare(struct view *v, const char *sql);
bool audit_step(struct view *v, sqlite3_stmt *s);
void audit_tell(struct audit *a, int64_t *counter, const char *words);
void audit_fault(struct audit *a, int64_t *counter, struct finding f);
/* What the file says may overflow; it then adds up to nothing that is stored. */
void audit_add(int64_t *sum, int64_t more);

/* audit_sums.c: all claims and vouchers against campaigns, pools and buckets. */
void audit_sums(struct view *v, struct audit *a);

#endif
