/* voucher/report.h: reports by period and group. For a desk's thread; plain data afterwards. */
#ifndef HUIQUAN_REPORT_H
#define HUIQUAN_REPORT_H

#include "storage/report.h"

#define REPORT_LINES_MAX 3000
#define REPORT_KEY_SIZE (CAMPAIGN_NAME_BYTES_MAX + 1)

enum report_period { BY_DAY, BY_WEEK, BY_MONTH, BY_QUARTER, BY_CAMPAIGN };
enum report_group { GROUP_NONE, GROUP_MERCHANT_GROUP, GROUP_CATEGORY, GROUP_CELL, GROUP_MERCHANT };

/* Sums; day is where the period begins. A merchant of several groups counts in each of them. */
struct report_line {
    struct report_fact sums; /* day and campaign name the period; merchant, with GROUP_MERCHANT */
    char key[REPORT_KEY_SIZE]; /* the group; empty: none */
    int64_t baseline_fen; /* sales of the same days of the baseline */
};

struct report {
    struct report_range range;
    bool has_baseline;
    int64_t baseline_day; /* its first; it is as long as the range, day by day */
    enum report_period period;
    enum report_group group;
    bool is_cut; /* there would be more lines than fit */
    enum fault fault;
    size_t count;
    struct report_line *lines; /* by period, then group; the report's own */
};

/* Fills count and lines from the rest. */
void report_run(struct report *r, struct view *v);
void report_free(struct report *r); /* NULL is fine */

#endif
