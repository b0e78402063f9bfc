/* voucher/http/refusal.h: the codec's own answers. Private to voucher/http. */
#ifndef HUIQUAN_HTTP_REFUSAL_H
#define HUIQUAN_HTTP_REFUSAL_H

#include "voucher/http/hub.h"

enum { HTTP_REFUSAL_BODY_MAX = 2048, HTTP_REFUSAL_PARTS = 4 };

struct http_refusal_text {
    struct text parts[HTTP_REFUSAL_PARTS]; /* into this struct */
    struct http_answer_head head;
    char body[HTTP_REFUSAL_BODY_MAX];
};

/* slot may be NULL: the request is not even begun. */
void http_refusal_format(struct http_refusal_text *out, struct http_hub *hub,
                         const struct http_slot *slot, enum http_reason reason);

#endif
