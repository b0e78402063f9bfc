/* crypto/keyring_store.h: the keyring's directory. For the process that holds its lock (flock on
 * the directory, taken by every changing function here); reading takes no lock, for each change
 * becomes visible by one rename.
 *
 *   master.key         64 hex digits and LF
 *   signing-KID.key    64 hex digits (the seed) and LF; KID is 8 hex digits
 *   keyring.list       "huiquan-keyring v1", then "sessions GENERATION",
 *                      then per key "KID active|next|retired|revoked CREATED_S RETIRED_S"
 *
 * A seed file that the list does not name is a rotation that never happened, and is ignored. */
#ifndef HUIQUAN_CRYPTO_KEYRING_STORE_H
#define HUIQUAN_CRYPTO_KEYRING_STORE_H

#include "crypto/keyring.h"

struct keyring_entry {
    uint32_t kid;
    enum key_state state;
    int64_t created_at_s, retired_at_s;
    uint8_t seed[ED25519_KEY_SIZE]; /* secret */
};

struct keyring_files {
    uint8_t master[32]; /* secret */
    uint32_t session_generation; /* from 1 */
    size_t count;
    struct keyring_entry entries[KEYRING_KEYS_MAX];
};

/* Faults and why as keyring_open(). The caller wipes *out, also after a fault. */
MUST_USE enum fault keyring_store_read(struct keyring_files *out, const char *directory,
                                       char why[KEYRING_WHY_SIZE]);

/* Makes the directory (or uses an empty one) with a master secret, an active and a next key.
 * FAULT_CONFIG when there is a keyring already. */
MUST_USE enum fault keyring_create(const char *directory, int64_t now_s,
                                   char why[KEYRING_WHY_SIZE]);
/* Next becomes active, active becomes retired, a new next is drawn. */
MUST_USE enum fault keyring_rotate(const char *directory, int64_t now_s,
                                   char why[KEYRING_WHY_SIZE]);
/* The key is compromised: no token of it verifies any more. An active key is replaced by next. */
MUST_USE enum fault keyring_revoke(const char *directory, uint32_t kid, int64_t now_s,
                                   char why[KEYRING_WHY_SIZE]);
/* Forgets a retired or revoked key, when the last voucher that it signed has expired. */
MUST_USE enum fault keyring_forget(const char *directory, uint32_t kid, char why[KEYRING_WHY_SIZE]);
/* Next generation of session keys; done twice, it ends every session. */
MUST_USE enum fault keyring_renew_sessions(const char *directory, char why[KEYRING_WHY_SIZE]);

#endif
