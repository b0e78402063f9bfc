/* voucher/base.h: the words that every room uses. Plain data and inline helpers only; any thread.
 *
 * Three kinds of "no" (never mixed):
 *   a bug      stops the process: must(), on in release;
 *   a fault    (disk, network, memory) is a returned enum fault, always checked;
 *   a verdict  is the domain's answer and is data: voucher/verdict.h. */
#ifndef HUIQUAN_BASE_H
#define HUIQUAN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define must(condition) \
    ((condition) ? (void)0 : must_failed(__FILE__, __LINE__, __func__, #condition))

static inline _Noreturn void
must_failed(const char *file, int line, const char *function, const char *condition)
{
    fprintf(stderr, "bug: %s:%d: %s: must(%s)\n", file, line, function, condition);
    abort();
}

/* Where nothing but memory can be short and nobody could be told of a fault (inside OpenSSL, at a
 * timer): the process ends by itself, as at a failed seal. What was not sealed was not answered. */
#define must_have_memory(condition) \
    ((condition) ? (void)0 : must_have_memory_failed(__FILE__, __LINE__))

static inline _Noreturn void
must_have_memory_failed(const char *file, int line)
{
    fprintf(stderr, "out of memory: %s:%d: the process ends without a verdict\n", file, line);
    _Exit(70);
}

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum fault {
    FAULT_NONE = 0,
    FAULT_MEMORY, /* an allocation failed; nothing was changed */
    FAULT_IO, /* disk or device: what was asked may or may not have happened */
    FAULT_FULL, /* the disk is full: nothing was stored */
    FAULT_CORRUPT, /* stored bytes contradict themselves */
    FAULT_LOST_RACE, /* another daemon was first: nothing was stored, try again */
    FAULT_CONFIG, /* the operator's settings cannot be right */
    FAULT_COPY, /* a restored copy that nobody has put to work yet: nothing was opened */
    FAULT_UNREACHABLE, /* a peer over the network did not answer in time */
    FAULT_MALFORMED, /* bytes from outside do not parse */
};

/* A borrowed run of bytes; not terminated by NUL. A zeroed text is empty. */
struct text {
    const char *at;
    size_t size;
};

#define TEXT(literal) ((struct text){ (literal), sizeof(literal) - 1 })

static inline struct text
text_of(const char *string)
{
    return (struct text){ string, string ? strlen(string) : 0 };
}

static inline bool
text_equal(struct text a, struct text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

/* 16 bytes in network order; ids of the domain are UUIDv7 (RFC 9562). All zero means "none". */
struct uuid {
    uint8_t bytes[16];
};

/* SHA-256 or HMAC-SHA256. All zero means "none". */
struct digest {
    uint8_t bytes[32];
};

static inline bool
uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static inline bool
uuid_is_none(const struct uuid *id)
{
    static const struct uuid none;
    return uuid_equal(id, &none);
}

/* For lookups only; secrets are compared by crypto_equal(). */
static inline bool
digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static inline bool
digest_is_none(const struct digest *d)
{
    static const struct digest none;
    return digest_equal(d, &none);
}

/* Money is int64 fen. False on overflow, *out is then unchanged. */
static inline MUST_USE bool
fen_add(int64_t a_fen, int64_t b_fen, int64_t *out_fen)
{
    int64_t sum_fen;
    if (__builtin_add_overflow(a_fen, b_fen, &sum_fen)) return false;
    *out_fen = sum_fen;
    return true;
}

static inline MUST_USE bool
fen_multiply(int64_t value_fen, int64_t count, int64_t *out_fen)
{
    int64_t product_fen;
    if (__builtin_mul_overflow(value_fen, count, &product_fen)) return false;
    *out_fen = product_fen;
    return true;
}

/* Where time and chance come from, so that a simulator or a test can stand in for both. */
struct seams {
    void *owner;
    int64_t (*wall_us)(void *owner); /* Unix time, microseconds */
    int64_t (*monotonic_us)(void *owner); /* never goes back */
    void (*random_fill)(void *owner, void *out, size_t size);
};

#endif
