/* voucher/api/list.h: {items, next, has_more}, the same for every list. */
#ifndef HUIQUAN_API_LIST_H
#define HUIQUAN_API_LIST_H

#include "voucher/call.h"

#define LIST_LIMIT_MAX 200
#define LIST_LIMIT_DEFAULT 50

struct list {
    size_t limit;
    struct uuid after; /* none: from the beginning */
    bool more;
    size_t shown;
};

/* 1 to LIST_LIMIT_MAX. */
bool list_read_limit(struct text text, size_t *out);
/* False (with a detail): limit or after is malformed. */
bool list_read(struct call *call, struct list *out);
/* found may be one more than the limit: then there is more. Opens "items". */
void list_begin(struct call *call, struct list *list, size_t found);
/* Call before item i: true when the page is long enough by its bytes and ends here, with more to
 * come. Of use where items are large. */
bool list_is_long(const struct call *call, struct list *list, size_t i);
void list_end(struct call *call, const struct list *list, const struct uuid *last);

#endif
