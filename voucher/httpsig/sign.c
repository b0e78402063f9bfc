#include "voucher/httpsig/sign.h"

#include "crypto/digest.h"

#define FIELDS_MAX 64

/* What both kinds of signature say about themselves. */
struct voice {
    struct text keyid, nonce, tag;
    int64_t created_s;
    const struct ed25519_signer *signer; /* NULL: HMAC-SHA256 by the secret */
    struct text secret;
};

static void
write_input(const struct voice *voice, struct text components, char out[HTTPSIG_INPUT_SIZE])
{
    struct sfv_writer w;
    must(voice->nonce.size <= HTTPSIG_NONCE_SIZE_MAX);
    sfv_writer_start(&w, out, HTTPSIG_INPUT_SIZE - 1);
    sfv_write_text(&w, TEXT(HTTPSIG_LABEL "=("));
    sfv_write_text(&w, components);
    sfv_write_text(&w, TEXT(");created="));
    sfv_write_integer(&w, voice->created_s);
    sfv_write_text(&w, TEXT(";keyid="));
    sfv_write_string(&w, voice->keyid);
    sfv_write_text(&w, TEXT(";alg="));
    sfv_write_string(&w, voice->signer != NULL ? TEXT("ed25519") : TEXT("hmac-sha256"));
    sfv_write_text(&w, TEXT(";nonce="));
    sfv_write_string(&w, voice->nonce);
    sfv_write_text(&w, TEXT(";tag="));
    sfv_write_string(&w, voice->tag);
    must(!w.failed);
    out[w.size] = '\0';
}

static void
write_signature(const struct voice *voice, struct text base, char out[HTTPSIG_SIGNATURE_SIZE])
{
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    struct digest mac;
    struct sfv_writer w;
    sfv_writer_start(&w, out, HTTPSIG_SIGNATURE_SIZE - 1);
    sfv_write_text(&w, TEXT(HTTPSIG_LABEL "="));
    if (voice->signer != NULL) {
        ed25519_sign(voice->signer, base, signature);
        sfv_write_bytes(&w, signature, sizeof signature);
    } else {
        must(voice->secret.size > 0);
        digest_hmac_sha256(&mac, voice->secret, &base, 1);
        sfv_write_bytes(&w, mac.bytes, sizeof mac.bytes);
    }
    must(!w.failed);
    out[w.size] = '\0';
}

/* The base comes from the very code that verifies. */
static bool
sign(const struct signed_message *m, const struct voice *voice, struct sfv_writer *base,
     struct httpsig_fields *out)
{
    struct sfv_member input;
    unsigned covered;
    const enum sfv_found found =
        sfv_dictionary_find(text_of(out->signature_input), TEXT(HTTPSIG_LABEL), &input);
    must(found == SFV_FOUND && input.is_list);
    if (httpsig_base_write(m, &input, base, &covered) != HTTPSIG_FINE) return false;
    write_signature(voice, sfv_writer_text(base), out->signature);
    return true;
}

void
httpsig_sign_answer(const struct httpsig_answer *answer, struct text kid,
                    const struct ed25519_signer *signer, struct httpsig_fields *out)
{
    must(kid.size == HTTPSIG_KID_SIZE && signer != NULL);
    char buffer[HTTPSIG_INPUT_SIZE + 128];
    struct sfv_writer base;
    content_digest_write(answer->body, out->content_digest);
    const struct voice voice = { .keyid = kid,
                                 .nonce = answer->nonce,
                                 .tag = TEXT(HTTPSIG_ANSWER_TAG),
                                 .created_s = answer->created_s,
                                 .signer = signer };
    const struct signed_field field = { TEXT("content-digest"), text_of(out->content_digest) };
    const struct signed_message m = { .status = answer->status,
                                      .fields = &field,
                                      .field_count = 1 };
    sfv_writer_start(&base, buffer, sizeof buffer);
    write_input(&voice, TEXT("\"@status\" \"content-digest\""), out->signature_input);
    must(sign(&m, &voice, &base, out));
}

/* Longer than any list of components that write_components() makes. */
#define COMPONENTS_SIZE 96

static struct text
write_components(const struct signed_message *m, bool has_digest, char out[COMPONENTS_SIZE])
{
    char nothing[1];
    struct sfv_writer w, nowhere;
    sfv_writer_start(&w, out, COMPONENTS_SIZE);
    sfv_writer_start(&nowhere, nothing, 0);
    sfv_write_text(&w, TEXT("\"@method\" \"@path\" \"@query\""));
    if (has_digest) sfv_write_text(&w, TEXT(" \"content-digest\""));
    if (signed_message_field(m, TEXT("idempotency-key"), &nowhere)) {
        sfv_write_text(&w, TEXT(" \"idempotency-key\""));
    }
    must(!w.failed);
    return sfv_writer_text(&w);
}

bool
httpsig_sign_request(const struct httpsig_request *request, const struct httpsig_till *till,
                     struct httpsig_fields *out)
{
    char buffer[HTTPSIG_BASE_ROOM], components[COMPONENTS_SIZE];
    struct sfv_writer base;
    struct signed_field fields[FIELDS_MAX + 1];
    struct signed_message m = *request->message;
    const bool has_body = m.body.size > 0;
    must(m.status == 0);
    if (m.field_count > FIELDS_MAX || request->nonce.size > HTTPSIG_NONCE_SIZE_MAX) return false;
    if (m.field_count > 0) memcpy(fields, m.fields, m.field_count * sizeof *fields);
    out->content_digest[0] = '\0';
    if (has_body) {
        content_digest_write(m.body, out->content_digest);
        fields[m.field_count++] =
            (struct signed_field){ TEXT("content-digest"), text_of(out->content_digest) };
    }
    m.fields = fields;
    const struct voice voice = { .keyid = till->keyid,
                                 .nonce = request->nonce,
                                 .tag = TEXT(HTTPSIG_REQUEST_TAG),
                                 .created_s = request->created_s,
                                 .signer = till->signer,
                                 .secret = till->secret };
    sfv_writer_start(&base, buffer, sizeof buffer);
    write_input(&voice, write_components(&m, has_body, components), out->signature_input);
    return sign(&m, &voice, &base, out);
}
