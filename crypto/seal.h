/* crypto/seal.h: AES-256-GCM (SP 800-38D) boxes for data at rest. Any thread.
 *
 * u8 version=1 · 12 nonce (random) · ciphertext · 16 tag. The version byte is authenticated with
 * the caller's context (aad), which names the row, so that a box cannot be moved to another one. A
 * random nonce is good for 2^32 boxes under one key. */
#ifndef HUIQUAN_CRYPTO_SEAL_H
#define HUIQUAN_CRYPTO_SEAL_H

#include "voucher/base.h"

#define SEAL_OVERHEAD 29
#define SEAL_SIZE(plain_size) ((plain_size) + SEAL_OVERHEAD)

/* Writes SEAL_SIZE(plain.size) bytes to out. */
void seal_shut(const struct digest *key, struct text context, struct text plain, uint8_t *out);
/* Writes sealed_size - SEAL_OVERHEAD bytes to out. False: not ours or not whole; out is wiped. */
MUST_USE bool seal_open(const struct digest *key, struct text context, struct text sealed,
                        uint8_t *out);

#endif
