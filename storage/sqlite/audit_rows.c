/* storage/sqlite/audit_rows.c: claims, vouchers and redemptions; see audit_rows.h. */
#include "storage/sqlite/audit_rows.h"

#include "storage/sqlite/engine.h"

#define STATE_UNKNOWN 5 /* made by an entry of layout 1 */

void
row_audit_start(struct row_audit *r, struct view *v, struct audit *a)
{
    *r = (struct row_audit){ .view = v, .audit = a };
    must(v->snapshot);
    r->claims.statement = audit_prepare(
        v, "SELECT id, campaign, pool, resident, ordinal, rule_version, source, source_id,"
           " claimed_at, valid_from, valid_to, kid, first_number, voucher_count, key, fingerprint"
           " FROM claim WHERE id >= ? ORDER BY id");
    r->vouchers.statement =
        audit_prepare(v, "SELECT number, id, claim, value, min_spend FROM voucher"
                         " WHERE number >= ? ORDER BY number");
}

void
row_audit_end(struct row_audit *r)
{
    must(r->view != NULL);
    (void)sqlite3_finalize(r->claims.statement);
    (void)sqlite3_finalize(r->vouchers.statement);
    held_empty(&r->tables);
    held_empty(&r->redemptions);
    states_empty(&r->states);
}

/* Only numbers of claims that are there have a place: what somebody made up costs no memory. */
static void
state_begin(struct row_audit *r, int64_t number, unsigned state)
{
    must(state <= STATE_UNKNOWN);
    if (!states_set(&r->states, number, state)) view_note(r->view, FAULT_MEMORY);
}

static void
state_change(struct row_audit *r, int64_t number, unsigned state)
{
    must(state <= STATE_UNKNOWN);
    if (states_get(&r->states, number) != VOUCHER_NONE) state_begin(r, number, state);
}

static void
cursor_step(struct row_audit *r, struct row_cursor *c)
{
    must(!c->has_row);
    c->has_row = audit_step(r->view, c->statement);
}

static void
claim_step(struct row_audit *r)
{
    cursor_step(r, &r->claims);
    if (r->claims.has_row) row_claim(r->claims.statement, &r->claim);
}

/* The next row is nearly always the one: ids grow, and so does the journal. */
static bool
claim_find(struct row_audit *r, const struct uuid *id)
{
    if (r->claims.statement == NULL) return false;
    if (!r->claims.has_row && sqlite3_stmt_busy(r->claims.statement)) claim_step(r);
    if (!r->claims.has_row || !uuid_equal(&r->claim.id, id)) {
        (void)sqlite3_reset(r->claims.statement);
        r->claims.has_row = false;
        bind_uuid_raw(r->claims.statement, 1, id);
        claim_step(r);
    }
    bool found = r->claims.has_row && uuid_equal(&r->claim.id, id);
    if (found) r->claims.has_row = false;
    must(!found || r->view->fault == FAULT_NONE);
    return found;
}

static void
voucher_step(struct row_audit *r)
{
    sqlite3_stmt *s = r->vouchers.statement;
    cursor_step(r, &r->vouchers);
    if (!r->vouchers.has_row) return;
    r->voucher.number = sqlite3_column_int64(s, 0);
    column_uuid(s, 1, &r->voucher.id);
    column_uuid(s, 2, &r->voucher.claim);
    r->voucher.value_fen = sqlite3_column_int64(s, 3);
    r->voucher.min_spend_fen = sqlite3_column_int64(s, 4);
}

static bool
voucher_find(struct row_audit *r, int64_t number)
{
    sqlite3_stmt *s = r->vouchers.statement;
    if (s == NULL) return false;
    if (!r->vouchers.has_row && sqlite3_stmt_busy(s)) voucher_step(r);
    if (!r->vouchers.has_row || r->voucher.number != number) {
        (void)sqlite3_reset(s);
        r->vouchers.has_row = false;
        bind_int(s, 1, number);
        voucher_step(r);
    }
    bool found = r->vouchers.has_row && r->voucher.number == number;
    if (found) r->vouchers.has_row = false;
    must(!found || r->view->fault == FAULT_NONE);
    return found;
}

static struct held
held_of(enum mark_table table, const struct uuid *id, const struct journal_row *row)
{
    must(table != 0);
    return (struct held){ .table = table, .id = *id, .writer = row->writer, .seq = row->seq };
}

/* What the entry says by itself. False: the row is not so, and it was told. */
static bool
claim_fits_entry(struct row_audit *r, const struct held *held, const struct journal_row *row)
{
    const struct claim_row *c = &r->claim;
    const struct journal_entry *e = &row->entry;
    bool is_reward = c->source == CLAIM_REWARD;
    const struct {
        const char *column;
        bool fits;
    } facts[] = {
        { "campaign", uuid_equal(&c->campaign, &e->campaign) },
        { "resident", uuid_equal(&c->resident, &e->actor) },
        { "rule_version", c->rule_version == e->rule_version },
        { "claimed_at", c->claimed_at_s <= e->at_s }, /* the journal's time never goes back */
        { "pool or source", uuid_equal(is_reward ? &c->source_id : &c->pool, &e->object) },
    };
    bool fits = true;
    if (e->kind != JOURNAL_CLAIM || !uuid_equal(&e->subject, &c->id)) return true;
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        if (!facts[i].fits) row_audit_tell(r, held, facts[i].column);
        fits = fits && facts[i].fits;
    }
    must(held->table == MARK_CLAIM);
    return fits;
}

static bool
claim_vouchers(struct row_audit *r, struct canon *canon, unsigned state)
{
    const struct claim_row *c = &r->claim;
    int64_t count = c->voucher_count;
    if (count < 0 || count > PACK_VOUCHERS_MAX) return false;
    bool whole = true;
    for (int64_t n = 0; n < count && c->first_number <= INT64_MAX - count; n++) {
        bool found = voucher_find(r, c->first_number + n) && uuid_equal(&r->voucher.claim, &c->id);
        if (found) r->pieces[n] = r->voucher;
        if (found) canon_claim_voucher(canon, &r->voucher);
        if (found) state_begin(r, r->voucher.number, state);
        whole = whole && found;
    }
    must(canon->table == MARK_CLAIM);
    return whole;
}

/* Without a mark: of an entry of layout 1. */
static void
audit_claim(struct row_audit *r, const struct journal_row *row, const struct uuid *id,
            const struct mark *mark)
{
    struct canon canon;
    struct held held = held_of(MARK_CLAIM, id, row);
    if (!claim_find(r, id)) {
        row_audit_tell(r, &held, "the row is gone");
        return;
    }
    r->claims_born++;
    canon_claim(&canon, &r->claim);
    bool whole = claim_vouchers(r, &canon, mark == NULL ? STATE_UNKNOWN : VOUCHER_LIVE);
    if (mark != NULL && whole && mark_holds(mark, &canon)) {
        r->peer = r->claim;
        memcpy(r->peer_pieces, r->pieces, sizeof r->peer_pieces);
        return;
    }
    bool fits = claim_fits_entry(r, &held, row);
    if (mark == NULL || !fits) return;
    row_audit_tell(r, &held,
                   whole ? row_audit_guess(r, mark)
                         : "first_number, voucher_count, or claim of its vouchers");
}

static void
audit_redemption(struct row_audit *r, const struct journal_row *row, const struct mark *mark)
{
    struct redemption_row redemption;
    struct canon canon;
    bool found = view_redemption(r->view, &mark->id, &redemption);
    if (found && mark->is_new) r->redemptions_born++;
    if (found) canon_redemption(&canon, &redemption);
    struct held *late = held_find(&r->redemptions, MARK_REDEMPTION, &mark->id, 0);
    if (found && mark_holds(mark, &canon)) {
        if (late != NULL) held_remove(&r->redemptions, late);
        return;
    }
    if (late == NULL) late = held_make(&r->redemptions, MARK_REDEMPTION, &mark->id, 0);
    if (late == NULL) {
        view_note(r->view, FAULT_MEMORY);
        return;
    }
    late->is_marked = true;
    late->mark = *mark;
    late->writer = row->writer;
    late->seq = row->seq;
}

static void
audit_table_mark(struct row_audit *r, const struct journal_row *row, const struct mark *mark)
{
    struct held *held = held_make(&r->tables, mark->table, &mark->id, mark->number);
    must(mark->table != MARK_VOUCHER);
    if (held == NULL) {
        view_note(r->view, FAULT_MEMORY);
        return;
    }
    held->is_marked = true;
    held->mark = *mark;
    held->writer = row->writer;
    held->seq = row->seq;
}

static void
audit_mark(struct row_audit *r, const struct journal_row *row, const struct mark *mark)
{
    switch (mark->table) {
    case MARK_CLAIM: audit_claim(r, row, &mark->id, mark); break;
    case MARK_REDEMPTION: audit_redemption(r, row, mark); break;
    case MARK_VOUCHER: state_change(r, mark->number, mark->state); break;
    default: audit_table_mark(r, row, mark); break;
    }
    must(mark->table != 0);
}

/* A redemption that was made before there were marks is known by its first entry. */
static bool
entry_begins_redemption(const struct journal_entry *e)
{
    bool from_held = e->posting_count > 0 && e->postings[0].from == ACCOUNT_HELD;
    must(e->posting_count <= JOURNAL_POSTINGS_MAX);
    if (e->kind == JOURNAL_HOLD) return true;
    if (e->kind == JOURNAL_CAPTURE) return !from_held;
    return e->kind == JOURNAL_REVERSE && uuid_is_none(&e->object);
}

static void
audit_old_entry(struct row_audit *r, const struct journal_row *row)
{
    struct redemption_row redemption;
    const struct journal_entry *e = &row->entry;
    struct held held = held_of(MARK_REDEMPTION, &e->subject, row);
    must(e->marks.size == 0);
    row_audit_old_tables(r, row);
    if (e->kind == JOURNAL_CLAIM) audit_claim(r, row, &e->subject, NULL);
    if (e->kind == JOURNAL_CLAIM) r->has_old = true;
    if (!entry_begins_redemption(e)) return;
    r->has_old = true;
    if (!view_redemption(r->view, &e->subject, &redemption)) {
        row_audit_tell(r, &held, "the row is gone");
        return;
    }
    r->redemptions_born++;
    if (!uuid_equal(&redemption.terminal, &e->actor)) row_audit_tell(r, &held, "terminal");
    if (!uuid_equal(&redemption.voucher, &e->object)) row_audit_tell(r, &held, "voucher");
}

void
row_audit_entry(struct row_audit *r, const struct journal_row *row)
{
    struct mark mark;
    struct text left = row->entry.marks;
    must(r->view != NULL);
    if (row->entry.kind == 0) return; /* damaged; that was told */
    if (left.size > 0) r->has_marks = true;
    if (!r->has_marks) audit_old_entry(r, row); /* marks began later */
    while (left.size > 0 && r->view->fault == FAULT_NONE) {
        if (!marks_next(&left, &row->entry.subject, &mark)) break;
        audit_mark(r, row, &mark);
    }
}

static void
compare_redemptions(struct row_audit *r)
{
    struct redemption_row row;
    struct canon canon;
    size_t at = 0;
    for (const struct held *late; (late = held_next(&r->redemptions, &at)) != NULL;) {
        must(late->is_marked);
        if (!view_redemption(r->view, &late->id, &row)) {
            row_audit_tell(r, late, "the row is gone");
            continue;
        }
        canon_redemption(&canon, &row);
        row_audit_tell_columns(r, late, &canon);
    }
}

static void
compare_states(struct row_audit *r)
{
    sqlite3_stmt *s = audit_prepare(r->view, "SELECT number, state FROM voucher ORDER BY number");
    must(r->audit != NULL);
    while (audit_step(r->view, s)) {
        int64_t number = sqlite3_column_int64(s, 0), state = sqlite3_column_int64(s, 1);
        unsigned said = states_get(&r->states, number);
        if (said == STATE_UNKNOWN || (said != VOUCHER_NONE && state == (int64_t)said)) continue;
        char words[96];
        (void)snprintf(words, sizeof words, "voucher %lld: %s", (long long)number,
                       said == VOUCHER_NONE ? "no entry made it" : "state, and its last entry's");
        audit_tell(r->audit, &r->audit->rows_differ, words);
    }
    (void)sqlite3_finalize(s);
}

void
row_audit_compare(struct row_audit *r)
{
    must(r->view != NULL);
    if (r->view->fault != FAULT_NONE) return;
    compare_redemptions(r);
    compare_states(r);
    row_audit_tables(r);
    if (r->audit->claims != r->claims_born) row_audit_strangers(r, MARK_CLAIM);
    if (r->audit->redemptions != r->redemptions_born) row_audit_strangers(r, MARK_REDEMPTION);
}
