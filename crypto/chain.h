/* crypto/chain.h: the journal's hash chain and signed checkpoints over its heads. Any thread.
 *
 * hash = SHA-256("huiquan-journal-v1\0" || prev || entry). prev has a fixed size, so the pieces
 * cannot run into each other. It is all zero only for the first entry of a daemon's first epoch: a
 * writer is one epoch of one daemon, and its first entry follows the last one of the epoch before.
 *
 * A checkpoint is a signed note (C2SP signed-note) that anyone can check with the JWKS:
 *   huiquan-checkpoint-v1 LF
 *   ORIGIN LF
 *   AT (Unix seconds) LF
 *   WRITER SP SEQ SP HASH (base64) LF      one line per writer, in rising order
 *   LF
 *   the signature's line, crypto/note.h */
#ifndef HUIQUAN_CRYPTO_CHAIN_H
#define HUIQUAN_CRYPTO_CHAIN_H

#include "crypto/note.h"
#include "voucher/base.h"

/* Room for a checkpoint over head_count heads. */
#define CHECKPOINT_SIZE(head_count) (512 + (head_count)*96)

void chain_next(const struct digest *prev, struct text entry, struct digest *out);

struct chain_head {
    int64_t writer, seq;
    struct digest hash;
};

struct checkpoint {
    struct text origin; /* 1 to NOTE_ORIGIN_MAX printable ASCII bytes without space and '+' */
    int64_t at_s;
    const struct chain_head *heads; /* rising by writer */
    size_t head_count;
};

/* Returns the size without NUL, or 0 when room is too small. */
size_t checkpoint_write(const struct ed25519_signer *signer, const struct checkpoint *c, char *out,
                        size_t room);
/* True when one signature line of this origin and key holds over the note's text. */
MUST_USE bool checkpoint_verify(const uint8_t public_key[ED25519_KEY_SIZE], struct text origin,
                                struct text note);

#endif
