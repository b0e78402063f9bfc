#include "voucher/id.h"

#define PREFIX_SIZE 4
#define COUNTER_BITS 26

static const char prefixes[][PREFIX_SIZE + 1] = {
#define X(name, prefix) [ID_##name] = prefix,
    ID_KINDS(X)
#undef X
};

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Value plus one; zero: not of the alphabet. */
static const uint8_t value_of[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['M'] = 21, ['N'] = 22, ['P'] = 23, ['Q'] = 24,
    ['R'] = 25, ['S'] = 26, ['T'] = 27, ['V'] = 28, ['W'] = 29, ['X'] = 30, ['Y'] = 31, ['Z'] = 32,
};

size_t
id_write(enum id_kind kind, const struct uuid *id, char out[ID_TEXT_SIZE])
{
    must((unsigned)kind < ID_KIND_COUNT);
    unsigned __int128 bits = 0;
    for (size_t i = 0; i < sizeof id->bytes; i++)
        bits = bits << 8 | id->bytes[i];
    memcpy(out, prefixes[kind], PREFIX_SIZE);
    for (size_t i = ID_BASE32_SIZE; i > 0; i--) {
        out[PREFIX_SIZE + i - 1] = alphabet[bits & 31];
        bits >>= 5;
    }
    out[ID_TEXT_SIZE - 1] = '\0';
    return ID_TEXT_SIZE - 1;
}

bool
id_read(enum id_kind kind, struct text text, struct uuid *out)
{
    must((unsigned)kind < ID_KIND_COUNT);
    if (text.size != ID_TEXT_SIZE - 1) return false;
    if (memcmp(text.at, prefixes[kind], PREFIX_SIZE) != 0) return false;
    if (text.at[PREFIX_SIZE] > '7') return false; /* beyond 128 bits */
    unsigned __int128 bits = 0;
    for (size_t i = PREFIX_SIZE; i < text.size; i++) {
        const uint8_t value = value_of[(uint8_t)text.at[i]];
        if (value == 0) return false;
        bits = bits << 5 | (value - 1u);
    }
    for (size_t i = sizeof out->bytes; i > 0; i--) {
        out->bytes[i - 1] = (uint8_t)(bits & 0xff);
        bits >>= 8;
    }
    return true;
}

void
id_source_start(struct id_source *source, const struct seams *seams)
{
    must(seams != NULL && seams->wall_us != NULL && seams->random_fill != NULL);
    *source = (struct id_source){ .seams = seams, .last_ms = -1 };
}

static void
take_random(struct id_source *source, void *out, size_t size)
{
    must(size <= sizeof source->random);
    if (source->random_left < size) {
        source->seams->random_fill(source->seams->owner, source->random, sizeof source->random);
        source->random_left = sizeof source->random;
    }
    memcpy(out, source->random + sizeof source->random - source->random_left, size);
    source->random_left -= size;
}

/* Half of the counter's range is left to count in, so that a millisecond holds at least 2^25 ids.
 */
static void
begin_millisecond(struct id_source *source, int64_t at_ms)
{
    uint32_t start;
    take_random(source, &start, sizeof start);
    source->last_ms = at_ms;
    source->counter = start & ((1u << (COUNTER_BITS - 1)) - 1);
}

void
id_begin_at(int64_t at_ms, struct uuid *out)
{
    must(at_ms >= 0 && at_ms >> 48 == 0);
    *out = (struct uuid){ 0 };
    for (size_t i = 0; i < 6; i++)
        out->bytes[i] = (uint8_t)(at_ms >> (40 - 8 * i));
}

void
id_next(struct id_source *source, struct uuid *out)
{
    must(source->seams != NULL);
    const int64_t now_ms = source->seams->wall_us(source->seams->owner) / 1000;
    if (now_ms > source->last_ms) {
        begin_millisecond(source, now_ms);
    } else if (++source->counter >> COUNTER_BITS != 0) {
        begin_millisecond(source, source->last_ms + 1);
    }
    const uint64_t ms = (uint64_t)source->last_ms;
    must(ms >> 48 == 0);
    for (size_t i = 0; i < 6; i++)
        out->bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    const uint32_t high = source->counter >> 14; /* 12 bits: rand_a */
    const uint32_t low = source->counter & 0x3fff; /* 14 bits: the first of rand_b */
    out->bytes[6] = (uint8_t)(0x70 | high >> 8);
    out->bytes[7] = (uint8_t)high;
    out->bytes[8] = (uint8_t)(0x80 | low >> 8);
    out->bytes[9] = (uint8_t)low;
    take_random(source, out->bytes + 10, 6);
}

static bool
is_number_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-';
}

static bool
is_number(struct text text, size_t size_min)
{
    if (text.size < size_min || text.size > 64) return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_number_character(text.at[i])) return false;
    }
    return true;
}

bool
id_caller_number_is_sound(struct text text)
{
    return is_number(text, 1);
}

bool
id_idempotency_key_is_sound(struct text text)
{
    return is_number(text, 6);
}
