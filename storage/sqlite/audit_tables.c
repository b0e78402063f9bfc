/* storage/sqlite/audit_tables.c: campaigns, pools, rules, budgets, merchants, tills, administrators
 * and jobs against the last entry that has each; see audit_rows.h. */
#include "storage/sqlite/audit_rows.h"
#include "storage/sqlite/engine.h"
#include "voucher/id.h"

#define WORDS_SIZE 256

static bool
read_campaign(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct uuid id;
    struct campaign_row row;
    must(sqlite3_column_count(s) == 1);
    column_uuid(s, 0, &id);
    if (!view_campaign(v, &id, &row)) return false;
    canon_campaign(c, &row);
    return true;
}

static bool
read_pool(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct pool_change row = { 0 };
    must(v != NULL && sqlite3_column_count(s) == 6);
    column_uuid(s, 0, &row.row.id);
    column_uuid(s, 1, &row.campaign);
    row.row.number = sqlite3_column_int64(s, 2);
    row.place = sqlite3_column_int64(s, 3);
    row.row.value_fen = sqlite3_column_int64(s, 4);
    row.row.count = sqlite3_column_int64(s, 5);
    canon_pool(c, &row);
    return true;
}

static bool
read_version(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct uuid campaign;
    struct version_row row;
    struct text definition;
    int64_t version = sqlite3_column_int64(s, 1);
    must(sqlite3_column_count(s) == 2);
    column_uuid(s, 0, &campaign);
    if (!view_version(v, &campaign, version, &row)) return false;
    if (!view_definition(v, &campaign, version, &definition)) return false;
    canon_version(c, &row, definition);
    return true;
}

static bool
read_change(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct uuid id;
    struct budget_change_row row;
    must(sqlite3_column_count(s) == 1);
    column_uuid(s, 0, &id);
    if (!view_budget_change(v, &id, &row)) return false;
    canon_change(c, &row);
    return true;
}

static bool
read_merchant(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct uuid id;
    struct merchant_row row;
    must(sqlite3_column_count(s) == 1);
    column_uuid(s, 0, &id);
    if (!view_merchant(v, &id, &row)) return false;
    canon_merchant(c, &row);
    return true;
}

static bool
read_terminal(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct uuid id;
    struct terminal_row row;
    must(sqlite3_column_count(s) == 1);
    column_uuid(s, 0, &id);
    if (!view_terminal(v, &id, &row)) return false;
    canon_terminal(c, &row);
    return true;
}

static bool
read_admin(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct uuid id;
    struct admin_row row;
    must(sqlite3_column_count(s) == 1);
    column_uuid(s, 0, &id);
    if (!view_admin(v, &id, &row)) return false;
    canon_admin(c, &row);
    return true;
}

static bool
read_login(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct login_row row;
    must(sqlite3_column_count(s) == 1);
    if (!view_login(v, column_blob(s, 0), &row)) return false;
    canon_login(c, &row);
    return true;
}

static bool
read_session(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct digest token;
    struct admin_session_row row;
    must(sqlite3_column_count(s) == 1);
    column_digest(s, 0, &token);
    if (!view_admin_session(v, &token, &row)) return false;
    canon_session(c, &row);
    return true;
}

static bool
read_job(struct view *v, sqlite3_stmt *s, struct canon *c)
{
    struct uuid id;
    struct job_row row;
    must(sqlite3_column_count(s) == 1);
    column_uuid(s, 0, &id);
    if (!view_job(v, &id, &row)) return false;
    canon_job(c, &row);
    return true;
}

struct table {
    const char *name;
    enum id_kind id; /* ID_KIND_COUNT: its ids have no spelling of their own */
    const char *keys; /* of all rows; NULL: not one of these tables */
    bool (*read)(struct view *v, sqlite3_stmt *s, struct canon *c);
    bool may_go; /* rows end */
    bool was_silent; /* entries of layout 1 did not name each of its rows */
};

static const struct table tables[MARK_TABLE_COUNT] = {
    [MARK_CLAIM] = { .name = "claim", .id = ID_CLAIM },
    [MARK_REDEMPTION] = { .name = "redemption", .id = ID_REDEMPTION },
    [MARK_CAMPAIGN] = { "campaign", ID_CAMPAIGN, "SELECT id FROM campaign", read_campaign, 0, 0 },
    [MARK_POOL] = { "pool", ID_POOL, "SELECT id, campaign, number, place, value, count FROM pool",
                    read_pool, false, true },
    [MARK_VERSION] = { "rule_version", ID_CAMPAIGN, "SELECT campaign, version FROM rule_version",
                       read_version, false, false },
    [MARK_CHANGE] = { "budget_change", ID_BUDGET_CHANGE, "SELECT id FROM budget_change",
                      read_change, false, false },
    [MARK_MERCHANT] = { "merchant", ID_MERCHANT, "SELECT id FROM merchant", read_merchant, 0, 0 },
    [MARK_TERMINAL] = { "terminal", ID_TERMINAL, "SELECT id FROM terminal", read_terminal, 0, 0 },
    [MARK_ADMIN] = { "admin", ID_KIND_COUNT, "SELECT id FROM admin", read_admin, false, false },
    [MARK_LOGIN] = { "login", ID_KIND_COUNT, "SELECT login FROM login", read_login, false, true },
    [MARK_SESSION] = { "admin_session", ID_KIND_COUNT, "SELECT token FROM admin_session",
                       read_session, true, true },
    [MARK_JOB] = { "job", ID_JOB, "SELECT id FROM job", read_job, false, true },
};

/* Sessions are named by their token's digest, the others by their ids: neither is a secret. */
static void
write_id(const struct held *row, char out[2 * sizeof row->id.bytes + 1])
{
    must((unsigned)row->table < MARK_TABLE_COUNT);
    if (tables[row->table].id < ID_KIND_COUNT) {
        (void)id_write(tables[row->table].id, &row->id, out);
        return;
    }
    for (size_t i = 0; i < sizeof row->id.bytes; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", row->id.bytes[i]);
    }
}

void
row_audit_tell(struct row_audit *r, const struct held *row, const char *what)
{
    char words[WORDS_SIZE], id[2 * sizeof row->id.bytes + 1], version[32] = "", entry[64] = "";
    must(tables[row->table].name != NULL);
    _Static_assert(sizeof id >= ID_TEXT_SIZE, "either spelling fits");
    write_id(row, id);
    if (row->number > 0) {
        (void)snprintf(version, sizeof version, " version %lld", (long long)row->number);
    }
    if (row->seq > 0) {
        (void)snprintf(entry, sizeof entry, " (writer %lld, entry %lld)", (long long)row->writer,
                       (long long)row->seq);
    }
    int size = snprintf(words, sizeof words, "%s %s%s: %s%s", tables[row->table].name, id, version,
                        what, entry);
    must(size > 0);
    audit_tell(r->audit, &r->audit->rows_differ, words);
}

/* A column that has no check is the one, where no other differs. */
void
row_audit_tell_columns(struct row_audit *r, const struct held *row, const struct canon *c)
{
    const struct mark *m = &row->mark;
    bool told = false, comparable = m->check_count == c->column_count;
    must(row->is_marked);
    for (size_t i = 0; comparable && i < c->column_count; i++) {
        if (m->checks[i] == canon_check(c, i)) continue;
        row_audit_tell(r, row, c->columns[i].name);
        told = true;
    }
    for (size_t i = 0; comparable && !told && i < c->column_count; i++) {
        if (!c->columns[i].is_private) continue;
        row_audit_tell(r, row, c->columns[i].name);
        told = true;
    }
    if (!told) row_audit_tell(r, row, "its contents");
}

static void
compare_row(struct row_audit *r, const struct table *t, const struct canon *c)
{
    struct held *held = held_find(&r->tables, c->table, &c->id, c->number);
    must(t->keys != NULL);
    if (held == NULL) {
        if (r->has_old && t->was_silent) return;
        const struct held stranger = { .table = c->table, .id = c->id, .number = c->number };
        row_audit_tell(r, &stranger, "no entry made it");
        return;
    }
    held->is_seen = true;
    if (held->is_marked && !mark_holds(&held->mark, c)) row_audit_tell_columns(r, held, c);
}

static void
compare_table(struct row_audit *r, const struct table *t)
{
    struct canon c;
    sqlite3_stmt *s = audit_prepare(r->view, t->keys);
    must(t->read != NULL);
    while (audit_step(r->view, s)) {
        if (t->read(r->view, s, &c)) compare_row(r, t, &c);
    }
    (void)sqlite3_finalize(s);
}

void
row_audit_tables(struct row_audit *r)
{
    size_t at = 0;
    must(r->audit != NULL);
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        if (tables[i].keys != NULL) compare_table(r, &tables[i]);
    }
    if (r->view->fault != FAULT_NONE) return;
    for (const struct held *row; (row = held_next(&r->tables, &at)) != NULL;) {
        const struct table *t = &tables[row->table];
        if (row->is_seen || t->keys == NULL || t->may_go) continue;
        row_audit_tell(r, row, "the row is gone");
    }
}

static void
know_row(struct row_audit *r, const struct journal_row *row, enum mark_table table,
         const struct uuid *id, int64_t number)
{
    must((unsigned)table < MARK_TABLE_COUNT);
    if (uuid_is_none(id)) return;
    r->has_old = true;
    struct held *held = held_make(&r->tables, table, id, number);
    if (held == NULL) {
        view_note(r->view, FAULT_MEMORY);
        return;
    }
    held->is_marked = false; /* it may have changed without a word */
    held->writer = row->writer;
    held->seq = row->seq;
}

void
row_audit_old_tables(struct row_audit *r, const struct journal_row *row)
{
    static const struct {
        enum journal_kind first, last;
        enum mark_table table;
        bool of_object; /* else of the subject */
    } kinds[] = {
        { JOURNAL_CAMPAIGN_CREATE, JOURNAL_CAMPAIGN_CLOSE, MARK_CAMPAIGN, false },
        { JOURNAL_CAMPAIGN_CREATE, JOURNAL_CAMPAIGN_CLOSE, MARK_VERSION, false },
        { JOURNAL_BUDGET_PROPOSE, JOURNAL_BUDGET_REJECT, MARK_CHANGE, true },
        { JOURNAL_MERCHANT_CREATE, JOURNAL_MERCHANT_CREATE, MARK_MERCHANT, false },
        { JOURNAL_TERMINAL_CREATE, JOURNAL_TERMINAL_REVOKE, MARK_TERMINAL, false },
        { JOURNAL_ADMIN_CREATE, JOURNAL_ADMIN_CREATE, MARK_ADMIN, false },
        { JOURNAL_JOB_CREATE, JOURNAL_JOB_END, MARK_JOB, false },
    };
    const struct journal_entry *e = &row->entry;
    must(e->kind != 0);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (e->kind < kinds[i].first || e->kind > kinds[i].last) continue;
        know_row(r, row, kinds[i].table, kinds[i].of_object ? &e->object : &e->subject,
                 kinds[i].table == MARK_VERSION ? e->rule_version : 0);
    }
}
