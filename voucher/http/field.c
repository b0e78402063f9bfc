#include "voucher/http/field.h"

#include "voucher/http/byte.h"

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static struct text
text_trim(struct text text)
{
    while (text.size > 0 && is_blank(text.at[0])) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && is_blank(text.at[text.size - 1]))
        text.size--;
    return text;
}

/* A line that begins with white space (obs-fold) and white space before the colon both fail as
 * names: neither byte is a tchar. */
bool
http_field_parse(struct text line, struct http_field *out)
{
    must(line.at);
    const char *colon = memchr(line.at, ':', line.size);
    if (!colon || colon == line.at) return false;

    struct text name = { line.at, (size_t)(colon - line.at) };
    struct text value = { colon + 1, line.size - name.size - 1 };
    must(name.size + 1 + value.size == line.size);
    if (!http_bytes_are(name, HTTP_BYTE_TOKEN)) return false;
    if (!http_bytes_are(value, HTTP_BYTE_VALUE)) return false;
    *out = (struct http_field){ name, text_trim(value) };
    return true;
}

/* The next field of that name at or behind *at, which is moved behind it; NULL: none. */
static const struct http_field *
field_next(const struct http_request *request, struct text name, size_t *at)
{
    must(request->field_count <= HTTP_FIELD_COUNT_MAX);
    while (*at < request->field_count) {
        const struct http_field *field = &request->fields[(*at)++];
        if (http_bytes_match(field->name, name)) return field;
    }
    return NULL;
}

size_t
http_field_count(const struct http_request *request, struct text name)
{
    size_t count = 0;
    size_t at = 0;
    while (field_next(request, name, &at))
        count++;
    return count;
}

bool
http_field_find(const struct http_request *request, struct text name, struct text *value)
{
    size_t at = 0;
    const struct http_field *field = field_next(request, name, &at);
    *value = field ? field->value : (struct text){ 0 };
    return field != NULL;
}

static void
join_put(char *out, size_t out_size, size_t *used, struct text part)
{
    if (part.size > 0 && *used + part.size <= out_size) memcpy(out + *used, part.at, part.size);
    *used += part.size;
}

size_t
http_field_join(const struct http_request *request, struct text name, char *out, size_t out_size)
{
    must(out || out_size == 0);
    size_t used = 0;
    size_t at = 0;
    bool is_first = true;
    const struct http_field *field;
    while ((field = field_next(request, name, &at))) {
        if (!is_first) join_put(out, out_size, &used, TEXT(", "));
        join_put(out, out_size, &used, field->value);
        is_first = false;
    }
    return used;
}

bool
http_list_names(struct text list, struct text token)
{
    must(token.size > 0);
    while (list.size > 0) {
        const char *comma = memchr(list.at, ',', list.size);
        size_t size = comma ? (size_t)(comma - list.at) : list.size;
        if (http_bytes_match(text_trim((struct text){ list.at, size }), token)) return true;
        size_t skip = comma ? size + 1 : size;
        list = (struct text){ list.at + skip, list.size - skip };
    }
    return false;
}

bool
http_field_lists(const struct http_request *request, struct text name, struct text token)
{
    size_t at = 0;
    const struct http_field *field;
    while ((field = field_next(request, name, &at))) {
        if (http_list_names(field->value, token)) return true;
    }
    return false;
}
