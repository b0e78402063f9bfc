/* Requests and answers that this code signs: taken by the verifier with the right key only, and
 * equal to bases that are written by hand. */
#include "tests/httpsig_keys.h"

#define SECRET "a secret of thirty-two bytes or so"

static struct httpsig_key
weak_key(const char *secret)
{
    return (struct httpsig_key){ .algorithm = TERMINAL_HMAC_SHA256, .secret = text_of(secret) };
}

/* httpsig_sign_request() by both kinds of till, judged with keys of all kinds. */
static void
test_keys(void **state)
{
    (void)state;
    const struct httpsig_till strong = { .keyid = TEXT(KEYID), .signer = till_signer };
    const struct httpsig_till weak = { .keyid = TEXT(KEYID), .secret = TEXT(SECRET) };
    const struct httpsig_key other = { .algorithm = TERMINAL_ED25519,
                                       .verifier = service_verifier };
    /* An attacker who knows the public key signs with it as if it were a secret. */
    const struct text public_key = { (const char *)rfc9421_ed25519_public, ED25519_KEY_SIZE };
    const struct httpsig_till forger = { .keyid = TEXT(KEYID), .secret = public_key };
    const struct {
        const char *name;
        const struct httpsig_till *till;
        struct httpsig_key key;
        enum httpsig_reason want;
    } rows[] = {
        { "ed25519", &strong, till_key(), HTTPSIG_FINE },
        { "hmac", &weak, weak_key(SECRET), HTTPSIG_FINE },
        { "ed25519, another's key", &strong, other, HTTPSIG_SIGNATURE_WRONG },
        { "hmac, another secret", &weak, weak_key(SECRET "!"), HTTPSIG_SIGNATURE_WRONG },
        { "ed25519, registered with hmac", &strong, weak_key(SECRET), HTTPSIG_ALG_DIFFERS },
        { "hmac, registered with ed25519", &weak, till_key(), HTTPSIG_ALG_DIFFERS },
        { "public key used as a secret", &forger, till_key(), HTTPSIG_ALG_DIFFERS },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct signed_field fields[4] = { { TEXT("idempotency-key"), TEXT("key-1234") } };
        struct signed_message m = { .method = TEXT("POST"),
                                    .path = TEXT("/v1/verifications"),
                                    .fields = fields,
                                    .field_count = 1,
                                    .body = TEXT(BODY) };
        const struct httpsig_request request = { &m, TEXT("no\"nce"), CREATED_S };
        struct httpsig_fields out;
        assert_true(httpsig_sign_request(&request, rows[i].till, &out));
        fields[1] = (struct signed_field){ TEXT("Signature"), text_of(out.signature) };
        fields[2] = (struct signed_field){ TEXT("Signature-Input"), text_of(out.signature_input) };
        fields[3] = (struct signed_field){ TEXT("Content-Digest"), text_of(out.content_digest) };
        m.field_count = 4;
        ROW_CHECK(rows[i].name, judge(&m, &rows[i].key, CREATED_S) == rows[i].want);
        row_passed();
    }
}

static void
test_sign_without_body(void **state)
{
    (void)state;
    const struct httpsig_till till = { .keyid = TEXT(KEYID), .signer = till_signer };
    struct signed_message m = { .method = TEXT("GET"), .path = TEXT("/v1/terminals/me/journal") };
    const struct httpsig_request request = { &m, TEXT("n"), CREATED_S };
    const struct httpsig_key key = till_key();
    struct httpsig_fields out;
    assert_true(httpsig_sign_request(&request, &till, &out));
    assert_string_equal(out.content_digest, "");
    assert_string_equal(out.signature_input,
                        "sig1=(\"@method\" \"@path\" \"@query\");created=1700000000;keyid=\"" KEYID
                        "\";alg=\"ed25519\";nonce=\"n\";tag=\"huiquan-pos\"");
    const struct signed_field fields[] = {
        { TEXT("Signature"), text_of(out.signature) },
        { TEXT("Signature-Input"), text_of(out.signature_input) },
    };
    m.fields = fields;
    m.field_count = COUNT_OF(fields);
    assert_int_equal(judge(&m, &key, CREATED_S), HTTPSIG_FINE);
    row_passed();
}

static const struct {
    const char *name;
    int status;
    const char *body, *nonce, *escaped_nonce, *digest;
} answer_rows[] = {
    { "created", 201, BODY, "n-1", "n-1", DIGEST },
    { "empty", 204, "", "n-2", "n-2", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:" },
    { "refused", 409, BODY, "x", "x", DIGEST },
    { "nonce with marks", 200, BODY, "a\"b\\c", "a\\\"b\\\\c", DIGEST },
};

static void
test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(answer_rows); i++) {
        const char *name = answer_rows[i].name;
        const struct httpsig_answer answer = { answer_rows[i].status, text_of(answer_rows[i].body),
                                               text_of(answer_rows[i].nonce), CREATED_S };
        struct httpsig_fields out, again;
        struct sfv_member sent;
        char base[1024], input[512];
        uint8_t signature[ED25519_SIGNATURE_SIZE];
        size_t size;
        httpsig_sign_answer(&answer, TEXT("0a1b2c3d"), service_signer, &out);
        snprintf(input, sizeof input,
                 "(\"@status\" \"content-digest\");created=1700000000;keyid=\"0a1b2c3d\";"
                 "alg=\"ed25519\";nonce=\"%s\";tag=\"huiquan-receipt\"",
                 answer_rows[i].escaped_nonce);
        snprintf(base, sizeof base,
                 "\"@status\": %d\n\"content-digest\": %s\n\"@signature-params\": %s",
                 answer_rows[i].status, answer_rows[i].digest, input);
        ROW_CHECK(name, strcmp(out.content_digest, answer_rows[i].digest) == 0);
        ROW_CHECK(name, strncmp(out.signature_input, "sig1=", 5) == 0);
        ROW_CHECK(name, strcmp(out.signature_input + 5, input) == 0);
        assert_int_equal(sfv_dictionary_find(text_of(out.signature), TEXT("sig1"), &sent),
                         SFV_FOUND);
        assert_true(sfv_bytes_read(&sent.value, signature, sizeof signature, &size));
        ROW_CHECK(name, ed25519_verify(service_verifier, text_of(base), signature));
        httpsig_sign_answer(&answer, TEXT("0a1b2c3d"), service_signer, &again);
        ROW_CHECK(name, strcmp(out.signature, again.signature) == 0);
        row_passed();
    }
}

/* The longest nonce, all of marks that need an escape, fits the buffers. */
static void
test_longest_answer(void **state)
{
    (void)state;
    char nonce[HTTPSIG_NONCE_SIZE_MAX];
    memset(nonce, '"', sizeof nonce);
    const struct httpsig_answer answer = {
        200, TEXT(BODY), { nonce, sizeof nonce }, 999999999999999
    };
    struct httpsig_fields out;
    httpsig_sign_answer(&answer, TEXT("ffffffff"), service_signer, &out);
    assert_true(strlen(out.signature_input) < HTTPSIG_INPUT_SIZE);
    const struct httpsig_till till = { .keyid = TEXT(KEYID), .secret = TEXT(SECRET) };
    const struct signed_field key = { TEXT("Idempotency-Key"), TEXT("key-1234") };
    const struct signed_message m = { .method = TEXT("POST"),
                                      .path = TEXT("/"),
                                      .fields = &key,
                                      .field_count = 1,
                                      .body = TEXT(BODY) };
    const struct httpsig_request request = { &m, { nonce, sizeof nonce }, 999999999999999 };
    assert_true(httpsig_sign_request(&request, &till, &out));
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_sign_without_body),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_longest_answer),
    };
    return rows_report(cmocka_run_group_tests(tests, open_keys, close_keys));
}
