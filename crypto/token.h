/* crypto/token.h: the voucher token, 104 bytes or 253 decimal digits. Any thread.
 *
 * 40 bytes of claims, big-endian, then 64 of Ed25519 over "huiquan-voucher-v1\0" and the claims:
 *   u8 version=1 · u8 kind · u16 flags · u32 kid · 16 voucher UUID · u32 campaign number ·
 *   u32 face value in fen · u32 not-before · u32 expires (Unix seconds)
 * As digits: each 7 bytes (big-endian) are 17 digits, the last 6 bytes are 15. A token is a claim
 * check: the ledger is the truth. */
#ifndef HUIQUAN_CRYPTO_TOKEN_H
#define HUIQUAN_CRYPTO_TOKEN_H

#include "crypto/ed25519.h"
#include "voucher/base.h"

#define TOKEN_VERSION 1
#define TOKEN_CLAIMS_SIZE 40
#define TOKEN_SIZE (TOKEN_CLAIMS_SIZE + ED25519_SIGNATURE_SIZE)
#define TOKEN_DIGITS 253
#define TOKEN_ROTATING_DIGITS 6 /* stand behind the token when TOKEN_NEEDS_ROTATING */

enum token_kind { TOKEN_SHOPPING = 0, TOKEN_CAR = 1 };
enum token_flag { TOKEN_NEEDS_ROTATING = 1 << 0, TOKEN_NEEDS_HOLDER = 1 << 1 };

struct voucher_claims {
    uint8_t kind; /* enum token_kind */
    uint16_t flags; /* enum token_flag */
    uint32_t kid;
    struct uuid voucher;
    uint32_t campaign_number;
    uint32_t face_fen;
    uint32_t not_before_s;
    uint32_t expires_s;
};

/* First four bytes of SHA-256 of the raw public key, big-endian. */
uint32_t token_kid(const uint8_t public_key[ED25519_KEY_SIZE]);
/* claims->kid is the signer's; both come from the keyring. Deterministic: same claims, same bytes.
 */
void token_sign(const struct ed25519_signer *signer, const struct voucher_claims *claims,
                uint8_t out[TOKEN_SIZE]);

/* Which key signed, before anything is believed. False: another version. */
MUST_USE bool token_peek_kid(const uint8_t token[TOKEN_SIZE], uint32_t *out);
/* Version, then signature, then claims. On false *out is zeroed. Claims that this version does not
 * know (kind, flags, kid of another key) are refused although they are signed. */
MUST_USE bool token_verify(const struct ed25519_verifier *verifier, const uint8_t token[TOKEN_SIZE],
                           struct voucher_claims *out);
/* The same by who holds the key: signing anew and comparing costs a third of verifying, since
 * Ed25519 is deterministic. Constant time in the signature. */
MUST_USE bool token_recognize(const struct ed25519_signer *signer, const uint8_t token[TOKEN_SIZE],
                              struct voucher_claims *out);

void token_write_digits(const uint8_t token[TOKEN_SIZE], char out[TOKEN_DIGITS + 1]);
/* 253 digits, or 259 whose last 6 become *out_rotating (borrowed from digits; empty with 253).
 * False is "malformed": wrong length, a byte that is no digit, a group out of range; *out is then
 * zeroed. */
MUST_USE bool token_read_digits(struct text digits, uint8_t out[TOKEN_SIZE],
                                struct text *out_rotating);

#endif
