/* crypto/secret_dir.h: a directory of secret files that only its owner may touch. One thread per
 * struct. Faults are explained in why, a sentence for the operator: "NAME: what is wrong". */
#ifndef HUIQUAN_CRYPTO_SECRET_DIR_H
#define HUIQUAN_CRYPTO_SECRET_DIR_H

#include "voucher/base.h"

#define SECRET_DIR_WHY_SIZE 160

struct secret_dir {
    int fd; /* -1: not open */
    const char *name; /* borrowed */
    char *why; /* SECRET_DIR_WHY_SIZE, borrowed */
};

/* Mode 0700; one that is there is left as it is. */
MUST_USE enum fault secret_dir_make(const char *directory, char *why);
/* FAULT_CONFIG: it is missing, or others may enter. */
MUST_USE enum fault secret_dir_open(struct secret_dir *s, const char *directory, char *why);
/* Also waits for the lock that keeps other changers out until the close. */
MUST_USE enum fault secret_dir_open_locked(struct secret_dir *s, const char *directory, char *why);
void secret_dir_close(struct secret_dir *s); /* twice is fine */

/* Fills why and returns FAULT_CONFIG. */
enum fault secret_dir_refuse(struct secret_dir *s, const char *name, const char *what);

bool secret_dir_has(const struct secret_dir *s, const char *name);
/* A file of mode 0600 or 0400 that is no link; it must be smaller than room. */
MUST_USE enum fault secret_dir_read(struct secret_dir *s, const char *name, char *bytes,
                                    size_t room, size_t *out_size);
/* Whole or not at all (by rename), and on the disk when it returns. Under the lock only. */
MUST_USE enum fault secret_dir_write(struct secret_dir *s, const char *name, struct text bytes);
MUST_USE enum fault secret_dir_remove(struct secret_dir *s, const char *name);
/* 32 bytes as 64 hex digits and LF. */
MUST_USE enum fault secret_dir_read_key(struct secret_dir *s, const char *name, uint8_t out[32]);
MUST_USE enum fault secret_dir_write_key(struct secret_dir *s, const char *name,
                                         const uint8_t key[32]);

#endif
