/* tests/bench/prepare.c: see prepare.h. */
#include "tests/bench/prepare.h"

#include <inttypes.h>
#include <time.h>

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "crypto/session.h"
#include "crypto/token.h"
#include "voucher/httpsig/sign.h"
#include "voucher/id.h"

#define SESSION_S 7200
#define SECRET_SIZE_MAX 64
#define AMOUNT_FEN 12000

struct preparer {
    const struct load_options *options;
    struct requests *out;
    struct keyring *keyring;
    FILE *vouchers;
    int64_t now_s;
    char nonce_head[HEX_SIZE(6)]; /* so that no two runs share a nonce or a number */
};

struct till {
    char id[ID_TEXT_SIZE];
    struct ed25519_signer *signer;
    uint8_t secret[SECRET_SIZE_MAX];
    size_t secret_size;
};

struct voucher_line {
    int64_t resident;
    char id[ID_TEXT_SIZE], token[TOKEN_DIGITS + 1];
};

static _Noreturn void
refuse(const char *what, const char *why)
{
    fprintf(stderr, "bench_load: %s: %s\n", what, why);
    exit(1);
}

static void
add(struct preparer *p, const char *request, int size)
{
    must(size > 0 && size < REQUEST_SIZE_MAX);
    requests_add(p->out, (struct text){ request, (size_t)size });
}

/* Resident number n of the bench: scattered like real ones, which are keyed digests too. */
static void
session_of(const struct preparer *p, int64_t n, char out[SESSION_TEXT_SIZE + 1])
{
    char number[32];
    const int size = snprintf(number, sizeof number, "bench-%012" PRId64, n);
    struct session session = { .audience = SESSION_RESIDENT,
                               .assurance = ASSURANCE_ISSUER,
                               .issued_at_s = p->now_s,
                               .expires_at_s = p->now_s + SESSION_S };
    keyring_person_ref(p->keyring, (struct text){ number, (size_t)size }, &session.subject);
    session_write(p->keyring, &session, out);
}

static void
prepare_claims(struct preparer *p)
{
    const struct load_options *o = p->options;
    char request[REQUEST_SIZE_MAX], session[SESSION_TEXT_SIZE + 1], body[128];
    if (o->campaign == NULL || o->pool == NULL) refuse("claims", "--campaign and --pool");
    const int body_size = snprintf(body, sizeof body, "{\"pool_id\":\"%s\"}", o->pool);
    for (int64_t i = 0; i < o->ops; i++) {
        session_of(p, o->first + i, session);
        add(p, request,
            snprintf(request, sizeof request,
                     "POST /v1/campaigns/%s/claims HTTP/1.1\r\nHost: 127.0.0.1:%" PRId64
                     "\r\nAuthorization: Bearer %s\r\nAccept: application/json\r\n"
                     "Content-Type: application/json\r\nIdempotency-Key: %s%012" PRId64
                     "\r\nContent-Length: %d\r\n\r\n%s",
                     o->campaign, o->port, session, p->nonce_head, i, body_size, body));
    }
}

static bool
voucher_line_read(FILE *file, struct voucher_line *out)
{
    char line[512], *end;
    if (fgets(line, sizeof line, file) == NULL) return false;
    out->resident = strtoll(line, &end, 10);
    const size_t wanted = 1 + (ID_TEXT_SIZE - 1) + 1 + TOKEN_DIGITS + 1;
    if (strlen(end) != wanted || end[0] != ' ') refuse("vouchers", "not a line of three words");
    (void)snprintf(out->id, sizeof out->id, "%.*s", ID_TEXT_SIZE - 1, end + 1);
    (void)snprintf(out->token, sizeof out->token, "%.*s", TOKEN_DIGITS, end + 1 + ID_TEXT_SIZE);
    return true;
}

static void
vouchers_open(struct preparer *p)
{
    struct voucher_line skipped;
    p->vouchers = p->options->vouchers == NULL ? NULL : fopen(p->options->vouchers, "re");
    if (p->vouchers == NULL) refuse("--vouchers", "no such file");
    for (int64_t i = 0; i < p->options->first; i++) {
        if (!voucher_line_read(p->vouchers, &skipped)) refuse("--first", "beyond the file");
    }
}

static void
prepare_voucher_reads(struct preparer *p)
{
    char request[REQUEST_SIZE_MAX], session[SESSION_TEXT_SIZE + 1];
    struct voucher_line voucher;
    vouchers_open(p);
    for (int64_t i = 0; i < p->options->ops; i++) {
        if (!voucher_line_read(p->vouchers, &voucher)) break;
        session_of(p, voucher.resident, session);
        add(p, request,
            snprintf(request, sizeof request,
                     "GET /v1/vouchers/%s HTTP/1.1\r\nHost: 127.0.0.1:%" PRId64
                     "\r\nAuthorization: Bearer %s\r\nAccept: application/json\r\n\r\n",
                     voucher.id, p->options->port, session));
    }
}

static void
till_read(const char *words, struct till *out)
{
    uint8_t key[SECRET_SIZE_MAX];
    const char *kind = strchr(words, ':');
    const char *hex = kind == NULL ? NULL : strchr(kind + 1, ':');
    if (hex == NULL || (size_t)(kind - words) >= sizeof out->id) refuse("--till", "ID:KIND:HEX");
    const size_t size = strlen(hex + 1) / 2;
    *out = (struct till){ .secret_size = size };
    (void)snprintf(out->id, sizeof out->id, "%.*s", (int)(kind - words), words);
    if (size > sizeof key || !decode_hex(text_of(hex + 1), key, size)) refuse("--till", "not hex");
    memcpy(out->secret, key, size);
    if (strncmp(kind, ":hmac:", 6) == 0) return;
    if (size != ED25519_KEY_SIZE) refuse("--till", "a seed has 32 bytes");
    must(ed25519_signer_open(&out->signer, key) == FAULT_NONE);
}

static void
redeem_add(struct preparer *p, const struct till *till, const char *token, int64_t n)
{
    static const char path[] = "/v1/redemptions";
    char request[REQUEST_SIZE_MAX], body[1024], key[64];
    struct httpsig_fields fields;
    const int key_size = snprintf(key, sizeof key, "%s%012" PRId64, p->nonce_head, n);
    const int body_size = snprintf(body, sizeof body,
                                   "{\"out_request_no\":\"%s\",\"token\":\"%s\",\"mode\":"
                                   "\"capture\",\"order\":{\"order_no\":\"%s\",\"amount_fen\":%d,"
                                   "\"category\":\"catering\"}}",
                                   key, token, key, AMOUNT_FEN);
    const struct text number = { key, (size_t)key_size };
    const struct signed_field covered = { TEXT("idempotency-key"), number };
    const struct signed_message message = { .method = TEXT("POST"),
                                            .path = TEXT(path),
                                            .fields = &covered,
                                            .field_count = 1,
                                            .body = { body, (size_t)body_size } };
    const struct httpsig_request asked = { &message, number, p->now_s };
    const struct httpsig_till signer = { .keyid = text_of(till->id),
                                         .signer = till->signer,
                                         .secret = { (const char *)till->secret,
                                                     till->secret_size } };
    must(httpsig_sign_request(&asked, &signer, &fields));
    add(p, request,
        snprintf(request, sizeof request,
                 "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%" PRId64
                 "\r\nContent-Type: application/json\r\nContent-Digest: %s\r\n"
                 "Idempotency-Key: %s\r\nSignature-Input: %s\r\nSignature: %s\r\n"
                 "Content-Length: %d\r\n\r\n%s",
                 path, p->options->port, fields.content_digest, key, fields.signature_input,
                 fields.signature, body_size, body));
}

static void
prepare_redemptions(struct preparer *p)
{
    struct till tills[OPTION_LIST_MAX];
    struct voucher_line voucher;
    const size_t till_count = p->options->tills.count;
    if (till_count == 0) refuse("redeem", "--till");
    for (size_t i = 0; i < till_count; i++) {
        till_read(p->options->tills.at[i], &tills[i]);
    }
    vouchers_open(p);
    for (int64_t i = 0; i < p->options->ops; i++) {
        if (!voucher_line_read(p->vouchers, &voucher)) break;
        redeem_add(p, &tills[(size_t)i % till_count], voucher.token, i);
    }
    for (size_t i = 0; i < till_count; i++) {
        ed25519_signer_close(tills[i].signer);
    }
}

static void
prepare_gets(struct preparer *p)
{
    char request[REQUEST_SIZE_MAX];
    if (p->options->path == NULL) refuse("get", "--path");
    add(p, request,
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%" PRId64
                 "\r\nAccept: application/json\r\n\r\n",
                 p->options->path, p->options->port));
    p->out->wraps = true;
}

void
prepare_requests(const struct load_options *options, struct requests *out)
{
    static const struct {
        const char *name;
        void (*prepare)(struct preparer *);
    } scenarios[] = {
        { "claims", prepare_claims },
        { "redeem", prepare_redemptions },
        { "voucher", prepare_voucher_reads },
        { "get", prepare_gets },
    };
    struct preparer p = { .options = options, .out = out, .now_s = (int64_t)time(NULL) };
    char why[KEYRING_WHY_SIZE];
    uint8_t head[6];
    crypto_random_fill(head, sizeof head);
    (void)encode_hex(head, sizeof head, p.nonce_head);
    requests_open(out, (size_t)options->ops);
    out->wraps = options->wraps != 0;
    if (options->keys != NULL && keyring_open(&p.keyring, options->keys, why) != FAULT_NONE) {
        refuse(options->keys, why);
    }
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        if (strcmp(scenarios[i].name, options->scenario) == 0) scenarios[i].prepare(&p);
    }
    if (out->count == 0) refuse(options->scenario, "nothing to ask");
    keyring_close(p.keyring);
    if (p.vouchers != NULL) fclose(p.vouchers);
}
