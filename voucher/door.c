/* voucher/door.c */
#include "voucher/door.h"

#include "voucher/http/field.h"
#include "voucher/http/reason.h"
#include "voucher/problem.h"

#define LIMIT_TABLE_CAPACITY 65536

_Static_assert(CONFIG_FIELDS_MAX == HTTP_FIELD_COUNT_MAX, "what the setting allows, the codec can");

struct http_settings
door_settings(const struct config *c)
{
    struct http_settings s = http_settings_default;
    s.limits.head_size_max = (size_t)c->head_bytes_max;
    s.limits.target_size_max = (size_t)c->url_bytes_max;
    s.limits.field_count_max = (size_t)c->fields_max;
    s.body_size_max = (uint64_t)c->body_bytes_max;
    s.head_wait_ms = c->head_ms;
    s.body_wait_ms = c->body_ms;
    s.idle_wait_ms = c->idle_ms;
    s.write_wait_ms = c->write_ms;
    s.drain_wait_ms = c->drain_ms;
    s.upload_wait_ms = c->upload_ms;
    s.connection_count_max = (size_t)(c->connections_max / c->workers) + 1;
    return s;
}

void
door_answer_options(struct http_exchange *exchange, const char *allow)
{
    char fields[128];
    int size = snprintf(fields, sizeof fields, "Allow: %s\r\n",
                        allow == NULL ? "GET, HEAD, POST, PUT, OPTIONS" : allow);
    must(size > 0 && (size_t)size < sizeof fields);
    http_answer(exchange, 204, (struct text){ fields, (size_t)size }, (struct text){ 0 });
}

enum verdict
door_write_refusal(struct json_writer *w, const struct http_refusal *why, enum language language,
                   const char *request_id)
{
    struct text accept;
    if (http_field_find(why->request, TEXT("accept-language"), &accept)) {
        language = language_of(accept);
    }
    struct problem problem = { .verdict = verdict_by_codec_status(why->status),
                               .status = why->status,
                               .language = language,
                               .detail = http_reason_words(why->reason, language),
                               .request_id = request_id };
    problem_write(w, &problem);
    return problem.verdict;
}

struct limiter_settings
door_limiter(const struct service *service)
{
    return (struct limiter_settings){
        .redis = service->config->redis,
        .password = service->redis_password,
        .timeout_ms = service->config->redis_timeout_ms,
        .share = service->config->workers * service->config->daemons,
        .table_capacity = LIMIT_TABLE_CAPACITY,
        .seams = &service->seams,
    };
}
