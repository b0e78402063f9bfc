/* crypto/keyring.c: see keyring.h. Purpose keys are derived once, at opening. */
#include "crypto/keyring.h"

#include "crypto/bytes.h"
#include "crypto/digest.h"
#include "crypto/encode.h"
#include "crypto/ff1.h"
#include "crypto/keyring_store.h"
#include "crypto/seal.h"
#include "crypto/token.h"

#define MAC_PARTS_MAX 16
#define SHORT_CODE_BODY_DIGITS 17
#define ENROLLMENT_MAC_SIZE (ENROLLMENT_CODE_SIZE - (CROCKFORD_SIZE - 1))

/* X(NAME, label): a label is for ever, for what was derived by it is stored. */
#define PURPOSES(X)               \
    X(PERSON, "person")           \
    X(NAME, "name")               \
    X(EVIDENCE, "evidence")       \
    X(OTP, "otp")                 \
    X(FINGERPRINT, "fingerprint") \
    X(TERMINAL, "terminal")       \
    X(ENROLLMENT, "enrollment")   \
    X(ROTATING, "rotating")       \
    X(SEAL, "seal")               \
    X(SHORT_CODE, "short-code")

enum purpose {
#define X(name, label) PURPOSE_##name,
    PURPOSES(X)
#undef X
        PURPOSE_COUNT
};

static const char *const purpose_labels[PURPOSE_COUNT] = {
#define X(name, label) label,
    PURPOSES(X)
#undef X
};

struct signing_key {
    struct keyring_key plain;
    struct ed25519_signer *signer;
    struct ed25519_verifier *verifier;
};

struct keyring {
    struct digest purpose_keys[PURPOSE_COUNT];
    uint32_t session_generation;
    struct digest session_keys[2]; /* this generation's, and the one's before */
    struct ff1 *short_code;
    size_t count, active;
    struct signing_key keys[KEYRING_KEYS_MAX];
};

static struct text
digest_text(const struct digest *d)
{
    return (struct text){ (const char *)d->bytes, sizeof d->bytes };
}

static struct text
uuid_text(const struct uuid *id)
{
    return (struct text){ (const char *)id->bytes, sizeof id->bytes };
}

static void
derive(struct text master, const char *label, uint32_t generation, struct digest *out)
{
    char info[64];
    const int size = snprintf(info, sizeof info, "huiquan-v1 %s %u", label, generation);
    must(size > 0 && (size_t)size < sizeof info);
    digest_hkdf_sha256(out->bytes, sizeof out->bytes, master, (struct text){ 0 },
                       (struct text){ info, (size_t)size });
}

static enum fault
derive_all(struct keyring *k, const struct keyring_files *files)
{
    const struct text master = { (const char *)files->master, sizeof files->master };
    for (size_t i = 0; i < PURPOSE_COUNT; i++)
        derive(master, purpose_labels[i], 0, &k->purpose_keys[i]);
    k->session_generation = files->session_generation;
    derive(master, "session", k->session_generation, &k->session_keys[0]);
    derive(master, "session", k->session_generation - 1, &k->session_keys[1]);
    return ff1_open(&k->short_code, digest_text(&k->purpose_keys[PURPOSE_SHORT_CODE]),
                    SHORT_CODE_BODY_DIGITS);
}

static enum fault
open_key(struct signing_key *key, const struct keyring_entry *entry, char why[KEYRING_WHY_SIZE])
{
    enum fault fault = ed25519_signer_open(&key->signer, entry->seed);
    if (fault != FAULT_NONE) return fault;
    const uint8_t *public_key = ed25519_signer_public_key(key->signer);
    if (token_kid(public_key) != entry->kid) {
        snprintf(why, KEYRING_WHY_SIZE, "signing-%08x.key holds another key", entry->kid);
        return FAULT_CONFIG;
    }
    key->plain = (struct keyring_key){
        .kid = entry->kid,
        .state = entry->state,
        .created_at_s = entry->created_at_s,
        .retired_at_s = entry->retired_at_s,
    };
    memcpy(key->plain.public_key, public_key, sizeof key->plain.public_key);
    return ed25519_verifier_open(&key->verifier, public_key);
}

static enum fault
open_keys(struct keyring *k, const struct keyring_files *files, char why[KEYRING_WHY_SIZE])
{
    size_t active_count = 0;
    for (size_t i = 0; i < files->count; i++) {
        k->count = i + 1;
        const enum fault fault = open_key(&k->keys[i], &files->entries[i], why);
        if (fault != FAULT_NONE) return fault;
        if (files->entries[i].state != KEY_ACTIVE) continue;
        k->active = i;
        active_count++;
    }
    must(active_count == 1); /* keyring_store_read() refused anything else */
    return FAULT_NONE;
}

enum fault
keyring_open(struct keyring **out, const char *directory, char why[KEYRING_WHY_SIZE])
{
    must(out != NULL && directory != NULL && why != NULL);
    *out = NULL;
    why[0] = '\0';
    struct keyring_files files;
    struct keyring *k = NULL;
    enum fault fault = keyring_store_read(&files, directory, why);
    if (fault != FAULT_NONE) goto out;
    k = calloc(1, sizeof *k);
    fault = k == NULL ? FAULT_MEMORY : derive_all(k, &files);
    if (fault == FAULT_NONE) fault = open_keys(k, &files, why);
out:
    crypto_wipe(&files, sizeof files);
    if (fault != FAULT_NONE) {
        keyring_close(k);
        return fault;
    }
    *out = k;
    return FAULT_NONE;
}

void
keyring_close(struct keyring *k)
{
    if (k == NULL) return;
    for (size_t i = 0; i < k->count; i++) {
        ed25519_signer_close(k->keys[i].signer);
        ed25519_verifier_close(k->keys[i].verifier);
    }
    ff1_close(k->short_code);
    crypto_wipe(k, sizeof *k);
    free(k);
}

size_t
keyring_count(const struct keyring *k)
{
    return k->count;
}

const struct keyring_key *
keyring_at(const struct keyring *k, size_t index)
{
    must(index < k->count);
    return &k->keys[index].plain;
}

const struct ed25519_signer *
keyring_signer_active(const struct keyring *k, uint32_t *out_kid)
{
    must(k->active < k->count);
    *out_kid = k->keys[k->active].plain.kid;
    return k->keys[k->active].signer;
}

static const struct signing_key *
find_key(const struct keyring *k, uint32_t kid)
{
    for (size_t i = 0; i < k->count; i++) {
        if (k->keys[i].plain.kid == kid) return &k->keys[i];
    }
    return NULL;
}

const struct ed25519_signer *
keyring_signer_by_kid(const struct keyring *k, uint32_t kid)
{
    const struct signing_key *key = find_key(k, kid);
    if (key == NULL) return NULL;
    const bool signs = key->plain.state == KEY_ACTIVE || key->plain.state == KEY_RETIRED;
    return signs ? key->signer : NULL;
}

const struct ed25519_verifier *
keyring_verifier_by_kid(const struct keyring *k, uint32_t kid)
{
    const struct signing_key *key = find_key(k, kid);
    return key == NULL || key->plain.state == KEY_REVOKED ? NULL : key->verifier;
}

static size_t
write_jwk(const struct keyring_key *key, bool first, char *out)
{
    char x[BASE64URL_SIZE(ED25519_KEY_SIZE)];
    (void)encode_base64url(key->public_key, sizeof key->public_key, x);
    const int size = snprintf(out, KEYRING_JWK_SIZE,
                              "%s{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"Ed25519\","
                              "\"use\":\"sig\",\"kid\":\"%08x\",\"x\":\"%s\"}",
                              first ? "" : ",", key->kid, x);
    must(size > 0 && size < KEYRING_JWK_SIZE);
    return (size_t)size;
}

size_t
keyring_write_jwks(const struct keyring *k, char out[KEYRING_JWKS_SIZE])
{
    static const char head[] = "{\"keys\":[", tail[] = "]}";
    size_t size = sizeof head - 1;
    memcpy(out, head, size);
    for (int state = KEY_ACTIVE; state < KEY_REVOKED; state++) {
        for (size_t i = 0; i < k->count; i++) {
            if ((int)k->keys[i].plain.state != state) continue;
            size += write_jwk(&k->keys[i].plain, size == sizeof head - 1, out + size);
        }
    }
    memcpy(out + size, tail, sizeof tail);
    size += sizeof tail - 1;
    must(size < KEYRING_JWKS_SIZE);
    return size;
}

/* Each part goes in behind its size, so that parts cannot run into each other. */
static void
mac_parts(const struct keyring *k, enum purpose purpose, const struct text *parts,
          size_t part_count, struct digest *out)
{
    must(k != NULL && out != NULL);
    must(part_count <= MAC_PARTS_MAX);
    uint8_t sizes[MAC_PARTS_MAX][8];
    struct text framed[2 * MAC_PARTS_MAX];
    for (size_t i = 0; i < part_count; i++) {
        bytes_put_u64(sizes[i], parts[i].size);
        framed[2 * i] = (struct text){ (const char *)sizes[i], sizeof sizes[i] };
        framed[2 * i + 1] = parts[i];
    }
    digest_hmac_sha256(out, digest_text(&k->purpose_keys[purpose]), framed, 2 * part_count);
}

void
keyring_person(const struct keyring *k, struct text id_number, struct digest *out)
{
    mac_parts(k, PURPOSE_PERSON, &id_number, 1, out);
}

void
keyring_person_ref(const struct keyring *k, struct text id_number, struct uuid *out)
{
    struct digest person;
    keyring_person(k, id_number, &person);
    memcpy(out->bytes, person.bytes, sizeof out->bytes);
    out->bytes[6] = (uint8_t)((out->bytes[6] & 0x0f) | 0x70); /* RFC 9562: version, variant */
    out->bytes[8] = (uint8_t)((out->bytes[8] & 0x3f) | 0x80);
}

void
keyring_name(const struct keyring *k, struct text name, struct digest *out)
{
    mac_parts(k, PURPOSE_NAME, &name, 1, out);
}

void
keyring_evidence(const struct keyring *k, enum evidence_kind kind, struct text text,
                 struct digest *out)
{
    const char kind_byte = (char)kind;
    const struct text parts[] = { { &kind_byte, 1 }, text };
    mac_parts(k, PURPOSE_EVIDENCE, parts, COUNT_OF(parts), out);
}

void
keyring_otp(const struct keyring *k, struct text mobile, struct text code, struct digest *out)
{
    const struct text parts[] = { mobile, code };
    mac_parts(k, PURPOSE_OTP, parts, COUNT_OF(parts), out);
}

void
keyring_fingerprint(const struct keyring *k, const struct text *parts, size_t part_count,
                    struct digest *out)
{
    mac_parts(k, PURPOSE_FINGERPRINT, parts, part_count, out);
}

uint8_t
keyring_session_generation(const struct keyring *k)
{
    return (uint8_t)k->session_generation;
}

bool
keyring_session_mac(const struct keyring *k, uint8_t generation, struct text bytes,
                    struct digest *out)
{
    const uint8_t current = (uint8_t)k->session_generation;
    const uint8_t before = (uint8_t)(k->session_generation - 1);
    const bool is_before = generation == before && k->session_generation > 1;
    if (generation != current && !is_before) return false;
    const struct digest *key = &k->session_keys[is_before ? 1 : 0];
    digest_hmac_sha256(out, digest_text(key), &bytes, 1);
    return true;
}

void
keyring_terminal_secret(const struct keyring *k, const struct uuid *terminal, struct digest *out)
{
    const struct text part = uuid_text(terminal);
    mac_parts(k, PURPOSE_TERMINAL, &part, 1, out);
}

void
keyring_rotating_key(const struct keyring *k, const struct uuid *voucher, struct digest *out)
{
    const struct text part = uuid_text(voucher);
    mac_parts(k, PURPOSE_ROTATING, &part, 1, out);
}

/* The last 16 of the 26 characters that the MAC's first 16 bytes make: 80 whole bits. */
void
keyring_enrollment_code(const struct keyring *k, const struct uuid *terminal, int64_t nonce,
                        char out[ENROLLMENT_CODE_SIZE + 1])
{
    uint8_t nonce_bytes[8];
    bytes_put_u64(nonce_bytes, (uint64_t)nonce);
    const struct text parts[] = { uuid_text(terminal),
                                  { (const char *)nonce_bytes, sizeof nonce_bytes } };
    struct digest mac;
    mac_parts(k, PURPOSE_ENROLLMENT, parts, COUNT_OF(parts), &mac);
    struct uuid mac_head;
    memcpy(mac_head.bytes, mac.bytes, sizeof mac_head.bytes);
    char mac_text[CROCKFORD_SIZE];
    encode_crockford(&mac_head, mac_text);
    encode_crockford(terminal, out);
    memcpy(out + CROCKFORD_SIZE - 1, mac_text + CROCKFORD_SIZE - 1 - ENROLLMENT_MAC_SIZE,
           ENROLLMENT_MAC_SIZE + 1);
    crypto_wipe(&mac, sizeof mac);
}

bool
keyring_enrollment_peek(struct text code, struct uuid *out_terminal)
{
    if (code.size != ENROLLMENT_CODE_SIZE) return false;
    return decode_crockford((struct text){ code.at, CROCKFORD_SIZE - 1 }, out_terminal);
}

bool
keyring_enrollment_check(const struct keyring *k, struct text code, int64_t nonce)
{
    struct uuid terminal;
    if (!keyring_enrollment_peek(code, &terminal)) return false;
    char want[ENROLLMENT_CODE_SIZE + 1];
    keyring_enrollment_code(k, &terminal, nonce, want);
    const bool held = crypto_equal(want, code.at, ENROLLMENT_CODE_SIZE);
    crypto_wipe(want, sizeof want);
    return held;
}

void
keyring_seal(const struct keyring *k, struct text context, struct text plain, uint8_t *out)
{
    seal_shut(&k->purpose_keys[PURPOSE_SEAL], context, plain, out);
}

bool
keyring_unseal(const struct keyring *k, struct text context, struct text sealed, uint8_t *out)
{
    return seal_open(&k->purpose_keys[PURPOSE_SEAL], context, sealed, out);
}

uint64_t
keyring_short_encrypt(const struct keyring *k, uint64_t number)
{
    return ff1_encrypt(k->short_code, number);
}

uint64_t
keyring_short_decrypt(const struct keyring *k, uint64_t number)
{
    return ff1_decrypt(k->short_code, number);
}
