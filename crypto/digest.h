/* crypto/digest.h: SHA-256 (FIPS 180-4), HMAC-SHA256 (RFC 2104), HKDF (RFC 5869). Any thread.
 * Nothing here can fail but by a bug, which stops the process. */
#ifndef HUIQUAN_CRYPTO_DIGEST_H
#define HUIQUAN_CRYPTO_DIGEST_H

#include "voucher/base.h"

/* A part of a message that is digested as if all parts stood in one piece. */
void digest_sha256(struct digest *out, const struct text *parts, size_t part_count);
void digest_hmac_sha256(struct digest *out, struct text key, const struct text *parts,
                        size_t part_count);

/* Of a file from where it stands to its end, and how long that was. False: it cannot be read, errno
 * says why. */
MUST_USE bool digest_sha256_file(struct digest *out, int fd, int64_t *out_size);

/* HKDF (RFC 5869) over SHA-256, extract and expand. An empty salt is the RFC's row of zeros;
 * out_size is at most 255 * 32. */
void digest_hkdf_sha256(void *out, size_t out_size, struct text secret, struct text salt,
                        struct text info);

/* Constant time in the contents (not in the size). */
MUST_USE bool crypto_equal(const void *a, const void *b, size_t size);
/* Overwrites in a way that the compiler may not drop. */
void crypto_wipe(void *at, size_t size);
/* From the operating system's generator; never fails (a failure stops the process). */
void crypto_random_fill(void *out, size_t size);

#endif
