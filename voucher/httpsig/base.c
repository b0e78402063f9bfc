#include "voucher/httpsig/base.h"

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
equal_without_case(struct text a, struct text b)
{
    must((a.at != NULL || a.size == 0) && (b.at != NULL || b.size == 0));
    if (a.size != b.size) return false;
    for (size_t i = 0; i < a.size; i++) {
        if (lower(a.at[i]) != lower(b.at[i])) return false;
    }
    return true;
}

static void
write_lower(struct sfv_writer *out, struct text text)
{
    must(text.at != NULL || text.size == 0);
    for (size_t i = 0; i < text.size; i++) {
        const char c = lower(text.at[i]);
        sfv_write_text(out, (struct text){ &c, 1 });
    }
}

static bool
is_white(char c)
{
    return c == ' ' || c == '\t';
}

static struct text
without_white(struct text text)
{
    while (text.size > 0 && is_white(text.at[0])) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && is_white(text.at[text.size - 1])) {
        text.size--;
    }
    return text;
}

bool
signed_message_field(const struct signed_message *m, struct text name, struct sfv_writer *out)
{
    must(name.size > 0);
    must(m->fields != NULL || m->field_count == 0);
    bool is_found = false;
    for (size_t i = 0; i < m->field_count; i++) {
        if (!equal_without_case(m->fields[i].name, name)) continue;
        if (is_found) sfv_write_text(out, TEXT(", "));
        sfv_write_text(out, without_white(m->fields[i].value));
        is_found = true;
    }
    return is_found;
}

/* Derived components (section 2.2). False: the message does not have it. */

static bool
write_method(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->status == 0);
    sfv_write_text(out, m->method);
    return m->method.size > 0;
}

static bool
write_scheme(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->status == 0);
    write_lower(out, m->scheme);
    return m->scheme.size > 0;
}

static bool
ends_with(struct text text, struct text end)
{
    return text.size >= end.size &&
           text_equal((struct text){ text.at + text.size - end.size, end.size }, end);
}

/* RFC 9110 section 4.2.3: lower case, and no port when it is the scheme's own. */
static bool
write_authority(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->status == 0);
    struct text authority = m->authority;
    const struct text port =
        equal_without_case(m->scheme, TEXT("https")) ? TEXT(":443") : TEXT(":80");
    if (ends_with(authority, port)) authority.size -= port.size;
    if (ends_with(authority, TEXT(":"))) authority.size--;
    write_lower(out, authority);
    return authority.size > 0;
}

static bool
write_path(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->status == 0);
    sfv_write_text(out, m->path.size > 0 ? m->path : TEXT("/"));
    return true;
}

/* An absent query and an empty one are alike (section 2.2.7). */
static bool
write_query(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->has_query || m->query.size == 0);
    sfv_write_text(out, TEXT("?"));
    sfv_write_text(out, m->query);
    return true;
}

static bool
write_path_and_query(const struct signed_message *m, struct sfv_writer *out)
{
    return write_path(m, out) && (!m->has_query || write_query(m, out));
}

static bool
write_request_target(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->status == 0);
    if (m->target.size == 0) return write_path_and_query(m, out);
    sfv_write_text(out, m->target);
    return true;
}

/* Put together of what was sent: section 2.2.2, unlike 2.2.3, asks for no normal form. */
static bool
write_target_uri(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->status == 0);
    if (m->authority.size == 0 || !write_scheme(m, out)) return false;
    sfv_write_text(out, TEXT("://"));
    sfv_write_text(out, m->authority);
    return write_path_and_query(m, out);
}

static bool
write_status(const struct signed_message *m, struct sfv_writer *out)
{
    must(m->status >= 100 && m->status <= 999);
    sfv_write_integer(out, m->status);
    return true;
}

static const struct derived {
    const char *name;
    unsigned covers;
    bool is_of_answers;
    bool (*write)(const struct signed_message *m, struct sfv_writer *out);
} derived_components[] = {
    { "@method", HTTPSIG_COVERS_METHOD, false, write_method },
    { "@path", HTTPSIG_COVERS_PATH, false, write_path },
    { "@query", HTTPSIG_COVERS_QUERY, false, write_query },
    { "@authority", 0, false, write_authority },
    { "@scheme", 0, false, write_scheme },
    { "@target-uri", 0, false, write_target_uri },
    { "@request-target", 0, false, write_request_target },
    { "@status", HTTPSIG_COVERS_STATUS, true, write_status },
};

static enum httpsig_reason
write_derived(const struct signed_message *m, struct text name, struct sfv_writer *out,
              unsigned *covered)
{
    must(name.size > 0 && name.at[0] == '@');
    for (size_t i = 0; i < COUNT_OF(derived_components); i++) {
        const struct derived *d = &derived_components[i];
        if (!text_equal(name, text_of(d->name))) continue;
        if (d->is_of_answers != (m->status != 0)) return HTTPSIG_COMPONENT_ABSENT;
        *covered |= d->covers;
        return d->write(m, out) ? HTTPSIG_FINE : HTTPSIG_COMPONENT_ABSENT;
    }
    return HTTPSIG_COMPONENT_UNKNOWN;
}

static enum httpsig_reason
write_field(const struct signed_message *m, struct text name, struct sfv_writer *out,
            unsigned *covered)
{
    must(name.size > 0);
    if (text_equal(name, TEXT("content-digest"))) *covered |= HTTPSIG_COVERS_CONTENT_DIGEST;
    if (text_equal(name, TEXT("idempotency-key"))) *covered |= HTTPSIG_COVERS_IDEMPOTENCY_KEY;
    return signed_message_field(m, name, out) ? HTTPSIG_FINE : HTTPSIG_COMPONENT_ABSENT;
}

/* The name of a field as in RFC 9110 section 5.1, in lower case. */
static bool
name_is_sound(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        const char c = name.at[i];
        const bool is_sound = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                              (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
        if (!is_sound) return false;
    }
    return name.size > 0;
}

/* A value with a line end could forge the lines behind it (RFC 9421 section 2.1: no line ends). */
static bool
value_is_sound(struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        if (value.at[i] == '\n' || value.at[i] == '\r' || value.at[i] == '\0') return false;
    }
    return true;
}

static enum httpsig_reason
write_line(const struct signed_message *m, const struct sfv_item *component, struct sfv_writer *out,
           unsigned *covered)
{
    const struct text name = component->value.text;
    const bool is_derived = name.size > 0 && name.at[0] == '@';
    must(component->value.kind == SFV_STRING);
    if (component->parameters.size > 0) return HTTPSIG_COMPONENT_PARAMETER;
    if (!is_derived && !name_is_sound(name)) return HTTPSIG_COMPONENT_MALFORMED;

    sfv_write_bare(out, &component->value);
    sfv_write_text(out, TEXT(": "));
    const size_t value_at = out->size;
    const enum httpsig_reason reason =
        is_derived ? write_derived(m, name, out, covered) : write_field(m, name, out, covered);
    if (reason != HTTPSIG_FINE) return reason;
    must(out->size >= value_at);
    const struct text value = { out->at + value_at, out->size - value_at };
    if (!value_is_sound(value)) return HTTPSIG_COMPONENT_VALUE;
    sfv_write_text(out, TEXT("\n"));
    return HTTPSIG_FINE;
}

/* Also adds it to those seen. */
static bool
is_repeated(struct text name, struct text *seen, size_t seen_count)
{
    must(seen_count < HTTPSIG_COMPONENTS_MAX);
    for (size_t i = 0; i < seen_count; i++) {
        if (text_equal(seen[i], name)) return true;
    }
    seen[seen_count] = name;
    return false;
}

enum httpsig_reason
httpsig_base_write(const struct signed_message *m, const struct sfv_member *input,
                   struct sfv_writer *out, unsigned *covered)
{
    must(input->is_list && (m->fields != NULL || m->field_count == 0));
    struct text seen[HTTPSIG_COMPONENTS_MAX], rest = input->list;
    struct sfv_item component;
    *covered = 0;
    for (size_t count = 0; sfv_list_next(&rest, &component); count++) {
        if (count == HTTPSIG_COMPONENTS_MAX) return HTTPSIG_COMPONENTS_TOO_MANY;
        if (component.value.kind != SFV_STRING) return HTTPSIG_COMPONENT_MALFORMED;
        if (is_repeated(component.value.text, seen, count)) return HTTPSIG_COMPONENT_REPEATED;
        const enum httpsig_reason reason = write_line(m, &component, out, covered);
        if (reason != HTTPSIG_FINE) return reason;
    }
    sfv_write_text(out, TEXT("\"@signature-params\": "));
    sfv_write_list(out, input->list, input->parameters);
    return out->failed ? HTTPSIG_BASE_TOO_LONG : HTTPSIG_FINE;
}
