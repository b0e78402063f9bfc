/* tests/tool_httpsig.c: message signatures for tests in other languages.
 *
 *   tool_httpsig verify       prints "fine KEYID NONCE" or "refused REASON"
 *   tool_httpsig sign         as a till: prints three fields, "Name: value"
 *   tool_httpsig answer       as the service: likewise
 *   tool_httpsig dictionary   each line of input is a structured field: prints it in canonical
 *                             form, or "malformed"
 *
 * The others read a description from standard input, a word and its value on each line: method
 * scheme authority target path query field body public secret seed keyid nonce status created now.
 * field is "Name: value"; body, public, secret and seed are hex. */
#include <inttypes.h>

#include "crypto/encode.h"
#include "voucher/httpsig/sign.h"
#include "voucher/id.h"

enum { FIELDS_MAX = 32, INPUT_MAX = 1 << 20, BYTES_MAX = 1 << 15, EXIT_USAGE = 2 };

struct bytes {
    size_t size;
    char at[BYTES_MAX];
};

struct description {
    struct signed_message message;
    struct signed_field fields[FIELDS_MAX];
    struct bytes body, public_key, secret, seed;
    struct text keyid, nonce;
    int64_t created_s, now_s;
};

static void
refuse_usage(const char *why)
{
    fprintf(stderr, "tool_httpsig: %s\n", why);
    exit(EXIT_USAGE);
}

/* Takes what stands before the mark, and the mark; all when there is none. */
static struct text
take_until(struct text *rest, char mark)
{
    const char *end = rest->size > 0 ? memchr(rest->at, mark, rest->size) : NULL;
    const struct text taken = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->size };
    const size_t size = taken.size + (end != NULL ? 1 : 0);
    rest->at += size;
    rest->size -= size;
    return taken;
}

static void
read_bytes(struct text hex, struct bytes *out)
{
    out->size = hex.size / 2;
    if (out->size > sizeof out->at || !decode_hex(hex, out->at, out->size)) {
        refuse_usage("not hex");
    }
}

static int64_t
read_number(struct text text)
{
    char digits[24] = "", *end;
    if (text.size == 0 || text.size >= sizeof digits) refuse_usage("not a number");
    memcpy(digits, text.at, text.size);
    const long long value = strtoll(digits, &end, 10);
    if (*end != '\0') refuse_usage("not a number");
    return value;
}

static bool
read_text_word(struct description *d, struct text word, struct text value)
{
    const struct {
        struct text word;
        struct text *to;
    } texts[] = {
        { TEXT("method"), &d->message.method }, { TEXT("scheme"), &d->message.scheme },
        { TEXT("path"), &d->message.path },     { TEXT("authority"), &d->message.authority },
        { TEXT("target"), &d->message.target }, { TEXT("query"), &d->message.query },
        { TEXT("keyid"), &d->keyid },           { TEXT("nonce"), &d->nonce },
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (!text_equal(word, texts[i].word)) continue;
        *texts[i].to = value;
        d->message.has_query = d->message.has_query || texts[i].to == &d->message.query;
        return true;
    }
    return false;
}

static bool
read_other_word(struct description *d, struct text word, struct text value)
{
    const struct {
        struct text word;
        struct bytes *to;
    } hexes[] = { { TEXT("body"), &d->body },
                  { TEXT("public"), &d->public_key },
                  { TEXT("secret"), &d->secret },
                  { TEXT("seed"), &d->seed } };
    for (size_t i = 0; i < COUNT_OF(hexes); i++) {
        if (!text_equal(word, hexes[i].word)) continue;
        read_bytes(value, hexes[i].to);
        return true;
    }
    if (text_equal(word, TEXT("created")))
        d->created_s = read_number(value);
    else if (text_equal(word, TEXT("now")))
        d->now_s = read_number(value);
    else if (text_equal(word, TEXT("status")))
        d->message.status = (int)read_number(value);
    else
        return false;
    return true;
}

static void
read_line(struct description *d, struct text line)
{
    const struct text word = take_until(&line, ' ');
    if (text_equal(word, TEXT("field"))) {
        if (d->message.field_count == FIELDS_MAX) refuse_usage("too many fields");
        const struct text name = take_until(&line, ':');
        d->fields[d->message.field_count++] = (struct signed_field){ name, line };
        return;
    }
    if (!read_text_word(d, word, line) && !read_other_word(d, word, line)) {
        refuse_usage("unknown word");
    }
}

static void
read_description(struct text input, struct description *d)
{
    *d = (struct description){ 0 };
    while (input.size > 0) {
        read_line(d, take_until(&input, '\n'));
    }
    d->message.fields = d->fields;
    d->message.body = (struct text){ d->body.at, d->body.size };
}

static void
print_fields(const struct httpsig_fields *fields)
{
    if (fields->content_digest[0] != '\0') printf("Content-Digest: %s\n", fields->content_digest);
    printf("Signature-Input: %s\nSignature: %s\n", fields->signature_input, fields->signature);
}

static struct ed25519_signer *
signer_of(const struct description *d)
{
    struct ed25519_signer *signer = NULL;
    if (d->seed.size != ED25519_KEY_SIZE) return NULL;
    must(ed25519_signer_open(&signer, (const uint8_t *)d->seed.at) == FAULT_NONE);
    return signer;
}

static void
sign(const struct description *d)
{
    struct httpsig_fields fields;
    struct ed25519_signer *signer = signer_of(d);
    const struct httpsig_till till = { d->keyid, signer, { d->secret.at, d->secret.size } };
    const struct httpsig_request request = { &d->message, d->nonce, d->created_s };
    if (!httpsig_sign_request(&request, &till, &fields)) refuse_usage("cannot be signed");
    print_fields(&fields);
    ed25519_signer_close(signer);
}

static void
answer(const struct description *d)
{
    struct httpsig_fields fields;
    struct ed25519_signer *signer = signer_of(d);
    const struct httpsig_answer what = { d->message.status, d->message.body, d->nonce,
                                         d->created_s };
    if (signer == NULL) refuse_usage("no seed");
    httpsig_sign_answer(&what, d->keyid, signer, &fields);
    print_fields(&fields);
    ed25519_signer_close(signer);
}

static void
verify(const struct description *d)
{
    static char base[HTTPSIG_BASE_ROOM];
    struct httpsig_claim claim;
    struct ed25519_verifier *verifier = NULL;
    struct httpsig_key key = { TERMINAL_HMAC_SHA256, NULL, { d->secret.at, d->secret.size } };
    char keyid[ID_TEXT_SIZE];
    if (d->public_key.size == ED25519_KEY_SIZE) {
        must(ed25519_verifier_open(&verifier, (const uint8_t *)d->public_key.at) == FAULT_NONE);
        key = (struct httpsig_key){ .algorithm = TERMINAL_ED25519, .verifier = verifier };
    }
    enum httpsig_reason reason = httpsig_parse(&d->message, base, sizeof base, &claim);
    if (reason == HTTPSIG_FINE) {
        reason = httpsig_check(&claim, &key, d->now_s, HTTPSIG_WINDOW_S);
    }
    ed25519_verifier_close(verifier);
    if (reason != HTTPSIG_FINE) {
        printf("refused %s\n", httpsig_reason_name(reason));
        return;
    }
    id_write(ID_TERMINAL, &claim.terminal, keyid);
    printf("fine %s %.*s\n", keyid, (int)claim.nonce_size, claim.nonce);
}

static void
write_member(struct sfv_writer *out, const struct sfv_member *member)
{
    const bool is_true = member->value.kind == SFV_BOOLEAN && member->value.number == 1;
    if (out->size > 0) sfv_write_text(out, TEXT(", "));
    sfv_write_text(out, member->key);
    if (member->is_list) {
        sfv_write_text(out, TEXT("="));
        sfv_write_list(out, member->list, member->parameters);
        return;
    }
    if (!is_true) sfv_write_text(out, TEXT("="));
    if (!is_true) sfv_write_bare(out, &member->value);
    sfv_write_parameters(out, member->parameters);
}

static void
print_dictionary(struct text line)
{
    static char room[BYTES_MAX];
    struct sfv_writer out;
    struct sfv_member member;
    sfv_writer_start(&out, room, sizeof room);
    enum sfv_step step = sfv_dictionary_next(&line, &member);
    for (; step == SFV_NEXT; step = sfv_dictionary_next(&line, &member)) {
        write_member(&out, &member);
    }
    must(!out.failed);
    if (step == SFV_BROKEN)
        printf("malformed\n");
    else
        printf("%.*s\n", (int)out.size, out.at);
}

int
main(int argc, char **argv)
{
    static char input[INPUT_MAX];
    static struct description d;
    struct text rest = { input, fread(input, 1, sizeof input, stdin) };
    const char *verb = argc == 2 ? argv[1] : "";
    if (strcmp(verb, "dictionary") == 0) {
        while (rest.size > 0) {
            print_dictionary(take_until(&rest, '\n'));
        }
        return 0;
    }
    read_description(rest, &d);
    if (strcmp(verb, "verify") == 0)
        verify(&d);
    else if (strcmp(verb, "sign") == 0)
        sign(&d);
    else if (strcmp(verb, "answer") == 0)
        answer(&d);
    else
        refuse_usage("verify, sign, answer or dictionary");
    return 0;
}
