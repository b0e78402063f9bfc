/* voucher/if_match.c: an ETag of ours is "r" and the revision, in quotes. */
#include "voucher/if_match.h"

#include "voucher/http/byte.h"

/* An ETag of ours is "r" and the revision, in quotes; 0 of any other, which is simply stale. */
static int64_t
revision_of(struct text opaque)
{
    int64_t revision = 0;
    if (opaque.size < 2 || opaque.size > 18 || opaque.at[0] != 'r') return 0;
    for (size_t i = 1; i < opaque.size; i++) {
        if (opaque.at[i] < '0' || opaque.at[i] > '9') return 0;
        revision = revision * 10 + (opaque.at[i] - '0');
    }
    return revision;
}

int64_t
if_match_line(struct text line)
{
    int64_t greatest = 0;
    while (line.size > 0) {
        const char *begin = memchr(line.at, '"', line.size);
        size_t skip = begin == NULL ? line.size : (size_t)(begin - line.at) + 1;
        struct text rest = { line.at + skip, line.size - skip };
        const char *end = rest.size == 0 ? NULL : memchr(rest.at, '"', rest.size);
        if (end == NULL) return greatest;
        bool is_weak = skip >= 3 && memcmp(begin - 2, "W/", 2) == 0;
        size_t size = (size_t)(end - rest.at);
        int64_t revision = is_weak ? 0 : revision_of((struct text){ rest.at, size });
        if (revision > greatest) greatest = revision;
        line = (struct text){ end + 1, rest.size - size - 1 };
    }
    return greatest;
}

bool
if_match_read(const struct http_request *request, int64_t *revision)
{
    bool any = false;
    *revision = -1;
    for (size_t i = 0; i < request->field_count; i++) {
        const struct http_field *field = &request->fields[i];
        if (!http_bytes_match(field->name, TEXT("if-match"))) continue;
        int64_t found = if_match_line(field->value);
        any = any || text_equal(field->value, TEXT("*"));
        if (found > *revision) *revision = found;
    }
    if (any) *revision = -1;
    return any;
}
