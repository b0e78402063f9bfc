/* Requests of terminals: what the contract wants of a signature, in the order in which it is asked
 * for. Bases of good requests are written by hand. Answers are in test_httpsig_sign.c. */
#include "tests/rows.h"

#include "voucher/httpsig/httpsig.h"
#include "voucher/id.h"

#define KEYID "trm_06F0000000000000000000000A"
#define CREATED_S 1700000000
#define BODY "{\"a\":1}"
#define DIGEST "sha-256=:AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=:"
#define LIST "(\"@method\" \"@path\" \"@query\" \"content-digest\" \"idempotency-key\")"
#define TAIL(created, keyid, alg, nonce, tag) \
    ";created=" created ";keyid=\"" keyid "\";alg=\"" alg "\";nonce=\"" nonce "\";tag=\"" tag "\""
#define PARAMS TAIL("1700000000", KEYID, "ed25519", "n-1", "huiquan-pos")
#define SIGNATURE_64 \
    "sig1=:"         \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==:"
#define SIGNATURE_32 "sig1=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
#define ABSENT "-"

/* A request in parts; NULL in a row takes the plain one's, ABSENT leaves the field out. */
struct parts {
    const char *input, *signature, *digest, *key, *body, *extra_name, *extra_value;
};

static const struct parts plain = {
    .input = "sig1=" LIST PARAMS,
    .signature = SIGNATURE_64,
    .digest = DIGEST,
    .key = "key-000001",
    .body = BODY,
};

struct request {
    struct signed_message message;
    struct signed_field fields[8];
};

static void
add_field(struct request *r, const char *name, const char *value, const char *or_else)
{
    const char *chosen = value != NULL ? value : or_else;
    if (chosen == NULL || strcmp(chosen, ABSENT) == 0) return;
    r->fields[r->message.field_count++] = (struct signed_field){ text_of(name), text_of(chosen) };
}

static void
make_request(struct request *r, const struct parts *parts)
{
    const char *body = parts->body != NULL ? parts->body : plain.body;
    *r = (struct request){ .message = { .method = TEXT("POST"),
                                        .scheme = TEXT("https"),
                                        .authority = TEXT("pos.example"),
                                        .target = TEXT("/v1/redemptions"),
                                        .path = TEXT("/v1/redemptions"),
                                        .body = text_of(body) } };
    r->message.fields = r->fields;
    add_field(r, "Host", "pos.example", NULL);
    add_field(r, "Signature-Input", parts->input, plain.input);
    add_field(r, "Signature", parts->signature, plain.signature);
    add_field(r, "Content-Digest", parts->digest, plain.digest);
    add_field(r, "Idempotency-Key", parts->key, plain.key);
    add_field(r, parts->extra_name, parts->extra_value, ABSENT);
}

#define INPUT(list, params)          \
    {                                \
        .input = "sig1=" list params \
    }
#define OF_PARAMS(params) INPUT(LIST, params)
#define N64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *name;
    enum httpsig_reason want;
    struct parts parts;
} rows[] = {
    { "plain", HTTPSIG_FINE, { 0 } },
    { "another label in front", HTTPSIG_FINE, { .input = "proxy=(\"via\");x, sig1=" LIST PARAMS } },
    { "another label in Signature", HTTPSIG_FINE, { .signature = SIGNATURE_64 ", proxy=:AAAA:" } },
    { "another label in a line of its own",
      HTTPSIG_FINE,
      { .extra_name = "signature-input", .extra_value = "proxy=(\"via\")" } },
    { "an extra component", HTTPSIG_FINE,
      INPUT("(\"host\" \"@method\" \"@path\" \"@query\" \"content-digest\" \"idempotency-key\" "
            "\"@authority\")",
            PARAMS) },
    { "no body, no digest, no key",
      HTTPSIG_FINE,
      { .input = "sig1=(\"@query\" \"@path\" \"@method\")" PARAMS,
        .digest = ABSENT,
        .key = ABSENT,
        .body = "" } },
    { "no body, digest of nothing, uncovered",
      HTTPSIG_FINE,
      { .input = "sig1=(\"@query\" \"@path\" \"@method\" \"idempotency-key\")" PARAMS,
        .digest = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        .body = "" } },
    { "unknown parameter", HTTPSIG_FINE, OF_PARAMS(PARAMS ";context=\"x\";y") },
    { "expires", HTTPSIG_FINE, OF_PARAMS(PARAMS ";expires=1700000300") },
    { "nonce of 128 characters", HTTPSIG_FINE,
      OF_PARAMS(TAIL("1700000000", KEYID, "ed25519", N64 N64, "huiquan-pos")) },
    { "nonce of one character", HTTPSIG_FINE,
      OF_PARAMS(TAIL("1700000000", KEYID, "ed25519", "n", "huiquan-pos")) },
    { "hmac",
      HTTPSIG_FINE,
      { .input = "sig1=" LIST TAIL("1700000000", KEYID, "hmac-sha256", "n", "huiquan-pos"),
        .signature = SIGNATURE_32 } },

    { "no Signature-Input", HTTPSIG_INPUT_MISSING, { .input = ABSENT } },
    { "neither of both", HTTPSIG_INPUT_MISSING, { .input = ABSENT, .signature = ABSENT } },
    { "no Signature", HTTPSIG_SIGNATURE_MISSING, { .signature = ABSENT } },
    { "empty Signature-Input", HTTPSIG_INPUT_LABEL_MISSING, { .input = "" } },
    { "label sig2", HTTPSIG_INPUT_LABEL_MISSING, { .input = "sig2=" LIST PARAMS } },
    { "label sig", HTTPSIG_INPUT_LABEL_MISSING, { .input = "sig=" LIST PARAMS } },
    { "label SIG1", HTTPSIG_INPUT_MALFORMED, { .input = "SIG1=" LIST PARAMS } },
    { "label twice",
      HTTPSIG_INPUT_LABEL_REPEATED,
      { .input = "sig1=" LIST PARAMS ", sig1=" LIST PARAMS } },
    { "label twice, in two lines",
      HTTPSIG_INPUT_LABEL_REPEATED,
      { .extra_name = "SIGNATURE-INPUT", .extra_value = "sig1=()" } },
    { "list without end", HTTPSIG_INPUT_MALFORMED, { .input = "sig1=(\"@method\"" } },
    { "quote without end", HTTPSIG_INPUT_MALFORMED, { .input = "sig1=(\"@method)" PARAMS } },
    { "comma at the end", HTTPSIG_INPUT_MALFORMED, { .input = "sig1=" LIST PARAMS "," } },
    { "broken other label", HTTPSIG_INPUT_MALFORMED, { .input = "sig1=" LIST PARAMS ", x=:A:" } },
    { "no list", HTTPSIG_INPUT_NOT_A_LIST, { .input = "sig1" PARAMS } },
    { "a string for a list", HTTPSIG_INPUT_NOT_A_LIST, { .input = "sig1=\"@method\"" PARAMS } },
    { "empty Signature", HTTPSIG_SIGNATURE_LABEL_MISSING, { .signature = "" } },
    { "Signature of another label", HTTPSIG_SIGNATURE_LABEL_MISSING, { .signature = "sig=::" } },
    { "Signature twice",
      HTTPSIG_SIGNATURE_LABEL_REPEATED,
      { .signature = SIGNATURE_64 ", " SIGNATURE_64 } },
    { "Signature without colons", HTTPSIG_SIGNATURE_MALFORMED, { .signature = "sig1=AA==" } },
    { "Signature with bad base64", HTTPSIG_SIGNATURE_MALFORMED, { .signature = "sig1=:A:" } },
    { "Signature as a string", HTTPSIG_SIGNATURE_NOT_BYTES, { .signature = "sig1=\"AAAA\"" } },
    { "Signature as a flag", HTTPSIG_SIGNATURE_NOT_BYTES, { .signature = "sig1" } },
    { "Signature as a list", HTTPSIG_SIGNATURE_NOT_BYTES, { .signature = "sig1=(:AAAA:)" } },
    { "Signature of 66 bytes",
      HTTPSIG_SIGNATURE_SIZE,
      { .signature = "sig1=:AAAA" N64 "AAAAAAAAAAAAAAAAAAAA:" } },
    { "Signature of no bytes", HTTPSIG_SIGNATURE_SIZE, { .signature = "sig1=::" } },
    { "32 bytes for ed25519", HTTPSIG_SIGNATURE_SIZE, { .signature = SIGNATURE_32 } },
    { "64 bytes for hmac", HTTPSIG_SIGNATURE_SIZE,
      OF_PARAMS(TAIL("1700000000", KEYID, "hmac-sha256", "n", "huiquan-pos")) },

    { "no parameters", HTTPSIG_TAG_MISSING, OF_PARAMS("") },
    { "no tag", HTTPSIG_TAG_MISSING,
      OF_PARAMS(";created=1700000000;keyid=\"" KEYID "\";alg=\"ed25519\";nonce=\"n\"") },
    { "no alg", HTTPSIG_ALG_MISSING,
      OF_PARAMS(";created=1700000000;keyid=\"" KEYID "\";nonce=\"n\";tag=\"huiquan-pos\"") },
    { "no keyid", HTTPSIG_KEYID_MISSING,
      OF_PARAMS(";created=1700000000;alg=\"ed25519\";nonce=\"n\";tag=\"huiquan-pos\"") },
    { "no created", HTTPSIG_CREATED_MISSING,
      OF_PARAMS(";keyid=\"" KEYID "\";alg=\"ed25519\";nonce=\"n\";tag=\"huiquan-pos\"") },
    { "no nonce", HTTPSIG_NONCE_MISSING,
      OF_PARAMS(";created=1700000000;keyid=\"" KEYID "\";alg=\"ed25519\";tag=\"huiquan-pos\"") },
    { "tag of answers", HTTPSIG_TAG_WRONG,
      OF_PARAMS(TAIL("1700000000", KEYID, "ed25519", "n", "huiquan-receipt")) },
    { "tag in upper case", HTTPSIG_TAG_WRONG,
      OF_PARAMS(TAIL("1700000000", KEYID, "ed25519", "n", "Huiquan-POS")) },
    { "empty tag", HTTPSIG_TAG_WRONG, OF_PARAMS(TAIL("1700000000", KEYID, "ed25519", "n", "")) },
    { "alg of RSA", HTTPSIG_ALG_UNKNOWN,
      OF_PARAMS(TAIL("1700000000", KEYID, "rsa-pss-sha512", "n", "huiquan-pos")) },
    { "alg of ECDSA", HTTPSIG_ALG_UNKNOWN,
      OF_PARAMS(TAIL("1700000000", KEYID, "ecdsa-p256-sha256", "n", "huiquan-pos")) },
    { "alg as JOSE has it", HTTPSIG_ALG_UNKNOWN,
      OF_PARAMS(TAIL("1700000000", KEYID, "Ed25519", "n", "huiquan-pos")) },
    { "alg none", HTTPSIG_ALG_UNKNOWN,
      OF_PARAMS(TAIL("1700000000", KEYID, "none", "n", "huiquan-pos")) },
    { "empty alg", HTTPSIG_ALG_UNKNOWN,
      OF_PARAMS(TAIL("1700000000", KEYID, "", "n", "huiquan-pos")) },
    { "keyid of a merchant", HTTPSIG_KEYID_NOT_A_TERMINAL,
      OF_PARAMS(
          TAIL("1700000000", "mch_06F0000000000000000000000A", "ed25519", "n", "huiquan-pos")) },
    { "keyid in lower case", HTTPSIG_KEYID_NOT_A_TERMINAL,
      OF_PARAMS(
          TAIL("1700000000", "trm_06f0000000000000000000000a", "ed25519", "n", "huiquan-pos")) },
    { "keyid too short", HTTPSIG_KEYID_NOT_A_TERMINAL,
      OF_PARAMS(TAIL("1700000000", "trm_06F", "ed25519", "n", "huiquan-pos")) },
    { "keyid too long", HTTPSIG_KEYID_NOT_A_TERMINAL,
      OF_PARAMS(TAIL("1700000000", KEYID KEYID, "ed25519", "n", "huiquan-pos")) },
    { "keyid of the RFC", HTTPSIG_KEYID_NOT_A_TERMINAL,
      OF_PARAMS(TAIL("1700000000", "test-key-ed25519", "ed25519", "n", "huiquan-pos")) },
    { "empty keyid", HTTPSIG_KEYID_NOT_A_TERMINAL,
      OF_PARAMS(TAIL("1700000000", "", "ed25519", "n", "huiquan-pos")) },
    { "empty nonce", HTTPSIG_NONCE_SIZE,
      OF_PARAMS(TAIL("1700000000", KEYID, "ed25519", "", "huiquan-pos")) },
    { "nonce of 129 characters", HTTPSIG_NONCE_SIZE,
      OF_PARAMS(TAIL("1700000000", KEYID, "ed25519", N64 N64 "0", "huiquan-pos")) },
    { "created as a string", HTTPSIG_PARAMETER_TYPE,
      OF_PARAMS(TAIL("\"1700000000\"", KEYID, "ed25519", "n", "huiquan-pos")) },
    { "created as a decimal", HTTPSIG_PARAMETER_TYPE,
      OF_PARAMS(TAIL("1700000000.0", KEYID, "ed25519", "n", "huiquan-pos")) },
    { "created as a flag", HTTPSIG_PARAMETER_TYPE, OF_PARAMS(";created" PARAMS) },
    { "created as a date of RFC 9651", HTTPSIG_INPUT_MALFORMED,
      OF_PARAMS(TAIL("@1700000000", KEYID, "ed25519", "n", "huiquan-pos")) },
    { "expires as a string", HTTPSIG_PARAMETER_TYPE, OF_PARAMS(PARAMS ";expires=\"1\"") },
    { "tag as a token", HTTPSIG_PARAMETER_TYPE, OF_PARAMS(";tag=huiquan-pos") },
    { "alg as a token", HTTPSIG_PARAMETER_TYPE, OF_PARAMS(";alg=ed25519") },
    { "keyid as bytes", HTTPSIG_PARAMETER_TYPE, OF_PARAMS(";keyid=:AAAA:") },
    { "nonce as a number", HTTPSIG_PARAMETER_TYPE, OF_PARAMS(";nonce=1") },
    { "created twice", HTTPSIG_PARAMETER_REPEATED, OF_PARAMS(PARAMS ";created=1700000000") },
    { "tag twice", HTTPSIG_PARAMETER_REPEATED, OF_PARAMS(PARAMS ";tag=\"huiquan-pos\"") },
    { "an unknown parameter twice", HTTPSIG_PARAMETER_REPEATED, OF_PARAMS(PARAMS ";x;x") },
    { "17 parameters", HTTPSIG_PARAMETERS_TOO_MANY, OF_PARAMS(PARAMS ";a;b;c;d;e;f;g;h;i;j;k;l") },

    { "component absent", HTTPSIG_COMPONENT_ABSENT, INPUT("(\"x-none\")", PARAMS) },
    { "component unknown", HTTPSIG_COMPONENT_UNKNOWN, INPUT("(\"@body\")", PARAMS) },
    { "component of answers", HTTPSIG_COMPONENT_ABSENT, INPUT("(\"@status\")", PARAMS) },
    { "component with a parameter", HTTPSIG_COMPONENT_PARAMETER,
      INPUT("(\"@method\";req)", PARAMS) },
    { "component in upper case", HTTPSIG_COMPONENT_MALFORMED, INPUT("(\"Host\")", PARAMS) },
    { "nothing covered", HTTPSIG_METHOD_UNCOVERED, INPUT("()", PARAMS) },
    { "@request-target is no @path", HTTPSIG_PATH_UNCOVERED,
      INPUT("(\"@method\" \"@request-target\" \"@query\" \"content-digest\" \"idempotency-key\")",
            PARAMS) },
    { "@target-uri is no @query", HTTPSIG_QUERY_UNCOVERED,
      INPUT("(\"@method\" \"@target-uri\" \"@path\" \"content-digest\" \"idempotency-key\")",
            PARAMS) },
    { "content-digest covered, not sent", HTTPSIG_COMPONENT_ABSENT, { .digest = ABSENT } },
    { "content-digest neither covered nor sent",
      HTTPSIG_DIGEST_MISSING,
      { .input = "sig1=(\"@method\" \"@path\" \"@query\" \"idempotency-key\")" PARAMS,
        .digest = ABSENT } },
    { "idempotency-key covered, not sent", HTTPSIG_COMPONENT_ABSENT, { .key = ABSENT } },
    { "sha-512 alone", HTTPSIG_DIGEST_ALGORITHM, { .digest = "sha-512=:AAAA:" } },
    { "digest of another body", HTTPSIG_DIGEST_MISMATCH, { .body = "{\"a\":2}" } },
    { "digest without a body", HTTPSIG_DIGEST_MISMATCH, { .body = "" } },
    { "digest without a body, uncovered",
      HTTPSIG_DIGEST_MISMATCH,
      { .input = "sig1=(\"@query\" \"@path\" \"@method\" \"idempotency-key\")" PARAMS,
        .body = "" } },
    { "digest malformed", HTTPSIG_DIGEST_MALFORMED, { .digest = "sha-256=AA" } },
    { "digest in two lines, both alike",
      HTTPSIG_DIGEST_MALFORMED,
      { .extra_name = "content-digest", .extra_value = DIGEST } },
};

static void
test_rows(void **state)
{
    (void)state;
    static char base[HTTPSIG_BASE_ROOM];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct request r;
        struct httpsig_claim claim;
        make_request(&r, &rows[i].parts);
        const enum httpsig_reason reason = httpsig_parse(&r.message, base, sizeof base, &claim);
        if (reason != rows[i].want) print_error("%s\n", httpsig_reason_name(reason));
        ROW_CHECK(rows[i].name, reason == rows[i].want);
        ROW_CHECK(rows[i].name, (claim.base.size > 0) == (reason == HTTPSIG_FINE));
        row_passed();
    }
}

static void
test_claim(void **state)
{
    (void)state;
    static char base[HTTPSIG_BASE_ROOM];
    struct request r;
    struct httpsig_claim claim;
    struct uuid terminal;
    const struct parts parts = {
        .input = "sig1=" LIST TAIL("1700000000", KEYID, "ed25519", "q\\\"b\\\\",
                                   "huiquan-pos") ";expires=1700000007",
    };
    make_request(&r, &parts);
    assert_int_equal(httpsig_parse(&r.message, base, sizeof base, &claim), HTTPSIG_FINE);
    assert_true(id_read(ID_TERMINAL, TEXT(KEYID), &terminal));
    assert_true(uuid_equal(&claim.terminal, &terminal));
    assert_int_equal(claim.algorithm, TERMINAL_ED25519);
    assert_int_equal(claim.created_s, CREATED_S);
    assert_true(claim.has_expiry);
    assert_int_equal(claim.expires_s, CREATED_S + 7);
    assert_int_equal(claim.nonce_size, 4);
    assert_memory_equal(claim.nonce, "q\"b\\", 4);
    assert_true(text_equal(claim.base,
                           TEXT("\"@method\": POST\n\"@path\": /v1/redemptions\n\"@query\": "
                                "?\n\"content-digest\": " DIGEST
                                "\n\"idempotency-key\": key-000001\n\"@signature-params\": " LIST
                                ";created=1700000000;keyid=\"" KEYID
                                "\";alg=\"ed25519\";nonce=\"q\\\"b\\\\\";"
                                "tag=\"huiquan-pos\";expires=1700000007")));
    row_passed();
}

static void
test_long_fields(void **state)
{
    (void)state;
    static char base[HTTPSIG_BASE_ROOM], longer[HTTPSIG_FIELD_SIZE_MAX + 2];
    static const struct {
        const char *name;
        enum httpsig_reason want;
    } fields[] = {
        { "Signature-Input", HTTPSIG_FIELD_TOO_LONG },
        { "Signature", HTTPSIG_FIELD_TOO_LONG },
        { "Content-Digest", HTTPSIG_FIELD_TOO_LONG },
        { "Idempotency-Key", HTTPSIG_FINE },
    };
    memset(longer, 'a', sizeof longer - 1);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct request r;
        struct httpsig_claim claim;
        const struct parts parts = { .extra_name = fields[i].name, .extra_value = longer };
        make_request(&r, &parts);
        ROW_CHECK(fields[i].name,
                  httpsig_parse(&r.message, base, sizeof base, &claim) == fields[i].want);
        row_passed();
    }
}

static void
test_words(void **state)
{
    (void)state;
    for (enum httpsig_reason i = 0; i < HTTPSIG_REASON_COUNT; i++) {
        assert_true(strlen(httpsig_reason_name(i)) > 3);
        for (enum language language = 0; language < LANGUAGE_COUNT; language++) {
            assert_true(strlen(httpsig_reason_words(i, language)) > 8);
        }
        for (enum httpsig_reason j = 0; j < i; j++) {
            assert_string_not_equal(httpsig_reason_name(i), httpsig_reason_name(j));
            assert_string_not_equal(httpsig_reason_words(i, LANGUAGE_EN),
                                    httpsig_reason_words(j, LANGUAGE_EN));
        }
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_claim),
        cmocka_unit_test(test_long_fields),
        cmocka_unit_test(test_words),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
