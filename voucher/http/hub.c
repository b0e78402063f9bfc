#include "voucher/http/hub.h"

#include <time.h>

#include "voucher/http/tls.h"

/* Slots beyond this many are given back to the system once a crowd has passed. */
enum { FREE_SLOTS_MAX = 256, EMPTY_LINE_SIZE = 2, UPLOAD_SIZE_FIRST = 64 * 1024 };

void
ring_begin(struct ring *ring)
{
    ring->next = ring;
    ring->previous = ring;
}

void
ring_append(struct ring *list, struct ring *item)
{
    must(ring_is_empty(item));
    item->previous = list->previous;
    item->next = list;
    list->previous->next = item;
    list->previous = item;
}

void
ring_remove(struct ring *item)
{
    must(item->next && item->previous);
    item->previous->next = item->next;
    item->next->previous = item->previous;
    ring_begin(item);
}

bool
ring_is_empty(const struct ring *list)
{
    return list->next == list;
}

void
http_hub_begin(struct http_hub *hub, const struct http_settings *settings)
{
    must(settings->limits.field_count_max <= HTTP_FIELD_COUNT_MAX);
    must(settings->limits.head_size_max > 0 && settings->connection_count_max > 0);
    *hub = (struct http_hub){ .settings = *settings, .date_s = -1 };
    for (size_t i = 0; i < STATES; i++)
        ring_begin(&hub->lists[i]);
    hub->limits_ms[STATE_HANDSHAKE] = settings->handshake_wait_ms;
    hub->limits_ms[STATE_IDLE] = settings->idle_wait_ms;
    hub->limits_ms[STATE_HEAD] = settings->head_wait_ms;
    hub->limits_ms[STATE_BODY] = settings->body_wait_ms;
    hub->limits_ms[STATE_UPLOAD] = settings->upload_wait_ms;
    hub->limits_ms[STATE_PARTS] = settings->write_wait_ms;
    hub->limits_ms[STATE_WRITING] = settings->write_wait_ms;
    hub->limits_ms[STATE_DRAINING] = settings->drain_wait_ms;
}

void
http_hub_end(struct http_hub *hub)
{
    must(hub->counters.connection_count == 0 && hub->counters.exchange_count == 0);
    while (hub->free_slots) {
        struct http_slot *slot = hub->free_slots;
        hub->free_slots = slot->next_free;
        free(slot);
    }
    http_tls_close(hub->tls);
    hub->tls = NULL;
}

static struct http_slot *
slot_new(struct http_hub *hub)
{
    const struct http_settings *settings = &hub->settings;
    size_t size =
        EMPTY_LINE_SIZE + settings->limits.head_size_max + (size_t)settings->body_size_max;
    struct http_slot *slot = calloc(1, sizeof *slot + size);
    if (slot) slot->bytes_size_max = size;
    return slot;
}

struct http_slot *
http_slot_take(struct http_hub *hub, struct http_connection *connection)
{
    must(connection);
    struct http_slot *slot = hub->free_slots;
    if (slot) {
        hub->free_slots = slot->next_free;
        hub->free_slot_count--;
    } else {
        slot = slot_new(hub);
    }
    if (!slot) return NULL;
    hub->counters.slot_count++;
    slot->hub = hub;
    slot->connection = connection;
    slot->next_free = NULL;
    slot->plan = (struct http_plan){ .body_size_max = hub->settings.body_size_max };
    slot->is_shown = slot->is_whole = slot->is_begun = slot->is_bodiless = false;
    slot->body_left = 0;
    slot->body_size = 0;
    slot->body = NULL;
    slot->open.is_gone = false;
    slot->open.user = NULL;
    http_head_begin(&slot->head, &hub->settings.limits, &slot->open.request);
    return slot;
}

void
http_slot_give(struct http_hub *hub, struct http_slot *slot)
{
    must(slot && slot->next_free == NULL);
    must(hub->counters.slot_count > 0);
    hub->counters.slot_count--;
    free(slot->upload);
    slot->upload = NULL;
    slot->upload_size_max = 0;
    slot->connection = NULL;
    if (hub->free_slot_count >= FREE_SLOTS_MAX) {
        free(slot);
        return;
    }
    slot->next_free = hub->free_slots;
    hub->free_slots = slot;
    hub->free_slot_count++;
}

/* Only a raised cap comes here: bodies within the settings fit behind their head. */
static bool
upload_grow(struct http_slot *slot, size_t needed)
{
    if (needed <= slot->upload_size_max) return true;
    size_t size = slot->upload_size_max ? slot->upload_size_max * 2 : UPLOAD_SIZE_FIRST;
    while (size < needed)
        size *= 2;
    char *grown = realloc(slot->upload, size);
    if (!grown) return false;
    if (!slot->upload && slot->body_size > 0) memcpy(grown, slot->body, slot->body_size);
    slot->upload = grown;
    slot->upload_size_max = size;
    slot->body = grown;
    return true;
}

bool
http_slot_reserve(const struct http_hub *hub, struct http_slot *slot, size_t size)
{
    size_t needed = slot->body_size + size;
    must(needed >= size && needed <= slot->plan.body_size_max);
    if (!slot->body) slot->body = slot->bytes + slot->head.taken;
    if (!slot->upload && needed <= hub->settings.body_size_max) {
        must(slot->head.taken + needed <= slot->bytes_size_max);
        return true;
    }
    return upload_grow(slot, needed);
}

const char *
http_hub_date(struct http_hub *hub)
{
    const struct http_settings *settings = &hub->settings;
    int64_t now_s = settings->wall_s ? settings->wall_s(settings->wall_owner) : time(NULL);
    must(now_s >= 0);
    if (now_s != hub->date_s) {
        http_date_format(hub->date, now_s);
        hub->date_s = now_s;
    }
    return hub->date;
}

int64_t
http_now_ms(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
