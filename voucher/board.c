/* voucher/board.c: direct-mapped tables; rows that share a place are read more often. */
#include "voucher/board.h"

#define CAMPAIGN_PLACES 64 /* powers of two */
#define TERMINAL_PLACES 1024

struct seen {
    bool taken;
    struct board_moment at;
};

struct board {
    struct {
        struct seen seen;
        struct campaign_row row;
    } campaigns[CAMPAIGN_PLACES];
    struct {
        struct seen seen;
        struct terminal_row row;
    } terminals[TERMINAL_PLACES];
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

/* The random end of an id. */
static size_t
place_of(const struct uuid *id, size_t places)
{
    must((places & (places - 1)) == 0 && places <= 65536);
    return ((size_t)id->bytes[14] << 8 | id->bytes[15]) & (places - 1);
}

static bool
is_good(const struct seen *seen, struct board_moment at)
{
    must(!seen->taken || at.now_us >= seen->at.now_us);
    return seen->taken && seen->at.generation == at.generation &&
           at.now_us - seen->at.now_us < BOARD_LEASE_US;
}

const struct campaign_row *
board_campaign(struct board *b, struct view *v, const struct uuid *id, struct board_moment at)
{
    size_t i = place_of(id, CAMPAIGN_PLACES);
    struct campaign_row *row = &b->campaigns[i].row;
    struct seen *seen = &b->campaigns[i].seen;
    if (is_good(seen, at) && uuid_equal(&row->id, id)) return row;
    *seen = (struct seen){ view_campaign(v, id, row), at };
    return seen->taken ? row : NULL;
}

const struct terminal_row *
board_terminal(struct board *b, struct view *v, const struct uuid *id, struct board_moment at)
{
    size_t i = place_of(id, TERMINAL_PLACES);
    struct terminal_row *row = &b->terminals[i].row;
    struct seen *seen = &b->terminals[i].seen;
    if (is_good(seen, at) && uuid_equal(&row->id, id)) return row;
    *seen = (struct seen){ view_terminal(v, id, row), at };
    return seen->taken ? row : NULL;
}
