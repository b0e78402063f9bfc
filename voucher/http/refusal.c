#include "voucher/http/refusal.h"

/* What is said when nobody gave http_settings.refusal: RFC 9457 without a language of its own. */
static size_t
body_plain(const struct http_refusal *why, char *out, size_t out_size)
{
    struct text phrase = http_status_phrase(why->status);
    int size = snprintf(out, out_size,
                        "{\"type\":\"about:blank\",\"title\":\"%.*s\",\"status\":%d,"
                        "\"detail\":\"%s\"}",
                        (int)phrase.size, phrase.at, why->status,
                        http_reason_words(why->reason, LANGUAGE_EN));
    must(size > 0 && (size_t)size < out_size);
    return (size_t)size;
}

static size_t
body_format(char *out, size_t out_size, const struct http_settings *settings,
            const struct http_refusal *why)
{
    if (!settings->refusal) return body_plain(why, out, out_size);
    size_t size = settings->refusal(settings->refusal_owner, why, out, out_size);
    must(size <= out_size);
    return size;
}

void
http_refusal_format(struct http_refusal_text *out, struct http_hub *hub,
                    const struct http_slot *slot, enum http_reason reason)
{
#define FIELDS                                   \
    "Content-Type: application/problem+json\r\n" \
    "X-Content-Type-Options: nosniff\r\n"        \
    "Cache-Control: no-store\r\n"
    const struct text fields = TEXT(FIELDS), fields_later = TEXT(FIELDS "Retry-After: 1\r\n");
#undef FIELDS
    static const struct http_request nothing = { .version_minor = 1 };
    struct http_refusal why = { .reason = reason,
                                .status = http_reason_status(reason),
                                .request = slot ? &slot->open.request : &nothing };
    size_t size = body_format(out->body, sizeof out->body, &hub->settings, &why);
    must(reason != HTTP_FINE && why.status >= 400);
    http_answer_format(&out->head, &(struct http_answer_shape){ .status = why.status,
                                                                .ending = HTTP_ENDING_SIZED,
                                                                .persistence = HTTP_SAYS_CLOSE,
                                                                .body_size = size,
                                                                .date = http_hub_date(hub) });
    bool is_head = slot && slot->head.has_line && why.request->method == HTTP_HEAD;
    out->parts[0] = (struct text){ out->head.front, out->head.front_size };
    out->parts[1] = why.status == 503 ? fields_later : fields;
    out->parts[2] = (struct text){ out->head.back, out->head.back_size };
    out->parts[3] = (struct text){ out->body, is_head ? 0 : size };
}
