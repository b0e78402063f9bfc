/* Digits of a token: whatever is read is written back as it was; verifying never reads beyond.
 * Short codes and sessions take the same bytes. */
#include "crypto/encode.h"
#include "crypto/rotating.h"
#include "crypto/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One verifier for the process: its key is the public key of RFC 8032, TEST 1. */
static const struct ed25519_verifier *
fuzz_verifier(void)
{
    static struct ed25519_verifier *verifier;
    static const char key_hex[] =
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    if (verifier == NULL) {
        uint8_t key[ED25519_KEY_SIZE];
        must(decode_hex(TEXT(key_hex), key, sizeof key));
        must(ed25519_verifier_open(&verifier, key) == FAULT_NONE);
    }
    return verifier;
}

static void
fuzz_encodings(struct text text)
{
    uint8_t bytes[4096];
    char back[BASE64_SIZE(4096)];
    size_t count = 0;
    if (text.size > 4096) return;
    if (decode_base64url(text, bytes, sizeof bytes, &count)) {
        must(encode_base64url(bytes, count, back) == text.size);
        must(memcmp(back, text.at, text.size) == 0);
    }
    if (decode_base64(text, bytes, sizeof bytes, &count)) {
        must(encode_base64(bytes, count, back) == text.size);
        must(memcmp(back, text.at, text.size) == 0);
    }
    struct uuid id;
    char name[CROCKFORD_SIZE];
    if (decode_crockford(text, &id)) {
        encode_crockford(&id, name);
        must(memcmp(name, text.at, text.size) == 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text text = { (const char *)data, size };
    uint8_t token[TOKEN_SIZE];
    char digits[TOKEN_DIGITS + 1];
    struct text rotating;
    struct voucher_claims claims;
    uint32_t kid = 0;
    const struct digest key = { { 1 } };
    fuzz_encodings(text);
    if (!token_read_digits(text, token, &rotating)) return 0;
    token_write_digits(token, digits);
    must(memcmp(digits, text.at, TOKEN_DIGITS) == 0);
    (void)!rotating_check(&key, 0, rotating);
    const bool held = token_verify(fuzz_verifier(), token, &claims);
    must(!held || (token_peek_kid(token, &kid) && kid == claims.kid));
    return 0;
}
