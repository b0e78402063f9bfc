/* tests/http_cut.h: shows the head parser the same bytes whole, one more at a time, and in two, and
 * insists on one result. */
#ifndef HUIQUAN_TESTS_HTTP_CUT_H
#define HUIQUAN_TESTS_HTTP_CUT_H

#include "tests/rows.h"
#include "voucher/http/parse.h"

static const struct http_limits cut_limits = { 8192, 2048, 64 };

struct outcome {
    enum http_step step;
    enum http_reason reason;
    size_t taken;
};

static inline struct outcome
parse_whole(struct http_request *request, struct text sent)
{
    struct http_head head;
    http_head_begin(&head, &cut_limits, request);
    enum http_step step = http_head_parse(&head, request, sent.at, sent.size);
    return (struct outcome){ step, head.reason, head.taken };
}

/* Shows the parser the bytes one more at a time, until it has decided. */
static inline struct outcome
parse_grown(struct http_request *request, struct text sent)
{
    struct http_head head;
    enum http_step step = HTTP_MORE;
    http_head_begin(&head, &cut_limits, request);
    for (size_t size = 0; size <= sent.size && step == HTTP_MORE; size++) {
        step = http_head_parse(&head, request, sent.at, size);
    }
    return (struct outcome){ step, head.reason, head.taken };
}

static inline struct outcome
parse_cut(struct http_request *request, struct text sent, size_t cut)
{
    struct http_head head;
    http_head_begin(&head, &cut_limits, request);
    enum http_step step = http_head_parse(&head, request, sent.at, cut);
    if (step == HTTP_MORE) step = http_head_parse(&head, request, sent.at, sent.size);
    return (struct outcome){ step, head.reason, head.taken };
}

static inline bool
same(struct outcome a, struct outcome b)
{
    bool is_same = a.step == b.step && a.reason == b.reason;
    return is_same && (a.step != HTTP_DONE || a.taken == b.taken);
}

static inline struct outcome
parse_every_way(const char *name, struct http_request *request, struct text sent)
{
    struct http_request other;
    struct outcome whole = parse_whole(request, sent);
    ROW_CHECK(name, same(whole, parse_grown(&other, sent)));
    for (size_t cut = 0; cut <= sent.size; cut++) {
        ROW_CHECK(name, same(whole, parse_cut(&other, sent, cut)));
        ROW_CHECK(name, whole.step != HTTP_DONE || other.field_count == request->field_count);
    }
    return whole;
}

#endif
