/* libFuzzer: a request in lines (method, path, query, then fields as "Name: value", an empty line,
 * the body). Nothing that the fuzzer makes up is signed with the key, so httpsig_check() must never
 * say HTTPSIG_FINE; and what a till signs over the same method, path, query and body must hold. */
#include "voucher/httpsig/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS_MAX = 16, SIZE_MAX_TRIED = 8192 };
#define NOW_S 1700000000
#define KEYID "trm_06F0000000000000000000000A"

static struct text
take_line(struct text *rest)
{
    const char *end = rest->size > 0 ? memchr(rest->at, '\n', rest->size) : NULL;
    const struct text line = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->size };
    const size_t taken = line.size + (end != NULL ? 1 : 0);
    rest->at += taken;
    rest->size -= taken;
    return line;
}

static void
read_field(struct text line, struct signed_field *out)
{
    const char *colon = memchr(line.at, ':', line.size);
    const size_t name_size = colon != NULL ? (size_t)(colon - line.at) : line.size;
    const size_t value_at = colon != NULL ? name_size + 1 : name_size;
    *out = (struct signed_field){ { line.at, name_size },
                                  { line.at + value_at, line.size - value_at } };
}

static void
read_message(struct text rest, struct signed_message *m, struct signed_field *fields)
{
    *m = (struct signed_message){ .scheme = TEXT("https"), .authority = TEXT("pos.example") };
    m->method = take_line(&rest);
    m->path = take_line(&rest);
    m->query = take_line(&rest);
    m->has_query = m->query.size > 0;
    m->fields = fields;
    while (rest.size > 0 && m->field_count < FIELDS_MAX) {
        const struct text line = take_line(&rest);
        if (line.size == 0) break;
        read_field(line, &fields[m->field_count++]);
    }
    m->body = rest;
}

static void
judge_claim(const struct httpsig_claim *claim)
{
    /* A secret of 32 bytes that no input can know. */
    const struct httpsig_key key = { TERMINAL_HMAC_SHA256, NULL,
                                     TEXT("\x91w\xc2 32 bytes nobody has: \x07\xee\x10\x5a~") };
    must(claim->base.size > 0 && claim->nonce_size > 0);
    must(claim->nonce_size <= HTTPSIG_NONCE_SIZE_MAX);
    must(httpsig_check(claim, &key, NOW_S, HTTPSIG_WINDOW_S) != HTTPSIG_FINE);
}

static bool
has_line_end(struct text text)
{
    return text.size > 0 &&
           (memchr(text.at, '\r', text.size) != NULL || memchr(text.at, '\0', text.size) != NULL);
}

/* An honest till sends what the fuzzer wants sent. */
static void
sign_and_judge(struct signed_message m)
{
    static char base[HTTPSIG_BASE_ROOM];
    const struct httpsig_till till = { TEXT(KEYID), NULL, TEXT("secret") };
    const struct httpsig_key key = { TERMINAL_HMAC_SHA256, NULL, TEXT("secret") };
    const struct httpsig_request request = { &m, TEXT("n"), NOW_S };
    struct signed_field fields[3];
    struct httpsig_fields out;
    struct httpsig_claim claim;
    m.field_count = 0;
    if (m.method.size == 0 || has_line_end(m.method) || has_line_end(m.path)) return;
    if (has_line_end(m.query)) return;
    must(httpsig_sign_request(&request, &till, &out));
    fields[0] = (struct signed_field){ TEXT("signature-input"), text_of(out.signature_input) };
    fields[1] = (struct signed_field){ TEXT("signature"), text_of(out.signature) };
    fields[2] = (struct signed_field){ TEXT("content-digest"), text_of(out.content_digest) };
    m.fields = fields;
    m.field_count = m.body.size > 0 ? 3 : 2;
    must(httpsig_parse(&m, base, sizeof base, &claim) == HTTPSIG_FINE);
    must(httpsig_check(&claim, &key, NOW_S, HTTPSIG_WINDOW_S) == HTTPSIG_FINE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char base[HTTPSIG_BASE_ROOM];
    struct signed_field fields[FIELDS_MAX];
    struct signed_message m;
    struct httpsig_claim claim;
    if (size > SIZE_MAX_TRIED) return 0;
    read_message((struct text){ (const char *)data, size }, &m, fields);
    const enum httpsig_reason reason = httpsig_parse(&m, base, sizeof base, &claim);
    must((unsigned)reason < HTTPSIG_REASON_COUNT);
    if (reason == HTTPSIG_FINE) judge_claim(&claim);
    sign_and_judge(m);
    return 0;
}
