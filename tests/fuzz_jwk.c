/* Keys and sets of keys out of any bytes: nothing is read beyond, and nothing is left open. */
#include "crypto/jwk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text text = { (const char *)data, size };
    struct jwk key, keys[JWK_KEYS_MAX];
    size_t count = 0;
    if (jwk_read(&key, text) == FAULT_NONE) {
        must(key.kind != JWK_NONE);
        must(key.kind != JWK_ED25519 || ed25519_public_key_is_safe(key.ed25519_key));
    }
    jwk_close(&key);
    if (jwk_read_set(keys, &count, text) != FAULT_NONE) return 0;
    for (size_t i = 0; i < count; i++)
        jwk_close(&keys[i]);
    return 0;
}
