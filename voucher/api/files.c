/* voucher/api/files.c: the pages' files: the shells of till and administrator, scripts, styles. */
#include "voucher/api/api.h"
#include "voucher/assets.h"
#include "voucher/page.h"

static const char *const encoding_names[ASSET_ENCODINGS] = {
    [ASSET_IDENTITY] = "identity", [ASSET_GZIP] = "gzip", [ASSET_BROTLI] = "br"
};

/* "gzip;q=0" says no; any other weight says yes. */
static bool
weight_is_none(struct text weight)
{
    bool begun = false;
    for (size_t i = 0; i < weight.size; i++) {
        if (!begun) {
            begun = weight.at[i] == '=';
            continue;
        }
        if (weight.at[i] >= '1' && weight.at[i] <= '9') return false;
    }
    return begun;
}

/* The names of encodings are sent in lower case by every browser; another spelling is unknown. */
static bool
member_allows(struct text member, struct text name)
{
    while (member.size > 0 && (member.at[0] == ' ' || member.at[0] == '\t')) {
        member.at++;
        member.size--;
    }
    if (member.size < name.size || memcmp(member.at, name.at, name.size) != 0) return false;
    struct text rest = { member.at + name.size, member.size - name.size };
    if (rest.size == 0) return true;
    return memchr("; \t", rest.at[0], 3) != NULL && !weight_is_none(rest);
}

static bool
encoding_in(struct text list, struct text name)
{
    size_t begin = 0;
    for (size_t i = 0; i <= list.size; i++) {
        if (i < list.size && list.at[i] != ',') continue;
        if (member_allows((struct text){ list.at + begin, i - begin }, name)) return true;
        begin = i + 1;
    }
    return false;
}

static enum asset_encoding
encoding_for(const struct call *call, const struct asset *asset)
{
    struct text accepted;
    if (!http_field_find(&call->exchange->request, TEXT("accept-encoding"), &accepted)) {
        return ASSET_IDENTITY;
    }
    for (int e = ASSET_BROTLI; e > ASSET_IDENTITY; e--) {
        if (asset->bytes[e].size > 0 && encoding_in(accepted, text_of(encoding_names[e]))) {
            return (enum asset_encoding)e;
        }
    }
    return ASSET_IDENTITY;
}

/* RFC 9110 section 13.1.2: the browser has these bytes already. */
static bool
is_known(const struct call *call, const char *tag)
{
    struct text known;
    if (!http_field_find(&call->exchange->request, TEXT("if-none-match"), &known)) return false;
    if (text_equal(known, TEXT("*"))) return true;
    return known.size > 0 && memmem(known.at, known.size, tag, strlen(tag)) != NULL;
}

static const struct asset *
asset_find(struct text route)
{
    for (size_t i = 0; i < asset_count; i++) {
        if (text_equal(route, text_of(assets[i].route))) return &assets[i];
    }
    return NULL;
}

static enum call_state
begin_file(struct call *call)
{
    char tag[64];
    const struct asset *asset = asset_find(call->exchange->request.path);
    if (asset == NULL) return call_refuse(call, VERDICT_NOT_FOUND);
    enum asset_encoding encoding = encoding_for(call, asset);
    must((unsigned)encoding < ASSET_ENCODINGS);
    must(encoding == ASSET_IDENTITY || asset->bytes[encoding].size > 0);
    (void)snprintf(tag, sizeof tag, "\"%s-%c\"", asset->tag, encoding_names[encoding][0]);
    call->content_type = asset->type;
    call_add_field(call, "ETag: %s", tag);
    call_add_field(call, "Vary: Accept-Encoding");
    call_add_field(call, asset->is_immutable ? "Cache-Control: public, max-age=31536000, immutable"
                                             : "Cache-Control: no-cache");
    page_add_fields(call);
    /* The worker lies below /pos/ and looks after the page at /pos itself. */
    if (text_equal(text_of(asset->route), TEXT("/pos/sw.js"))) {
        call_add_field(call, "Service-Worker-Allowed: /pos");
    }
    if (is_known(call, tag)) return call_answer(call, 304);
    if (encoding != ASSET_IDENTITY) {
        call_add_field(call, "Content-Encoding: %s", encoding_names[encoding]);
    }
    call->page = asset->bytes[encoding];
    return call_answer(call, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET, .path = "/pos", .begin = begin_file },
    { .method = HTTP_GET, .path = "/pos/{name}", .path_is = PATH_CODE, .begin = begin_file },
    { .method = HTTP_GET, .path = "/admin", .begin = begin_file },
    { .method = HTTP_GET, .path = "/admin/{name}", .path_is = PATH_CODE, .begin = begin_file },
    { .method = HTTP_GET, .path = "/assets/{name}", .path_is = PATH_CODE, .begin = begin_file },
};

struct endpoint_rows
api_files(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
