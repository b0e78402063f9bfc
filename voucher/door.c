/* voucher/door.c */
#include "voucher/door.h"

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
