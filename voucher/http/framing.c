#include "voucher/http/framing.h"

#include "voucher/http/byte.h"
#include "voucher/http/field.h"
#include "voucher/http/target.h"
#include "voucher/torture.h"

/* More digits than any cap has: refused before they could overflow. */
enum { LENGTH_DIGITS_MAX = 18 };

static enum http_reason
take_host(struct http_head *head, struct http_request *request, struct text value)
{
    if (head->has_host || !http_host_valid(value)) return HTTP_BAD_HOST;
    head->has_host = true;
    if (request->authority.size == 0) {
        request->authority = value;
        return HTTP_FINE;
    }
    /* A client must send a Host equal to an absolute target's (RFC 9112 section 3.2): two names for
     * one request are how caches and routers come to disagree. */
    bool is_tls = http_byte_lower(request->target.at[4]) == 's';
    struct text port = is_tls ? TEXT("443") : TEXT("80");
    return http_host_same(request->authority, value, port) ? HTTP_FINE : HTTP_BAD_HOST;
}

static enum http_reason
take_length(struct http_head *head, struct http_request *request, struct text value)
{
    (void)head;
    if (request->has_length) return HTTP_BAD_LENGTH;
    if (value.size == 0 || value.size > LENGTH_DIGITS_MAX) return HTTP_BAD_LENGTH;
    if (!http_bytes_are(value, HTTP_BYTE_DIGIT)) return HTTP_BAD_LENGTH;
    request->has_length = true;
    for (size_t i = 0; i < value.size; i++) {
        request->content_length = request->content_length * 10 + (value.at[i] - '0');
    }
    must(request->content_length >= 0);
    return HTTP_FINE;
}

static enum http_reason
take_coding(struct http_head *head, struct http_request *request, struct text value)
{
    (void)head;
    if (request->is_chunked || request->version_minor == 0) return HTTP_BAD_CODING;
    if (!http_bytes_match(value, TEXT("chunked"))) return HTTP_BAD_CODING;
    request->is_chunked = true;
    return HTTP_FINE;
}

static enum http_reason
take_connection(struct http_head *head, struct http_request *request, struct text value)
{
    (void)request;
    if (http_list_names(value, TEXT("close"))) head->wants_close = true;
    if (http_list_names(value, TEXT("keep-alive"))) head->wants_keep_alive = true;
    return HTTP_FINE;
}

static enum http_reason
take_expect(struct http_head *head, struct http_request *request, struct text value)
{
    (void)head;
    if (request->version_minor == 0) return HTTP_FINE;
    if (!http_bytes_match(value, TEXT("100-continue"))) return HTTP_BAD_EXPECTATION;
    request->expects_continue = true;
    return HTTP_FINE;
}

static enum http_reason
take_authorization(struct http_head *head, struct http_request *request, struct text value)
{
    (void)request;
    (void)value;
    if (head->has_authorization) return HTTP_TWO_AUTHORIZATIONS;
    head->has_authorization = true;
    return HTTP_FINE;
}

/* Behind a gateway that maps "_" to "-" these would be framing fields after all. */
static enum http_reason
take_disguised(struct http_head *head, struct http_request *request, struct text value)
{
    (void)head;
    (void)request;
    (void)value;
    return HTTP_BAD_FIELD;
}

static const struct {
    struct text name;
    enum http_reason (*take)(struct http_head *head, struct http_request *request,
                             struct text value);
} watched[] = {
    { { "host", 4 }, take_host },
    { { "expect", 6 }, take_expect },
    { { "connection", 10 }, take_connection },
    { { "authorization", 13 }, take_authorization },
    { { "content-length", 14 }, take_length },
    { { "content_length", 14 }, take_disguised },
    { { "transfer-encoding", 17 }, take_coding },
    { { "transfer_encoding", 17 }, take_disguised },
};

enum http_reason
http_framing_take(struct http_head *head, struct http_request *request,
                  const struct http_field *field)
{
    must(field->name.size > 0);
    for (size_t i = 0; i < COUNT_OF(watched); i++) {
        if (!http_bytes_match(field->name, watched[i].name)) continue;
        return watched[i].take(head, request, field->value);
    }
    return HTTP_FINE;
}

enum http_reason
http_framing_finish(const struct http_head *head, struct http_request *request)
{
    must(head->has_line);
    if (!head->has_host && request->version_minor > 0) return HTTP_BAD_HOST;
    if (request->has_length && request->is_chunked && !torture_mutant("two-framings"))
        return HTTP_BAD_CODING;
    request->keep_alive =
        !head->wants_close && (request->version_minor > 0 || head->wants_keep_alive);
    return HTTP_FINE;
}
