#include "voucher/httpsig/content_digest.h"

#include "crypto/digest.h"
#include "voucher/httpsig/sfv_writer.h"

enum httpsig_reason
content_digest_check(struct text field, struct text body)
{
    must(body.at != NULL || body.size == 0);
    struct sfv_member member;
    struct digest sent, own;
    size_t size;
    const enum sfv_found found = sfv_dictionary_find(field, TEXT("sha-256"), &member);
    if (found == SFV_ABSENT) return HTTPSIG_DIGEST_ALGORITHM;
    if (found != SFV_FOUND || member.is_list) return HTTPSIG_DIGEST_MALFORMED;
    if (member.value.kind != SFV_BYTES) return HTTPSIG_DIGEST_MALFORMED;
    if (!sfv_bytes_read(&member.value, sent.bytes, sizeof sent.bytes, &size) ||
        size != sizeof sent.bytes) {
        return HTTPSIG_DIGEST_MALFORMED;
    }
    digest_sha256(&own, &body, 1);
    return digest_equal(&sent, &own) ? HTTPSIG_FINE : HTTPSIG_DIGEST_MISMATCH;
}

void
content_digest_write(struct text body, char out[CONTENT_DIGEST_SIZE])
{
    struct digest digest;
    struct sfv_writer w;
    digest_sha256(&digest, &body, 1);
    sfv_writer_start(&w, out, CONTENT_DIGEST_SIZE - 1);
    sfv_write_text(&w, TEXT("sha-256="));
    sfv_write_bytes(&w, digest.bytes, sizeof digest.bytes);
    must(!w.failed && w.size == CONTENT_DIGEST_SIZE - 1);
    out[w.size] = '\0';
}
