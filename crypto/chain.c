/* crypto/chain.c: see chain.h. */
#include "crypto/chain.h"

#include <inttypes.h>
#include <stdarg.h>

#include "crypto/digest.h"
#include "crypto/encode.h"

#define NOTE_KEY_ID_SIZE 4
#define NOTE_SIGNATURE_SIZE (NOTE_KEY_ID_SIZE + ED25519_SIGNATURE_SIZE)
#define NOTE_ED25519 '\x01'

static const char entry_domain[] = "huiquan-journal-v1"; /* its NUL is part of it */
static const char note_first_line[] = "huiquan-checkpoint-v1";
static const char em_dash[] = "\xe2\x80\x94";

void
chain_next(const struct digest *prev, struct text entry, struct digest *out)
{
    must(prev != NULL && out != NULL);
    must(entry.size > 0); /* an entry has a layout byte at least */
    const struct text parts[] = { { entry_domain, sizeof entry_domain },
                                  { (const char *)prev->bytes, sizeof prev->bytes },
                                  entry };
    struct digest next;
    digest_sha256(&next, parts, COUNT_OF(parts));
    *out = next; /* which may be prev */
}

static bool
origin_is_sound(struct text origin)
{
    if (origin.size == 0 || origin.size > CHAIN_ORIGIN_MAX) return false;
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

/* A buffer that, once too small, stays so. */
struct note {
    char *at;
    size_t size, room;
    bool full;
};

static void PRINTF_LIKE(2, 3) note_add(struct note *n, const char *format, ...);

static void
note_add(struct note *n, const char *format, ...)
{
    if (n->full) return;
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(n->at + n->size, n->room - n->size, format, arguments);
    va_end(arguments);
    must(size >= 0);
    n->full = (size_t)size >= n->room - n->size;
    if (!n->full) n->size += (size_t)size;
}

static void
note_add_signature(struct note *n, const struct ed25519_signer *signer, struct text origin)
{
    uint8_t signature[NOTE_SIGNATURE_SIZE];
    char encoded[BASE64_SIZE(NOTE_SIGNATURE_SIZE)];
    note_key_id(origin, ed25519_signer_public_key(signer), signature);
    ed25519_sign(signer, (struct text){ n->at, n->size }, signature + NOTE_KEY_ID_SIZE);
    (void)encode_base64(signature, sizeof signature, encoded);
    note_add(n, "\n%s %.*s %s\n", em_dash, (int)origin.size, origin.at, encoded);
}

size_t
checkpoint_write(const struct ed25519_signer *signer, const struct checkpoint *c, char *out,
                 size_t room)
{
    must(origin_is_sound(c->origin));
    must(c->heads != NULL || c->head_count == 0);
    struct note n = { .at = out, .room = room, .full = room == 0 };
    note_add(&n, "%s\n%.*s\n%" PRId64 "\n", note_first_line, (int)c->origin.size, c->origin.at,
             c->at_s);
    for (size_t i = 0; i < c->head_count; i++) {
        const struct chain_head *head = &c->heads[i];
        must(i == 0 || head->writer > c->heads[i - 1].writer);
        char hash[BASE64_SIZE(sizeof head->hash.bytes)];
        (void)encode_base64(head->hash.bytes, sizeof head->hash.bytes, hash);
        note_add(&n, "%" PRId64 " %" PRId64 " %s\n", head->writer, head->seq, hash);
    }
    if (!n.full) note_add_signature(&n, signer, c->origin);
    return n.full ? 0 : n.size;
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

static bool
note_is_ours(struct text body, struct text origin)
{
    const size_t first_size = sizeof note_first_line - 1;
    if (body.size < first_size + origin.size + 2) return false;
    if (memcmp(body.at, note_first_line, first_size) != 0 || body.at[first_size] != '\n') {
        return false;
    }
    const char *second = body.at + first_size + 1;
    return memcmp(second, origin.at, origin.size) == 0 && second[origin.size] == '\n';
}

bool
checkpoint_verify(const uint8_t public_key[ED25519_KEY_SIZE], struct text origin, struct text note)
{
    must(public_key != NULL && origin_is_sound(origin));
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
    return held && note_is_ours(body, origin);
}
