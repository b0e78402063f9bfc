/* voucher/bulk/csv.c: where the record ends, then what its fields are. */
#include "voucher/bulk/csv.h"

/* Behind the line end at `at`, or at when none is there. */
static size_t
line_end(struct text in, size_t at)
{
    if (at < in.size && in.at[at] == '\n') return at + 1;
    if (at + 1 < in.size && in.at[at] == '\r' && in.at[at + 1] == '\n') return at + 2;
    return at;
}

/* A record that cannot be read is given up to its first line end, or to the longest one's size. */
static enum csv_result
record_bad(struct text in, struct csv_record *out)
{
    size_t room = in.size < CSV_RECORD_MAX ? in.size : CSV_RECORD_MAX;
    const char *end = memchr(in.at, '\n', room);
    out->taken = end == NULL ? room : (size_t)(end - in.at) + 1;
    out->lines = end == NULL ? 0 : 1;
    out->field_count = 0;
    return CSV_BAD;
}

struct reading {
    struct text in;
    size_t at, written;
    struct csv_record *out;
};

/* Up to a comma or a line end; false: a quote where none may be. */
static bool
field_plain(struct reading *r)
{
    while (r->at < r->in.size && r->in.at[r->at] != ',') {
        if (line_end(r->in, r->at) > r->at) return true;
        if (r->in.at[r->at] == '"') return false;
        r->out->bytes[r->written++] = r->in.at[r->at++];
    }
    return true;
}

/* Behind the opening quote; false: it never closes. */
static bool
field_quoted(struct reading *r)
{
    for (r->at++; r->at < r->in.size; r->at++) {
        char c = r->in.at[r->at];
        bool doubled = c == '"' && r->at + 1 < r->in.size && r->in.at[r->at + 1] == '"';
        if (c == '"' && !doubled) {
            r->at++;
            return true;
        }
        r->at += doubled;
        r->out->lines += c == '\n';
        r->out->bytes[r->written++] = c;
    }
    return false;
}

/* False: the record is bad. */
static bool
field_read(struct reading *r)
{
    struct csv_record *out = r->out;
    size_t begin = r->written;
    if (out->field_count == CSV_FIELDS_MAX) return false;
    bool is_quoted = r->at < r->in.size && r->in.at[r->at] == '"';
    if (is_quoted ? !field_quoted(r) : !field_plain(r)) return false;
    out->fields[out->field_count++] = (struct text){ out->bytes + begin, r->written - begin };
    bool ends = r->at == r->in.size || line_end(r->in, r->at) > r->at;
    return ends || r->in.at[r->at] == ',';
}

/* Where the record ends when quotes are counted; in.size when it does not end here. */
static bool
record_is_whole(struct text in, size_t *end)
{
    bool is_quoted = false;
    for (size_t i = 0; i < in.size; i++) {
        if (in.at[i] == '"') is_quoted = !is_quoted;
        if (in.at[i] != '\n' || is_quoted) continue;
        *end = i + 1;
        return true;
    }
    *end = in.size;
    return false;
}

/* Fields up to the end of in, which is where the record ends. */
static enum csv_result
record_read(struct text in, struct csv_record *out)
{
    must(in.size > 0 && in.size <= CSV_RECORD_MAX);
    struct reading r = { in, 0, 0, out };
    while (field_read(&r)) {
        size_t behind = line_end(in, r.at);
        if (r.at < in.size && behind == r.at) {
            r.at++; /* the comma */
            continue;
        }
        out->lines += behind > r.at;
        out->taken = behind;
        bool is_blank = out->field_count == 1 && out->fields[0].size == 0;
        return is_blank ? CSV_BLANK : CSV_RECORD;
    }
    return CSV_BAD;
}

enum csv_result
csv_read(struct text in, bool is_end, struct csv_record *out)
{
    size_t end;
    struct text window = { in.at, in.size < CSV_RECORD_MAX ? in.size : CSV_RECORD_MAX };
    out->lines = 0;
    out->field_count = 0;
    out->taken = 0;
    if (in.size == 0) return is_end ? CSV_END : CSV_MORE;
    bool whole = record_is_whole(window, &end) || (is_end && window.size == in.size);
    if (!whole && in.size < CSV_RECORD_MAX) return CSV_MORE;
    enum csv_result result = whole ? record_read((struct text){ in.at, end }, out) : CSV_BAD;
    return result == CSV_BAD ? record_bad(in, out) : result;
}
