#include "voucher/json.h"

#include "voucher/json_load.h"

struct json_document {
    json_t *root;
};

/* A value, where it lies, and where its faults go. */
struct slot {
    const json_t *value;
    struct json_place place;
    struct faults *faults;
};

/* The place of the quote that ends a string; the end of the bytes when nothing does. */
static size_t
end_of_string(struct text bytes, size_t first)
{
    for (size_t i = first; i < bytes.size; i++) {
        if (bytes.at[i] == '"') return i;
        if (bytes.at[i] == '\\') i++;
    }
    return bytes.size;
}

/* jansson's own limit of depth is 2048, and its values are freed by recursion. Brackets within
 * strings do not count; whatever is not JSON is left to the decoder. */
static bool
is_too_deep(struct text bytes)
{
    size_t depth = 0;
    for (size_t i = 0; i < bytes.size && depth <= JSON_DEPTH_MAX; i++) {
        const char c = bytes.at[i];
        if (c == '"') i = end_of_string(bytes, i + 1);
        if (c == '{' || c == '[') depth++;
        if ((c == '}' || c == ']') && depth > 0) depth--;
    }
    return depth > JSON_DEPTH_MAX;
}

enum fault
json_document_open(struct json_document **out, struct text bytes, enum json_top top)
{
    must(top == JSON_TOP_OBJECT || top == JSON_TOP_OBJECT_OR_ARRAY);
    *out = NULL;
    if (bytes.size == 0 || bytes.size > JSON_BYTES_MAX) return FAULT_MALFORMED;
    if (is_too_deep(bytes)) return FAULT_MALFORMED;
    struct json_document *d = calloc(1, sizeof *d);
    if (d == NULL) return FAULT_MEMORY;
    d->root = json_load(bytes);
    if (d->root == NULL) {
        free(d);
        return FAULT_MALFORMED;
    }
    if (top == JSON_TOP_OBJECT && !json_is_object(d->root)) {
        json_document_close(d);
        return FAULT_MALFORMED;
    }
    *out = d;
    return FAULT_NONE;
}

void
json_document_close(struct json_document *d)
{
    if (d == NULL) return;
    json_decref(d->root);
    free(d);
}

/* Nesting is bounded by JSON_DEPTH_MAX, and so is this recursion. */
static void
point_at(const struct json_place *place, struct pointer *out)
{
    if (place->up == NULL) return;
    point_at(place->up, out);
    if (place->key != NULL) {
        pointer_push_key(out, text_of(place->key));
    } else {
        pointer_push_index(out, place->index);
    }
}

static void
add_flaw(struct faults *faults, const struct json_place *place, enum flaw flaw)
{
    struct pointer at = { 0 };
    point_at(place, &at);
    faults_add(faults, flaw, &at);
}

static bool
refuse(const struct slot *slot, enum flaw flaw)
{
    add_flaw(slot->faults, &slot->place, flaw);
    return false;
}

bool
json_reader_start(struct json_reader *r, const struct json_document *d, struct faults *f)
{
    const bool fits = json_is_object(d->root);
    *r = (struct json_reader){ .object = fits ? d->root : NULL, .faults = f };
    if (!fits) add_flaw(f, &r->place, FLAW_WRONG_TYPE);
    return fits;
}

bool
json_array_start(struct json_array *a, const struct json_document *d, struct faults *f)
{
    const bool fits = json_is_array(d->root);
    *a = (struct json_array){ .array = fits ? d->root : NULL, .faults = f };
    if (!fits) add_flaw(f, &a->place, FLAW_WRONG_TYPE);
    if (fits) a->count = json_array_size(d->root);
    return fits;
}

static bool
was_asked(const struct json_reader *r, const char *key)
{
    for (size_t i = 0; i < r->asked_count; i++) {
        if (strcmp(r->asked[i], key) == 0) return true;
    }
    return false;
}

static void
note_asked(struct json_reader *r, const char *key)
{
    if (was_asked(r, key)) return;
    must(r->asked_count < JSON_MEMBERS_MAX);
    r->asked[r->asked_count++] = key;
}

void
json_reader_finish(struct json_reader *r)
{
    if (r->object == NULL) return;
    json_t *object = (json_t *)(uintptr_t)r->object; /* jansson's iterator is not const */
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
        const struct text key = { json_object_iter_key(i), json_object_iter_key_len(i) };
        if (was_asked(r, key.at)) continue;
        struct pointer at = { 0 };
        point_at(&r->place, &at);
        pointer_push_key(&at, key);
        faults_add(r->faults, FLAW_UNKNOWN_MEMBER, &at);
    }
}

bool
json_member_present(struct json_reader *r, const char *key)
{
    note_asked(r, key);
    const json_t *value = json_object_get(r->object, key);
    return value != NULL && !json_is_null(value);
}

void
json_member_flaw(struct json_reader *r, const char *key, enum flaw flaw)
{
    const struct json_place place = { .up = &r->place, .key = key };
    add_flaw(r->faults, key != NULL ? &place : &r->place, flaw);
}

/* True when there is a value to be judged. */
static bool
find_member(struct json_reader *r, const char *key, enum json_presence presence, struct slot *out)
{
    note_asked(r, key);
    if (r->object == NULL) return false;
    *out = (struct slot){
        .value = json_object_get(r->object, key),
        .place = { .up = &r->place, .key = key },
        .faults = r->faults,
    };
    if (out->value == NULL) return presence == JSON_REQUIRED ? refuse(out, FLAW_MISSING) : false;
    if (json_is_null(out->value))
        return presence == JSON_NULLABLE ? false : refuse(out, FLAW_WRONG_TYPE);
    return true;
}

static struct slot
element_slot(const struct json_array *a, size_t index)
{
    must(index < a->count);
    return (struct slot){
        .value = json_array_get(a->array, index),
        .place = { .up = &a->place, .index = index },
        .faults = a->faults,
    };
}

static bool
slot_int64(const struct slot *slot, const struct json_integers *rule, int64_t *out)
{
    must(rule->min <= rule->max);
    if (json_is_real(slot->value)) return refuse(slot, FLAW_NOT_INTEGER);
    if (!json_is_integer(slot->value)) return refuse(slot, FLAW_WRONG_TYPE);
    const int64_t value = json_integer_value(slot->value);
    if (value < rule->min || value > rule->max) return refuse(slot, FLAW_OUT_OF_RANGE);
    *out = value;
    return true;
}

/* C0, DEL and C1; the decoder has seen to the UTF-8. */
static bool
has_control_character(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = (uint8_t)text.at[i];
        if (byte < 0x20 || byte == 0x7f) return true;
        if (byte == 0xc2 && (uint8_t)text.at[i + 1] < 0xa0) return true;
    }
    return false;
}

static bool
slot_plain_text(const struct slot *slot, struct text *out)
{
    if (!json_is_string(slot->value)) return refuse(slot, FLAW_WRONG_TYPE);
    const struct text text = { json_string_value(slot->value), json_string_length(slot->value) };
    if (has_control_character(text)) return refuse(slot, FLAW_BAD_CHARACTERS);
    *out = text;
    return true;
}

static bool
slot_text(const struct slot *slot, const struct json_texts *rule, struct text *out)
{
    must(rule->size_min <= rule->size_max);
    struct text text;
    if (!slot_plain_text(slot, &text)) return false;
    if (rule->is_sound != NULL && !rule->is_sound(text)) return refuse(slot, FLAW_BAD_SHAPE);
    if (text.size < rule->size_min) return refuse(slot, FLAW_TOO_SHORT);
    if (text.size > rule->size_max) return refuse(slot, FLAW_TOO_LONG);
    *out = text;
    return true;
}

static bool
slot_id(const struct slot *slot, enum id_kind kind, struct uuid *out)
{
    struct text text;
    if (!slot_plain_text(slot, &text)) return false;
    return id_read(kind, text, out) ? true : refuse(slot, FLAW_BAD_ID);
}

static bool
slot_object(const struct slot *slot, struct json_reader *child)
{
    if (!json_is_object(slot->value)) return refuse(slot, FLAW_WRONG_TYPE);
    child->object = slot->value;
    return true;
}

/* What the calendar said, as a flaw. */
static bool
judge_civil(const struct slot *slot, enum civil_read read)
{
    if (read == CIVIL_OK) return true;
    return refuse(slot, read == CIVIL_MALFORMED ? FLAW_BAD_TIME : FLAW_NO_SUCH_TIME);
}

bool
json_member_int64(struct json_reader *r, const char *key, struct json_integers rule, int64_t *out)
{
    struct slot slot;
    return find_member(r, key, rule.presence, &slot) && slot_int64(&slot, &rule, out);
}

bool
json_member_text(struct json_reader *r, const char *key, struct json_texts rule, struct text *out)
{
    struct slot slot;
    return find_member(r, key, rule.presence, &slot) && slot_text(&slot, &rule, out);
}

bool
json_member_copy(struct json_reader *r, const char *key, struct json_texts rule, char *out)
{
    struct text text;
    if (!json_member_text(r, key, rule, &text)) return false;
    memcpy(out, text.at, text.size);
    out[text.size] = '\0';
    return true;
}

bool
json_member_bool(struct json_reader *r, const char *key, enum json_presence presence, bool *out)
{
    struct slot slot;
    if (!find_member(r, key, presence, &slot)) return false;
    if (!json_is_boolean(slot.value)) return refuse(&slot, FLAW_WRONG_TYPE);
    *out = json_is_true(slot.value);
    return true;
}

bool
json_member_word(struct json_reader *r, const char *key, struct json_words rule, size_t *out)
{
    struct slot slot;
    struct text text;
    must(rule.count > 0);
    if (!find_member(r, key, rule.presence, &slot)) return false;
    if (!slot_plain_text(&slot, &text)) return false;
    for (size_t i = 0; i < rule.count; i++) {
        if (text_equal(text, text_of(rule.words[i]))) {
            *out = i;
            return true;
        }
    }
    return refuse(&slot, FLAW_UNKNOWN_WORD);
}

bool
json_member_time(struct json_reader *r, const char *key, enum json_presence presence,
                 int64_t *out_s)
{
    struct slot slot;
    struct text text;
    if (!find_member(r, key, presence, &slot) || !slot_plain_text(&slot, &text)) return false;
    return judge_civil(&slot, civil_read_instant(text, out_s));
}

bool
json_member_date(struct json_reader *r, const char *key, enum json_presence presence,
                 struct civil_date *out)
{
    struct slot slot;
    struct text text;
    if (!find_member(r, key, presence, &slot) || !slot_plain_text(&slot, &text)) return false;
    return judge_civil(&slot, civil_read_date(text, out));
}

bool
json_member_hour(struct json_reader *r, const char *key, int32_t *out_min)
{
    struct slot slot;
    struct text text;
    if (!find_member(r, key, JSON_REQUIRED, &slot) || !slot_plain_text(&slot, &text)) return false;
    return judge_civil(&slot, civil_read_hour(text, out_min));
}

bool
json_member_id(struct json_reader *r, const char *key, enum id_kind kind,
               enum json_presence presence, struct uuid *out)
{
    struct slot slot;
    return find_member(r, key, presence, &slot) && slot_id(&slot, kind, out);
}

bool
json_member_object(struct json_reader *r, const char *key, enum json_presence presence,
                   struct json_reader *child)
{
    struct slot slot;
    *child = (struct json_reader){ .place = { .up = &r->place, .key = key }, .faults = r->faults };
    return find_member(r, key, presence, &slot) && slot_object(&slot, child);
}

bool
json_member_array(struct json_reader *r, const char *key, struct json_counts rule,
                  struct json_array *out)
{
    struct slot slot;
    must(rule.min <= rule.max);
    *out = (struct json_array){ .place = { .up = &r->place, .key = key }, .faults = r->faults };
    if (!find_member(r, key, rule.presence, &slot)) return false;
    if (!json_is_array(slot.value)) return refuse(&slot, FLAW_WRONG_TYPE);
    const size_t count = json_array_size(slot.value);
    if (count < rule.min) return refuse(&slot, FLAW_TOO_FEW);
    if (count > rule.max) return refuse(&slot, FLAW_TOO_MANY);
    out->array = slot.value;
    out->count = count;
    return true;
}

bool
json_element_object(const struct json_array *a, size_t index, struct json_reader *child)
{
    const struct slot slot = element_slot(a, index);
    *child = (struct json_reader){ .place = slot.place, .faults = a->faults };
    return slot_object(&slot, child);
}

bool
json_element_text(const struct json_array *a, size_t index, struct json_texts rule,
                  struct text *out)
{
    const struct slot slot = element_slot(a, index);
    return slot_text(&slot, &rule, out);
}

bool
json_element_int64(const struct json_array *a, size_t index, struct json_integers rule,
                   int64_t *out)
{
    const struct slot slot = element_slot(a, index);
    return slot_int64(&slot, &rule, out);
}

bool
json_element_id(const struct json_array *a, size_t index, enum id_kind kind, struct uuid *out)
{
    const struct slot slot = element_slot(a, index);
    return slot_id(&slot, kind, out);
}

void
json_element_flaw(const struct json_array *a, size_t index, enum flaw flaw)
{
    const struct slot slot = element_slot(a, index);
    add_flaw(slot.faults, &slot.place, flaw);
}
