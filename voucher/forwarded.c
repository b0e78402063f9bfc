/* voucher/forwarded.c: each list is read from its end, which the nearest proxy wrote. */
#include "voucher/forwarded.h"

#include "voucher/http/byte.h"
#include "voucher/http/target.h"

/* The elements of a list, over all lines of its field, from the last to the first. */
struct hops {
    const struct http_request *request;
    struct text name;
    size_t lines_left;
    struct text rest; /* of the line that is being read */
};

static struct hops
hops_of(const struct http_request *request, struct text name)
{
    must(request->field_count <= HTTP_FIELD_COUNT_MAX);
    return (struct hops){ .request = request, .name = name, .lines_left = request->field_count };
}

static struct text
trimmed(struct text text)
{
    while (text.size > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

static struct text
element_pop(struct text *list)
{
    size_t begin = list->size;
    while (begin > 0 && list->at[begin - 1] != ',') {
        begin--;
    }
    struct text last = { list->at + begin, list->size - begin };
    list->size = begin > 0 ? begin - 1 : 0;
    return trimmed(last);
}

/* Empty elements do not count (RFC 9110 section 5.6.1). False: there are no more. */
static bool
hops_pop(struct hops *h, struct text *out)
{
    for (;;) {
        while (h->rest.size > 0) {
            *out = element_pop(&h->rest);
            if (out->size > 0) return true;
        }
        if (h->lines_left == 0) return false;
        const struct http_field *field = &h->request->fields[--h->lines_left];
        if (http_bytes_match(field->name, h->name)) h->rest = field->value;
    }
}

/* "192.0.2.7", "2001:db8::1"; some proxies add the port: "192.0.2.7:80", "[2001:db8::1]:80". */
static bool
hop_read(struct text hop, struct address *out)
{
    if (address_read(hop, out)) return true;
    const char *end = memchr(hop.at, hop.at[0] == '[' ? ']' : ':', hop.size);
    if (end == NULL) return false;
    size_t skip = hop.at[0] == '[' ? 1 : 0;
    return address_read((struct text){ hop.at + skip, (size_t)(end - hop.at) - skip }, out);
}

static bool
peer_read(const union http_peer *peer, struct address *out)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    if (peer->any.sa_family == AF_INET) {
        memcpy(out->bytes, mapped, sizeof mapped);
        memcpy(out->bytes + sizeof mapped, &peer->v4.sin_addr, 4);
        return true;
    }
    if (peer->any.sa_family != AF_INET6) return false;
    memcpy(out->bytes, &peer->v6.sin6_addr, sizeof out->bytes);
    return true;
}

static void
address_find(const struct config *config, const struct http_request *request, struct forwarded *out)
{
    struct text hop;
    struct hops hops = hops_of(request, TEXT("x-forwarded-for"));
    out->address_known = false;
    while (hops_pop(&hops, &hop)) {
        if (!hop_read(hop, &out->address)) return;
        out->address_known = true;
        if (!config_trusts(config, &out->address)) return;
    }
}

void
forwarded_read(const struct config *config, const struct http_exchange *exchange,
               struct forwarded *out)
{
    struct text hop;
    const struct http_request *request = &exchange->request;
    out->scheme = exchange->is_secure ? TEXT("https") : TEXT("http");
    out->authority = request->authority;
    out->address_known = peer_read(&exchange->peer, &out->address);
    if (!out->address_known || !config_trusts(config, &out->address)) return;

    address_find(config, request, out);
    struct hops protocols = hops_of(request, TEXT("x-forwarded-proto"));
    if (hops_pop(&protocols, &hop)) {
        if (http_bytes_match(hop, TEXT("https"))) out->scheme = TEXT("https");
        if (http_bytes_match(hop, TEXT("http"))) out->scheme = TEXT("http");
    }
    struct hops hosts = hops_of(request, TEXT("x-forwarded-host"));
    if (hops_pop(&hosts, &hop) && http_host_valid(hop)) out->authority = hop;
}
