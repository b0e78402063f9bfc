/* voucher/http/settings.h: plain numbers of the HTTP server: limits in, counters out. */
#ifndef HUIQUAN_HTTP_SETTINGS_H
#define HUIQUAN_HTTP_SETTINGS_H

#include "voucher/base.h"
#include "voucher/http/parse.h"

/* A refusal of the codec. request may be only partly known: its fields so far can be looked up. */
struct http_refusal {
    enum http_reason reason;
    int status;
    const struct http_request *request;
};

/* Deadlines are totals, never per read; they are kept to about a tenth. */
struct http_settings {
    struct http_limits limits;
    uint64_t body_size_max;
    int64_t handshake_wait_ms;
    int64_t head_wait_ms; /* first byte to end of head */
    int64_t body_wait_ms; /* end of head to end of body */
    int64_t upload_wait_ms; /* the same where head() raised the cap */
    int64_t idle_wait_ms; /* last answer, or the start, to first byte */
    int64_t write_wait_ms; /* answer to last byte taken by the kernel */
    int64_t drain_wait_ms; /* half-close to close */
    size_t connection_count_max; /* more: 503 and closed */
    /* Writes application/problem+json into out and returns its size. NULL: a plain default. */
    size_t (*refusal)(void *owner, const struct http_refusal *why, char *out, size_t out_size);
    void *refusal_owner;
    /* Unix seconds for Date; NULL: the system's clock. */
    int64_t (*wall_s)(void *owner);
    void *wall_owner;
};

/* head 8 KiB, URL 2 KiB, 64 fields, body 16 KiB; head 5 s, body 10 s, idle 15 s, drain 1 s. */
extern const struct http_settings http_settings_default;

/* Since the server was opened; the loop's thread only. */
struct http_counters {
    uint64_t accepted;
    uint64_t requests; /* handed to the handler */
    uint64_t answers;
    uint64_t gone;
    uint64_t dropped; /* closed at accept: far over the limit, or no memory */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t refused[HTTP_REASON_COUNT];
    uint64_t connection_count; /* open now */
    uint64_t exchange_count; /* with the handler now */
    uint64_t slot_count; /* requests for which there is room set aside now */
};

#endif
