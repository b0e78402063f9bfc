/* storage/sqlite/mark.c: see mark.h. */
#include "storage/sqlite/mark.h"

#include "storage/sqlite/bytes.h"

#define MARK_NEW 0x40
#define MARK_OF_SUBJECT 0x80
#define CLAIM_DIGEST_SIZE 8
#define VOUCHER_NUMBER_SIZE 8

size_t
mark_digest_size(enum mark_table table)
{
    must(table != MARK_VOUCHER);
    return table == MARK_CLAIM ? CLAIM_DIGEST_SIZE : MARK_DIGEST_MAX;
}

void
mark_make(const struct canon *c, bool is_new, struct mark *out)
{
    struct digest digest;
    must(c->column_count <= CANON_COLUMNS_MAX);
    canon_digest(c, &digest);
    *out = (struct mark){ .table = c->table, .is_new = is_new, .id = c->id, .number = c->number };
    memcpy(out->digest, digest.bytes, mark_digest_size(c->table));
    if (c->table == MARK_CLAIM) return;
    for (size_t i = 0; i < c->column_count; i++) {
        out->checks[out->check_count++] = canon_check(c, i);
    }
}

bool
mark_holds(const struct mark *m, const struct canon *c)
{
    struct digest digest;
    must(m->table == c->table);
    canon_digest(c, &digest);
    return memcmp(m->digest, digest.bytes, mark_digest_size(m->table)) == 0;
}

bool
marks_are_full(const struct marks *waiting)
{
    must(waiting->count <= MARKS_AT_ONCE);
    return waiting->count + (waiting->claim_waits ? 1 : 0) == MARKS_AT_ONCE;
}

void
marks_add(struct marks *waiting, const struct mark *m)
{
    must((unsigned)m->table < MARK_TABLE_COUNT);
    for (size_t i = 0; i < waiting->count; i++) {
        struct mark *at = &waiting->list[i];
        if (at->table != m->table || at->number != m->number || !uuid_equal(&at->id, &m->id)) {
            continue;
        }
        bool is_new = at->is_new || m->is_new;
        *at = *m;
        at->is_new = is_new;
        return;
    }
    must(waiting->count < MARKS_AT_ONCE);
    waiting->list[waiting->count++] = *m;
}

void
marks_end_claim(struct marks *waiting)
{
    struct mark m;
    if (!waiting->claim_waits) return;
    must(waiting->claim.table == MARK_CLAIM);
    waiting->claim_waits = false;
    mark_make(&waiting->claim, true, &m);
    marks_add(waiting, &m);
}

static uint8_t *
put_mark(uint8_t *at, const struct mark *m, const struct uuid *subject)
{
    unsigned tag = (unsigned)m->table | (m->is_new ? MARK_NEW : 0u);
    if (m->table == MARK_VOUCHER) {
        must(m->number > 0);
        at = put_number(at, tag, 1);
        at = put_number(at, (uint64_t)m->number, VOUCHER_NUMBER_SIZE);
        return put_number(at, m->state, 1);
    }
    must(m->number >= 0 && m->number <= UINT32_MAX);
    bool of_subject = m->number == 0 && uuid_equal(&m->id, subject);
    at = put_number(at, of_subject ? tag | MARK_OF_SUBJECT : tag, 1);
    if (!of_subject) at = put_number(at, (uint64_t)m->number, 4);
    if (!of_subject) at = put_bytes(at, m->id.bytes, sizeof m->id.bytes);
    at = put_bytes(at, m->digest, mark_digest_size(m->table));
    if (m->table == MARK_CLAIM) return at;
    at = put_number(at, m->check_count, 1);
    return put_bytes(at, m->checks, m->check_count);
}

size_t
marks_take(struct marks *waiting, const struct uuid *subject, uint8_t out[JOURNAL_MARKS_MAX])
{
    uint8_t *at = out;
    marks_end_claim(waiting);
    must(waiting->count <= MARKS_AT_ONCE);
    for (size_t i = 0; i < waiting->count; i++) {
        at = put_mark(at, &waiting->list[i], subject);
    }
    waiting->count = 0;
    must(at - out <= JOURNAL_MARKS_MAX);
    return (size_t)(at - out);
}

/* NULL: there are not so many left. */
static const uint8_t *
take(struct text *left, size_t size)
{
    must(left->at != NULL || left->size == 0);
    if (left->size < size) return NULL;
    const uint8_t *at = (const uint8_t *)left->at;
    left->at += size;
    left->size -= size;
    return at;
}

static bool
take_number(struct text *left, size_t size, int64_t *out)
{
    const uint8_t *at = take(left, size);
    uint64_t value = 0;
    must(size <= sizeof value);
    for (size_t i = 0; at != NULL && i < size; i++) {
        value = value << 8 | at[i];
    }
    *out = (int64_t)value;
    return at != NULL;
}

static bool
take_bytes(struct text *left, void *out, size_t size)
{
    const uint8_t *at = take(left, size);
    must(out != NULL);
    if (at != NULL) memcpy(out, at, size);
    return at != NULL;
}

static bool
take_voucher(struct text *left, struct mark *out)
{
    int64_t state;
    must(out->table == MARK_VOUCHER);
    if (!take_number(left, VOUCHER_NUMBER_SIZE, &out->number)) return false;
    if (!take_number(left, 1, &state)) return false;
    out->state = (enum voucher_state)state;
    return state >= VOUCHER_LIVE && state <= VOUCHER_VOID;
}

static bool
take_contents(struct text *left, struct mark *out)
{
    int64_t count;
    must(out->check_count == 0);
    if (!take_bytes(left, out->digest, mark_digest_size(out->table))) return false;
    if (out->table == MARK_CLAIM) return true;
    if (!take_number(left, 1, &count) || count > CANON_COLUMNS_MAX) return false;
    out->check_count = (size_t)count;
    return take_bytes(left, out->checks, out->check_count);
}

bool
marks_next(struct text *left, const struct uuid *subject, struct mark *out)
{
    int64_t tag;
    *out = (struct mark){ 0 };
    if (!take_number(left, 1, &tag)) return false;
    int64_t table = tag & ~(MARK_NEW | MARK_OF_SUBJECT);
    if (table == 0 || table >= MARK_TABLE_COUNT) return false;
    out->table = (enum mark_table)table;
    out->is_new = (tag & MARK_NEW) != 0;
    out->id = *subject;
    if (out->table == MARK_VOUCHER) {
        out->id = (struct uuid){ 0 };
        return take_voucher(left, out);
    }
    if ((tag & MARK_OF_SUBJECT) == 0) {
        if (!take_number(left, 4, &out->number)) return false;
        if (!take_bytes(left, out->id.bytes, sizeof out->id.bytes)) return false;
    }
    return take_contents(left, out);
}
