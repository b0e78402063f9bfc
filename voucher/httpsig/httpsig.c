#include "voucher/httpsig/httpsig.h"

#include "crypto/digest.h"
#include "voucher/httpsig/content_digest.h"
#include "voucher/id.h"
#include "voucher/torture.h"

/* Signature parameters (RFC 9421 section 2.3). */

enum place {
    PLACE_TAG,
    PLACE_ALG,
    PLACE_KEYID,
    PLACE_CREATED,
    PLACE_NONCE,
    PLACE_EXPIRES,
    PLACE_COUNT
};

static const struct known_parameter {
    const char *key;
    enum sfv_kind kind;
    enum httpsig_reason missing; /* HTTPSIG_FINE: optional */
} known_parameters[PLACE_COUNT] = {
    [PLACE_TAG] = { "tag", SFV_STRING, HTTPSIG_TAG_MISSING },
    [PLACE_ALG] = { "alg", SFV_STRING, HTTPSIG_ALG_MISSING },
    [PLACE_KEYID] = { "keyid", SFV_STRING, HTTPSIG_KEYID_MISSING },
    [PLACE_CREATED] = { "created", SFV_INTEGER, HTTPSIG_CREATED_MISSING },
    [PLACE_NONCE] = { "nonce", SFV_STRING, HTTPSIG_NONCE_MISSING },
    [PLACE_EXPIRES] = { "expires", SFV_INTEGER, HTTPSIG_FINE },
};

struct parameters {
    bool is_given[PLACE_COUNT];
    struct sfv_bare values[PLACE_COUNT];
};

static const struct known_algorithm {
    const char *name;
    enum terminal_algorithm algorithm;
    size_t signature_size;
} known_algorithms[] = {
    { "ed25519", TERMINAL_ED25519, ED25519_SIGNATURE_SIZE },
    { "hmac-sha256", TERMINAL_HMAC_SHA256, sizeof(struct digest) },
};

/* The string as sent; none of our words needs an escape, so one that has any is another word. */
static bool
string_is(const struct sfv_bare *value, const char *literal)
{
    must(value->kind == SFV_STRING);
    return text_equal(value->text, text_of(literal));
}

static enum httpsig_reason
note_parameter(const struct sfv_parameter *parameter, struct parameters *out)
{
    must(parameter->key.size > 0);
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        if (!text_equal(parameter->key, text_of(known_parameters[i].key))) continue;
        if (parameter->value.kind != known_parameters[i].kind) return HTTPSIG_PARAMETER_TYPE;
        out->values[i] = parameter->value;
        out->is_given[i] = true;
    }
    return HTTPSIG_FINE;
}

/* Unknown ones must be unique, too: of two only one would be in the canonical form. */
static bool
is_seen(struct text key, struct text *seen, size_t seen_count)
{
    must(seen_count < HTTPSIG_PARAMETERS_MAX);
    for (size_t i = 0; i < seen_count; i++) {
        if (text_equal(seen[i], key)) return true;
    }
    seen[seen_count] = key;
    return false;
}

static enum httpsig_reason
read_parameters(struct text rest, struct parameters *out)
{
    struct text seen[HTTPSIG_PARAMETERS_MAX];
    struct sfv_parameter parameter;
    *out = (struct parameters){ 0 };
    for (size_t count = 0; sfv_parameter_next(&rest, &parameter); count++) {
        if (count == HTTPSIG_PARAMETERS_MAX) return HTTPSIG_PARAMETERS_TOO_MANY;
        if (is_seen(parameter.key, seen, count)) return HTTPSIG_PARAMETER_REPEATED;
        const enum httpsig_reason reason = note_parameter(&parameter, out);
        if (reason != HTTPSIG_FINE) return reason;
    }
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        const enum httpsig_reason missing = known_parameters[i].missing;
        if (!out->is_given[i] && missing != HTTPSIG_FINE) return missing;
    }
    return HTTPSIG_FINE;
}

static bool
read_keyid(const struct sfv_bare *keyid, struct uuid *out)
{
    char text[ID_TEXT_SIZE];
    must(keyid->kind == SFV_STRING);
    size_t size;
    return sfv_string_read(keyid, text, sizeof text, &size) &&
           id_read(ID_TERMINAL, (struct text){ text, size }, out);
}

static bool
read_nonce(const struct sfv_bare *nonce, struct httpsig_claim *claim)
{
    return sfv_string_read(nonce, claim->nonce, sizeof claim->nonce, &claim->nonce_size) &&
           claim->nonce_size > 0;
}

static enum httpsig_reason
take_parameters(const struct parameters *p, struct httpsig_claim *claim)
{
    const struct known_algorithm *known = NULL;
    const struct sfv_bare *values = p->values;
    must(p->is_given[PLACE_TAG] && p->is_given[PLACE_CREATED]);
    if (!string_is(&values[PLACE_TAG], HTTPSIG_REQUEST_TAG)) return HTTPSIG_TAG_WRONG;
    for (size_t i = 0; i < COUNT_OF(known_algorithms); i++) {
        const bool is_it = string_is(&values[PLACE_ALG], known_algorithms[i].name);
        if (is_it) known = &known_algorithms[i];
    }
    if (known == NULL) return HTTPSIG_ALG_UNKNOWN;
    if (!read_keyid(&values[PLACE_KEYID], &claim->terminal)) return HTTPSIG_KEYID_NOT_A_TERMINAL;
    if (!read_nonce(&values[PLACE_NONCE], claim)) return HTTPSIG_NONCE_SIZE;
    claim->algorithm = known->algorithm;
    claim->created_s = values[PLACE_CREATED].number;
    claim->has_expiry = p->is_given[PLACE_EXPIRES];
    claim->expires_s = values[PLACE_EXPIRES].number;
    return claim->signature_size == known->signature_size ? HTTPSIG_FINE : HTTPSIG_SIGNATURE_SIZE;
}

/* A field that is read as a structured one, with what may be wrong with it. */
struct dictionary_field {
    struct text name;
    enum httpsig_reason missing, malformed, label_missing, label_repeated;
};

static enum httpsig_reason
read_member(const struct signed_message *request, const struct dictionary_field *field,
            struct sfv_writer *scratch, struct sfv_member *out)
{
    must(field->missing != HTTPSIG_FINE && field->malformed != HTTPSIG_FINE);
    if (!signed_message_field(request, field->name, scratch)) return field->missing;
    if (scratch->failed) return HTTPSIG_FIELD_TOO_LONG;
    switch (sfv_dictionary_find(sfv_writer_text(scratch), TEXT(HTTPSIG_LABEL), out)) {
    case SFV_FOUND: return HTTPSIG_FINE;
    case SFV_ABSENT: return field->label_missing;
    case SFV_DOUBLED: return field->label_repeated;
    case SFV_MALFORMED: break;
    }
    return field->malformed;
}

/* scratch holds what out points to. */
static enum httpsig_reason
read_input(const struct signed_message *request, struct sfv_writer *scratch, struct sfv_member *out)
{
    must(scratch->size == 0);
    static const struct dictionary_field field = {
        { "signature-input", 15 },   HTTPSIG_INPUT_MISSING,        HTTPSIG_INPUT_MALFORMED,
        HTTPSIG_INPUT_LABEL_MISSING, HTTPSIG_INPUT_LABEL_REPEATED,
    };
    const enum httpsig_reason reason = read_member(request, &field, scratch, out);
    if (reason != HTTPSIG_FINE) return reason;
    return out->is_list ? HTTPSIG_FINE : HTTPSIG_INPUT_NOT_A_LIST;
}

static enum httpsig_reason
read_signature(const struct signed_message *request, struct httpsig_claim *claim)
{
    static const struct dictionary_field field = {
        { "signature", 9 },
        HTTPSIG_SIGNATURE_MISSING,
        HTTPSIG_SIGNATURE_MALFORMED,
        HTTPSIG_SIGNATURE_LABEL_MISSING,
        HTTPSIG_SIGNATURE_LABEL_REPEATED,
    };
    char buffer[HTTPSIG_FIELD_SIZE_MAX];
    struct sfv_writer scratch;
    struct sfv_member member;
    sfv_writer_start(&scratch, buffer, sizeof buffer);
    const enum httpsig_reason reason = read_member(request, &field, &scratch, &member);
    if (reason != HTTPSIG_FINE) return reason;
    if (member.is_list || member.value.kind != SFV_BYTES) return HTTPSIG_SIGNATURE_NOT_BYTES;
    return sfv_bytes_read(&member.value, claim->signature, sizeof claim->signature,
                          &claim->signature_size)
               ? HTTPSIG_FINE
               : HTTPSIG_SIGNATURE_SIZE;
}

static bool
has_field(const struct signed_message *request, struct text name)
{
    char none[1];
    struct sfv_writer nowhere;
    sfv_writer_start(&nowhere, none, 0);
    return signed_message_field(request, name, &nowhere);
}

static enum httpsig_reason
check_coverage(const struct signed_message *request, unsigned covered)
{
    must((covered & HTTPSIG_COVERS_STATUS) == 0);
    if (!(covered & HTTPSIG_COVERS_METHOD)) return HTTPSIG_METHOD_UNCOVERED;
    if (!(covered & HTTPSIG_COVERS_PATH)) return HTTPSIG_PATH_UNCOVERED;
    if (!(covered & HTTPSIG_COVERS_QUERY)) return HTTPSIG_QUERY_UNCOVERED;
    const bool has_key = has_field(request, TEXT("idempotency-key"));
    if (has_key && !(covered & HTTPSIG_COVERS_IDEMPOTENCY_KEY)) {
        return HTTPSIG_IDEMPOTENCY_KEY_UNCOVERED;
    }
    return HTTPSIG_FINE;
}

/* A digest that is sent without a body must hold, too: it is that of nothing. */
static enum httpsig_reason
check_digest(const struct signed_message *request, unsigned covered)
{
    char buffer[HTTPSIG_FIELD_SIZE_MAX];
    struct sfv_writer value;
    must(request->body.at != NULL || request->body.size == 0);
    const bool has_body = request->body.size > 0;
    sfv_writer_start(&value, buffer, sizeof buffer);
    if (!signed_message_field(request, TEXT("content-digest"), &value)) {
        return has_body ? HTTPSIG_DIGEST_MISSING : HTTPSIG_FINE;
    }
    if (value.failed) return HTTPSIG_FIELD_TOO_LONG;
    if (has_body && !(covered & HTTPSIG_COVERS_CONTENT_DIGEST)) return HTTPSIG_DIGEST_UNCOVERED;
    return content_digest_check(sfv_writer_text(&value), request->body);
}

/* Everything but the fields' presence and shape, which come first. */
static enum httpsig_reason
parse_input(const struct signed_message *request, const struct sfv_member *input,
            struct sfv_writer *base, struct httpsig_claim *claim)
{
    struct parameters parameters;
    enum httpsig_reason reason = read_parameters(input->parameters, &parameters);
    if (reason == HTTPSIG_FINE) reason = take_parameters(&parameters, claim);
    if (reason == HTTPSIG_FINE) reason = httpsig_base_write(request, input, base, &claim->covered);
    if (reason == HTTPSIG_FINE) reason = check_coverage(request, claim->covered);
    if (reason == HTTPSIG_FINE) reason = check_digest(request, claim->covered);
    return reason;
}

enum httpsig_reason
httpsig_parse(const struct signed_message *request, char *base, size_t base_room,
              struct httpsig_claim *out)
{
    must(request->status == 0 && base_room > 0);
    char buffer[HTTPSIG_FIELD_SIZE_MAX];
    struct sfv_writer scratch, writer;
    struct sfv_member input;
    *out = (struct httpsig_claim){ 0 };
    sfv_writer_start(&scratch, buffer, sizeof buffer);
    sfv_writer_start(&writer, base, base_room);
    enum httpsig_reason reason = read_input(request, &scratch, &input);
    if (reason == HTTPSIG_FINE) reason = read_signature(request, out);
    if (reason == HTTPSIG_FINE) reason = parse_input(request, &input, &writer, out);
    out->base = reason == HTTPSIG_FINE ? sfv_writer_text(&writer) : (struct text){ 0 };
    return reason;
}

static bool
signature_holds(const struct httpsig_claim *claim, const struct httpsig_key *key)
{
    struct digest mac;
    must(claim->algorithm == key->algorithm);
    if (key->algorithm == TERMINAL_ED25519) {
        must(key->verifier != NULL && claim->signature_size == ED25519_SIGNATURE_SIZE);
        return ed25519_verify(key->verifier, claim->base, claim->signature);
    }
    must(key->secret.size > 0 && claim->signature_size == sizeof mac.bytes);
    digest_hmac_sha256(&mac, key->secret, &claim->base, 1);
    return crypto_equal(mac.bytes, claim->signature, sizeof mac.bytes);
}

enum httpsig_reason
httpsig_check(const struct httpsig_claim *claim, const struct httpsig_key *key, int64_t now_s,
              int64_t window_s)
{
    must(claim->base.size > 0 && window_s >= 0);
    if (claim->algorithm != key->algorithm) return HTTPSIG_ALG_DIFFERS;
    bool early = claim->created_s < now_s - window_s;
    if (early && !torture_mutant("signature-window")) return HTTPSIG_CREATED_TOO_EARLY;
    if (claim->created_s > now_s + window_s) return HTTPSIG_CREATED_TOO_LATE;
    if (claim->has_expiry && claim->expires_s < now_s) return HTTPSIG_EXPIRED;
    if (claim->has_expiry && claim->expires_s < claim->created_s) return HTTPSIG_EXPIRED;
    return signature_holds(claim, key) ? HTTPSIG_FINE : HTTPSIG_SIGNATURE_WRONG;
}
