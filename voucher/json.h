/* voucher/json.h: strict JSON in (RFC 8259) and typed reading of it. The only home of jansson.
 * A document belongs to one thread.
 *
 * Decoding refuses: a duplicate member, bytes after the value, bad UTF-8, lone surrogates, U+0000,
 * a byte-order mark, an integer beyond int64, more than JSON_DEPTH_MAX levels or JSON_BYTES_MAX
 * bytes, a top level other than asked for. Reading reports every fault with its pointer into struct
 * faults and goes on: readers return true only when they stored a value; otherwise *out is
 * unchanged (so defaults are set before), and faults_verdict() tells at the end whether the request
 * stands. */
#ifndef HUIQUAN_JSON_H
#define HUIQUAN_JSON_H

#include "voucher/base.h"
#include "voucher/civil.h"
#include "voucher/faults.h"
#include "voucher/id.h"

#define JSON_DEPTH_MAX 32
#define JSON_BYTES_MAX ((size_t)4 << 20)
#define JSON_MEMBERS_MAX 40 /* that one object may be asked for */

enum json_top { JSON_TOP_OBJECT, JSON_TOP_OBJECT_OR_ARRAY };

/* An absent or null member is a fault where its presence asks for one; null counts as absent only
 * where NULLABLE says so. */
enum json_presence {
    JSON_REQUIRED = 0,
    JSON_OPTIONAL = 1, /* may be absent; null is a wrong type */
    JSON_NULLABLE = 2, /* may be absent or null */
};

struct json_document;

/* FAULT_MALFORMED or FAULT_MEMORY; *out is then NULL. Ended by json_document_close(); texts that
 * were read are borrowed from it. */
MUST_USE enum fault json_document_open(struct json_document **out, struct text bytes,
                                       enum json_top top);
void json_document_close(struct json_document *d); /* NULL is fine */

/* Where a value lies; the chain of ups lives as long as its readers. */
struct json_place {
    const struct json_place *up; /* NULL: the top */
    const char *key; /* NULL: an element */
    size_t index;
};

struct json_reader {
    struct json_place place;
    const void *object; /* NULL: absent, every read answers false without a fault */
    struct faults *faults;
    size_t asked_count;
    const char *asked[JSON_MEMBERS_MAX];
};

struct json_array {
    struct json_place place;
    const void *array;
    struct faults *faults;
    size_t count;
};

struct json_integers {
    enum json_presence presence;
    int64_t min, max;
};

struct json_texts {
    enum json_presence presence;
    size_t size_min, size_max; /* bytes; beyond them is invalid */
    bool (*is_sound)(struct text text); /* or NULL; false is malformed, before sizes */
};

struct json_words {
    enum json_presence presence;
    size_t count;
    const char *const *words; /* *out is the index */
};

struct json_counts {
    enum json_presence presence;
    size_t min, max;
};

/* A top-level array is read with json_array_start(). False (and a fault) when it is the other. */
bool json_reader_start(struct json_reader *r, const struct json_document *d, struct faults *f);
bool json_array_start(struct json_array *a, const struct json_document *d, struct faults *f);
/* Reports every member that was never asked for. Skipped where unknown members are ignored. */
void json_reader_finish(struct json_reader *r);
bool json_member_present(struct json_reader *r, const char *key); /* and not null */
/* Adds a flaw of the domain at a member, or (key NULL) at the object itself. */
void json_member_flaw(struct json_reader *r, const char *key, enum flaw flaw);

bool json_member_int64(struct json_reader *r, const char *key, struct json_integers rule,
                       int64_t *out);
bool json_member_text(struct json_reader *r, const char *key, struct json_texts rule,
                      struct text *out); /* borrowed, no control characters */
/* Copies with NUL; room must exceed rule.size_max. */
bool json_member_copy(struct json_reader *r, const char *key, struct json_texts rule, char *out);
bool json_member_bool(struct json_reader *r, const char *key, enum json_presence presence,
                      bool *out);
bool json_member_word(struct json_reader *r, const char *key, struct json_words rule, size_t *out);
bool json_member_time(struct json_reader *r, const char *key, enum json_presence presence,
                      int64_t *out_s);
bool json_member_date(struct json_reader *r, const char *key, enum json_presence presence,
                      struct civil_date *out);
bool json_member_hour(struct json_reader *r, const char *key, int32_t *out_min);
bool json_member_id(struct json_reader *r, const char *key, enum id_kind kind,
                    enum json_presence presence, struct uuid *out);
/* The child borrows its parent, which must outlive it. */
bool json_member_object(struct json_reader *r, const char *key, enum json_presence presence,
                        struct json_reader *child);
bool json_member_array(struct json_reader *r, const char *key, struct json_counts rule,
                       struct json_array *out);
/* Elements; index < count. */
bool json_element_object(const struct json_array *a, size_t index, struct json_reader *child);
bool json_element_text(const struct json_array *a, size_t index, struct json_texts rule,
                       struct text *out);
bool json_element_int64(const struct json_array *a, size_t index, struct json_integers rule,
                        int64_t *out);
bool json_element_id(const struct json_array *a, size_t index, enum id_kind kind, struct uuid *out);
void json_element_flaw(const struct json_array *a, size_t index, enum flaw flaw);

#endif
