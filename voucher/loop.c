/* voucher/loop.c */
#include "voucher/loop.h"

#include <event2/event.h>

#include "voucher/base.h"

#define TURN_US 1000
#define TURN_EVENTS_MAX 16

struct event_base *
loop_open(void)
{
    static const struct timeval turn = { 0, TURN_US };
    struct event_base *base = NULL;
    struct event_config *config = event_config_new();
    if (config == NULL) return NULL;
    if (event_config_set_max_dispatch_interval(config, &turn, TURN_EVENTS_MAX, 1) == 0) {
        base = event_base_new_with_config(config);
    }
    event_config_free(config);
    must(base == NULL || event_base_priority_init(base, 2) == 0);
    return base;
}
