/* tests/torture/lib/forger_jwt.c: issuers' assertions; see forger.h. */
#include <inttypes.h>

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "crypto/jws.h"
#include "tests/torture/lib/forger.h"

static bool
judge_jwt(const struct forger *f, const struct forgery *forgery)
{
    const struct jwt_check check = { f->table, TEXT("huiquan"), FORGER_NOW_S, 60 };
    struct jwt_claims claims;
    const struct text compact = { forgery->text, forgery->size };
    const enum jwt_result result = jwt_verify(&check, compact, &claims);
    static const struct jwt_claims wiped;
    must(result == JWT_GOOD || memcmp(&claims, &wiped, sizeof claims) == 0);
    return result == JWT_GOOD;
}

static const char *
pick(struct dice *dice, const char *const *texts, size_t count)
{
    return texts[dice_below(dice, count)];
}

static const char *const good_headers[] = {
    "{\"alg\":\"Ed25519\",\"kid\":\"k1\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\"}",
    "{\"typ\":\"JWT\",\"kid\":\"k1\",\"alg\":\"EdDSA\"}",
    "{ \"kid\" : \"k1\" ,\n\t\"alg\" : \"Ed25519\", \"typ\":\"jwt\" }",
    "{\"alg\":\"Ed25519\",\"kid\":\"\\u006b1\",\"x\":{\"jwk\":[1]}}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"cty\":\"x\",\"iat\":1}",
};

static const char *const bad_headers[] = {
    "{\"alg\":\"none\",\"kid\":\"k1\"}",
    "{\"alg\":\"NONE\",\"kid\":\"k1\"}",
    "{\"alg\":\"nOnE\",\"kid\":\"k1\"}",
    "{\"alg\":\"\",\"kid\":\"k1\"}",
    "{\"alg\":null,\"kid\":\"k1\"}",
    "{\"alg\":[\"EdDSA\"],\"kid\":\"k1\"}",
    "{\"alg\":\"HS256\",\"kid\":\"k1\"}",
    "{\"alg\":\"ES256\",\"kid\":\"k1\"}",
    "{\"alg\":\"RS256\",\"kid\":\"k1\"}",
    "{\"alg\":\"Ed448\",\"kid\":\"k1\"}",
    "{\"alg\":\"EDDSA\",\"kid\":\"k1\"}",
    "{\"alg\":\"EdDSA\\u0000\",\"kid\":\"k1\"}",
    "{\"alg\":\"EdDSA \",\"kid\":\"k1\"}",
    "{\"ALG\":\"EdDSA\",\"kid\":\"k1\"}",
    "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\",\"kid\":\"k1\"}",
    "{\"alg\":\"EdDSA\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"K1\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1 \"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\\u0000\"}",
    "{\"alg\":\"EdDSA\",\"kid\":[\"k1\"]}",
    "{\"alg\":\"EdDSA\",\"kid\":{\"k1\":1}}",
    "{\"alg\":\"EdDSA\",\"kid\":\"../../k1\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1' OR '1'='1\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"/dev/null\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"kid\":\"k1\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":[\"b64\"],\"b64\":true}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":[\"b64\"],\"b64\":false}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"b64\":false}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":null}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":[\"alg\"]}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":[\"exp\"],\"exp\":1}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"jku\":\"https://evil.example/jwks\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"x5u\":\"https://evil.example/x\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"x5c\":[\"MIIB\"]}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"A\"}}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"jwk\":null}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"zip\":\"DEF\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"voucher+jwt\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"JOSE\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":[\"JWT\"]}",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\"",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\"} x",
    "{\"alg\":\"EdDSA\",\"kid\":\"k1\",}",
    "[\"EdDSA\",\"k1\"]",
    "\"EdDSA\"",
    "null",
};

static const char *const bad_claims[] = {
    "{\"iss\":\"two\",\"aud\":\"huiquan\",\"exp\":1781834500}",
    "{\"iss\":\"One\",\"aud\":\"huiquan\",\"exp\":1781834500}",
    "{\"iss\":\"one\\u0000\",\"aud\":\"huiquan\",\"exp\":1781834500}",
    "{\"iss\":\"one/\",\"aud\":\"huiquan\",\"exp\":1781834500}",
    "{\"iss\":[\"one\"],\"aud\":\"huiquan\",\"exp\":1781834500}",
    "{\"aud\":\"huiquan\",\"exp\":1781834500}",
    "{\"iss\":\"one\",\"aud\":\"huiquan2\",\"exp\":1781834500}",
    "{\"iss\":\"one\",\"aud\":\"Huiquan\",\"exp\":1781834500}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\\u0000\",\"exp\":1781834500}",
    "{\"iss\":\"one\",\"aud\":{\"0\":\"huiquan\"},\"exp\":1781834500}",
    "{\"iss\":\"one\",\"aud\":[[\"huiquan\"]],\"exp\":1781834500}",
    "{\"iss\":\"one\",\"exp\":1781834500}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\"}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834340}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":\"1781834500\"}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":null}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":true}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":-1781834500}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1e400}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500,\"exp\":1}",
    "{\"iss\":\"one\",\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500,\"nbf\":1781834461}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500,\"iat\":1781834461}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500,\"nbf\":\"0\"}",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500,\"name\":7}",
    "[{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500}]",
    "{\"iss\":\"one\",\"aud\":\"huiquan\",\"exp\":1781834500",
    "\"iss\"",
    "",
};

#define PICK(dice, texts) pick(dice, texts, COUNT_OF(texts))

static void
put(struct forgery *out, const struct ed25519_signer *by, const char *header, const char *claims)
{
    out->size = jws_sign(by, text_of(header), text_of(claims), out->text, sizeof out->text - 8);
    must(out->size > 0);
}

/* The same claims, as different JSON. */
static void
draw_claims(struct forger *f, const char *iss, char *out, size_t room)
{
    static const char *const forms[][3] = {
        { "{\"iss\":\"", "\",\"aud\":\"huiquan\",\"exp\":", "}" },
        { " { \"aud\" : [\"x\",\"huiquan\"],\t\"iss\":\"", "\",\n\"exp\":", ".5 }\r\n" },
        { "{\"aud\":\"h\\u0075iquan\",\"iss\":\"", "\",\"exp\":", ",\"nbf\":1781834460}" },
        { "{\"name\":\"\\u5f20\\u4e09\",\"a\":[null,{}],\"iss\":\"",
          "\",\"aud\":\"huiquan\",\"exp\":", ",\"iat\":1}" },
    };
    const int64_t exp_s = FORGER_NOW_S - 59 + (int64_t)dice_below(&f->dice, 100000);
    const char *const *form = forms[dice_below(&f->dice, COUNT_OF(forms))];
    snprintf(out, room, "%s%s%s%" PRId64 "%s", form[0], iss, form[1], exp_s, form[2]);
}

static void
make_honest(struct forger *f, struct forgery *out)
{
    char claims[256];
    const size_t who = dice_below(&f->dice, 2);
    draw_claims(f, who == 0 ? "one" : "two", claims, sizeof claims);
    put(out, f->issuers[who], PICK(&f->dice, good_headers), claims);
    out->is_honest = true;
}

static void
make_spoilt(struct forger *f, struct forgery *out)
{
    make_honest(f, out);
    forger_spoil(&f->dice, out);
}

static void
make_header(struct forger *f, struct forgery *out)
{
    char claims[256];
    draw_claims(f, "one", claims, sizeof claims);
    out->what = PICK(&f->dice, bad_headers);
    put(out, f->issuers[0], out->what, claims);
}

static void
make_claims(struct forger *f, struct forgery *out)
{
    out->what = PICK(&f->dice, bad_claims);
    put(out, f->issuers[0], PICK(&f->dice, good_headers), out->what);
}

/* By a stranger, or by the one issuer in the other's name. */
static void
make_foreign(struct forger *f, struct forgery *out)
{
    char claims[256];
    const bool is_stranger = dice_one_in(&f->dice, 2);
    draw_claims(f, "one", claims, sizeof claims);
    put(out, is_stranger ? f->stranger : f->issuers[1], PICK(&f->dice, good_headers), claims);
}

/* Where the dot with that number is. */
static size_t
dot_at(const struct forgery *forgery, unsigned number)
{
    size_t at = 0;
    for (; at < forgery->size; at++) {
        if (forgery->text[at] == '.' && number-- == 0) break;
    }
    must(at < forgery->size);
    return at;
}

static void
replace_signature(struct forgery *out, const void *bytes, size_t size)
{
    const size_t at = dot_at(out, 1) + 1;
    must(at + BASE64URL_SIZE(size) < sizeof out->text);
    out->size = at + encode_base64url(bytes, size, out->text + at);
    out->is_honest = false;
}

static void
make_bent(struct forger *f, struct forgery *out)
{
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    make_honest(f, out);
    const size_t at = dot_at(out, 1) + 1;
    const struct text text = { out->text + at, out->size - at };
    must(decode_base64url_exact(text, signature, sizeof signature));
    forger_bend_signature(&f->dice, signature);
    replace_signature(out, signature, sizeof signature);
}

/* HMAC with what everybody knows as its secret: the public key, raw or as it is written. */
static void
make_confused(struct forger *f, struct forgery *out)
{
    char claims[256], x[BASE64URL_SIZE(ED25519_KEY_SIZE)];
    const uint8_t *key = ed25519_signer_public_key(f->issuers[0]);
    encode_base64url(key, ED25519_KEY_SIZE, x);
    const struct text secrets[] = { { (const char *)key, ED25519_KEY_SIZE }, text_of(x), { 0 } };
    const char *header = dice_one_in(&f->dice, 2) ? "{\"alg\":\"HS256\",\"kid\":\"k1\"}"
                                                  : PICK(&f->dice, good_headers);
    struct digest mac;
    draw_claims(f, "one", claims, sizeof claims);
    put(out, f->stranger, header, claims);
    const struct text input = { out->text, dot_at(out, 1) };
    digest_hmac_sha256(&mac, secrets[dice_below(&f->dice, 3)], &input, 1);
    replace_signature(out, mac.bytes, dice_one_in(&f->dice, 4) ? 0 : sizeof mac.bytes);
}

/* The same bytes written otherwise: bits that no byte needs, padding, the other alphabet. */
static void
make_alias(struct forger *f, struct forgery *out)
{
    make_honest(f, out);
    out->is_honest = false;
    const unsigned part = (unsigned)dice_below(&f->dice, 3);
    const size_t begin = part == 0 ? 0 : dot_at(out, part - 1) + 1;
    const size_t end = part == 2 ? out->size : dot_at(out, part);
    const char *const padding = (end - begin) % 4 == 2 ? "==" : "=";
    char *last = &out->text[end - 1];
    if ((end - begin) % 4 != 0 && dice_one_in(&f->dice, 2)) {
        /* In the alphabet's order the spare bits are zero every 4 or 16 letters. */
        *last = (char)(*last == 'Z' ? 'a' : *last == 'z' ? '0' : *last == '9' ? '-' : *last + 1);
        return;
    }
    const size_t size = strlen(padding);
    memmove(out->text + end + size, out->text + end, out->size - end);
    memcpy(out->text + end, padding, size);
    out->size += size;
}

/* Parts of two that hold, put together; or a part too many or too few. */
static void
make_mixed(struct forger *f, struct forgery *out)
{
    struct forgery other = { 0 };
    make_honest(f, out);
    do {
        make_honest(f, &other);
    } while (other.size == out->size && memcmp(other.text, out->text, out->size) == 0);
    out->is_honest = false;
    const size_t cut = dot_at(&other, 1), ours = dot_at(out, 1);
    switch (dice_below(&f->dice, 4)) {
    case 0: /* the other's signature; by chance of the same input when all else is equal */
        if (cut == ours && memcmp(other.text, out->text, cut) == 0) out->text[0] = '.';
        memcpy(out->text + ours, other.text + cut, other.size - cut);
        out->size = ours + other.size - cut;
        return;
    case 1: out->size = ours; return;
    case 2: out->size = ours + 1; return;
    default: out->text[out->size++] = '.'; return;
    }
}

const struct forger_trick forger_jwt_tricks[] = {
    { "JWT, honest", make_honest, judge_jwt },
    { "JWT, text spoilt", make_spoilt, judge_jwt },
    { "JWT, signed with a hostile header", make_header, judge_jwt },
    { "JWT, signed with hostile claims", make_claims, judge_jwt },
    { "JWT, another's key", make_foreign, judge_jwt },
    { "JWT, signature bent", make_bent, judge_jwt },
    { "JWT, HMAC by the public key", make_confused, judge_jwt },
    { "JWT, base64url not canonical", make_alias, judge_jwt },
    { "JWT, parts mixed", make_mixed, judge_jwt },
};
const size_t forger_jwt_trick_count = COUNT_OF(forger_jwt_tricks);
