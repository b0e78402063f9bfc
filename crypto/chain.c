/* crypto/chain.c: see chain.h. */
#include "crypto/chain.h"

#include <inttypes.h>
#include <stdarg.h>

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "crypto/note.h"

static const char entry_domain[] = "huiquan-journal-v1"; /* its NUL is part of it */
static const char note_first_line[] = "huiquan-checkpoint-v1";

void
chain_next(const struct digest *prev, struct text entry, struct digest *out)
{
    must(prev != NULL && out != NULL);
    must(entry.size > 0); /* an entry has a layout byte at least */
    const struct text parts[] = { { entry_domain, sizeof entry_domain },
                                  { (const char *)prev->bytes, sizeof prev->bytes },
                                  entry };
    struct digest next;
    digest_sha256(&next, parts, COUNT_OF(parts));
    *out = next; /* which may be prev */
}

/* A buffer that, once too small, stays so. */
struct body {
    char *at;
    size_t size, room;
    bool full;
};

static void PRINTF_LIKE(2, 3) body_add(struct body *n, const char *format, ...);

static void
body_add(struct body *n, const char *format, ...)
{
    if (n->full) return;
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(n->at + n->size, n->room - n->size, format, arguments);
    va_end(arguments);
    must(size >= 0);
    n->full = (size_t)size >= n->room - n->size;
    if (!n->full) n->size += (size_t)size;
}

size_t
checkpoint_write(const struct ed25519_signer *signer, const struct checkpoint *c, char *out,
                 size_t room)
{
    must(note_origin_is_sound(c->origin));
    must(c->heads != NULL || c->head_count == 0);
    char *text = malloc(CHECKPOINT_SIZE(c->head_count));
    must(text != NULL);
    struct body n = { .at = text, .room = CHECKPOINT_SIZE(c->head_count) };
    body_add(&n, "%s\n%.*s\n%" PRId64 "\n", note_first_line, (int)c->origin.size, c->origin.at,
             c->at_s);
    for (size_t i = 0; i < c->head_count; i++) {
        const struct chain_head *head = &c->heads[i];
        must(i == 0 || head->writer > c->heads[i - 1].writer);
        char hash[BASE64_SIZE(sizeof head->hash.bytes)];
        (void)encode_base64(head->hash.bytes, sizeof head->hash.bytes, hash);
        body_add(&n, "%" PRId64 " %" PRId64 " %s\n", head->writer, head->seq, hash);
    }
    must(!n.full);
    const size_t size = note_sign(signer, c->origin, (struct text){ text, n.size }, out, room);
    free(text);
    return size;
}

static bool
note_is_ours(struct text body, struct text origin)
{
    const size_t first_size = sizeof note_first_line - 1;
    if (body.size < first_size + origin.size + 2) return false;
    if (memcmp(body.at, note_first_line, first_size) != 0 || body.at[first_size] != '\n') {
        return false;
    }
    const char *second = body.at + first_size + 1;
    return memcmp(second, origin.at, origin.size) == 0 && second[origin.size] == '\n';
}

bool
checkpoint_verify(const uint8_t public_key[ED25519_KEY_SIZE], struct text origin, struct text note)
{
    struct text body;
    return note_open(public_key, origin, note, &body) && note_is_ours(body, origin);
}
