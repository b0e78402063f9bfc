/* storage/sqlite/held.h: a table in memory of rows that an audit has yet to look at, each with what
 * the journal says of it. One thread. Zeroed: empty. */
#ifndef HUIQUAN_SQLITE_HELD_H
#define HUIQUAN_SQLITE_HELD_H

#include "storage/sqlite/mark.h"

struct held {
    enum mark_table table; /* 0: this place is empty */
    struct uuid id;
    int64_t number;
    bool is_marked; /* else an entry of layout 1 named it, and says no more */
    bool is_seen; /* its row is there */
    struct mark mark; /* the last one */
    int64_t writer, seq; /* of the entry that has it */
};

struct held_rows {
    size_t count, room; /* room: 0 or a power of two */
    struct held *rows; /* owned */
};

/* NULL: there is none. Good until the next is made or removed. */
struct held *held_find(const struct held_rows *h, enum mark_table table, const struct uuid *id,
                       int64_t number);
/* Made, and zeroed but for its key, when there is none. NULL: no memory. */
MUST_USE struct held *held_make(struct held_rows *h, enum mark_table table, const struct uuid *id,
                                int64_t number);
void held_remove(struct held_rows *h, struct held *row);
/* The first one at or after place *at, which moves behind it. NULL: no more. */
struct held *held_next(const struct held_rows *h, size_t *at);
void held_empty(struct held_rows *h); /* gives its memory back */

#endif
