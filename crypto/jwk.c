/* crypto/jwk.c: see jwk.h. */
#include "crypto/jwk.h"

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "voucher/json_load.h"

#define JWK_OCT_MIN 32 /* RFC 7518, 3.2: no shorter than the hash */

enum judgement {
    JWK_TAKEN,
    JWK_PASSED_OVER, /* sound for all we know, but not for verifying by our algorithms */
    JWK_BROKEN,
    JWK_NO_MEMORY,
};

static bool
member_text(const json_t *object, const char *name, struct text *out)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value)) return false;
    *out = (struct text){ json_string_value(value), json_string_length(value) };
    return true;
}

static enum judgement
judgement_of(enum fault fault)
{
    if (fault == FAULT_NONE) return JWK_TAKEN;
    return fault == FAULT_MEMORY ? JWK_NO_MEMORY : JWK_BROKEN;
}

static enum judgement
read_okp(const json_t *object, struct jwk *out)
{
    struct text crv, x;
    if (!member_text(object, "crv", &crv)) return JWK_BROKEN;
    if (!text_equal(crv, TEXT("Ed25519"))) return JWK_PASSED_OVER;
    if (!member_text(object, "x", &x)) return JWK_BROKEN;
    if (!jwk_read_ed25519(TEXT("OKP"), crv, x, out->ed25519_key)) return JWK_BROKEN;
    out->kind = JWK_ED25519;
    return judgement_of(ed25519_verifier_open(&out->ed25519, out->ed25519_key));
}

static enum judgement
read_ec(const json_t *object, struct jwk *out)
{
    struct text crv, x, y;
    uint8_t point[P256_KEY_SIZE];
    if (!member_text(object, "crv", &crv)) return JWK_BROKEN;
    if (!text_equal(crv, TEXT("P-256"))) return JWK_PASSED_OVER;
    if (!member_text(object, "x", &x) || !decode_base64url_exact(x, point, 32)) return JWK_BROKEN;
    if (!member_text(object, "y", &y) || !decode_base64url_exact(y, point + 32, 32)) {
        return JWK_BROKEN;
    }
    out->kind = JWK_P256;
    return judgement_of(p256_verifier_open(&out->p256, point));
}

static enum judgement
read_oct(const json_t *object, struct jwk *out)
{
    struct text k;
    if (!member_text(object, "k", &k)) return JWK_BROKEN;
    if (!decode_base64url(k, out->oct, sizeof out->oct, &out->oct_size)) return JWK_BROKEN;
    out->kind = JWK_OCT;
    return out->oct_size >= JWK_OCT_MIN ? JWK_TAKEN : JWK_BROKEN;
}

/* "use" and "key_ops" (RFC 7517, 4.2 and 4.3): both may be absent. */
static enum judgement
judge_use(const json_t *object)
{
    const json_t *use = json_object_get(object, "use");
    if (use != NULL && !json_is_string(use)) return JWK_BROKEN;
    if (use != NULL && strcmp(json_string_value(use), "sig") != 0) return JWK_PASSED_OVER;
    const json_t *operations = json_object_get(object, "key_ops");
    if (operations == NULL) return JWK_TAKEN;
    if (!json_is_array(operations)) return JWK_BROKEN;
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const json_t *operation = json_array_get(operations, i);
        if (!json_is_string(operation)) return JWK_BROKEN;
        if (strcmp(json_string_value(operation), "verify") == 0) return JWK_TAKEN;
    }
    return JWK_PASSED_OVER;
}

/* "kid" and "alg": both may be absent. */
static bool
names_are_sound(const json_t *object, struct jwk *out)
{
    struct text kid = { 0 }, alg = { 0 };
    if (json_object_get(object, "alg") != NULL) {
        if (!member_text(object, "alg", &alg) || !jwk_answers_to(out, alg)) return false;
    }
    if (json_object_get(object, "kid") == NULL) return true;
    if (!member_text(object, "kid", &kid)) return false;
    if (kid.size == 0 || kid.size > JWK_KID_MAX) return false;
    memcpy(out->kid, kid.at, kid.size);
    return true;
}

static enum judgement
read_by_kty(const json_t *object, struct jwk *out)
{
    struct text kty;
    if (!member_text(object, "kty", &kty)) return JWK_BROKEN;
    if (text_equal(kty, TEXT("OKP"))) return read_okp(object, out);
    if (text_equal(kty, TEXT("EC"))) return read_ec(object, out);
    if (text_equal(kty, TEXT("oct"))) return read_oct(object, out);
    return JWK_PASSED_OVER;
}

/* Unless TAKEN, *out is zeroed. */
static enum judgement
read_key(const json_t *object, struct jwk *out)
{
    *out = (struct jwk){ 0 };
    if (!json_is_object(object)) return JWK_BROKEN;
    enum judgement judgement = judge_use(object);
    if (judgement == JWK_TAKEN) judgement = read_by_kty(object, out);
    if (judgement == JWK_TAKEN && !names_are_sound(object, out)) judgement = JWK_BROKEN;
    if (judgement != JWK_TAKEN) jwk_close(out);
    return judgement;
}

bool
jwk_answers_to(const struct jwk *key, struct text alg)
{
    must(key != NULL);
    switch (key->kind) {
    case JWK_NONE: return false;
    case JWK_ED25519: return text_equal(alg, TEXT("Ed25519")) || text_equal(alg, TEXT("EdDSA"));
    case JWK_P256: return text_equal(alg, TEXT("ES256"));
    case JWK_OCT: return text_equal(alg, TEXT("HS256"));
    }
    return false;
}

static json_t *
parse(struct text json)
{
    if (json.size == 0 || json.size > JWK_TEXT_MAX) return NULL;
    return json_load(json);
}

enum fault
jwk_read(struct jwk *out, struct text json)
{
    must(out != NULL);
    *out = (struct jwk){ 0 };
    json_t *object = parse(json);
    const enum judgement judgement = object == NULL ? JWK_BROKEN : read_key(object, out);
    json_decref(object);
    if (judgement == JWK_NO_MEMORY) return FAULT_MEMORY;
    return judgement == JWK_TAKEN ? FAULT_NONE : FAULT_MALFORMED;
}

/* A secret beside public keys invites a forger to sign with what is public. */
static bool
fits_beside(const struct jwk *keys, size_t count, const struct jwk *key)
{
    for (size_t i = 0; i < count; i++) {
        if ((keys[i].kind == JWK_OCT) != (key->kind == JWK_OCT)) return false;
        if (key->kid[0] != '\0' && strcmp(keys[i].kid, key->kid) == 0) return false;
    }
    return true;
}

static enum fault
read_keys(struct jwk *out, size_t *out_count, const json_t *keys)
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        struct jwk key;
        const enum judgement judgement = read_key(json_array_get(keys, i), &key);
        if (judgement == JWK_PASSED_OVER) continue;
        if (judgement == JWK_NO_MEMORY) return FAULT_MEMORY;
        if (judgement == JWK_BROKEN) return FAULT_MALFORMED;
        if (*out_count == JWK_KEYS_MAX || !fits_beside(out, *out_count, &key)) {
            jwk_close(&key);
            return FAULT_MALFORMED;
        }
        out[(*out_count)++] = key;
    }
    return FAULT_NONE;
}

enum fault
jwk_read_set(struct jwk out[JWK_KEYS_MAX], size_t *out_count, struct text json)
{
    must(out != NULL && out_count != NULL);
    memset(out, 0, JWK_KEYS_MAX * sizeof *out);
    *out_count = 0;
    json_t *set = parse(json);
    const json_t *keys = json_object_get(set, "keys");
    enum fault fault = FAULT_MALFORMED;
    if (json_is_array(keys)) fault = read_keys(out, out_count, keys);
    json_decref(set);
    if (fault == FAULT_NONE) return FAULT_NONE;
    for (size_t i = 0; i < *out_count; i++)
        jwk_close(&out[i]);
    *out_count = 0;
    return fault;
}

void
jwk_close(struct jwk *key)
{
    must(key != NULL);
    ed25519_verifier_close(key->ed25519);
    p256_verifier_close(key->p256);
    crypto_wipe(key, sizeof *key);
}

bool
jwk_read_ed25519(struct text kty, struct text crv, struct text x, uint8_t out[ED25519_KEY_SIZE])
{
    must(out != NULL);
    uint8_t public_key[ED25519_KEY_SIZE];
    if (!text_equal(kty, TEXT("OKP")) || !text_equal(crv, TEXT("Ed25519"))) return false;
    if (!decode_base64url_exact(x, public_key, sizeof public_key)) return false;
    if (!ed25519_public_key_is_safe(public_key)) return false;
    memcpy(out, public_key, sizeof public_key);
    return true;
}
