/* crypto/session.c: see session.h. */
#include "crypto/session.h"

#include "crypto/bytes.h"
#include "crypto/digest.h"
#include "crypto/encode.h"

#define SESSION_VERSION 1
#define CLAIMS_SIZE 28
#define CLOCK_SKEW_S 60

enum session_offset {
    AT_VERSION = 0,
    AT_GENERATION = 1,
    AT_AUDIENCE = 2,
    AT_ASSURANCE = 3,
    AT_SUBJECT = 4,
    AT_ISSUED = 20,
    AT_EXPIRES = 24,
    AT_MAC = CLAIMS_SIZE,
    SESSION_SIZE = AT_MAC + sizeof(struct digest),
};

_Static_assert(BASE64URL_SIZE(SESSION_SIZE) == SESSION_TEXT_SIZE + 1, "size of the text");

static bool
mac_of(const struct keyring *keyring, const uint8_t bytes[SESSION_SIZE], struct digest *out)
{
    const struct text claims = { (const char *)bytes, CLAIMS_SIZE };
    return keyring_session_mac(keyring, bytes[AT_GENERATION], claims, out);
}

void
session_write(const struct keyring *keyring, const struct session *s,
              char out[SESSION_TEXT_SIZE + 1])
{
    must(s->issued_at_s >= 0 && s->issued_at_s <= s->expires_at_s);
    must(s->expires_at_s <= UINT32_MAX);
    uint8_t bytes[SESSION_SIZE];
    bytes[AT_VERSION] = SESSION_VERSION;
    bytes[AT_GENERATION] = keyring_session_generation(keyring);
    bytes[AT_AUDIENCE] = (uint8_t)s->audience;
    bytes[AT_ASSURANCE] = (uint8_t)s->assurance;
    memcpy(bytes + AT_SUBJECT, s->subject.bytes, sizeof s->subject.bytes);
    bytes_put_u32(bytes + AT_ISSUED, (uint32_t)s->issued_at_s);
    bytes_put_u32(bytes + AT_EXPIRES, (uint32_t)s->expires_at_s);
    struct digest mac;
    must(mac_of(keyring, bytes, &mac)); /* the current generation is always good */
    memcpy(bytes + AT_MAC, mac.bytes, sizeof mac.bytes);
    const size_t size = encode_base64url(bytes, sizeof bytes, out);
    must(size == SESSION_TEXT_SIZE);
}

static enum session_result
session_judge(const struct keyring *keyring, const uint8_t bytes[SESSION_SIZE])
{
    if (bytes[AT_VERSION] != SESSION_VERSION) return SESSION_MALFORMED;
    struct digest mac;
    if (!mac_of(keyring, bytes, &mac)) return SESSION_FORGED;
    const bool held = crypto_equal(mac.bytes, bytes + AT_MAC, sizeof mac.bytes);
    crypto_wipe(&mac, sizeof mac);
    return held ? SESSION_GOOD : SESSION_FORGED;
}

enum session_result
session_read(const struct keyring *keyring, struct text text, int64_t now_s, struct session *out)
{
    must(keyring != NULL && out != NULL);
    *out = (struct session){ 0 };
    uint8_t bytes[SESSION_SIZE];
    if (!decode_base64url_exact(text, bytes, sizeof bytes)) return SESSION_MALFORMED;
    const enum session_result result = session_judge(keyring, bytes);
    if (result != SESSION_GOOD) return result;
    struct session s = {
        .audience = bytes[AT_AUDIENCE],
        .assurance = bytes[AT_ASSURANCE],
        .issued_at_s = bytes_get_u32(bytes + AT_ISSUED),
        .expires_at_s = bytes_get_u32(bytes + AT_EXPIRES),
    };
    memcpy(s.subject.bytes, bytes + AT_SUBJECT, sizeof s.subject.bytes);
    if (now_s < s.issued_at_s - CLOCK_SKEW_S || now_s >= s.expires_at_s) return SESSION_EXPIRED;
    *out = s;
    return SESSION_GOOD;
}
