/* voucher/report.c: facts of days into lines of periods. */
#include "voucher/report.h"

#include "voucher/civil.h"

struct report_run {
    struct report *report;
    struct view *view;
    struct merchant_row merchant; /* the last one looked up */
    bool is_baseline; /* of each fact only the sales count, on the day it is held against */
    int64_t shift_days;
};

/* The first day of the period that a day lies in. */
static int64_t
period_begins(enum report_period period, int64_t day)
{
    struct civil_date date = civil_date_of_day(day);
    switch (period) {
    case BY_DAY: return day;
    case BY_WEEK: return day - (day + 3) % 7; /* Monday; 1970-01-01 was a Thursday */
    case BY_QUARTER: date.month = (date.month - 1) / 3 * 3 + 1; break;
    case BY_MONTH: break;
    case BY_CAMPAIGN: return 0;
    }
    date.day = 1;
    return civil_day_of_date(&date);
}

static int
line_compare(const void *left, const void *right)
{
    const struct report_line *a = left, *b = right;
    if (a->sums.day != b->sums.day) return a->sums.day < b->sums.day ? -1 : 1;
    int order = memcmp(&a->sums.campaign, &b->sums.campaign, sizeof a->sums.campaign);
    if (order != 0) return order;
    order = strcmp(a->key, b->key);
    return order != 0 ? order
                      : memcmp(&a->sums.merchant, &b->sums.merchant, sizeof a->sums.merchant);
}

/* The line of a key; made where it belongs. Lines stay in order, so that finding is by halving. */
static struct report_line *
line_of(struct report *r, const struct report_line *key)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = line_compare(&r->lines[middle], key);
        if (order == 0) return &r->lines[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    must(low == high && low <= r->count);
    if (r->count == REPORT_LINES_MAX) {
        r->is_cut = true;
        return NULL;
    }
    memmove(&r->lines[low + 1], &r->lines[low], (r->count - low) * sizeof *r->lines);
    r->lines[low] = *key;
    r->count++;
    return &r->lines[low];
}

static void
add(int64_t *sum, int64_t more)
{
    must(sum != NULL);
    must(fen_add(*sum, more, sum));
}

static bool
line_add(struct report_run *run, const struct report_fact *f, const char *name)
{
    struct report *r = run->report;
    struct report_line key = { .sums.day = period_begins(r->period, f->day + run->shift_days) };
    if (r->period == BY_CAMPAIGN) key.sums.campaign = f->campaign;
    if (r->group == GROUP_MERCHANT) key.sums.merchant = f->merchant;
    (void)snprintf(key.key, sizeof key.key, "%s", name);
    struct report_line *line = line_of(r, &key);
    if (line == NULL) return false;
    if (run->is_baseline) {
        add(&line->baseline_fen, f->sales_fen);
        return true;
    }
    struct report_fact *sums = &line->sums;
    add(&sums->claimed, f->claimed);
    add(&sums->issued, f->issued);
    add(&sums->issued_fen, f->issued_fen);
    add(&sums->redeemed, f->redeemed);
    add(&sums->redeemed_fen, f->redeemed_fen);
    add(&sums->expired, f->expired);
    add(&sums->expired_fen, f->expired_fen);
    add(&sums->returned, f->returned);
    add(&sums->returned_fen, f->returned_fen);
    add(&sums->sales_fen, f->sales_fen);
    return true;
}

static bool
groups_add(struct report_run *run, const struct report_fact *f)
{
    bool fits = true;
    const struct merchant_row *merchant = &run->merchant;
    if (merchant->group_count == 0) return line_add(run, f, "");
    for (size_t i = 0; i < merchant->group_count && fits; i++) {
        fits = line_add(run, f, merchant->groups[i].text);
    }
    return fits;
}

static bool
report_each(void *owner, const struct report_fact *f)
{
    struct report_run *run = owner;
    const struct report *r = run->report;
    if (run->is_baseline && f->sales_fen == 0) return true;
    if (r->group == GROUP_NONE) return line_add(run, f, "");
    if (uuid_is_none(&f->merchant)) return true; /* a claim is no merchant's yet */
    if (r->group == GROUP_CATEGORY) return line_add(run, f, f->category);
    if (!uuid_equal(&run->merchant.id, &f->merchant)) {
        (void)view_merchant(run->view, &f->merchant, &run->merchant);
    }
    if (r->group == GROUP_CELL) return line_add(run, f, run->merchant.cell);
    if (r->group == GROUP_MERCHANT) return line_add(run, f, run->merchant.name);
    return groups_add(run, f);
}

void
report_run(struct report *r, struct view *v)
{
    struct report_run run = { .report = r, .view = v };
    must(r->lines == NULL && r->count == 0);
    r->lines = calloc(REPORT_LINES_MAX, sizeof *r->lines);
    r->fault = FAULT_MEMORY;
    if (r->lines == NULL) return;
    view_snapshot_begin(v);
    view_report(v, &r->range, report_each, &run);
    if (r->has_baseline) {
        struct report_range base = r->range;
        base.from_s = civil_day_begins_at(r->baseline_day, base.offset_s);
        base.to_s = base.from_s + (r->range.to_s - r->range.from_s);
        run.is_baseline = true;
        run.shift_days = civil_day_of(r->range.from_s, base.offset_s) - r->baseline_day;
        view_report(v, &base, report_each, &run);
    }
    view_snapshot_end(v);
    r->fault = view_fault(v);
}

void
report_free(struct report *r)
{
    if (r == NULL) return;
    free(r->lines);
    free(r);
}
