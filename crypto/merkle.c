/* crypto/merkle.c */
#include "crypto/merkle.h"

#include <inttypes.h>

#include "crypto/digest.h"
#include "crypto/encode.h"

void
merkle_leaf(struct text bytes, struct digest *out)
{
    const struct text parts[] = { { "\x00", 1 }, bytes };
    must(out != NULL);
    digest_sha256(out, parts, COUNT_OF(parts));
}

static void
merkle_join(const struct digest *left, const struct digest *right, struct digest *out)
{
    struct digest joined;
    const struct text parts[] = { { "\x01", 1 },
                                  { (const char *)left->bytes, sizeof left->bytes },
                                  { (const char *)right->bytes, sizeof right->bytes } };
    digest_sha256(&joined, parts, COUNT_OF(parts));
    *out = joined; /* which may be one of the two */
}

void
merkle_push(struct merkle *m, const struct digest *leaf)
{
    struct digest root = *leaf;
    size_t level = 0;
    must(m->size >= 0 && m->size < INT64_MAX);
    while (m->size >> level & 1) {
        merkle_join(&m->roots[level], &root, &root);
        level++;
    }
    must(level < MERKLE_LEVELS);
    m->roots[level] = root;
    m->size++;
}

void
merkle_root(const struct merkle *m, struct digest *out)
{
    bool any = false;
    must(m->size >= 0);
    digest_sha256(out, NULL, 0);
    for (size_t level = 0; level < MERKLE_LEVELS; level++) {
        if ((m->size >> level & 1) == 0) continue;
        if (any)
            merkle_join(&m->roots[level], out, out);
        else
            *out = m->roots[level];
        any = true;
    }
}

size_t
merkle_note_write(const struct ed25519_signer *signer, struct text origin,
                  const struct merkle_head *head, char out[MERKLE_NOTE_SIZE])
{
    char body[MERKLE_NOTE_SIZE], root[BASE64_SIZE(32)], hash[BASE64_SIZE(32)];
    (void)encode_base64(head->root.bytes, sizeof head->root.bytes, root);
    (void)encode_base64(head->hash.bytes, sizeof head->hash.bytes, hash);
    const int size =
        snprintf(body, sizeof body, "%.*s\n%" PRId64 "\n%s\n%" PRId64 " %" PRId64 " %s\n",
                 (int)origin.size, origin.at, head->size, root, head->writer, head->seq, hash);
    must(size > 0 && (size_t)size < sizeof body);
    const size_t note_size =
        note_sign(signer, origin, (struct text){ body, (size_t)size }, out, MERKLE_NOTE_SIZE);
    must(note_size > 0);
    return note_size;
}

/* What stands before the next end, which is cut off with it. */
static bool
take_until(struct text *rest, char end, struct text *out)
{
    const char *at = rest->size == 0 ? NULL : memchr(rest->at, end, rest->size);
    if (at == NULL) return false;
    *out = (struct text){ rest->at, (size_t)(at - rest->at) };
    *rest = (struct text){ at + 1, rest->size - out->size - 1 };
    return true;
}

/* Decimal without sign or noughts in front. */
static bool
take_number(struct text *rest, char end, int64_t *out)
{
    struct text digits;
    int64_t number = 0;
    if (!take_until(rest, end, &digits) || digits.size == 0 || digits.size > 18) return false;
    if (digits.at[0] == '0' && digits.size > 1) return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') return false;
        number = number * 10 + (digits.at[i] - '0');
    }
    *out = number;
    return true;
}

static bool
take_digest(struct text *rest, struct digest *out)
{
    struct text encoded;
    size_t size = 0;
    return take_until(rest, '\n', &encoded) &&
           decode_base64(encoded, out->bytes, sizeof out->bytes, &size) &&
           size == sizeof out->bytes;
}

bool
merkle_note_read(const uint8_t public_key[ED25519_KEY_SIZE], struct text origin, struct text note,
                 struct merkle_head *out)
{
    struct text rest, first;
    struct merkle_head head = { 0 };
    must(out != NULL);
    *out = head;
    if (!note_open(public_key, origin, note, &rest)) return false;
    bool whole = take_until(&rest, '\n', &first) && text_equal(first, origin);
    whole = whole && take_number(&rest, '\n', &head.size) && take_digest(&rest, &head.root);
    whole = whole && take_number(&rest, ' ', &head.writer) && take_number(&rest, ' ', &head.seq);
    whole = whole && take_digest(&rest, &head.hash) && rest.size == 0;
    if (whole) *out = head;
    return whole;
}
