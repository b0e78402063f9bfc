/* storage/sqlite/states.c: pieces of 4096 numbers each, made when one of theirs is first set. */
#include "storage/sqlite/states.h"

#define PIECE_NUMBERS 4096

struct states_piece {
    int64_t index; /* number / PIECE_NUMBERS */
    uint8_t cells[PIECE_NUMBERS / 2];
};

/* Where the piece stands, or would. Numbers are asked for in rising order, mostly. */
static size_t
states_place(const struct states *s, int64_t index)
{
    size_t low = 0, high = s->count;
    if (high > 0 && s->pieces[high - 1]->index <= index) low = high - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->pieces[middle]->index < index)
            low = middle + 1;
        else
            high = middle;
    }
    must(low <= s->count);
    return low;
}

static struct states_piece *
states_find(const struct states *s, int64_t index)
{
    size_t at = states_place(s, index);
    must(at <= s->count);
    return at < s->count && s->pieces[at]->index == index ? s->pieces[at] : NULL;
}

static struct states_piece *
states_make(struct states *s, int64_t index)
{
    if (s->count == s->room) {
        size_t room = s->room == 0 ? 64 : 2 * s->room;
        struct states_piece **pieces = realloc(s->pieces, room * sizeof(struct states_piece *));
        if (pieces == NULL) return NULL;
        s->pieces = pieces;
        s->room = room;
    }
    struct states_piece *piece = calloc(1, sizeof *piece);
    if (piece == NULL) return NULL;
    size_t at = states_place(s, index);
    must(s->count < s->room && at <= s->count);
    memmove(s->pieces + at + 1, s->pieces + at, (s->count - at) * sizeof(struct states_piece *));
    piece->index = index;
    s->pieces[at] = piece;
    s->count++;
    return piece;
}

unsigned
states_get(const struct states *s, int64_t number)
{
    if (number < 0) return 0;
    const struct states_piece *piece = states_find(s, number / PIECE_NUMBERS);
    if (piece == NULL) return 0;
    must(piece->index == number / PIECE_NUMBERS);
    unsigned both = piece->cells[number % PIECE_NUMBERS / 2];
    return number % 2 == 0 ? both & 15u : both >> 4;
}

bool
states_set(struct states *s, int64_t number, unsigned state)
{
    must(state <= STATE_MAX);
    if (number < 0) return true;
    struct states_piece *piece = states_find(s, number / PIECE_NUMBERS);
    if (piece == NULL) piece = states_make(s, number / PIECE_NUMBERS);
    if (piece == NULL) return false;
    uint8_t *both = &piece->cells[number % PIECE_NUMBERS / 2];
    *both = (uint8_t)(number % 2 == 0 ? (*both & 0xf0u) | state : (*both & 15u) | state << 4);
    return true;
}

void
states_empty(struct states *s)
{
    must(s->pieces != NULL || s->count == 0);
    for (size_t i = 0; i < s->count; i++) {
        free(s->pieces[i]);
    }
    free(s->pieces);
    *s = (struct states){ 0 };
}
