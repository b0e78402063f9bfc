#include "voucher/http/target.h"

#include <arpa/inet.h>

#include "voucher/http/byte.h"

enum { HOST_SIZE_MAX = 255, ADDRESS_SIZE_MAX = 45, PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };

struct host {
    struct text name; /* with the brackets of an address */
    struct text port; /* without the colon */
};

static bool
address_valid(struct text bracketed)
{
    char address[ADDRESS_SIZE_MAX + 1] = { 0 };
    struct in6_addr parsed;
    must(bracketed.size >= 2);
    size_t size = bracketed.size - 2;
    if (size == 0 || size > ADDRESS_SIZE_MAX) return false;
    memcpy(address, bracketed.at + 1, size);
    return strlen(address) == size && inet_pton(AF_INET6, address, &parsed) == 1;
}

static bool
port_valid(struct text port)
{
    if (port.size > PORT_DIGITS_MAX || !http_bytes_are(port, HTTP_BYTE_DIGIT)) return false;
    unsigned value = 0;
    for (size_t i = 0; i < port.size; i++)
        value = value * 10 + (unsigned)(port.at[i] - '0');
    return value <= PORT_MAX;
}

static bool
host_split(struct text whole, struct host *out)
{
    if (whole.size == 0 || whole.size > HOST_SIZE_MAX) return false;
    const char *end = whole.at + whole.size;
    const char *name_end;
    if (whole.at[0] == '[') {
        const char *bracket = memchr(whole.at, ']', whole.size);
        if (!bracket) return false;
        name_end = bracket + 1;
    } else {
        const char *colon = memchr(whole.at, ':', whole.size);
        name_end = colon ? colon : end;
    }
    out->name = (struct text){ whole.at, (size_t)(name_end - whole.at) };
    out->port = (struct text){ name_end, 0 };
    if (name_end == end) return true;
    if (*name_end != ':') return false;
    out->port = (struct text){ name_end + 1, (size_t)(end - name_end) - 1 };
    return true;
}

bool
http_host_valid(struct text whole)
{
    struct host host;
    if (!host_split(whole, &host)) return false;
    must(host.name.size <= whole.size);
    if (host.name.size == 0 || !port_valid(host.port)) return false;
    if (host.name.at[0] == '[') return address_valid(host.name);
    return http_bytes_are(host.name, HTTP_BYTE_HOST);
}

bool
http_host_same(struct text a, struct text b, struct text default_port)
{
    struct host host_a;
    struct host host_b;
    if (!host_split(a, &host_a) || !host_split(b, &host_b)) return false;
    if (host_a.port.size == 0) host_a.port = default_port;
    if (host_b.port.size == 0) host_b.port = default_port;
    return http_bytes_match(host_a.name, host_b.name) && text_equal(host_a.port, host_b.port);
}

/* The byte at *at, decoded when it is "%XX"; *at moves behind it. -1: not valid in kind, not two
 * hex digits, or a NUL. */
static int
target_byte(struct text text, size_t *at, bool is_query)
{
    must(*at < text.size);
    char byte = text.at[(*at)++];
    if (byte != '%') {
        bool is_fine = http_byte_is(byte, HTTP_BYTE_PATH) || (is_query && byte == '?');
        return is_fine ? (uint8_t)byte : -1;
    }
    if (text.size - *at < 2) return -1;
    char high = text.at[*at];
    char low = text.at[*at + 1];
    if (!http_byte_is(high, HTTP_BYTE_HEX) || !http_byte_is(low, HTTP_BYTE_HEX)) return -1;
    *at += 2;
    int value = (int)(http_byte_hex(high) * 16U + http_byte_hex(low));
    return value == 0 ? -1 : value;
}

static bool
query_valid(struct text query)
{
    size_t at = 0;
    while (at < query.size) {
        if (target_byte(query, &at, true) < 0) return false;
    }
    return true;
}

/* A ".." segment is refused in every spelling, also behind an encoded slash or a backslash: what is
 * behind this codec may decode once more than we do. */
static bool
path_valid(struct text path)
{
    size_t at = 0;
    size_t dots = 0;
    bool only_dots = true;
    while (at < path.size) {
        int byte = target_byte(path, &at, false);
        if (byte < 0) return false;
        if (byte == '/' || byte == '\\') {
            if (only_dots && dots == 2) return false;
            dots = 0;
            only_dots = true;
        } else if (byte == '.') {
            dots++;
        } else {
            only_dots = false;
        }
    }
    return !(only_dots && dots == 2);
}

static bool
path_query_parse(struct http_request *request, struct text rest)
{
    const char *mark = rest.size > 0 ? memchr(rest.at, '?', rest.size) : NULL;
    size_t path_size = mark ? (size_t)(mark - rest.at) : rest.size;
    request->path = (struct text){ rest.at, path_size };
    request->has_query = mark != NULL;
    if (mark) request->query = (struct text){ mark + 1, rest.size - path_size - 1 };
    return path_valid(request->path) && query_valid(request->query);
}

static bool
scheme_skip(struct text *target, struct text scheme)
{
    if (target->size < scheme.size) return false;
    if (!http_bytes_match((struct text){ target->at, scheme.size }, scheme)) return false;
    *target = (struct text){ target->at + scheme.size, target->size - scheme.size };
    return true;
}

static struct text
authority_take(struct text *rest)
{
    struct text authority = { rest->at, 0 };
    while (authority.size < rest->size) {
        char byte = rest->at[authority.size];
        if (byte == '/' || byte == '?') break;
        authority.size++;
    }
    *rest = (struct text){ rest->at + authority.size, rest->size - authority.size };
    return authority;
}

static bool
absolute_parse(struct http_request *request)
{
    struct text rest = request->target;
    if (!scheme_skip(&rest, TEXT("http://")) && !scheme_skip(&rest, TEXT("https://"))) return false;

    request->authority = authority_take(&rest);
    if (!http_host_valid(request->authority)) return false;
    if (!path_query_parse(request, rest)) return false;
    if (request->path.size > 0) return true;
    /* RFC 9112 section 3.2.4: this is how a client asks a proxy for "OPTIONS *". */
    bool is_star = request->method == HTTP_OPTIONS && !request->has_query;
    request->path = is_star ? TEXT("*") : TEXT("/");
    return true;
}

bool
http_target_parse(struct http_request *request)
{
    struct text target = request->target;
    must(target.at && target.size > 0);
    must(request->authority.size == 0);
    if (target.at[0] == '/') return path_query_parse(request, target);
    if (target.size == 1 && target.at[0] == '*') {
        request->path = target;
        return request->method == HTTP_OPTIONS;
    }
    return absolute_parse(request);
}
