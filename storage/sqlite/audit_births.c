/* storage/sqlite/audit_births.c: which claims or redemptions no entry made. There are none, so this
 * second walk may remember all that were made: 16 bytes each. */
#include "storage/sqlite/audit_rows.h"
#include "storage/sqlite/engine.h"

struct births {
    struct view *view;
    enum mark_table table;
    size_t count, room;
    struct uuid *ids;
};

static void
births_add(struct births *b, const struct uuid *id)
{
    if (b->count == b->room) {
        size_t room = b->room == 0 ? 1024 : 2 * b->room;
        struct uuid *ids = realloc(b->ids, room * sizeof *ids);
        if (ids == NULL) {
            view_note(b->view, FAULT_MEMORY);
            return;
        }
        b->ids = ids;
        b->room = room;
    }
    must(b->count < b->room);
    b->ids[b->count++] = *id;
}

/* An entry of layout 1 names by its subject what it made or changed. */
static bool
entry_is_about(const struct journal_entry *e, enum mark_table table)
{
    must(table == MARK_CLAIM || table == MARK_REDEMPTION);
    if (e->marks.size > 0) return false;
    if (table == MARK_CLAIM) return e->kind == JOURNAL_CLAIM;
    return e->kind >= JOURNAL_HOLD && e->kind <= JOURNAL_REFUND;
}

static bool
births_entry(void *owner, const struct journal_row *row)
{
    struct births *b = owner;
    struct mark mark;
    struct text left = row->entry.marks;
    if (row->entry.kind != 0 && entry_is_about(&row->entry, b->table)) {
        births_add(b, &row->entry.subject);
    }
    while (left.size > 0 && marks_next(&left, &row->entry.subject, &mark)) {
        if (mark.table == b->table && mark.is_new) births_add(b, &mark.id);
    }
    return b->view->fault == FAULT_NONE;
}

static int
births_compare(const void *a, const void *b)
{
    must(a != NULL && b != NULL);
    return memcmp(a, b, sizeof(struct uuid));
}

void
row_audit_strangers(struct row_audit *r, enum mark_table table)
{
    struct births b = { .view = r->view, .table = table };
    struct held stranger = { .table = table };
    must(table == MARK_CLAIM || table == MARK_REDEMPTION);
    view_journal(r->view, 0, 0, births_entry, &b);
    if (b.count > 0) qsort(b.ids, b.count, sizeof *b.ids, births_compare);
    sqlite3_stmt *s = audit_prepare(r->view, table == MARK_CLAIM ? "SELECT id FROM claim"
                                                                 : "SELECT id FROM redemption");
    while (audit_step(r->view, s)) {
        column_uuid(s, 0, &stranger.id);
        bool born = b.count > 0 &&
                    bsearch(&stranger.id, b.ids, b.count, sizeof *b.ids, births_compare) != NULL;
        if (!born) row_audit_tell(r, &stranger, "no entry made it");
    }
    (void)sqlite3_finalize(s);
    free(b.ids);
}
