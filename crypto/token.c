/* crypto/token.c: see token.h. */
#include "crypto/token.h"

#include "crypto/bytes.h"
#include "crypto/digest.h"

#define TOKEN_DOMAIN_SIZE 19 /* its NUL is part of it */
#define SIGNED_SIZE (TOKEN_DOMAIN_SIZE + TOKEN_CLAIMS_SIZE)
#define GROUP_BYTES 7
#define GROUP_DIGITS 17
#define GROUPS (TOKEN_SIZE / GROUP_BYTES)
#define LAST_BYTES (TOKEN_SIZE % GROUP_BYTES)
#define LAST_DIGITS 15

_Static_assert(TOKEN_SIZE == 104, "the size is part of the contract");
_Static_assert(GROUPS *GROUP_DIGITS + LAST_DIGITS == TOKEN_DIGITS, "digits cover the bytes");

enum claim_offset {
    AT_VERSION = 0,
    AT_KIND = 1,
    AT_FLAGS = 2,
    AT_KID = 4,
    AT_VOUCHER = 8,
    AT_CAMPAIGN = 24,
    AT_FACE = 28,
    AT_NOT_BEFORE = 32,
    AT_EXPIRES = 36,
};

static const char token_domain[TOKEN_DOMAIN_SIZE] = "huiquan-voucher-v1";

/* Domain and claims in one piece, which is what is signed. */
static struct text
signed_bytes(const uint8_t token[TOKEN_SIZE], char room[SIGNED_SIZE])
{
    memcpy(room, token_domain, TOKEN_DOMAIN_SIZE);
    memcpy(room + TOKEN_DOMAIN_SIZE, token, TOKEN_CLAIMS_SIZE);
    return (struct text){ room, SIGNED_SIZE };
}

static bool
claims_are_known(const struct voucher_claims *c)
{
    const unsigned flags_known = TOKEN_NEEDS_ROTATING | TOKEN_NEEDS_HOLDER;
    return c->kind <= TOKEN_CAR && (c->flags & ~flags_known) == 0;
}

uint32_t
token_kid(const uint8_t public_key[ED25519_KEY_SIZE])
{
    must(public_key != NULL);
    const struct text part = { (const char *)public_key, ED25519_KEY_SIZE };
    struct digest digest;
    digest_sha256(&digest, &part, 1);
    return bytes_get_u32(digest.bytes);
}

void
token_sign(const struct ed25519_signer *signer, const struct voucher_claims *claims,
           uint8_t out[TOKEN_SIZE])
{
    must(claims_are_known(claims));
    must(claims->not_before_s < claims->expires_s);
    out[AT_VERSION] = TOKEN_VERSION;
    out[AT_KIND] = claims->kind;
    bytes_put_u16(out + AT_FLAGS, claims->flags);
    bytes_put_u32(out + AT_KID, claims->kid);
    memcpy(out + AT_VOUCHER, claims->voucher.bytes, sizeof claims->voucher.bytes);
    bytes_put_u32(out + AT_CAMPAIGN, claims->campaign_number);
    bytes_put_u32(out + AT_FACE, claims->face_fen);
    bytes_put_u32(out + AT_NOT_BEFORE, claims->not_before_s);
    bytes_put_u32(out + AT_EXPIRES, claims->expires_s);
    char room[SIGNED_SIZE];
    ed25519_sign(signer, signed_bytes(out, room), out + TOKEN_CLAIMS_SIZE);
}

bool
token_peek_kid(const uint8_t token[TOKEN_SIZE], uint32_t *out)
{
    must(token != NULL && out != NULL);
    if (token[AT_VERSION] != TOKEN_VERSION) return false;
    *out = bytes_get_u32(token + AT_KID);
    return true;
}

/* Of a token whose signature held. False: its claims are none that this version knows. */
static bool
read_claims(const uint8_t token[TOKEN_SIZE], struct voucher_claims *out)
{
    struct voucher_claims claims = {
        .kind = token[AT_KIND],
        .flags = bytes_get_u16(token + AT_FLAGS),
        .kid = bytes_get_u32(token + AT_KID),
        .campaign_number = bytes_get_u32(token + AT_CAMPAIGN),
        .face_fen = bytes_get_u32(token + AT_FACE),
        .not_before_s = bytes_get_u32(token + AT_NOT_BEFORE),
        .expires_s = bytes_get_u32(token + AT_EXPIRES),
    };
    memcpy(claims.voucher.bytes, token + AT_VOUCHER, sizeof claims.voucher.bytes);
    if (!claims_are_known(&claims)) return false;
    *out = claims;
    return true;
}

bool
token_verify(const struct ed25519_verifier *verifier, const uint8_t token[TOKEN_SIZE],
             struct voucher_claims *out)
{
    must(verifier != NULL && out != NULL);
    *out = (struct voucher_claims){ 0 };
    if (token[AT_VERSION] != TOKEN_VERSION) return false;
    char room[SIGNED_SIZE];
    if (!ed25519_verify(verifier, signed_bytes(token, room), token + TOKEN_CLAIMS_SIZE)) {
        return false;
    }
    return read_claims(token, out);
}

bool
token_recognize(const struct ed25519_signer *signer, const uint8_t token[TOKEN_SIZE],
                struct voucher_claims *out)
{
    must(signer != NULL && out != NULL);
    *out = (struct voucher_claims){ 0 };
    if (token[AT_VERSION] != TOKEN_VERSION) return false;
    char room[SIGNED_SIZE];
    uint8_t ours[ED25519_SIGNATURE_SIZE];
    ed25519_sign(signer, signed_bytes(token, room), ours);
    bool same = crypto_equal(ours, token + TOKEN_CLAIMS_SIZE, sizeof ours);
    crypto_wipe(ours, sizeof ours); /* of claims that a stranger chose */
    return same && read_claims(token, out);
}

static uint64_t
get_group(const uint8_t *bytes, size_t byte_count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < byte_count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void
write_group(uint64_t value, size_t digit_count, char *out)
{
    for (size_t i = digit_count; i > 0; i--) {
        out[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    must(value == 0);
}

void
token_write_digits(const uint8_t token[TOKEN_SIZE], char out[TOKEN_DIGITS + 1])
{
    must(token != NULL && out != NULL);
    for (size_t i = 0; i < GROUPS; i++) {
        write_group(get_group(token + i * GROUP_BYTES, GROUP_BYTES), GROUP_DIGITS,
                    out + i * GROUP_DIGITS);
    }
    write_group(get_group(token + GROUPS * GROUP_BYTES, LAST_BYTES), LAST_DIGITS,
                out + GROUPS * GROUP_DIGITS);
    out[TOKEN_DIGITS] = '\0';
}

/* The digits are known to be digits. False: the group's number needs more bytes than it has. */
static bool
read_group(const char *digits, size_t digit_count, uint8_t *out, size_t byte_count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digit_count; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    for (size_t i = byte_count; i > 0; i--) {
        out[i - 1] = (uint8_t)value;
        value >>= 8;
    }
    return value == 0;
}

static bool
all_are_digits(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
    }
    return true;
}

bool
token_read_digits(struct text digits, uint8_t out[TOKEN_SIZE], struct text *out_rotating)
{
    must(out != NULL && out_rotating != NULL);
    *out_rotating = (struct text){ 0 };
    memset(out, 0, TOKEN_SIZE);
    if (digits.size != TOKEN_DIGITS && digits.size != TOKEN_DIGITS + TOKEN_ROTATING_DIGITS) {
        return false;
    }
    if (!all_are_digits(digits)) return false;
    bool in_range = true;
    for (size_t i = 0; i < GROUPS; i++) {
        in_range &= read_group(digits.at + i * GROUP_DIGITS, GROUP_DIGITS, out + i * GROUP_BYTES,
                               GROUP_BYTES);
    }
    in_range &= read_group(digits.at + GROUPS * GROUP_DIGITS, LAST_DIGITS,
                           out + GROUPS * GROUP_BYTES, LAST_BYTES);
    if (!in_range) {
        memset(out, 0, TOKEN_SIZE);
        return false;
    }
    *out_rotating = (struct text){ digits.at + TOKEN_DIGITS, digits.size - TOKEN_DIGITS };
    return true;
}
