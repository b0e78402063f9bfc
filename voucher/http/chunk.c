/* voucher/http/chunk.c: the grammar of RFC 9112 section 7.1 as one table: state and kind of byte
 * in, next state out. What the table lacks is refused. Body bytes pass in runs, not through it. */
#include "voucher/http/chunk.h"

#include "voucher/http/byte.h"

enum kind {
    KIND_BAD, /* control bytes and NUL */
    KIND_HEX, /* a token byte too */
    KIND_TOKEN,
    KIND_BLANK,
    KIND_CR,
    KIND_LF,
    KIND_SEMICOLON,
    KIND_EQUALS,
    KIND_QUOTE,
    KIND_BACKSLASH,
    KIND_COLON,
    KIND_TEXT, /* the other bytes of a field value */
    KIND_COUNT
};

enum state {
    CHUNK_BAD,
    CHUNK_SIZE_FIRST,
    CHUNK_SIZE,
    CHUNK_SIZE_END, /* white space is only allowed in front of ";" */
    CHUNK_NAME_FIRST,
    CHUNK_NAME,
    CHUNK_NAME_END,
    CHUNK_VALUE_FIRST,
    CHUNK_VALUE,
    CHUNK_QUOTED,
    CHUNK_QUOTED_PAIR,
    CHUNK_QUOTED_END,
    CHUNK_LINE_FEED,
    CHUNK_DATA,
    CHUNK_DATA_FEED,
    CHUNK_TRAILER_FIRST,
    CHUNK_TRAILER_NAME,
    CHUNK_TRAILER_VALUE,
    CHUNK_TRAILER_FEED,
    CHUNK_LAST_FEED,
    CHUNK_DONE,
    CHUNK_STATES
};

#define ON_TOKEN(state) [KIND_HEX] = state, [KIND_TOKEN] = state
#define ON_VALUE(state)                                                                     \
    ON_TOKEN(state), [KIND_BLANK] = state, [KIND_SEMICOLON] = state, [KIND_EQUALS] = state, \
                     [KIND_COLON] = state, [KIND_TEXT] = state

static const uint8_t next_state[CHUNK_STATES][KIND_COUNT] = {
    [CHUNK_SIZE_FIRST] = { [KIND_HEX] = CHUNK_SIZE },
    [CHUNK_SIZE] = { [KIND_HEX] = CHUNK_SIZE,
                     [KIND_BLANK] = CHUNK_SIZE_END,
                     [KIND_SEMICOLON] = CHUNK_NAME_FIRST,
                     [KIND_CR] = CHUNK_LINE_FEED },
    [CHUNK_SIZE_END] = { [KIND_BLANK] = CHUNK_SIZE_END, [KIND_SEMICOLON] = CHUNK_NAME_FIRST },
    [CHUNK_NAME_FIRST] = { [KIND_BLANK] = CHUNK_NAME_FIRST, ON_TOKEN(CHUNK_NAME) },
    [CHUNK_NAME] = { ON_TOKEN(CHUNK_NAME), [KIND_BLANK] = CHUNK_NAME_END,
                     [KIND_EQUALS] = CHUNK_VALUE_FIRST, [KIND_SEMICOLON] = CHUNK_NAME_FIRST,
                     [KIND_CR] = CHUNK_LINE_FEED },
    [CHUNK_NAME_END] = { [KIND_BLANK] = CHUNK_NAME_END,
                         [KIND_EQUALS] = CHUNK_VALUE_FIRST,
                         [KIND_SEMICOLON] = CHUNK_NAME_FIRST },
    [CHUNK_VALUE_FIRST] = { [KIND_BLANK] = CHUNK_VALUE_FIRST,
                            [KIND_QUOTE] = CHUNK_QUOTED,
                            ON_TOKEN(CHUNK_VALUE) },
    [CHUNK_VALUE] = { ON_TOKEN(CHUNK_VALUE), [KIND_BLANK] = CHUNK_SIZE_END,
                      [KIND_SEMICOLON] = CHUNK_NAME_FIRST, [KIND_CR] = CHUNK_LINE_FEED },
    [CHUNK_QUOTED] = { ON_VALUE(CHUNK_QUOTED), [KIND_QUOTE] = CHUNK_QUOTED_END,
                       [KIND_BACKSLASH] = CHUNK_QUOTED_PAIR },
    [CHUNK_QUOTED_PAIR] = { ON_VALUE(CHUNK_QUOTED), [KIND_QUOTE] = CHUNK_QUOTED,
                            [KIND_BACKSLASH] = CHUNK_QUOTED },
    [CHUNK_QUOTED_END] = { [KIND_BLANK] = CHUNK_SIZE_END,
                           [KIND_SEMICOLON] = CHUNK_NAME_FIRST,
                           [KIND_CR] = CHUNK_LINE_FEED },
    [CHUNK_LINE_FEED] = { [KIND_LF] = CHUNK_DATA },
    [CHUNK_DATA] = { [KIND_CR] = CHUNK_DATA_FEED }, /* once the chunk's bytes have passed */
    [CHUNK_DATA_FEED] = { [KIND_LF] = CHUNK_SIZE_FIRST },
    [CHUNK_TRAILER_FIRST] = { ON_TOKEN(CHUNK_TRAILER_NAME), [KIND_CR] = CHUNK_LAST_FEED },
    [CHUNK_TRAILER_NAME] = { ON_TOKEN(CHUNK_TRAILER_NAME), [KIND_COLON] = CHUNK_TRAILER_VALUE },
    [CHUNK_TRAILER_VALUE] = { ON_VALUE(CHUNK_TRAILER_VALUE), [KIND_QUOTE] = CHUNK_TRAILER_VALUE,
                              [KIND_BACKSLASH] = CHUNK_TRAILER_VALUE,
                              [KIND_CR] = CHUNK_TRAILER_FEED },
    [CHUNK_TRAILER_FEED] = { [KIND_LF] = CHUNK_TRAILER_FIRST },
    [CHUNK_LAST_FEED] = { [KIND_LF] = CHUNK_DONE },
};

enum { SIZE_DIGITS_MAX = 16 };

static enum kind
kind_of(char byte)
{
    static const uint8_t marks[128] = {
        ['\r'] = KIND_CR,    ['\n'] = KIND_LF,        [' '] = KIND_BLANK,
        ['\t'] = KIND_BLANK, [';'] = KIND_SEMICOLON,  ['='] = KIND_EQUALS,
        ['"'] = KIND_QUOTE,  ['\\'] = KIND_BACKSLASH, [':'] = KIND_COLON,
    };
    uint8_t at = (uint8_t)byte;
    if (at < COUNT_OF(marks) && marks[at] != KIND_BAD) return (enum kind)marks[at];
    if (http_byte_is(byte, HTTP_BYTE_HEX)) return KIND_HEX;
    if (http_byte_is(byte, HTTP_BYTE_TOKEN)) return KIND_TOKEN;
    return http_byte_is(byte, HTTP_BYTE_VALUE) ? KIND_TEXT : KIND_BAD;
}

/* RFC 9110 section 6.5.1: what must not be generated as a trailer is not taken as one. */
static bool
trailer_allowed(struct text name)
{
    static const struct text barred[] = {
        { "host", 4 },
        { "content-length", 14 },
        { "transfer-encoding", 17 },
        { "authorization", 13 },
        { "content-type", 12 },
        { "content-encoding", 16 },
        { "content-range", 13 },
        { "connection", 10 },
        { "cookie", 6 },
        { "expect", 6 },
        { "idempotency-key", 15 },
        { "signature", 9 },
        { "range", 5 },
        { "trailer", 7 },
        { "if-match", 8 },
        { "te", 2 },
        { "signature-input", 15 },
        { "content-digest", 14 },
        { "upgrade", 7 },
        { "x-forwarded-for", 15 },
        { "content_length", 14 },
        { "forwarded", 9 },
        { "cache-control", 13 },
        { "transfer_encoding", 17 },
        { "set-cookie", 10 },
        { "proxy-authorization", 19 },
    };
    for (size_t i = 0; i < COUNT_OF(barred); i++) {
        must(barred[i].size < HTTP_TRAILER_NAME_KEPT);
        if (http_bytes_match(name, barred[i])) return false;
    }
    return true;
}

static bool
refuse(struct http_chunks *chunks, enum http_reason reason)
{
    must(reason != HTTP_FINE);
    chunks->reason = reason;
    return false;
}

static bool
size_digit(struct http_chunks *chunks, char byte)
{
    if (chunks->digit_count++ == SIZE_DIGITS_MAX) return refuse(chunks, HTTP_BAD_CHUNK);
    chunks->left = chunks->left * 16 + http_byte_hex(byte);
    return true;
}

/* A chunk's size line is complete. The last chunk has size 0, and the trailer follows. */
static bool
size_line_end(struct http_chunks *chunks)
{
    must(chunks->digit_count > 0 && chunks->total <= chunks->body_size_max);
    if (chunks->left > chunks->body_size_max - chunks->total) {
        return refuse(chunks, HTTP_BODY_TOO_LARGE);
    }
    chunks->total += chunks->left;
    if (chunks->left == 0) chunks->state = CHUNK_TRAILER_FIRST;
    chunks->digit_count = 0;
    return true;
}

static bool
trailer_name_end(struct http_chunks *chunks)
{
    struct text name = { chunks->name, chunks->name_size };
    chunks->name_size = 0;
    return trailer_allowed(name) || refuse(chunks, HTTP_BAD_TRAILER);
}

/* Longer names are counted on, so that they match nothing, and not kept. */
static void
trailer_name_byte(struct http_chunks *chunks, char byte)
{
    if (chunks->name_size < HTTP_TRAILER_NAME_KEPT) chunks->name[chunks->name_size++] = byte;
}

/* Extensions and trailers carry nothing for us: they must not cost much either. */
static bool
byte_count(struct http_chunks *chunks, enum state from)
{
    if (from >= CHUNK_TRAILER_FIRST) {
        bool is_fine = ++chunks->trailer_size <= HTTP_TRAILER_SIZE_MAX;
        return is_fine || refuse(chunks, HTTP_HEAD_TOO_LARGE);
    }
    if (from < CHUNK_SIZE_END || from > CHUNK_QUOTED_END) return true;
    bool is_fine = ++chunks->extension_size <= HTTP_CHUNK_EXTENSION_SIZE_MAX;
    return is_fine || refuse(chunks, HTTP_BAD_CHUNK);
}

/* What entering a state means, besides being in it. */
static bool
state_entered(struct http_chunks *chunks, enum state from, char byte)
{
    switch (chunks->state) {
    case CHUNK_SIZE: return size_digit(chunks, byte);
    case CHUNK_DATA: return size_line_end(chunks);
    case CHUNK_TRAILER_NAME: trailer_name_byte(chunks, byte); return true;
    case CHUNK_TRAILER_VALUE: return from != CHUNK_TRAILER_NAME || trailer_name_end(chunks);
    default: return true;
    }
}

static bool
byte_take(struct http_chunks *chunks, char byte)
{
    enum state from = (enum state)chunks->state;
    must(from > CHUNK_BAD && from < CHUNK_DONE);
    chunks->state = next_state[from][kind_of(byte)];
    if (chunks->state != CHUNK_BAD) {
        return byte_count(chunks, from) && state_entered(chunks, from, byte);
    }
    return refuse(chunks, from >= CHUNK_TRAILER_FIRST ? HTTP_BAD_TRAILER : HTTP_BAD_CHUNK);
}

void
http_chunks_begin(struct http_chunks *chunks, uint64_t body_size_max)
{
    *chunks = (struct http_chunks){ .state = CHUNK_SIZE_FIRST, .body_size_max = body_size_max };
}

static void
data_take(struct http_chunks *chunks, struct text *in, struct text *data)
{
    size_t size = chunks->left < in->size ? (size_t)chunks->left : in->size;
    *data = (struct text){ in->at, size };
    *in = (struct text){ in->at + size, in->size - size };
    chunks->left -= size;
}

enum http_step
http_chunks_take(struct http_chunks *chunks, struct text *in, struct text *data)
{
    must(chunks->reason == HTTP_FINE && chunks->state != CHUNK_DONE);
    *data = (struct text){ 0 };
    while (in->size > 0) {
        if (chunks->state == CHUNK_DATA && chunks->left > 0) {
            data_take(chunks, in, data);
            return HTTP_MORE;
        }
        char byte = in->at[0];
        *in = (struct text){ in->at + 1, in->size - 1 };
        if (!byte_take(chunks, byte)) return HTTP_REFUSED;
        if (chunks->state == CHUNK_DONE) return HTTP_DONE;
    }
    return HTTP_MORE;
}
