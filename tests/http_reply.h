/* tests/http_reply.h: answers, read as a client would. */
#ifndef HUIQUAN_TESTS_HTTP_REPLY_H
#define HUIQUAN_TESTS_HTTP_REPLY_H

#include <strings.h>

#include "tests/rows.h"
#include "voucher/base.h"

struct answer {
    int status;
    struct text head; /* status line and fields */
    struct text body; /* as sent: still in chunks, if it is chunked */
    bool is_chunked;
};

static inline bool
answer_field(const struct answer *answer, const char *name, char *out, size_t out_size)
{
    size_t name_size = strlen(name);
    const char *end = answer->head.at + answer->head.size;
    for (const char *at = answer->head.at; at && at < end;
         at = memchr(at, '\n', (size_t)(end - at))) {
        if (*at == '\n') at++;
        if ((size_t)(end - at) <= name_size || at[name_size] != ':') continue;
        if (strncasecmp(at, name, name_size) != 0) continue;
        const char *value = at + name_size + 2;
        size_t size = (size_t)((const char *)memchr(value, '\r', (size_t)(end - value)) - value);
        assert_true(size < out_size);
        memcpy(out, value, size);
        out[size] = 0;
        return true;
    }
    return false;
}

static inline size_t
answer_body_size(struct answer *answer, struct text rest)
{
    char value[64];
    if (answer_field(answer, "Transfer-Encoding", value, sizeof value)) {
        const char *last = memmem(rest.at, rest.size, "0\r\n\r\n", 5);
        answer->is_chunked = true;
        return last ? (size_t)(last - rest.at) + 5 : SIZE_MAX;
    }
    if (!answer_field(answer, "Content-Length", value, sizeof value)) return 0;
    return strtoul(value, NULL, 10);
}

/* Takes one answer off the front; false: it is not there in full. */
static inline bool
answer_take(struct text *in, bool is_head, struct answer *out)
{
    *out = (struct answer){ 0 };
    const char *end = in->size ? memmem(in->at, in->size, "\r\n\r\n", 4) : NULL;
    if (!end) return false;
    out->head = (struct text){ in->at, (size_t)(end - in->at) + 4 };
    if (out->head.size < 13 || memcmp(in->at, "HTTP/1.1 ", 9) != 0) return false;
    /* Three digits, by hand: the bytes behind them need not end with NUL. */
    for (int i = 9; i < 12; i++)
        out->status = out->status * 10 + (in->at[i] - '0');
    struct text rest = { end + 4, in->size - out->head.size };
    size_t body_size = is_head ? 0 : answer_body_size(out, rest);
    if (body_size > rest.size) return false;
    out->body = (struct text){ rest.at, body_size };
    *in = (struct text){ rest.at + body_size, rest.size - body_size };
    return true;
}

/* The statuses of all answers in turn, none of them to a HEAD: "200 200 400". */
static inline void
answer_statuses(struct text in, char *out, size_t out_size)
{
    struct answer answer;
    size_t used = 0;
    out[0] = 0;
    while (answer_take(&in, false, &answer)) {
        int size = snprintf(out + used, out_size - used, "%s%d", used ? " " : "", answer.status);
        assert_true(size > 0 && (size_t)size < out_size - used);
        used += (size_t)size;
    }
}

#endif
