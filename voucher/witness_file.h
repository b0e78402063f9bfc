/* voucher/witness_file.h: what a witness on a second path remembers of the journal, and holding the
 * journal against it. One thread at a time.
 *
 * PATH is the signed checkpoint (crypto/merkle.h) over all rows of the journal in the order of
 * writer and seq; it is replaced whole. PATH.leaves are the hashes of those rows, 32 bytes each, in
 * the same order: with them the first entry that differs is named, without them only that some
 * entry does. A leaf is RFC 6962's, over u64 writer · u64 seq · 32 bytes of the chain's hash, so
 * that it stands for the entry's bytes and for all entries before it.
 *
 * Leaves beyond the checkpoint, or such as do not add up to it, prove nothing and are not used. */
#ifndef HUIQUAN_WITNESS_FILE_H
#define HUIQUAN_WITNESS_FILE_H

#include "crypto/merkle.h"
#include "storage/journal.h"

#define WITNESS_ORIGIN TEXT("huiquan")
#define WITNESS_KEYS_MAX 64
#define WITNESS_WHY_SIZE 256
#define WITNESS_PATH_SIZE 640

struct witness_keys {
    size_t count;
    uint8_t keys[WITNESS_KEYS_MAX][ED25519_KEY_SIZE];
};

struct witness_file {
    struct merkle_head head;
    struct digest *leaves; /* head.size of them; NULL: none that add up. Owned. */
};

/* FAULT_UNREACHABLE: there is no checkpoint. FAULT_CORRUPT: it is signed by none of the keys;
 * FAULT_IO: it cannot be read. *out is zeroed then, and why says it in words. */
MUST_USE enum fault witness_file_read(struct witness_file *out, const char *path,
                                      const struct witness_keys *keys, char why[WITNESS_WHY_SIZE]);
void witness_file_end(struct witness_file *f); /* zeroed is fine */
/* Replaces the checkpoint; on the disk when it returns. */
MUST_USE enum fault witness_file_save(const char *path, struct text note);

/* A walk over the journal. Zeroed but for file, which may be NULL: then only the chain is held. */
struct witness_walk {
    const struct witness_file *file;
    struct merkle tree; /* of the rows so far */
    int64_t writer, seq; /* of the last row */
    struct digest head;
    char why[WITNESS_WHY_SIZE]; /* the first fault; empty: none */
};

/* Of the row that was taken last. */
void witness_leaf(const struct witness_walk *w, struct digest *out);
/* The next row. False: it contradicts, and why names it. */
MUST_USE bool witness_walk_take(struct witness_walk *w, const struct journal_row *row);
/* No more rows. False: the journal is shorter than the witness, or was made anew. */
MUST_USE bool witness_walk_end(struct witness_walk *w);
/* All of it: the view's journal from its beginning. False: why says what is wrong. */
MUST_USE bool witness_walk_all(struct witness_walk *w, struct view *v);

#endif
