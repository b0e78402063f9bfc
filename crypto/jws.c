/* crypto/jws.c: see jws.h. */
#include "crypto/jws.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "voucher/json_load.h"

#define HEADER_SIZE_MAX 2048
#define SIGNATURE_DECODED_MAX 1024 /* of RSA, so that a foreign signature is not "malformed" */

/* What would bring a key along, change what is signed, or ask for what we do not know. */
static const char *const refused_members[] = { "crit", "b64", "jwk", "jku", "x5u", "x5c", "zip" };

/* Absent is fine when it may be; out then stays empty. */
static bool
copy_member(const json_t *object, const char *name, char *out, size_t size_max)
{
    const json_t *value = json_object_get(object, name);
    if (value == NULL) return true;
    if (!json_is_string(value)) return false;
    const size_t size = json_string_length(value);
    if (size == 0 || size > size_max) return false;
    memcpy(out, json_string_value(value), size + 1);
    return true;
}

static enum jws_result
judge_header(struct jws *out, const json_t *header)
{
    if (!json_is_object(header)) return JWS_MALFORMED;
    for (size_t i = 0; i < COUNT_OF(refused_members); i++) {
        if (json_object_get(header, refused_members[i]) != NULL) return JWS_HEADER_REFUSED;
    }
    if (!copy_member(header, "alg", out->alg, JWS_ALG_MAX)) return JWS_MALFORMED;
    if (!copy_member(header, "kid", out->kid, JWK_KID_MAX)) return JWS_MALFORMED;
    if (!copy_member(header, "typ", out->typ, JWS_TYP_MAX)) return JWS_MALFORMED;
    return out->alg[0] == '\0' ? JWS_MALFORMED : JWS_GOOD;
}

static enum jws_result
read_header(struct jws *out, struct text encoded)
{
    char bytes[HEADER_SIZE_MAX];
    size_t size = 0;
    if (!decode_base64url(encoded, bytes, sizeof bytes, &size)) return JWS_MALFORMED;
    json_t *header = json_load((struct text){ bytes, size });
    const enum jws_result result = judge_header(out, header);
    json_decref(header);
    return result;
}

static bool
read_signature(struct jws *out, struct text encoded)
{
    uint8_t bytes[SIGNATURE_DECODED_MAX];
    if (!decode_base64url(encoded, bytes, sizeof bytes, &out->signature_size)) return false;
    if (out->signature_size <= sizeof out->signature) {
        memcpy(out->signature, bytes, out->signature_size);
    }
    return true;
}

/* Where the dot is, or size when there is none. */
static size_t
find_dot(struct text text, size_t from)
{
    size_t at = from;
    while (at < text.size && text.at[at] != '.')
        at++;
    return at;
}

enum jws_result
jws_read(struct jws *out, struct text compact)
{
    must(out != NULL);
    *out = (struct jws){ 0 };
    if (compact.size == 0 || compact.size > JWS_SIZE_MAX) return JWS_MALFORMED;
    const size_t first = find_dot(compact, 0);
    if (first == compact.size) return JWS_MALFORMED;
    const size_t second = find_dot(compact, first + 1);
    if (second == compact.size) return JWS_MALFORMED;
    /* A third dot is in no alphabet, so the signature will not decode. */
    const struct text signature = { compact.at + second + 1, compact.size - second - 1 };
    out->signing_input = (struct text){ compact.at, second };
    out->payload_text = (struct text){ compact.at + first + 1, second - first - 1 };
    if (!read_signature(out, signature)) return JWS_MALFORMED;
    return read_header(out, (struct text){ compact.at, first });
}

static bool
verify_hs256(const struct jws *jws, const struct jwk *key)
{
    struct digest mac;
    const struct text secret = { (const char *)key->oct, key->oct_size };
    if (jws->signature_size != sizeof mac.bytes) return false;
    digest_hmac_sha256(&mac, secret, &jws->signing_input, 1);
    return crypto_equal(mac.bytes, jws->signature, sizeof mac.bytes);
}

static bool
signature_holds(const struct jws *jws, const struct jwk *key)
{
    switch (key->kind) {
    case JWK_NONE: return false;
    case JWK_ED25519:
        return jws->signature_size == ED25519_SIGNATURE_SIZE &&
               ed25519_verify(key->ed25519, jws->signing_input, jws->signature);
    case JWK_P256:
        return jws->signature_size == P256_SIGNATURE_SIZE &&
               p256_verify(key->p256, jws->signing_input, jws->signature);
    case JWK_OCT: return verify_hs256(jws, key);
    }
    return false;
}

enum jws_result
jws_verify(const struct jws *jws, const struct jwk *key)
{
    must(jws != NULL && key != NULL);
    if (!jwk_answers_to(key, text_of(jws->alg))) return JWS_ALG_REFUSED;
    const bool both_named = jws->kid[0] != '\0' && key->kid[0] != '\0';
    if (both_named && strcmp(jws->kid, key->kid) != 0) return JWS_UNKNOWN_KEY;
    return signature_holds(jws, key) ? JWS_GOOD : JWS_BAD_SIGNATURE;
}

bool
jws_payload(const struct jws *jws, uint8_t *out, size_t room, size_t *out_size)
{
    must(jws != NULL && out != NULL);
    return decode_base64url(jws->payload_text, out, room, out_size);
}

size_t
jws_sign(const struct ed25519_signer *signer, struct text header, struct text payload, char *out,
         size_t room)
{
    must(signer != NULL && out != NULL);
    const size_t needed = BASE64URL_SIZE(header.size) + BASE64URL_SIZE(payload.size) +
                          BASE64URL_SIZE(ED25519_SIGNATURE_SIZE); /* their NULs: two dots, a NUL */
    if (room < needed) return 0;
    size_t size = encode_base64url(header.at, header.size, out);
    out[size++] = '.';
    size += encode_base64url(payload.at, payload.size, out + size);
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    ed25519_sign(signer, (struct text){ out, size }, signature);
    out[size++] = '.';
    size += encode_base64url(signature, sizeof signature, out + size);
    must(size + 1 == needed);
    return size;
}

static bool
name_is_plain(struct text name)
{
    if (name.size == 0 || name.size > JWS_NAME_MAX) return false;
    for (size_t i = 0; i < name.size; i++) {
        const char c = name.at[i];
        if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    return true;
}

static struct text PRINTF_LIKE(3, 4) print_json(char *out, size_t room, const char *format, ...);

static struct text
print_json(char *out, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(out, room, format, arguments);
    va_end(arguments);
    must(size > 0 && (size_t)size < room);
    return (struct text){ out, (size_t)size };
}

size_t
jws_write_voucher(const struct ed25519_signer *signer, const struct jws_voucher *v,
                  char out[JWS_VOUCHER_SIZE])
{
    must(v != NULL && v->claims != NULL);
    must(name_is_plain(v->issuer) && name_is_plain(v->audience));
    char voucher[CROCKFORD_SIZE], campaign[CROCKFORD_SIZE], header_room[96], payload_room[512];
    encode_crockford(&v->claims->voucher, voucher);
    encode_crockford(&v->campaign, campaign);
    const struct text header = print_json(
        header_room, sizeof header_room,
        "{\"alg\":\"Ed25519\",\"kid\":\"%08" PRIx32 "\",\"typ\":\"voucher+jwt\"}", v->claims->kid);
    const struct text payload = print_json(
        payload_room, sizeof payload_room,
        "{\"iss\":\"%.*s\",\"aud\":\"%.*s\",\"jti\":\"vch_%s\",\"cid\":\"cmp_%s\","
        "\"amt\":%" PRIu32 ",\"nbf\":%" PRIu32 ",\"exp\":%" PRIu32 "}",
        (int)v->issuer.size, v->issuer.at, (int)v->audience.size, v->audience.at, voucher, campaign,
        v->claims->face_fen, v->claims->not_before_s, v->claims->expires_s);
    const size_t size = jws_sign(signer, header, payload, out, JWS_VOUCHER_SIZE);
    must(size > 0);
    return size;
}
