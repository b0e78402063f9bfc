/* tests/bench/answer.c: see answer.h. */
#include "tests/bench/answer.h"

#include <ctype.h>

#define HEAD_LEAST 17 /* HTTP/1.1 200 OK CR LF */

static _Noreturn void
refuse(struct text bytes)
{
    fprintf(stderr, "bench_load: not an answer: %.*s\n", (int)bytes.size, bytes.at);
    exit(1);
}

static const char *
find(struct text in, struct text what)
{
    return memmem(in.at, in.size, what.at, what.size);
}

/* The value of a field whose line begins with name, as the daemon spells it. */
static struct text
field_of(struct text head, struct text name)
{
    const char *at = find(head, name);
    if (at == NULL) return (struct text){ 0 };
    at += name.size;
    const size_t left = head.size - (size_t)(at - head.at);
    const char *end = memchr(at, '\r', left);
    return (struct text){ at, end == NULL ? left : (size_t)(end - at) };
}

struct text
answer_member(struct text body, struct text quoted_name)
{
    const char *at = find(body, quoted_name);
    if (at == NULL) return (struct text){ 0 };
    at += quoted_name.size;
    const char *end = memchr(at, '"', body.size - (size_t)(at - body.at));
    return (struct text){ at, end == NULL ? 0 : (size_t)(end - at) };
}

static size_t
number_of(struct text digits)
{
    size_t number = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (!isdigit((unsigned char)digits.at[i])) return 0;
        number = number * 10 + (size_t)(digits.at[i] - '0');
    }
    return number;
}

bool
answer_read(struct text bytes, struct answer *out)
{
    if (bytes.size < HEAD_LEAST) return false;
    const char *end = find(bytes, TEXT("\r\n\r\n"));
    if (end == NULL) return false;
    const struct text head = { bytes.at, (size_t)(end - bytes.at) };
    if (memcmp(head.at, "HTTP/1.1 ", 9) != 0) refuse(bytes);
    const size_t body_size = number_of(field_of(head, TEXT("\r\nContent-Length: ")));
    out->size = head.size + 4 + body_size;
    if (bytes.size < out->size) return false;
    out->status = (int)number_of((struct text){ head.at + 9, 3 });
    if (out->status < 100) refuse(bytes);
    out->closes = text_equal(field_of(head, TEXT("\r\nConnection: ")), TEXT("close"));
    out->body = (struct text){ end + 4, body_size };
    const struct text code =
        out->status < 400 ? (struct text){ 0 } : answer_member(out->body, TEXT("\"code\":\""));
    (void)snprintf(out->kind, sizeof out->kind, "%d%s%.*s", out->status, code.size > 0 ? "/" : "",
                   (int)code.size, code.size > 0 ? code.at : "");
    return true;
}

void
tally_add(struct tally *t, const char *kind, uint64_t times)
{
    size_t i = 0;
    while (i < t->count && strcmp(t->rows[i].kind, kind) != 0) {
        i++;
    }
    must(i < TALLY_MAX);
    if (i == t->count) {
        (void)snprintf(t->rows[i].kind, sizeof t->rows[i].kind, "%s", kind);
        t->count++;
    }
    t->rows[i].times += times;
}
