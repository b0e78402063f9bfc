/* tests/vectors.h: published vectors out of tests/vectors/. Test programs are single-threaded. */
#ifndef HUIQUAN_TESTS_VECTORS_H
#define HUIQUAN_TESTS_VECTORS_H

#include <jansson.h>

#include "crypto/encode.h"
#include "tests/rows.h"
#include "voucher/base.h"

#define VECTOR_BYTES_MAX 4096

struct vector_bytes {
    uint8_t bytes[VECTOR_BYTES_MAX];
    size_t size;
};

/* Ended by json_decref(). */
static inline json_t *
vectors_load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/vectors/%s", HUIQUAN_SOURCE_DIR, name);
    json_error_t error;
    json_t *document = json_load_file(path, 0, &error);
    if (document == NULL) fail_msg("%s: line %d: %s", path, error.line, error.text);
    return document;
}

static inline struct vector_bytes
vectors_hex(const char *hex)
{
    struct vector_bytes v = { .size = strlen(hex) / 2 };
    must(v.size <= sizeof v.bytes);
    must(decode_hex(text_of(hex), v.bytes, v.size));
    return v;
}

static inline struct text
vectors_text(const struct vector_bytes *v)
{
    return (struct text){ (const char *)v->bytes, v->size };
}

static inline const char *
vectors_string(const json_t *object, const char *name)
{
    const char *string = json_string_value(json_object_get(object, name));
    if (string == NULL) fail_msg("vector lacks \"%s\"", name);
    return string;
}

static inline struct vector_bytes
vectors_hex_member(const json_t *object, const char *name)
{
    return vectors_hex(vectors_string(object, name));
}

#endif
