/* libFuzzer: any bytes through the decoder, the typed reader and the writer. What the writer makes
 * of them must always be JSON again. */
#include "voucher/json.h"
#include "voucher/json_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_json(const struct json_writer *w)
{
    struct json_document *d;
    must(json_document_open(&d, json_writer_text(w), JSON_TOP_OBJECT_OR_ARRAY) == FAULT_NONE);
    json_document_close(d);
}

/* A text that was read comes back the same from what was written. */
static void
round_trip(struct text text)
{
    struct json_writer w;
    json_writer_grow(&w, JSON_BYTES_MAX);
    json_write_begin_object(&w);
    json_put_text(&w, "t", text);
    json_write_end_object(&w);
    must(json_writer_text(&w).size > 0);
    struct json_document *d;
    struct faults faults = { 0 };
    struct json_reader r;
    struct text back;
    must(json_document_open(&d, json_writer_text(&w), JSON_TOP_OBJECT) == FAULT_NONE);
    must(json_reader_start(&r, d, &faults));
    must(json_member_text(&r, "t", (struct json_texts){ .size_max = JSON_BYTES_MAX }, &back));
    must(text_equal(back, text));
    json_document_close(d);
    json_writer_close(&w);
}

static void
read_values(struct json_reader *r)
{
    static const char *const words[] = { "rush", "grant" };
    int64_t number;
    int32_t minute;
    size_t index;
    bool truth;
    struct text text;
    struct civil_date date;
    struct uuid id;
    char copy[9];
    json_member_int64(r, "n", (struct json_integers){ JSON_OPTIONAL, -9, 9 }, &number);
    json_member_bool(r, "b", JSON_NULLABLE, &truth);
    json_member_word(r, "w", (struct json_words){ JSON_OPTIONAL, 2, words }, &index);
    json_member_time(r, "at", JSON_OPTIONAL, &number);
    json_member_date(r, "date", JSON_OPTIONAL, &date);
    if (json_member_present(r, "hour")) json_member_hour(r, "hour", &minute);
    json_member_id(r, "id", ID_VOUCHER, JSON_OPTIONAL, &id);
    json_member_copy(r, "c", (struct json_texts){ JSON_OPTIONAL, 1, 8, NULL }, copy);
    if (json_member_text(r, "t", (struct json_texts){ JSON_OPTIONAL, 0, JSON_BYTES_MAX, NULL },
                         &text))
        round_trip(text);
}

static void
read_array(const struct json_array *a)
{
    struct json_reader child;
    struct uuid id;
    int64_t number;
    for (size_t i = 0; i < a->count && i < 8; i++) {
        if (json_element_object(a, i, &child)) read_values(&child);
        json_reader_finish(&child);
        json_element_id(a, i, ID_POOL, &id);
        json_element_int64(a, i, (struct json_integers){ .max = 5 }, &number);
    }
}

static void
read_document(const struct json_document *d, struct faults *faults)
{
    struct json_reader r, child;
    struct json_array a;
    if (json_array_start(&a, d, faults)) read_array(&a);
    json_reader_start(&r, d, faults);
    read_values(&r);
    json_member_object(&r, "o", JSON_OPTIONAL, &child);
    read_values(&child);
    json_reader_finish(&child);
    json_member_array(&r, "a", (struct json_counts){ JSON_OPTIONAL, 1, 100 }, &a);
    read_array(&a);
    json_reader_finish(&r);
}

/* Faults of any document; member names of the caller stand in their pointers. */
static void
write_faults(const struct faults *faults)
{
    struct json_writer w;
    json_writer_grow(&w, JSON_BYTES_MAX);
    json_write_begin_array(&w);
    json_write_faults(&w, faults, LANGUAGE_ZH);
    json_write_warnings(&w, faults, LANGUAGE_EN);
    json_write_end_array(&w);
    must_be_json(&w);
    json_writer_close(&w);
}

/* Bytes that need not be UTF-8. The decoder refuses U+0000, which the writer spells. */
static void
write_bytes(struct text bytes)
{
    struct json_writer w;
    json_writer_grow(&w, JSON_BYTES_MAX);
    json_write_begin_array(&w);
    json_write_text(&w, bytes);
    json_write_end_array(&w);
    if (bytes.size < 4096 && memchr(bytes.at, 0, bytes.size) == NULL) must_be_json(&w);
    json_writer_close(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text bytes = { (const char *)data, size };
    struct json_document *d;
    struct faults faults = { 0 };
    if (size > 0) write_bytes(bytes);
    if (json_document_open(&d, bytes, JSON_TOP_OBJECT_OR_ARRAY) != FAULT_NONE) return 0;
    read_document(d, &faults);
    write_faults(&faults);
    json_document_close(d);
    return 0;
}
