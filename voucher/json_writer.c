#include "voucher/json_writer.h"

#include "voucher/decimal.h"
#include "voucher/utf8.h"

#define ROOM_FIRST 512

void
json_writer_fix(struct json_writer *w, char *buffer, size_t room)
{
    must(buffer != NULL && room > 0);
    *w = (struct json_writer){ .at = buffer, .room = room };
}

void
json_writer_grow(struct json_writer *w, size_t size_max)
{
    must(size_max > 0 && size_max <= SIZE_MAX / 4);
    *w = (struct json_writer){ .room_max = size_max };
}

void
json_writer_close(struct json_writer *w)
{
    if (w->room_max != 0) free(w->at);
    *w = (struct json_writer){ 0 };
}

void
json_writer_restart(struct json_writer *w)
{
    *w = (struct json_writer){ .at = w->at, .room = w->room, .room_max = w->room_max };
}

struct text
json_writer_text(const struct json_writer *w)
{
    if (w->failed) return (struct text){ 0 };
    must(w->depth == 0 && !w->after_key);
    return (struct text){ w->at, w->size };
}

/* Makes room for so many bytes more, or fails for good. */
static bool
make_room(struct json_writer *w, size_t more)
{
    if (w->failed) return false;
    if (more <= w->room - w->size) return true;
    const size_t limit = w->room_max;
    char *grown = NULL;
    size_t room = w->room > 0 ? w->room : ROOM_FIRST;
    if (more <= limit && w->size <= limit - more) {
        while (room < w->size + more)
            room *= 2;
        grown = realloc(w->at, room);
    }
    if (grown == NULL) {
        w->failed = true;
        return false;
    }
    w->at = grown;
    w->room = room;
    return true;
}

static void
append(struct json_writer *w, const char *bytes, size_t size)
{
    if (size == 0 || !make_room(w, size)) return;
    memcpy(w->at + w->size, bytes, size);
    w->size += size;
}

static void
append_character(struct json_writer *w, char c)
{
    if (!make_room(w, 1)) return;
    w->at[w->size++] = c;
}

static uint32_t
bit_of_depth(const struct json_writer *w)
{
    return UINT32_C(1) << w->depth;
}

static bool
is_in_object(const struct json_writer *w)
{
    return (w->in_object & bit_of_depth(w)) != 0;
}

/* The comma before an element or a key. */
static void
begin_item(struct json_writer *w)
{
    if (w->failed) return;
    must(w->depth > 0 || w->size == 0); /* one value at the top */
    if (w->not_first & bit_of_depth(w)) append_character(w, ',');
    w->not_first |= bit_of_depth(w);
}

static void
begin_value(struct json_writer *w)
{
    if (w->failed) return;
    must(w->after_key == is_in_object(w));
    if (!w->after_key) begin_item(w);
    w->after_key = false;
}

static void
begin_container(struct json_writer *w, char opening, bool object)
{
    begin_value(w);
    append_character(w, opening);
    if (w->failed) return;
    must(w->depth < JSON_WRITER_DEPTH_MAX);
    w->depth++;
    w->not_first &= ~bit_of_depth(w);
    w->in_object &= ~bit_of_depth(w);
    if (object) w->in_object |= bit_of_depth(w);
}

static void
end_container(struct json_writer *w, char closing, bool object)
{
    if (w->failed) return;
    must(w->depth > 0 && !w->after_key && is_in_object(w) == object);
    w->depth--;
    append_character(w, closing);
}

void
json_write_begin_object(struct json_writer *w)
{
    begin_container(w, '{', true);
}

void
json_write_end_object(struct json_writer *w)
{
    end_container(w, '}', true);
}

void
json_write_begin_array(struct json_writer *w)
{
    begin_container(w, '[', false);
}

void
json_write_end_array(struct json_writer *w)
{
    end_container(w, ']', false);
}

static void
append_escape(struct json_writer *w, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *found = byte == 0 ? NULL : strchr(from, byte);
    if (found != NULL) {
        append(w, (const char[]){ '\\', to[found - from] }, 2);
    } else {
        append(w, (const char[]){ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }, 6);
    }
}

/* Whether one of eight bytes is a control, a quote, a backslash or beyond ASCII. Zero bytes of
 * x are found by (x - 01..) & ~x & 80.. (Mycroft); a false alarm behind a true one does no harm. */
static bool
eight_are_plain(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    const uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    const uint64_t below_space = (word - ones * ' ') & ~word;
    return ((word | below_space | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & highs) ==
           0;
}

/* How many bytes from here may be copied as they are. */
static size_t
plain_run(struct text text, size_t from)
{
    size_t at = from;
    while (text.size - at >= 8 && eight_are_plain(text.at + at))
        at += 8;
    while (at < text.size) {
        const uint8_t byte = (uint8_t)text.at[at];
        uint32_t character;
        if (byte < ' ' || byte == '"' || byte == '\\') break;
        const size_t taken = byte < 0x80 ? 1 : utf8_read(text, at, &character);
        if (taken == 0) break;
        at += taken;
    }
    return at - from;
}

static void
append_quoted(struct json_writer *w, struct text text)
{
    append_character(w, '"');
    for (size_t at = 0; at < text.size && !w->failed;) {
        const size_t run = plain_run(text, at);
        append(w, text.at + at, run);
        at += run;
        if (at == text.size) break;
        if ((uint8_t)text.at[at] < 0x80) {
            append_escape(w, (uint8_t)text.at[at]);
        } else {
            append(w, "\xef\xbf\xbd", 3); /* U+FFFD: an answer is UTF-8 whatever was stored */
        }
        at++;
    }
    append_character(w, '"');
}

void
json_write_key(struct json_writer *w, const char *key)
{
    if (w->failed) return;
    must(is_in_object(w) && !w->after_key);
    begin_item(w);
    append_quoted(w, text_of(key));
    append_character(w, ':');
    w->after_key = true;
}

void
json_write_text(struct json_writer *w, struct text value)
{
    begin_value(w);
    append_quoted(w, value);
}

void
json_write_string(struct json_writer *w, const char *value)
{
    if (value == NULL) {
        json_write_null(w);
    } else {
        json_write_text(w, text_of(value));
    }
}

void
json_write_int64(struct json_writer *w, int64_t value)
{
    char room[1 + DECIMAL_SIZE];
    struct text digits = decimal_write(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, room + 1);
    if (value < 0) {
        digits = (struct text){ digits.at - 1, digits.size + 1 };
        room[digits.at - room] = '-';
    }
    json_write_raw(w, digits);
}

void
json_write_bool(struct json_writer *w, bool value)
{
    json_write_raw(w, value ? TEXT("true") : TEXT("false"));
}

void
json_write_null(struct json_writer *w)
{
    json_write_raw(w, TEXT("null"));
}

void
json_write_time(struct json_writer *w, int64_t instant_s, int32_t offset_s)
{
    char spelled[CIVIL_INSTANT_SIZE];
    civil_write_instant(instant_s, offset_s, spelled);
    json_write_text(w, (struct text){ spelled, CIVIL_INSTANT_SIZE - 1 });
}

void
json_write_id(struct json_writer *w, enum id_kind kind, const struct uuid *id)
{
    char spelled[ID_TEXT_SIZE];
    const size_t size = id_write(kind, id, spelled);
    json_write_text(w, (struct text){ spelled, size });
}

void
json_append(struct json_writer *w, struct text text)
{
    must(w->depth == 0 && !w->after_key);
    append(w, text.at, text.size);
}

void
json_write_raw(struct json_writer *w, struct text json)
{
    must(json.size > 0);
    begin_value(w);
    append(w, json.at, json.size);
}

void
json_write_raw_members(struct json_writer *w, struct text members)
{
    if (w->failed || members.size == 0) return;
    must(is_in_object(w) && !w->after_key);
    begin_item(w);
    append(w, members.at, members.size);
}

void
json_put_text(struct json_writer *w, const char *key, struct text value)
{
    json_write_key(w, key);
    json_write_text(w, value);
}

void
json_put_string(struct json_writer *w, const char *key, const char *value)
{
    json_write_key(w, key);
    json_write_string(w, value);
}

void
json_put_int64(struct json_writer *w, const char *key, int64_t value)
{
    json_write_key(w, key);
    json_write_int64(w, value);
}

void
json_put_bool(struct json_writer *w, const char *key, bool value)
{
    json_write_key(w, key);
    json_write_bool(w, value);
}

void
json_put_null(struct json_writer *w, const char *key)
{
    json_write_key(w, key);
    json_write_null(w);
}

void
json_put_time(struct json_writer *w, const char *key, int64_t instant_s, int32_t offset_s)
{
    json_write_key(w, key);
    json_write_time(w, instant_s, offset_s);
}

void
json_put_id(struct json_writer *w, const char *key, enum id_kind kind, const struct uuid *id)
{
    json_write_key(w, key);
    json_write_id(w, kind, id);
}

void
json_put_object(struct json_writer *w, const char *key)
{
    json_write_key(w, key);
    json_write_begin_object(w);
}

void
json_put_array(struct json_writer *w, const char *key)
{
    json_write_key(w, key);
    json_write_begin_array(w);
}

static void
write_flaws(struct json_writer *w, const struct faults *f, enum language language, bool warnings)
{
    json_write_begin_array(w);
    for (size_t i = 0; i < f->count; i++) {
        const struct flaw_at *row = &f->rows[i];
        if ((flaw_severity(row->flaw) == SEVERITY_WARNING) != warnings) continue;
        json_write_begin_object(w);
        json_put_text(w, "pointer", (struct text){ row->pointer.text, row->pointer.size });
        json_put_string(w, "code", flaw_code(row->flaw));
        json_put_string(w, "detail", flaw_words(row->flaw, language));
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

void
json_write_faults(struct json_writer *w, const struct faults *f, enum language language)
{
    write_flaws(w, f, language, false);
}

void
json_write_warnings(struct json_writer *w, const struct faults *f, enum language language)
{
    write_flaws(w, f, language, true);
}
