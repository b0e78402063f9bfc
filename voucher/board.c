/* voucher/board.c: a direct-mapped table; a campaign that shares its place is read more often. */
#include "voucher/board.h"

#define PLACES 64 /* a power of two */

struct place {
    bool taken;
    uint64_t generation;
    int64_t read_us;
    struct campaign_row row;
};

struct board {
    struct place places[PLACES];
};

enum fault
board_open(struct board **out)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? FAULT_MEMORY : FAULT_NONE;
}

void
board_close(struct board *b)
{
    free(b);
}

const struct campaign_row *
board_campaign(struct board *b, struct view *v, const struct uuid *id, uint64_t generation,
               int64_t now_us)
{
    struct place *place = &b->places[id->bytes[15] & (PLACES - 1)]; /* the random end of an id */
    bool good = place->taken && uuid_equal(&place->row.id, id) && place->generation == generation &&
                now_us - place->read_us < BOARD_LEASE_US;
    must(!place->taken || now_us >= place->read_us);
    if (good) return &place->row;
    place->taken = view_campaign(v, id, &place->row);
    place->generation = generation;
    place->read_us = now_us;
    return place->taken ? &place->row : NULL;
}
