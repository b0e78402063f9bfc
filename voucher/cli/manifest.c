/* voucher/cli/manifest.c */
#include "voucher/cli/manifest.h"

#include <errno.h>

#include "crypto/encode.h"
#include "voucher/cli/place.h"
#include "voucher/json.h"

#define FORMAT "huiquan-backup-1"
#define FILE_SIZE_MAX 65536
#define SHANGHAI_S (8 * 3600)
#define DIGEST_DIGITS 64

static const char *const count_names[] = { "campaigns", "claims", "vouchers", "redemptions" };

static int64_t *
count_at(struct standing *s, size_t i)
{
    int64_t *const counts[] = { &s->campaigns, &s->claims, &s->vouchers, &s->redemptions };
    _Static_assert(COUNT_OF(counts) == COUNT_OF(count_names), "each has a name");
    must(i < COUNT_OF(counts));
    return counts[i];
}

static void
put_digest(struct json_writer *w, const char *key, const struct digest *d)
{
    char hex[HEX_SIZE(sizeof d->bytes)];
    (void)encode_hex(d->bytes, sizeof d->bytes, hex);
    json_put_string(w, key, hex);
}

static void
write_keys(struct json_writer *w, const struct standing *s)
{
    json_put_array(w, "key_ids");
    must(s->kid_count <= COPY_KIDS_MAX);
    for (size_t i = 0; i < s->kid_count; i++) {
        char kid[9];
        (void)snprintf(kid, sizeof kid, "%08x", (unsigned)s->kids[i]);
        json_write_string(w, kid);
    }
    json_write_end_array(w);
}

void
manifest_write(struct json_writer *w, const struct manifest *m)
{
    struct standing s = m->standing;
    json_write_begin_object(w);
    json_put_string(w, "format", FORMAT);
    json_put_time(w, "made_at", m->made_at_s, SHANGHAI_S);
    json_put_object(w, "database");
    json_put_string(w, "file", MANIFEST_DATABASE);
    json_put_int64(w, "bytes", m->bytes);
    put_digest(w, "sha256", &m->sha256);
    json_put_int64(w, "schema_version", s.schema_version);
    json_write_end_object(w);
    json_put_object(w, "journal");
    json_put_int64(w, "entries", s.entries);
    json_put_int64(w, "writer", s.last.writer);
    json_put_int64(w, "seq", s.last.seq);
    put_digest(w, "hash", &s.last.hash);
    json_put_time(w, "last_at", s.last_at_s, SHANGHAI_S);
    json_write_end_object(w);
    json_put_object(w, "counts");
    for (size_t i = 0; i < COUNT_OF(count_names); i++) {
        json_put_int64(w, count_names[i], *count_at(&s, i));
    }
    json_write_end_object(w);
    write_keys(w, &s);
    if (m->witnessed == 0) {
        json_put_null(w, "witness");
    } else {
        json_put_object(w, "witness");
        json_put_int64(w, "size", m->witnessed);
        put_digest(w, "root", &m->root);
        json_write_end_object(w);
    }
    json_write_end_object(w);
}

static bool
member_digest(struct json_reader *r, const char *key, struct digest *out)
{
    struct text hex;
    const struct json_texts rule = { JSON_REQUIRED, DIGEST_DIGITS, DIGEST_DIGITS, NULL };
    return json_member_text(r, key, rule, &hex) && decode_hex(hex, out->bytes, sizeof out->bytes);
}

static bool
read_database(struct json_reader *r, struct manifest *out)
{
    struct json_reader object;
    struct text name;
    const struct json_integers number = { JSON_REQUIRED, 1, INT64_MAX };
    const struct json_texts file = { JSON_REQUIRED, 1, 64, NULL };
    if (!json_member_object(r, "database", JSON_REQUIRED, &object)) return false;
    if (!json_member_text(&object, "file", file, &name)) return false;
    if (!text_equal(name, text_of(MANIFEST_DATABASE))) return false;
    if (!json_member_int64(&object, "bytes", number, &out->bytes)) return false;
    if (!json_member_int64(&object, "schema_version", number, &out->standing.schema_version))
        return false;
    return member_digest(&object, "sha256", &out->sha256);
}

static bool
read_journal(struct json_reader *r, struct standing *out)
{
    struct json_reader object;
    const struct json_integers number = { JSON_REQUIRED, 0, INT64_MAX };
    if (!json_member_object(r, "journal", JSON_REQUIRED, &object)) return false;
    if (!json_member_int64(&object, "entries", number, &out->entries)) return false;
    if (!json_member_int64(&object, "writer", number, &out->last.writer)) return false;
    if (!json_member_int64(&object, "seq", number, &out->last.seq)) return false;
    if (!json_member_time(&object, "last_at", JSON_REQUIRED, &out->last_at_s)) return false;
    return member_digest(&object, "hash", &out->last.hash);
}

static bool
read_counts(struct json_reader *r, struct standing *out)
{
    struct json_reader object;
    const struct json_integers number = { JSON_REQUIRED, 0, INT64_MAX };
    bool is_read = json_member_object(r, "counts", JSON_REQUIRED, &object);
    for (size_t i = 0; i < COUNT_OF(count_names) && is_read; i++) {
        is_read = json_member_int64(&object, count_names[i], number, count_at(out, i));
    }
    return is_read;
}

static bool
read_keys(struct json_reader *r, struct standing *out)
{
    struct json_array list;
    const struct json_counts some = { JSON_REQUIRED, 0, COPY_KIDS_MAX };
    const struct json_texts rule = { JSON_REQUIRED, 8, 8, NULL };
    if (!json_member_array(r, "key_ids", some, &list)) return false;
    for (size_t i = 0; i < list.count; i++) {
        struct text hex;
        uint8_t kid[4];
        if (!json_element_text(&list, i, rule, &hex)) return false;
        if (!decode_hex(hex, kid, sizeof kid)) return false;
        out->kids[i] = (int64_t)kid[0] << 24 | kid[1] << 16 | kid[2] << 8 | kid[3];
    }
    out->kid_count = list.count;
    return true;
}

static bool
read_witness(struct json_reader *r, struct manifest *out)
{
    struct json_reader object;
    const struct json_integers number = { JSON_REQUIRED, 1, INT64_MAX };
    if (!json_member_present(r, "witness")) return true;
    if (!json_member_object(r, "witness", JSON_NULLABLE, &object)) return false;
    return json_member_int64(&object, "size", number, &out->witnessed) &&
           member_digest(&object, "root", &out->root);
}

static bool
read_members(struct manifest *out, struct text json)
{
    struct json_document *document = NULL;
    struct json_reader r;
    struct faults faults = { 0 };
    struct text format = { 0 };
    const struct json_texts word = { JSON_REQUIRED, 1, 64, NULL };
    if (json_document_open(&document, json, JSON_TOP_OBJECT) != FAULT_NONE) return false;
    const bool is_read =
        json_reader_start(&r, document, &faults) && json_member_text(&r, "format", word, &format) &&
        text_equal(format, TEXT(FORMAT)) &&
        json_member_time(&r, "made_at", JSON_REQUIRED, &out->made_at_s) && read_database(&r, out) &&
        read_journal(&r, &out->standing) && read_counts(&r, &out->standing) &&
        read_keys(&r, &out->standing) && read_witness(&r, out);
    json_document_close(document);
    return is_read;
}

bool
manifest_read(struct manifest *out, const char *dir, char why[MANIFEST_WHY_SIZE])
{
    char path[PLACE_ROOM], bytes[FILE_SIZE_MAX];
    *out = (struct manifest){ 0 };
    why[0] = '\0';
    errno = ENAMETOOLONG;
    FILE *file = place_join(path, dir, MANIFEST_NAME) ? fopen(path, "re") : NULL;
    if (file == NULL) {
        (void)snprintf(why, MANIFEST_WHY_SIZE, "%s: %s", MANIFEST_NAME, strerror(errno));
        return false;
    }
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    must(size <= sizeof bytes);
    if (read_members(out, (struct text){ bytes, size })) return true;
    (void)snprintf(why, MANIFEST_WHY_SIZE, "%s: not a manifest of this kind", MANIFEST_NAME);
    return false;
}

const char *
manifest_differs(const struct manifest *m, const struct standing *found)
{
    struct standing said = m->standing, is = *found;
    must(said.kid_count <= COPY_KIDS_MAX && is.kid_count <= COPY_KIDS_MAX);
    if (said.schema_version != is.schema_version) return "schema_version";
    if (said.entries != is.entries) return "journal entries";
    if (said.last.writer != is.last.writer || said.last.seq != is.last.seq) return "journal head";
    if (!digest_equal(&said.last.hash, &is.last.hash)) return "journal hash";
    for (size_t i = 0; i < COUNT_OF(count_names); i++) {
        if (*count_at(&said, i) != *count_at(&is, i)) return count_names[i];
    }
    const size_t kids_size = is.kid_count * sizeof is.kids[0];
    if (said.kid_count != is.kid_count || memcmp(said.kids, is.kids, kids_size) != 0)
        return "key_ids";
    return NULL;
}
