/* voucher/api/list.c */
#include "voucher/api/list.h"

#include "crypto/encode.h"

/* Half of what an answer may have, so that one more item of the largest body fits. */
#define LIST_BYTES_ENOUGH (OP_REPLY_BYTES_MAX / 2)

bool
list_read_limit(struct text text, size_t *out)
{
    size_t limit = 0;
    if (text.size == 0 || text.size > 3) return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        limit = limit * 10 + (size_t)(text.at[i] - '0');
    }
    *out = limit;
    return limit >= 1 && limit <= LIST_LIMIT_MAX;
}

bool
list_read(struct call *call, struct list *out)
{
    struct text text;
    *out = (struct list){ .limit = LIST_LIMIT_DEFAULT };
    if (call_query(call, "limit", &text) && !list_read_limit(text, &out->limit)) {
        call_say(call, DETAIL_LIMIT_RANGE);
        return false;
    }
    if (call_query(call, "after", &text) && !decode_crockford(text, &out->after)) {
        call_say(call, DETAIL_CURSOR);
        return false;
    }
    return true;
}

void
list_begin(struct call *call, struct list *list, size_t found)
{
    list->more = found > list->limit;
    list->shown = list->more ? list->limit : found;
    json_write_begin_object(&call->reply);
    json_put_array(&call->reply, "items");
}

bool
list_is_long(const struct call *call, struct list *list, size_t i)
{
    if (i == 0 || call->reply.size < LIST_BYTES_ENOUGH) return false;
    list->shown = i;
    list->more = true;
    return true;
}

void
list_end(struct call *call, const struct list *list, const struct uuid *last)
{
    char next[CROCKFORD_SIZE] = "";
    json_write_end_array(&call->reply);
    if (list->more && last != NULL) encode_crockford(last, next);
    json_put_string(&call->reply, "next", next[0] == '\0' ? NULL : next);
    json_put_bool(&call->reply, "has_more", list->more);
    json_write_end_object(&call->reply);
}
