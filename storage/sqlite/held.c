/* storage/sqlite/held.c: open addressing, at most half full; a row that is removed leaves no gap on
 * the way to another. */
#include "storage/sqlite/held.h"

#define ROOM_FIRST 64

static size_t
held_home(const struct held_rows *h, enum mark_table table, const struct uuid *id, int64_t number)
{
    uint64_t sum = 1469598103934665603u; /* FNV-1a */
    must(h->room > 0 && (h->room & (h->room - 1)) == 0);
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        sum = (sum ^ id->bytes[i]) * 1099511628211u;
    }
    sum = (sum ^ (uint64_t)table ^ (uint64_t)number << 8) * 1099511628211u;
    return (size_t)(sum ^ sum >> 32) & (h->room - 1);
}

static bool
held_is(const struct held *row, enum mark_table table, const struct uuid *id, int64_t number)
{
    must(table != 0);
    return row->table == table && row->number == number && uuid_equal(&row->id, id);
}

/* Where the row stands, or would. */
static struct held *
held_place(const struct held_rows *h, enum mark_table table, const struct uuid *id, int64_t number)
{
    size_t at = held_home(h, table, id, number);
    must(h->count < h->room);
    while (h->rows[at].table != 0 && !held_is(&h->rows[at], table, id, number)) {
        at = (at + 1) & (h->room - 1);
    }
    return &h->rows[at];
}

struct held *
held_find(const struct held_rows *h, enum mark_table table, const struct uuid *id, int64_t number)
{
    if (h->count == 0) return NULL;
    must(h->rows != NULL);
    struct held *row = held_place(h, table, id, number);
    return row->table == 0 ? NULL : row;
}

static bool
held_grow(struct held_rows *h)
{
    struct held_rows more = { .count = h->count, .room = h->room == 0 ? ROOM_FIRST : 2 * h->room };
    more.rows = calloc(more.room, sizeof *more.rows);
    if (more.rows == NULL) return false;
    for (size_t i = 0; i < h->room; i++) {
        const struct held *row = &h->rows[i];
        if (row->table == 0) continue;
        *held_place(&more, row->table, &row->id, row->number) = *row;
    }
    must(more.count < more.room);
    free(h->rows);
    *h = more;
    return true;
}

struct held *
held_make(struct held_rows *h, enum mark_table table, const struct uuid *id, int64_t number)
{
    if (2 * (h->count + 1) > h->room && !held_grow(h)) return NULL;
    struct held *row = held_place(h, table, id, number);
    if (row->table != 0) return row;
    must(2 * (h->count + 1) <= h->room);
    h->count++;
    *row = (struct held){ .table = table, .id = *id, .number = number };
    return row;
}

void
held_remove(struct held_rows *h, struct held *row)
{
    size_t mask = h->room - 1, gap = (size_t)(row - h->rows);
    must(row->table != 0 && h->count > 0);
    for (size_t at = (gap + 1) & mask; h->rows[at].table != 0; at = (at + 1) & mask) {
        const struct held *next = &h->rows[at];
        size_t home = held_home(h, next->table, &next->id, next->number);
        /* It may move back to the gap unless that lies before its home. */
        if (((at - home) & mask) < ((at - gap) & mask)) continue;
        h->rows[gap] = *next;
        gap = at;
    }
    h->rows[gap] = (struct held){ 0 };
    h->count--;
}

struct held *
held_next(const struct held_rows *h, size_t *at)
{
    must(at != NULL);
    while (*at < h->room) {
        struct held *row = &h->rows[(*at)++];
        if (row->table != 0) return row;
    }
    return NULL;
}

void
held_empty(struct held_rows *h)
{
    must(h->rows != NULL || h->room == 0);
    free(h->rows);
    *h = (struct held_rows){ 0 };
}
