/* crypto/merkle.h: the Merkle tree of RFC 6962 (2.1) over SHA-256, and its signed head as C2SP
 * tlog-checkpoint. Only the roots of the whole subtrees are kept (one for each bit of the size), so
 * that a leaf costs two digests on average and a tree of any size 2 KiB. Any thread.
 *
 * A checkpoint is a note (crypto/note.h) of these lines:
 *   ORIGIN LF  SIZE LF  ROOT (base64) LF  WRITER SP SEQ SP HASH (base64) LF
 * The fourth is an extension line: the last entry of the journal that the tree covers. */
#ifndef HUIQUAN_CRYPTO_MERKLE_H
#define HUIQUAN_CRYPTO_MERKLE_H

#include "crypto/note.h"

#define MERKLE_LEVELS 63
#define MERKLE_NOTE_SIZE 512

/* Zeroed: the empty tree. */
struct merkle {
    int64_t size; /* leaves */
    struct digest roots[MERKLE_LEVELS]; /* [k] is meant when bit k of size is set */
};

void merkle_leaf(struct text bytes, struct digest *out); /* SHA-256(0x00 || bytes) */
void merkle_push(struct merkle *m, const struct digest *leaf);
void merkle_root(const struct merkle *m, struct digest *out);

struct merkle_head {
    int64_t size;
    struct digest root;
    int64_t writer, seq; /* of the last entry; 0 when size is 0 */
    struct digest hash;
};

/* Returns the size without NUL. */
size_t merkle_note_write(const struct ed25519_signer *signer, struct text origin,
                         const struct merkle_head *head, char out[MERKLE_NOTE_SIZE]);
/* False: no such note, or its signature does not hold under this key. */
MUST_USE bool merkle_note_read(const uint8_t public_key[ED25519_KEY_SIZE], struct text origin,
                               struct text note, struct merkle_head *out);

#endif
