/* storage/sqlite/audit.h: the comparisons of an audit that SQL can make by itself. Constant data.
 */
#ifndef HUIQUAN_SQLITE_AUDIT_H
#define HUIQUAN_SQLITE_AUDIT_H

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

#endif
