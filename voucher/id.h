/* voucher/id.h: UUIDv7 (RFC 9562) and their public spelling: a prefix and 26 Crockford base32
 * characters (as ULID: most significant bits first, upper case, two zero bits in front).
 * Spelling is pure; an id_source belongs to one thread. */
#ifndef HUIQUAN_ID_H
#define HUIQUAN_ID_H

#include "voucher/base.h"

#define ID_TEXT_SIZE 31 /* prefix of 4, 26 characters, NUL */
#define ID_BASE32_SIZE 26
#define ID_RANDOM_POOL 256

/* X(NAME, prefix) */
#define ID_KINDS(X)          \
    X(CAMPAIGN, "cmp_")      \
    X(POOL, "pol_")          \
    X(CLAIM, "clm_")         \
    X(VOUCHER, "vch_")       \
    X(REDEMPTION, "red_")    \
    X(MERCHANT, "mch_")      \
    X(TERMINAL, "trm_")      \
    X(RESIDENT, "res_")      \
    X(BUDGET_CHANGE, "bgc_") \
    X(JOB, "job_")           \
    X(ADMIN, "adm_")

enum id_kind {
#define X(name, prefix) ID_##name,
    ID_KINDS(X)
#undef X
        ID_KIND_COUNT
};

/* Returns the size without NUL, always ID_TEXT_SIZE - 1. */
size_t id_write(enum id_kind kind, const struct uuid *id, char out[ID_TEXT_SIZE]);
/* False unless text is the prefix and 26 characters of the alphabet in upper case, the first <=
 * '7'. Version bits are not looked at: an id that names nothing is "not found". *out is then
 * unchanged. */
MUST_USE bool id_read(enum id_kind kind, struct text text, struct uuid *out);

/* Makes ids that grow: 48 bits of Unix milliseconds, a counter of 26 bits begun at random (top bit
 * clear) in each millisecond, 48 random bits. A clock that steps back does not: the last
 * millisecond is kept until the clock has passed it. Randomness is drawn by the pool, not by the
 * id. */
struct id_source {
    const struct seams *seams;
    int64_t last_ms;
    uint32_t counter;
    size_t random_left;
    uint8_t random[ID_RANDOM_POOL];
};

/* The seams are borrowed for as long as the source is used. */
void id_source_start(struct id_source *source, const struct seams *seams);
void id_next(struct id_source *source, struct uuid *out);
/* Below every id made in that millisecond, above every one before it. */
void id_begin_at(int64_t at_ms, struct uuid *out);

/* Numbers of the caller, out_request_no and order_no: 1-64 of [0-9A-Za-z_-]. */
MUST_USE bool id_caller_number_is_sound(struct text text);
/* Idempotency-Key: 6-64 of the same. */
MUST_USE bool id_idempotency_key_is_sound(struct text text);

#endif
