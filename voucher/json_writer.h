/* voucher/json_writer.h: replies, written by hand. Any thread; a writer belongs to one.
 *
 * Commas and escapes are automatic. A writer that ran out of room (or memory) stays so: every later
 * call does nothing, and json_writer_text() answers an empty text. Text must be UTF-8 (must() is
 * not asked: a broken byte is written as U+FFFD). Nesting and keys are checked by must(). */
#ifndef HUIQUAN_JSON_WRITER_H
#define HUIQUAN_JSON_WRITER_H

#include "voucher/base.h"
#include "voucher/civil.h"
#include "voucher/faults.h"
#include "voucher/id.h"

#define JSON_WRITER_DEPTH_MAX 24

struct json_writer {
    char *at;
    size_t size, room;
    size_t room_max; /* of a growing writer; 0: the buffer is the caller's and fixed */
    bool failed;
    bool after_key;
    uint8_t depth;
    uint32_t not_first; /* bit per depth: a comma is due */
    uint32_t in_object; /* bit per depth */
};

/* Writes into the caller's buffer. */
void json_writer_fix(struct json_writer *w, char *buffer, size_t room);
/* Owns a buffer that grows up to size_max; ended by json_writer_close(). */
void json_writer_grow(struct json_writer *w, size_t size_max);
void json_writer_close(struct json_writer *w); /* of a fixed one: nothing; twice is fine */
/* Empties it and keeps the buffer. */
void json_writer_restart(struct json_writer *w);
/* The whole document, borrowed; empty when the writer failed. Every begin must have its end. */
struct text json_writer_text(const struct json_writer *w);

void json_write_begin_object(struct json_writer *w);
void json_write_end_object(struct json_writer *w);
void json_write_begin_array(struct json_writer *w);
void json_write_end_array(struct json_writer *w);
void json_write_key(struct json_writer *w, const char *key);

void json_write_text(struct json_writer *w, struct text value);
void json_write_string(struct json_writer *w, const char *value); /* NULL writes null */
void json_write_int64(struct json_writer *w, int64_t value);
void json_write_bool(struct json_writer *w, bool value);
void json_write_null(struct json_writer *w);
void json_write_time(struct json_writer *w, int64_t instant_s, int32_t offset_s);
void json_write_id(struct json_writer *w, enum id_kind kind, const struct uuid *id);
/* Text that is no JSON (CSV, an event); only outside of any value. */
void json_append(struct json_writer *w, struct text text);
/* A value that is JSON already (stored by us), as it is. */
void json_write_raw(struct json_writer *w, struct text json);
/* Members of an object without its braces (stored by us); an empty text adds nothing. */
void json_write_raw_members(struct json_writer *w, struct text members);

/* The same with a key in front, for members. */
void json_put_text(struct json_writer *w, const char *key, struct text value);
void json_put_string(struct json_writer *w, const char *key, const char *value);
void json_put_int64(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);
void json_put_time(struct json_writer *w, const char *key, int64_t instant_s, int32_t offset_s);
void json_put_id(struct json_writer *w, const char *key, enum id_kind kind, const struct uuid *id);
void json_put_object(struct json_writer *w, const char *key); /* key and begin */
void json_put_array(struct json_writer *w, const char *key);

/* Arrays of {pointer, code, detail}: what refuses (`errors`), and the warnings (`warnings`). */
void json_write_faults(struct json_writer *w, const struct faults *f, enum language language);
void json_write_warnings(struct json_writer *w, const struct faults *f, enum language language);

#endif
