/* crypto/keyring.h: every secret of the service, and what is derived from them.
 *
 * Immutable after keyring_open(): threads share it. A reload opens a new one and closes the old one
 * when nobody uses it any more. On disk a directory (mode 0700) of files (0600 or 0400), see
 * crypto/keyring_store.h.
 *
 * The master secret is never used itself: each purpose has its own key by HKDF-SHA256 (RFC 5869).
 * It must not be lost or changed: person references, evidence digests, sealed rows, short codes and
 * terminal secrets all hang on it. Signing keys rotate. */
#ifndef HUIQUAN_CRYPTO_KEYRING_H
#define HUIQUAN_CRYPTO_KEYRING_H

#include "crypto/ed25519.h"
#include "voucher/base.h"
#include "voucher/model/voucher.h"

#define KEYRING_KEYS_MAX 32
#define KEYRING_WHY_SIZE 160
#define KEYRING_JWK_SIZE 160 /* room that one key of the JWKS needs */
#define KEYRING_JWKS_SIZE (KEYRING_KEYS_MAX * KEYRING_JWK_SIZE + 16)
#define ENROLLMENT_CODE_SIZE 42

/* Stored by these words; KEY_STATES in the order of the JWKS. */
enum key_state { KEY_ACTIVE = 0, KEY_NEXT = 1, KEY_RETIRED = 2, KEY_REVOKED = 3 };

struct keyring;

struct keyring_key {
    uint32_t kid; /* token_kid() of the public key */
    enum key_state state;
    int64_t created_at_s, retired_at_s; /* retired_at_s 0: not yet (also when revoked) */
    uint8_t public_key[ED25519_KEY_SIZE];
};

/* FAULT_CONFIG: missing, wrong mode or owner, or contents that do not parse; why then holds a
 * sentence for the operator, without secrets. On a fault *out is NULL. */
MUST_USE enum fault keyring_open(struct keyring **out, const char *directory,
                                 char why[KEYRING_WHY_SIZE]);
void keyring_close(struct keyring *k); /* NULL is fine; wipes */

size_t keyring_count(const struct keyring *k);
const struct keyring_key *keyring_at(const struct keyring *k, size_t index);

/* Never NULL: a keyring without an active key does not open. */
const struct ed25519_signer *keyring_signer_active(const struct keyring *k, uint32_t *out_kid);
/* For replays: active or retired. NULL: unknown, next or revoked (a revoked key signs no replay).
 */
const struct ed25519_signer *keyring_signer_by_kid(const struct keyring *k, uint32_t kid);
/* Active, next or retired; NULL: unknown or revoked. */
const struct ed25519_verifier *keyring_verifier_by_kid(const struct keyring *k, uint32_t kid);
/* {"keys":[…]} (RFC 7517, RFC 9864) of active, next and retired keys; returns the size without
 * NUL. */
size_t keyring_write_jwks(const struct keyring *k, char out[KEYRING_JWKS_SIZE]);

/* Stable names for residents and evidence. Inputs are normalised by the caller (upper case,
 * half-width). */
void keyring_person(const struct keyring *k, struct text id_number, struct digest *out);
/* The first 16 bytes of keyring_person(), marked as a UUIDv7: the resident id. */
void keyring_person_ref(const struct keyring *k, struct text id_number, struct uuid *out);
void keyring_name(const struct keyring *k, struct text name, struct digest *out);
void keyring_evidence(const struct keyring *k, enum evidence_kind kind, struct text text,
                      struct digest *out);
/* One-time codes and the mobiles they went to. */
void keyring_otp(const struct keyring *k, struct text mobile, struct text code, struct digest *out);
/* Of a request; parts are kept apart: ("ab", "c") is not ("a", "bc"). part_count <= 16. */
void keyring_fingerprint(const struct keyring *k, const struct text *parts, size_t part_count,
                         struct digest *out);
/* MAC of a session (crypto/session.h) under its generation. False: a generation no longer or not
 * yet good; the current one and the one before it are. */
MUST_USE bool keyring_session_mac(const struct keyring *k, uint8_t generation, struct text bytes,
                                  struct digest *out);
/* The low byte of the current one. */
uint8_t keyring_session_generation(const struct keyring *k);

/* The HMAC secret of a weak till, derived so that nothing need be stored. Wipe after use. */
void keyring_terminal_secret(const struct keyring *k, const struct uuid *terminal,
                             struct digest *out);
/* 26 characters of the terminal id and 16 of MAC (80 bits) over id and nonce; the nonce is what
 * changes when a code is given again, such as its expiry. */
void keyring_enrollment_code(const struct keyring *k, const struct uuid *terminal, int64_t nonce,
                             char out[ENROLLMENT_CODE_SIZE + 1]);
/* Which terminal a code names, before anything is believed. */
MUST_USE bool keyring_enrollment_peek(struct text code, struct uuid *out_terminal);
MUST_USE bool keyring_enrollment_check(const struct keyring *k, struct text code, int64_t nonce);
void keyring_rotating_key(const struct keyring *k, const struct uuid *voucher, struct digest *out);

/* Personal data of a row; context names the row. Sizes as in crypto/seal.h. */
void keyring_seal(const struct keyring *k, struct text context, struct text plain, uint8_t *out);
MUST_USE bool keyring_unseal(const struct keyring *k, struct text context, struct text sealed,
                             uint8_t *out);

/* number < 10^17; the permutation under crypto/short_code.h. */
uint64_t keyring_short_encrypt(const struct keyring *k, uint64_t number);
uint64_t keyring_short_decrypt(const struct keyring *k, uint64_t number);

#endif
