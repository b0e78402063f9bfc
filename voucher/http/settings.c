#include "voucher/http/settings.h"

const struct http_settings http_settings_default = {
    .limits = { .head_size_max = 8192,
                .target_size_max = 2048,
                .field_count_max = HTTP_FIELD_COUNT_MAX },
    .body_size_max = 16384,
    .handshake_wait_ms = 5000,
    .head_wait_ms = 5000,
    .body_wait_ms = 10000,
    .upload_wait_ms = 300000,
    .idle_wait_ms = 15000,
    .write_wait_ms = 10000,
    .drain_wait_ms = 1000,
    .connection_count_max = 10000,
};
