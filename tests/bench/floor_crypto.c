/* tests/bench/floor_crypto.c: see floor.h. */
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "tests/bench/cpu.h"
#include "tests/bench/floor.h"
#include "tests/bench/hist.h"

#define MILLISECOND_NS INT64_C(1000000)
#define MESSAGE_SIZE 300

struct desk {
    struct ed25519_signer *signer;
    struct ed25519_verifier *verifier;
    struct text message;
    uint8_t signature[ED25519_SIGNATURE_SIZE];
};

static void
desk_sign(struct desk *d)
{
    ed25519_sign(d->signer, d->message, d->signature);
}

static void
desk_verify(struct desk *d)
{
    must(ed25519_verify(d->verifier, d->message, d->signature));
}

static void
desk_hmac(struct desk *d)
{
    struct digest digest;
    digest_hmac_sha256(&digest, (struct text){ (const char *)d->signature, 32 }, &d->message, 1);
}

void
floor_crypto(int64_t millis)
{
    static const struct {
        const char *name;
        void (*work)(struct desk *);
    } rows[] = { { "ed25519_sign_us", desk_sign },
                 { "ed25519_verify_us", desk_verify },
                 { "hmac_sha256_us", desk_hmac } };
    uint8_t seed[ED25519_KEY_SIZE];
    char message[MESSAGE_SIZE];
    struct desk d = { .message = { message, sizeof message } };
    crypto_random_fill(seed, sizeof seed);
    crypto_random_fill(message, sizeof message);
    must(ed25519_signer_open(&d.signer, seed) == FAULT_NONE);
    must(ed25519_verifier_open(&d.verifier, ed25519_signer_public_key(d.signer)) == FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int64_t begin_ns = cpu_of_self_ns();
        int64_t used_ns = 0, count = 0;
        while (used_ns < millis * MILLISECOND_NS) {
            for (int k = 0; k < 100; k++) {
                rows[i].work(&d);
            }
            count += 100;
            used_ns = cpu_of_self_ns() - begin_ns;
        }
        printf("%s\"%s\":", i == 0 ? "{" : ",", rows[i].name);
        print_us(stdout, used_ns / count);
    }
    puts("}");
    ed25519_signer_close(d.signer);
    ed25519_verifier_close(d.verifier);
}
