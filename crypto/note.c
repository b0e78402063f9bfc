/* crypto/note.c */
#include "crypto/note.h"

#include "crypto/digest.h"
#include "crypto/encode.h"

#define NOTE_KEY_ID_SIZE 4
#define NOTE_SIGNATURE_SIZE (NOTE_KEY_ID_SIZE + ED25519_SIGNATURE_SIZE)
#define NOTE_ED25519 '\x01'

static const char em_dash[] = "\xe2\x80\x94";

bool
note_origin_is_sound(struct text origin)
{
    if (origin.size == 0 || origin.size > NOTE_ORIGIN_MAX) return false;
    for (size_t i = 0; i < origin.size; i++) {
        if (origin.at[i] <= ' ' || origin.at[i] > '~' || origin.at[i] == '+') return false;
    }
    return true;
}

static void
note_key_id(struct text origin, const uint8_t public_key[ED25519_KEY_SIZE],
            uint8_t out[NOTE_KEY_ID_SIZE])
{
    static const char separator[] = { '\n', NOTE_ED25519 };
    const struct text parts[] = { origin,
                                  { separator, sizeof separator },
                                  { (const char *)public_key, ED25519_KEY_SIZE } };
    struct digest digest;
    digest_sha256(&digest, parts, COUNT_OF(parts));
    memcpy(out, digest.bytes, NOTE_KEY_ID_SIZE);
}

size_t
note_sign(const struct ed25519_signer *signer, struct text origin, struct text body, char *out,
          size_t room)
{
    uint8_t signature[NOTE_SIGNATURE_SIZE];
    char encoded[BASE64_SIZE(NOTE_SIGNATURE_SIZE)];
    must(note_origin_is_sound(origin));
    must(body.size > 0 && body.at[body.size - 1] == '\n');
    note_key_id(origin, ed25519_signer_public_key(signer), signature);
    ed25519_sign(signer, body, signature + NOTE_KEY_ID_SIZE);
    (void)encode_base64(signature, sizeof signature, encoded);
    const int size = snprintf(out, room, "%.*s\n%s %.*s %s\n", (int)body.size, body.at, em_dash,
                              (int)origin.size, origin.at, encoded);
    must(size > 0);
    return (size_t)size < room ? (size_t)size : 0;
}

/* Where the signed text ends: behind the LF before the last empty line. 0: there is none. */
static size_t
note_text_size(struct text note)
{
    for (size_t i = note.size; i >= 2; i--) {
        if (note.at[i - 2] == '\n' && note.at[i - 1] == '\n') return i - 1;
    }
    return 0;
}

/* "EM-DASH SP ORIGIN SP base64" of this origin and key. */
static bool
read_signature_line(struct text line, struct text origin, const uint8_t key_id[NOTE_KEY_ID_SIZE],
                    uint8_t out[NOTE_SIGNATURE_SIZE])
{
    const size_t dash_size = sizeof em_dash - 1;
    const size_t head_size = dash_size + 1 + origin.size + 1;
    if (line.size <= head_size) return false;
    if (memcmp(line.at, em_dash, dash_size) != 0 || line.at[dash_size] != ' ') return false;
    if (memcmp(line.at + dash_size + 1, origin.at, origin.size) != 0) return false;
    if (line.at[head_size - 1] != ' ') return false;
    const struct text encoded = { line.at + head_size, line.size - head_size };
    size_t size = 0;
    if (!decode_base64(encoded, out, NOTE_SIGNATURE_SIZE, &size)) return false;
    return size == NOTE_SIGNATURE_SIZE && memcmp(out, key_id, NOTE_KEY_ID_SIZE) == 0;
}

static bool
find_signature(struct text lines, struct text origin, const uint8_t public_key[ED25519_KEY_SIZE],
               uint8_t out[NOTE_SIGNATURE_SIZE])
{
    uint8_t key_id[NOTE_KEY_ID_SIZE];
    note_key_id(origin, public_key, key_id);
    while (lines.size > 0) {
        const char *end = memchr(lines.at, '\n', lines.size);
        if (end == NULL) return false;
        const struct text line = { lines.at, (size_t)(end - lines.at) };
        if (read_signature_line(line, origin, key_id, out)) return true;
        lines = (struct text){ end + 1, lines.size - line.size - 1 };
    }
    return false;
}

bool
note_open(const uint8_t public_key[ED25519_KEY_SIZE], struct text origin, struct text note,
          struct text *out_body)
{
    must(public_key != NULL && note_origin_is_sound(origin));
    *out_body = (struct text){ 0 };
    const size_t body_size = note_text_size(note);
    if (body_size == 0) return false;
    const struct text body = { note.at, body_size };
    const struct text lines = { note.at + body_size + 1, note.size - body_size - 1 };
    uint8_t signature[NOTE_SIGNATURE_SIZE];
    if (!find_signature(lines, origin, public_key, signature)) return false;
    struct ed25519_verifier *verifier = NULL;
    if (ed25519_verifier_open(&verifier, public_key) != FAULT_NONE) return false;
    const bool held = ed25519_verify(verifier, body, signature + NOTE_KEY_ID_SIZE);
    ed25519_verifier_close(verifier);
    if (held) *out_body = body;
    return held;
}
