#include "voucher/http/parse.h"

#include "voucher/http/byte.h"
#include "voucher/http/field.h"
#include "voucher/http/framing.h"
#include "voucher/http/target.h"

enum {
    METHOD_SIZE_MAX = 32, /* the longest name that is still looked at, with its space */
    VERSION_SIZE = 8, /* "HTTP/1.1" */
    LINE_END_SIZE = 2
};

static const struct {
    struct text name;
    enum http_method method;
} methods[] = {
    { { "GET", 3 }, HTTP_GET },       { { "HEAD", 4 }, HTTP_HEAD },
    { { "POST", 4 }, HTTP_POST },     { { "PUT", 3 }, HTTP_PUT },
    { { "DELETE", 6 }, HTTP_DELETE }, { { "OPTIONS", 7 }, HTTP_OPTIONS },
    { { "TRACE", 5 }, HTTP_TRACE },
};

_Static_assert(COUNT_OF(methods) == HTTP_METHOD_COUNT, "a name for every method");

void
http_head_begin(struct http_head *head, const struct http_limits *limits,
                struct http_request *request)
{
    must(limits->field_count_max <= HTTP_FIELD_COUNT_MAX);
    *head = (struct http_head){ .limits = *limits };
    /* Fields are written before they are counted. */
    memset(request, 0, offsetof(struct http_request, fields));
}

enum line { LINE_MORE, LINE_WHOLE, LINE_BROKEN, LINE_TOO_LONG };

static const char *
byte_find(const char *at, char byte, size_t size)
{
    return size > 0 ? memchr(at, byte, size) : NULL;
}

/* A line that, with its CR LF, is at most size_max. What is said of a part of a line stays true
 * when the rest has come: only so is the result the same for every cut. */
static enum line
line_find(struct text bytes, size_t size_max, struct text *line)
{
    size_t size = bytes.size < size_max ? bytes.size : size_max;
    const char *feed = byte_find(bytes.at, '\n', size);
    size_t seen = feed ? (size_t)(feed - bytes.at) : size;
    const char *carriage = byte_find(bytes.at, '\r', seen);
    if (feed) {
        if (!carriage || carriage + 1 != feed) return LINE_BROKEN;
        *line = (struct text){ bytes.at, (size_t)(carriage - bytes.at) };
        return LINE_WHOLE;
    }
    if (carriage && carriage + 1 < bytes.at + size) return LINE_BROKEN;
    return size == size_max ? LINE_TOO_LONG : LINE_MORE;
}

static bool
method_parse(struct text name, enum http_method *method)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (!text_equal(name, methods[i].name)) continue;
        *method = methods[i].method;
        return true;
    }
    return false;
}

static enum http_reason
version_parse(struct text version, int *minor)
{
    if (version.size != VERSION_SIZE || memcmp(version.at, "HTTP/", 5) != 0) {
        return HTTP_BAD_REQUEST_LINE;
    }
    const char *digits = version.at + 5;
    if (!http_byte_is(digits[0], HTTP_BYTE_DIGIT) || digits[1] != '.' ||
        !http_byte_is(digits[2], HTTP_BYTE_DIGIT)) {
        return HTTP_BAD_REQUEST_LINE;
    }
    if (digits[0] != '1' || digits[2] > '1') return HTTP_UNKNOWN_VERSION;
    *minor = digits[2] - '0';
    return HTTP_FINE;
}

/* Cuts off what is before the first space; false: there is none, or nothing before it. */
static bool
word_take(struct text *rest, struct text *word)
{
    const char *space = rest->size > 0 ? memchr(rest->at, ' ', rest->size) : NULL;
    if (!space || space == rest->at) return false;
    *word = (struct text){ rest->at, (size_t)(space - rest->at) };
    *rest = (struct text){ space + 1, rest->size - word->size - 1 };
    return true;
}

static enum http_reason
request_line_parse(const struct http_limits *limits, struct http_request *request, struct text line)
{
    struct text version = line;
    if (!word_take(&version, &request->method_name)) return HTTP_BAD_REQUEST_LINE;
    if (!http_bytes_are(request->method_name, HTTP_BYTE_TOKEN)) return HTTP_BAD_REQUEST_LINE;
    if (!word_take(&version, &request->target)) return HTTP_BAD_REQUEST_LINE;
    if (request->target.size > limits->target_size_max) return HTTP_TARGET_TOO_LONG;

    enum http_reason reason = version_parse(version, &request->version_minor);
    if (reason != HTTP_FINE) return reason;
    if (!method_parse(request->method_name, &request->method)) return HTTP_UNKNOWN_METHOD;
    return http_target_parse(request) ? HTTP_FINE : HTTP_BAD_TARGET;
}

/* The start of a request line that is longer than any we would parse. */
static enum http_reason
request_line_too_long(struct text start)
{
    struct text method;
    enum http_method known;
    if (start.size > METHOD_SIZE_MAX) start.size = METHOD_SIZE_MAX;
    bool is_cut = !word_take(&start, &method);
    if (is_cut) method = start;
    if (!http_bytes_are(method, HTTP_BYTE_TOKEN)) return HTTP_BAD_REQUEST_LINE;
    return !is_cut && method_parse(method, &known) ? HTTP_TARGET_TOO_LONG : HTTP_UNKNOWN_METHOD;
}

static enum http_reason
field_take(struct http_head *head, struct http_request *request, struct text line)
{
    if (request->field_count == head->limits.field_count_max) return HTTP_HEAD_TOO_LARGE;
    struct http_field *field = &request->fields[request->field_count];
    if (!http_field_parse(line, field)) return HTTP_BAD_FIELD;
    request->field_count++;
    must(request->field_count <= HTTP_FIELD_COUNT_MAX);
    return http_framing_take(head, request, field);
}

/* One empty line before the request line is let pass (RFC 9112 section 2.2); not a second. */
static enum http_reason
first_line_take(struct http_head *head, struct http_request *request, struct text line)
{
    if (line.size == 0 && head->head_at == 0) {
        head->head_at = LINE_END_SIZE;
        return HTTP_FINE;
    }
    if (line.size == 0) return HTTP_BAD_REQUEST_LINE;
    head->has_line = true;
    return request_line_parse(&head->limits, request, line);
}

static size_t
line_size_max(const struct http_head *head)
{
    size_t head_left = head->head_at + head->limits.head_size_max - head->taken;
    size_t line_max =
        METHOD_SIZE_MAX + head->limits.target_size_max + 1 + VERSION_SIZE + LINE_END_SIZE;
    return !head->has_line && line_max < head_left ? line_max : head_left;
}

/* HTTP_FINE and *is_last: the head is complete. */
static enum http_reason
line_take(struct http_head *head, struct http_request *request, struct text line, bool *is_last)
{
    head->taken += line.size + LINE_END_SIZE;
    must(head->taken <= head->head_at + head->limits.head_size_max + LINE_END_SIZE);
    if (!head->has_line) return first_line_take(head, request, line);
    if (line.size > 0) return field_take(head, request, line);
    *is_last = true;
    return http_framing_finish(head, request);
}

enum http_step
http_head_parse(struct http_head *head, struct http_request *request, const char *bytes,
                size_t size)
{
    must(head->reason == HTTP_FINE && head->taken <= size);
    bool is_last = false;
    while (!is_last && head->reason == HTTP_FINE) {
        struct text rest = { bytes + head->taken, size - head->taken };
        struct text line = { 0 };
        switch (line_find(rest, line_size_max(head), &line)) {
        case LINE_MORE: return HTTP_MORE;
        case LINE_WHOLE: head->reason = line_take(head, request, line, &is_last); break;
        case LINE_BROKEN: head->reason = HTTP_BAD_LINE_END; break;
        case LINE_TOO_LONG:
            head->reason = head->has_line ? HTTP_HEAD_TOO_LARGE : request_line_too_long(rest);
            break;
        }
    }
    return head->reason == HTTP_FINE ? HTTP_DONE : HTTP_REFUSED;
}
