/* An assertion out of any bytes is refused without reading beyond, and refused claims are wiped.
 * A second half signs header and claims out of the bytes, to come past the signature. */
#include "crypto/jws.h"
#include "crypto/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_jwt {
    struct jwt_issuers *issuers;
    struct ed25519_signer *signer;
};

/* Seed of nought, and the public key that it makes. */
static const struct fuzz_jwt *
fuzz_state(void)
{
    static struct fuzz_jwt state;
    static const uint8_t seed[ED25519_KEY_SIZE];
    static const char table[] =
        "[{\"iss\":\"i\",\"jwks\":{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
        "\"x\":\"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik\"}]}}]";
    if (state.issuers == NULL) {
        char why[JWT_WHY_SIZE];
        must(ed25519_signer_open(&state.signer, seed) == FAULT_NONE);
        must(jwt_issuers_open(&state.issuers, TEXT(table), why) == FAULT_NONE);
    }
    return &state;
}

static void
fuzz_verify(struct text compact)
{
    static const struct jwt_claims none;
    const struct jwt_check check = { fuzz_state()->issuers, TEXT("huiquan"), 1000, 60 };
    struct jwt_claims claims;
    const enum jwt_result result = jwt_verify(&check, compact, &claims);
    must(jwt_result_text(result) != NULL);
    if (result == JWT_GOOD) {
        must(strcmp(claims.iss, "i") == 0 && claims.expires_at_s > 940);
    } else {
        must(memcmp(&claims, &none, sizeof none) == 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text text = { (const char *)data, size };
    fuzz_verify(text);
    char compact[JWS_SIZE_MAX];
    const size_t signed_size =
        jws_sign(fuzz_state()->signer, TEXT("{\"alg\":\"EdDSA\",\"kid\":\"k\"}"), text, compact,
                 sizeof compact);
    if (signed_size > 0) fuzz_verify((struct text){ compact, signed_size });
    return 0;
}
