/* tests/torture/lib/forger_token.c: vouchers' tokens as digits; see forger.h. */
#include "crypto/bytes.h"
#include "crypto/digest.h"
#include "crypto/token.h"
#include "tests/torture/lib/forger.h"

#define SEVEN_BYTES (UINT64_C(1) << 56)
#define SEVENTEEN_DIGITS UINT64_C(100000000000000000)

/* As the till's endpoint does, and as whoever has only the JWKS; they must be of one mind. */
static bool
judge_token(const struct forger *f, const struct forgery *forgery)
{
    uint8_t token[TOKEN_SIZE];
    struct text rotating;
    struct voucher_claims known = { 0 }, verified = { 0 };
    uint32_t kid = 0;
    if (!token_read_digits((struct text){ forgery->text, forgery->size }, token, &rotating)) {
        return false;
    }
    if (!token_peek_kid(token, &kid)) return false;
    const struct ed25519_signer *signer = keyring_signer_by_kid(f->ring, kid);
    const struct ed25519_verifier *verifier = keyring_verifier_by_kid(f->ring, kid);
    const bool is_known = signer != NULL && token_recognize(signer, token, &known);
    const bool holds = verifier != NULL && token_verify(verifier, token, &verified);
    must(is_known == holds || signer == NULL);
    must(!is_known || memcmp(&known, &verified, sizeof known) == 0);
    return holds;
}

static struct voucher_claims
draw_claims(struct forger *f, uint32_t kid)
{
    struct dice *d = &f->dice;
    struct voucher_claims claims = {
        .kind = (uint8_t)dice_below(d, 2),
        .flags = (uint16_t)dice_below(d, 4),
        .kid = kid,
        .campaign_number = (uint32_t)dice_below(d, 1000),
        .face_fen = (uint32_t)dice_roll(d),
        .not_before_s = (uint32_t)dice_below(d, FORGER_NOW_S),
        .expires_s = (uint32_t)(FORGER_NOW_S + (int64_t)dice_below(d, 1000000)),
    };
    for (size_t i = 0; i < sizeof claims.voucher.bytes; i++)
        claims.voucher.bytes[i] = (uint8_t)dice_roll(d);
    return claims;
}

/* One of our keys that may still sign a replay. */
static const struct ed25519_signer *
draw_signer(struct forger *f, uint32_t *out_kid)
{
    const struct ed25519_signer *signer = NULL;
    while (signer == NULL) {
        const size_t at = dice_below(&f->dice, keyring_count(f->ring));
        *out_kid = keyring_at(f->ring, at)->kid;
        signer = keyring_signer_by_kid(f->ring, *out_kid);
    }
    return signer;
}

static void
draw_token(struct forger *f, uint8_t token[TOKEN_SIZE])
{
    uint32_t kid = 0;
    const struct ed25519_signer *signer = draw_signer(f, &kid);
    const struct voucher_claims claims = draw_claims(f, kid);
    token_sign(signer, &claims, token);
}

static void
write_token(const uint8_t token[TOKEN_SIZE], struct forgery *out)
{
    token_write_digits(token, out->text);
    out->size = TOKEN_DIGITS;
}

static void
make_honest(struct forger *f, struct forgery *out)
{
    uint8_t token[TOKEN_SIZE];
    draw_token(f, token);
    write_token(token, out);
    out->is_honest = true;
    if (dice_one_in(&f->dice, 4)) {
        memcpy(out->text + out->size, "123456", TOKEN_ROTATING_DIGITS);
        out->size += TOKEN_ROTATING_DIGITS;
    }
}

static void
make_spoilt(struct forger *f, struct forgery *out)
{
    const char last = (char)('0' + dice_below(&f->dice, 10));
    uint8_t token[TOKEN_SIZE];
    draw_token(f, token);
    write_token(token, out);
    forger_spoil(&f->dice, out);
    /* As long as a rotating one, by chance: no forgery but for what stands in front. */
    if (out->size == TOKEN_DIGITS + TOKEN_ROTATING_DIGITS) out->text[0] = last == '0' ? 'x' : '-';
}

static void
make_digit(struct forger *f, struct forgery *out)
{
    uint8_t token[TOKEN_SIZE];
    draw_token(f, token);
    write_token(token, out);
    char *at = &out->text[dice_below(&f->dice, out->size)];
    *at = (char)('0' + (*at - '0' + 1 + (int)dice_below(&f->dice, 9)) % 10);
}

/* Another spelling of the same bytes: a group's number with one more in the byte that it lacks. */
static void
make_alias(struct forger *f, struct forgery *out)
{
    uint8_t token[TOKEN_SIZE];
    draw_token(f, token);
    write_token(token, out);
    const size_t group = dice_below(&f->dice, TOKEN_SIZE / 7);
    char digits[18] = "";
    memcpy(digits, out->text + group * 17, 17);
    const uint64_t value = strtoull(digits, NULL, 10) + SEVEN_BYTES;
    if (value >= SEVENTEEN_DIGITS) { /* the last group has room for a few */
        uint64_t tail = strtoull(out->text + 14 * 17, NULL, 10) + (UINT64_C(1) << 48);
        snprintf(out->text + 14 * 17, 16, "%015llu", (unsigned long long)tail);
        return;
    }
    snprintf(digits, sizeof digits, "%017llu", (unsigned long long)value);
    memcpy(out->text + group * 17, digits, 17);
}

static void
make_claims(struct forger *f, struct forgery *out)
{
    uint8_t token[TOKEN_SIZE];
    draw_token(f, token);
    for (uint64_t n = dice_below(&f->dice, 8); n < 8; n++) {
        uint8_t *at = &token[dice_below(&f->dice, TOKEN_CLAIMS_SIZE)];
        *at = (uint8_t)(*at + 1 + dice_below(&f->dice, 127)); /* eight times never round */
    }
    write_token(token, out);
}

/* A good signature of one campaign's voucher under the claims of another's. */
static void
make_replay(struct forger *f, struct forgery *out)
{
    uint8_t token[TOKEN_SIZE], other[TOKEN_SIZE];
    draw_token(f, token);
    draw_token(f, other);
    if (dice_one_in(&f->dice, 2)) {
        memcpy(token + TOKEN_CLAIMS_SIZE, other + TOKEN_CLAIMS_SIZE, ED25519_SIGNATURE_SIZE);
    } else {
        bytes_put_u32(token + 24, bytes_get_u32(token + 24) + 1);
    }
    write_token(token, out);
}

static void
make_bent(struct forger *f, struct forgery *out)
{
    uint8_t token[TOKEN_SIZE];
    draw_token(f, token);
    forger_bend_signature(&f->dice, token + TOKEN_CLAIMS_SIZE);
    write_token(token, out);
}

/* By a key that is not ours, or is ours no more, in its own name or in ours. */
static void
make_foreign(struct forger *f, struct forgery *out)
{
    uint8_t token[TOKEN_SIZE];
    uint32_t kid = 0, revoked = 0;
    (void)draw_signer(f, &kid);
    const struct ed25519_signer *by = f->stranger;
    if (dice_one_in(&f->dice, 2)) by = keyring_signer_active(f->before, &revoked);
    if (dice_one_in(&f->dice, 2)) kid = token_kid(ed25519_signer_public_key(by));
    const struct voucher_claims claims = draw_claims(f, kid);
    token_sign(by, &claims, token);
    write_token(token, out);
}

/* Signed by our own key, but not as a token of this version. */
static void
make_unknown(struct forger *f, struct forgery *out)
{
    char bytes[19 + TOKEN_CLAIMS_SIZE] = "huiquan-voucher-v1";
    uint8_t token[TOKEN_SIZE];
    uint32_t kid = 0;
    const struct ed25519_signer *signer = draw_signer(f, &kid);
    const struct voucher_claims claims = draw_claims(f, kid);
    token_sign(signer, &claims, token);
    size_t skipped = 0;
    switch (dice_below(&f->dice, 5)) {
    case 0: token[0] = (uint8_t)(2 + dice_below(&f->dice, 254)); break;
    case 1: token[1] = (uint8_t)(2 + dice_below(&f->dice, 254)); break;
    case 2: token[2] |= (uint8_t)(1 + dice_below(&f->dice, 255)); break;
    case 3: bytes[17] = '2'; break; /* of another domain */
    default: skipped = 19; /* of none */
    }
    memcpy(bytes + 19, token, TOKEN_CLAIMS_SIZE);
    const struct text message = { bytes + skipped, sizeof bytes - skipped };
    ed25519_sign(signer, message, token + TOKEN_CLAIMS_SIZE);
    write_token(token, out);
}

const struct forger_trick forger_token_tricks[] = {
    { "token, honest", make_honest, judge_token },
    { "token, a digit changed", make_digit, judge_token },
    { "token, text spoilt", make_spoilt, judge_token },
    { "token, digits not canonical", make_alias, judge_token },
    { "token, claims changed", make_claims, judge_token },
    { "token, another's signature", make_replay, judge_token },
    { "token, signature bent", make_bent, judge_token },
    { "token, a foreign or revoked key", make_foreign, judge_token },
    { "token, signed but unknown", make_unknown, judge_token },
};
const size_t forger_token_trick_count = COUNT_OF(forger_token_tricks);
