/* crypto/note.h: signed notes (C2SP signed-note, Ed25519): a text that ends with a line feed, an
 * empty line, and lines "EM-DASH SP ORIGIN SP base64(key id || signature)". The key id is C2SP's:
 * first four bytes of SHA-256(ORIGIN LF 0x01 public key). Any thread. */
#ifndef HUIQUAN_CRYPTO_NOTE_H
#define HUIQUAN_CRYPTO_NOTE_H

#include "crypto/ed25519.h"
#include "voucher/base.h"

#define NOTE_ORIGIN_MAX 128

/* 1 to NOTE_ORIGIN_MAX printable ASCII bytes without space and '+'. */
bool note_origin_is_sound(struct text origin);
/* Returns the size without NUL, or 0 when room is too small. body must not lie in out. */
size_t note_sign(const struct ed25519_signer *signer, struct text origin, struct text body,
                 char *out, size_t room);
/* True when one signature line of this origin and key holds over the note's text, which *out_body
 * then borrows. What the text says is the caller's to judge. */
MUST_USE bool note_open(const uint8_t public_key[ED25519_KEY_SIZE], struct text origin,
                        struct text note, struct text *out_body);

#endif
