/* The signature base: the cases of RFC 9421 appendix B byte for byte, their signatures, and every
 * component. Bases in rows are written by hand from the RFC, never taken from the code. */
#include "tests/rows.h"
#include "tests/vectors/rfc9421.h"

#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "voucher/httpsig/base.h"

#define ROOM 2048

static struct sfv_member
member_of(const char *field, const char *key)
{
    struct sfv_member member;
    assert_int_equal(sfv_dictionary_find(text_of(field), text_of(key), &member), SFV_FOUND);
    return member;
}

static struct signed_message
message_of(const struct rfc9421_case *c, struct signed_field fields[RFC9421_FIELDS_MAX])
{
    size_t count = 0;
    for (; count < RFC9421_FIELDS_MAX && c->fields[count][0] != NULL; count++) {
        fields[count].name = text_of(c->fields[count][0]);
        fields[count].value = text_of(c->fields[count][1]);
    }
    return (struct signed_message){
        .status = c->status,
        .method = text_of(c->method),
        .scheme = text_of(c->scheme),
        .target = text_of(c->target),
        .path = text_of(c->path),
        .has_query = c->query != NULL,
        .query = c->query != NULL ? text_of(c->query + 1) : (struct text){ 0 },
        .fields = fields,
        .field_count = count,
    };
}

static struct text
host_of(const struct signed_message *m)
{
    for (size_t i = 0; i < m->field_count; i++) {
        if (text_equal(m->fields[i].name, TEXT("Host"))) return m->fields[i].value;
    }
    return (struct text){ 0 };
}

static bool
signature_holds(const struct rfc9421_case *c, struct text base)
{
    const struct sfv_member sent = member_of(c->signature, c->label);
    struct ed25519_verifier *verifier;
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    size_t size;
    assert_true(sfv_bytes_read(&sent.value, signature, sizeof signature, &size));
    if (c->key == RFC9421_HMAC) {
        const struct text secret = { (const char *)rfc9421_secret, sizeof rfc9421_secret };
        struct digest mac;
        assert_int_equal(size, sizeof mac.bytes);
        digest_hmac_sha256(&mac, secret, &base, 1);
        return crypto_equal(mac.bytes, signature, size);
    }
    assert_int_equal(size, sizeof signature);
    assert_int_equal(ed25519_verifier_open(&verifier, rfc9421_ed25519_public), FAULT_NONE);
    const bool holds = ed25519_verify(verifier, base, signature);
    ed25519_verifier_close(verifier);
    return holds;
}

static void
test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rfc9421_cases); i++) {
        const struct rfc9421_case *c = &rfc9421_cases[i];
        const struct sfv_member input = member_of(c->signature_input, c->label);
        struct signed_field fields[RFC9421_FIELDS_MAX];
        struct signed_message m = message_of(c, fields);
        struct sfv_writer out;
        char room[ROOM];
        unsigned covered;
        m.authority = host_of(&m);
        sfv_writer_start(&out, room, sizeof room);
        ROW_CHECK(c->name, httpsig_base_write(&m, &input, &out, &covered) == HTTPSIG_FINE);
        ROW_CHECK(c->name, text_equal(sfv_writer_text(&out), text_of(c->base)));
        if (c->key != RFC9421_BASE_ONLY) {
            ROW_CHECK(c->name, signature_holds(c, sfv_writer_text(&out)) == c->is_valid);
        }
        row_passed();
    }
}

static const struct signed_field many_fields[] = {
    { { "Host", 4 }, { "Example.com:443", 15 } },
    { { "X-Twice", 7 }, { " one\t", 5 } },
    { { "x-other", 7 }, { "o", 1 } },
    { { "X-TWICE", 7 }, { "two, three", 10 } },
    { { "X-Empty", 7 }, { "", 0 } },
    { { "X-Blank", 7 }, { " \t ", 3 } },
    { { "X-Han", 5 }, { "\xe6\x83\xa0", 3 } },
    { { "X-Line", 6 }, { "a\nb", 3 } },
    { { "X-Return", 8 }, { "a\rb", 3 } },
    { { "X-Nul", 5 }, { "a\0b", 3 } },
    { { "Content-Digest", 14 }, { "sha-256=:AAAA:", 14 } },
    { { "Idempotency-Key", 15 }, { "key-123", 7 } },
};

/* The message of a row that names no other: POST /v1/a%2Fb?q=1&r over https. */
static struct signed_message
plain_message(void)
{
    return (struct signed_message){
        .method = TEXT("POST"),
        .scheme = TEXT("https"),
        .authority = TEXT("Example.com:443"),
        .target = TEXT("/v1/a%2Fb?q=1&r"),
        .path = TEXT("/v1/a%2Fb"),
        .query = TEXT("q=1&r"),
        .has_query = true,
        .fields = many_fields,
        .field_count = COUNT_OF(many_fields),
    };
}

static struct signed_message
answer_message(void)
{
    return (struct signed_message){ .status = 201,
                                    .fields = many_fields,
                                    .field_count = COUNT_OF(many_fields) };
}

/* list: the inner list of sig. line: the base without the last line. */
static const struct {
    const char *name, *list, *line;
} component_rows[] = {
    { "nothing covered", "()", "" },
    { "@method", "(\"@method\")", "\"@method\": POST\n" },
    { "@path keeps its escapes", "(\"@path\")", "\"@path\": /v1/a%2Fb\n" },
    { "@query", "(\"@query\")", "\"@query\": ?q=1&r\n" },
    { "@authority loses case and port", "(\"@authority\")", "\"@authority\": example.com\n" },
    { "@scheme", "(\"@scheme\")", "\"@scheme\": https\n" },
    { "@target-uri", "(\"@target-uri\")",
      "\"@target-uri\": https://Example.com:443/v1/a%2Fb?q=1&r\n" },
    { "@request-target", "(\"@request-target\")", "\"@request-target\": /v1/a%2Fb?q=1&r\n" },
    { "lines of a field are combined", "(\"x-twice\")", "\"x-twice\": one, two, three\n" },
    { "empty field", "(\"x-empty\")", "\"x-empty\": \n" },
    { "field of white space", "(\"x-blank\")", "\"x-blank\": \n" },
    { "bytes above ASCII stay", "(\"x-han\")", "\"x-han\": \xe6\x83\xa0\n" },
    { "order is kept", "(\"x-other\" \"@method\" \"x-empty\")",
      "\"x-other\": o\n\"@method\": POST\n\"x-empty\": \n" },
};

static void
test_components(void **state)
{
    (void)state;
    const struct signed_message m = plain_message();
    for (size_t i = 0; i < COUNT_OF(component_rows); i++) {
        const char *name = component_rows[i].name;
        char field[256], want[512], room[ROOM];
        struct sfv_writer out;
        unsigned covered;
        snprintf(field, sizeof field, "sig=%s;created=1", component_rows[i].list);
        snprintf(want, sizeof want, "%s\"@signature-params\": %s;created=1", component_rows[i].line,
                 component_rows[i].list);
        const struct sfv_member input = member_of(field, "sig");
        sfv_writer_start(&out, room, sizeof room);
        ROW_CHECK(name, httpsig_base_write(&m, &input, &out, &covered) == HTTPSIG_FINE);
        ROW_CHECK(name, text_equal(sfv_writer_text(&out), text_of(want)));
        row_passed();
    }
}

static const struct {
    const char *name, *list;
    enum httpsig_reason want;
} refused_rows[] = {
    { "absent field", "(\"x-absent\")", HTTPSIG_COMPONENT_ABSENT },
    { "@status of a request", "(\"@status\")", HTTPSIG_COMPONENT_ABSENT },
    { "@signature-params", "(\"@signature-params\")", HTTPSIG_COMPONENT_UNKNOWN },
    { "@query-params of a draft", "(\"@query-params\")", HTTPSIG_COMPONENT_UNKNOWN },
    { "at sign alone", "(\"@\")", HTTPSIG_COMPONENT_UNKNOWN },
    { "@Method", "(\"@Method\")", HTTPSIG_COMPONENT_UNKNOWN },
    { "longer than a known one", "(\"@paths\")", HTTPSIG_COMPONENT_UNKNOWN },
    { "shorter than a known one", "(\"@pat\")", HTTPSIG_COMPONENT_UNKNOWN },
    { "@query-param", "(\"@query-param\";name=\"q\")", HTTPSIG_COMPONENT_PARAMETER },
    { "sf", "(\"x-other\";sf)", HTTPSIG_COMPONENT_PARAMETER },
    { "bs", "(\"x-other\";bs)", HTTPSIG_COMPONENT_PARAMETER },
    { "key", "(\"content-digest\";key=\"sha-256\")", HTTPSIG_COMPONENT_PARAMETER },
    { "tr", "(\"x-other\";tr)", HTTPSIG_COMPONENT_PARAMETER },
    { "req", "(\"@method\";req)", HTTPSIG_COMPONENT_PARAMETER },
    { "an invented parameter", "(\"@method\";x)", HTTPSIG_COMPONENT_PARAMETER },
    { "a parameter that is false", "(\"@method\";req=?0)", HTTPSIG_COMPONENT_PARAMETER },
    { "name in upper case", "(\"X-Other\")", HTTPSIG_COMPONENT_MALFORMED },
    { "empty name", "(\"\")", HTTPSIG_COMPONENT_MALFORMED },
    { "name with a space", "(\"x other\")", HTTPSIG_COMPONENT_MALFORMED },
    { "name with a colon", "(\"x-other:\")", HTTPSIG_COMPONENT_MALFORMED },
    { "name with an escape", "(\"x\\\\other\")", HTTPSIG_COMPONENT_MALFORMED },
    { "a token", "(x-other)", HTTPSIG_COMPONENT_MALFORMED },
    { "an integer", "(1)", HTTPSIG_COMPONENT_MALFORMED },
    { "bytes", "(:AAAA:)", HTTPSIG_COMPONENT_MALFORMED },
    { "twice", "(\"@method\" \"@method\")", HTTPSIG_COMPONENT_REPEATED },
    { "a field twice, apart", "(\"x-other\" \"@method\" \"x-other\")", HTTPSIG_COMPONENT_REPEATED },
    { "twice, told apart by a parameter", "(\"x-other\" \"x-other\";sf)",
      HTTPSIG_COMPONENT_REPEATED },
    { "LF in a value", "(\"x-line\")", HTTPSIG_COMPONENT_VALUE },
    { "CR in a value", "(\"x-return\")", HTTPSIG_COMPONENT_VALUE },
    { "NUL in a value", "(\"x-nul\")", HTTPSIG_COMPONENT_VALUE },
};

static enum httpsig_reason
base_of(const struct signed_message *m, const char *list, struct sfv_writer *out, unsigned *covered)
{
    char field[4096];
    snprintf(field, sizeof field, "sig=%s;created=1", list);
    const struct sfv_member input = member_of(field, "sig");
    return httpsig_base_write(m, &input, out, covered);
}

static void
test_refused(void **state)
{
    (void)state;
    const struct signed_message m = plain_message();
    for (size_t i = 0; i < COUNT_OF(refused_rows); i++) {
        char room[ROOM];
        struct sfv_writer out;
        unsigned covered;
        sfv_writer_start(&out, room, sizeof room);
        ROW_CHECK(refused_rows[i].name,
                  base_of(&m, refused_rows[i].list, &out, &covered) == refused_rows[i].want);
        row_passed();
    }
}

static const struct {
    const char *name, *scheme, *authority, *want;
} authority_rows[] = {
    { "plain", "https", "example.com", "example.com" },
    { "upper case", "https", "EXAMPLE.Com", "example.com" },
    { "https and its port", "https", "example.com:443", "example.com" },
    { "HTTPS and its port", "HTTPS", "example.com:443", "example.com" },
    { "http and its port", "http", "example.com:80", "example.com" },
    { "https and the port of http", "https", "example.com:80", "example.com:80" },
    { "http and the port of https", "http", "example.com:443", "example.com:443" },
    { "a port that ends alike", "http", "example.com:8080", "example.com:8080" },
    { "another port that ends alike", "https", "example.com:1443", "example.com:1443" },
    { "empty port", "https", "example.com:", "example.com" },
    { "IPv6", "http", "[::1]", "[::1]" },
    { "IPv6 that ends like the port", "http", "[::80]", "[::80]" },
    { "IPv6 with the port", "http", "[::1]:80", "[::1]" },
    { "none", "http", "", NULL },
    { "a port alone", "http", ":80", NULL },
};

static void
test_authority(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(authority_rows); i++) {
        const char *name = authority_rows[i].name;
        char room[ROOM], want[512];
        struct signed_message m = plain_message();
        struct sfv_writer out;
        unsigned covered;
        m.scheme = text_of(authority_rows[i].scheme);
        m.authority = text_of(authority_rows[i].authority);
        sfv_writer_start(&out, room, sizeof room);
        const enum httpsig_reason reason = base_of(&m, "(\"@authority\")", &out, &covered);
        row_passed();
        if (authority_rows[i].want == NULL) {
            ROW_CHECK(name, reason == HTTPSIG_COMPONENT_ABSENT);
            continue;
        }
        snprintf(want, sizeof want,
                 "\"@authority\": %s\n\"@signature-params\": (\"@authority\");created=1",
                 authority_rows[i].want);
        ROW_CHECK(name, reason == HTTPSIG_FINE);
        ROW_CHECK(name, text_equal(sfv_writer_text(&out), text_of(want)));
    }
}

/* How an absent query, an empty one, an empty path and a missing target are spelled. */
static const struct {
    const char *name, *target, *path, *query, *list, *line;
} target_rows[] = {
    { "absent query", "/a", "/a", NULL, "(\"@query\")", "\"@query\": ?\n" },
    { "empty query", "/a?", "/a", "", "(\"@query\")", "\"@query\": ?\n" },
    { "query of question marks", "/a???", "/a", "??", "(\"@query\")", "\"@query\": ???\n" },
    { "query keeps its escapes", "/a?%7E=%2f+", "/a", "%7E=%2f+", "(\"@query\")",
      "\"@query\": ?%7E=%2f+\n" },
    { "empty path", "", "", NULL, "(\"@path\")", "\"@path\": /\n" },
    { "asterisk", "*", "*", NULL, "(\"@path\")", "\"@path\": *\n" },
    { "target is rebuilt", "", "/a", "b", "(\"@request-target\")", "\"@request-target\": /a?b\n" },
    { "target without query is rebuilt", "", "/a", NULL, "(\"@request-target\")",
      "\"@request-target\": /a\n" },
    { "absolute form", "http://EXAMPLE.com/a", "/a", NULL, "(\"@request-target\")",
      "\"@request-target\": http://EXAMPLE.com/a\n" },
    { "URI with an empty query", "/a?", "/a", "", "(\"@target-uri\")",
      "\"@target-uri\": https://Example.com:443/a?\n" },
    { "URI without query", "/a", "/a", NULL, "(\"@target-uri\")",
      "\"@target-uri\": https://Example.com:443/a\n" },
};

static void
test_targets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(target_rows); i++) {
        const char *name = target_rows[i].name;
        char room[ROOM], want[512];
        struct signed_message m = plain_message();
        struct sfv_writer out;
        unsigned covered;
        m.target = text_of(target_rows[i].target);
        m.path = text_of(target_rows[i].path);
        m.has_query = target_rows[i].query != NULL;
        m.query = text_of(target_rows[i].query);
        sfv_writer_start(&out, room, sizeof room);
        snprintf(want, sizeof want, "%s\"@signature-params\": %s;created=1", target_rows[i].line,
                 target_rows[i].list);
        ROW_CHECK(name, base_of(&m, target_rows[i].list, &out, &covered) == HTTPSIG_FINE);
        ROW_CHECK(name, text_equal(sfv_writer_text(&out), text_of(want)));
        row_passed();
    }
}

static void
test_answer_components(void **state)
{
    (void)state;
    static const char *const of_requests[] = {
        "(\"@method\")", "(\"@path\")",       "(\"@query\")",          "(\"@authority\")",
        "(\"@scheme\")", "(\"@target-uri\")", "(\"@request-target\")",
    };
    const struct signed_message m = answer_message();
    char room[ROOM];
    struct sfv_writer out;
    unsigned covered;
    for (size_t i = 0; i < COUNT_OF(of_requests); i++) {
        sfv_writer_start(&out, room, sizeof room);
        ROW_CHECK(of_requests[i],
                  base_of(&m, of_requests[i], &out, &covered) == HTTPSIG_COMPONENT_ABSENT);
        row_passed();
    }
    sfv_writer_start(&out, room, sizeof room);
    assert_int_equal(base_of(&m, "(\"@status\" \"x-other\")", &out, &covered), HTTPSIG_FINE);
    assert_true(text_equal(sfv_writer_text(&out),
                           TEXT("\"@status\": 201\n\"x-other\": o\n\"@signature-params\": "
                                "(\"@status\" \"x-other\");created=1")));
    assert_int_equal(covered, HTTPSIG_COVERS_STATUS);
    row_passed();
}

static void
test_covered_bits(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        unsigned want;
    } rows[] = {
        { "()", 0 },
        { "(\"x-other\" \"@scheme\")", 0 },
        { "(\"@method\")", HTTPSIG_COVERS_METHOD },
        { "(\"@path\")", HTTPSIG_COVERS_PATH },
        { "(\"@query\")", HTTPSIG_COVERS_QUERY },
        { "(\"content-digest\")", HTTPSIG_COVERS_CONTENT_DIGEST },
        { "(\"idempotency-key\")", HTTPSIG_COVERS_IDEMPOTENCY_KEY },
        { "(\"@target-uri\" \"@request-target\")", 0 },
        { "(\"@query\" \"@method\" \"@path\")",
          HTTPSIG_COVERS_QUERY | HTTPSIG_COVERS_METHOD | HTTPSIG_COVERS_PATH },
    };
    const struct signed_message m = plain_message();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char room[ROOM];
        struct sfv_writer out;
        unsigned covered = 0xff;
        sfv_writer_start(&out, room, sizeof room);
        ROW_CHECK(rows[i].list, base_of(&m, rows[i].list, &out, &covered) == HTTPSIG_FINE);
        ROW_CHECK(rows[i].list, covered == rows[i].want);
        row_passed();
    }
}

/* The last line is canonical whatever the field looked like. */
static void
test_canonical_params(void **state)
{
    (void)state;
    const struct signed_message m = plain_message();
    const struct sfv_member input =
        member_of("sig=(  \"@method\"   \"@path\" );  created=0042;flag=?1;off=?0;dec=1.50;tok=a;"
                  "str=\"q\\\"\";bin=:AA==:",
                  "sig");
    char room[ROOM];
    struct sfv_writer out;
    unsigned covered;
    sfv_writer_start(&out, room, sizeof room);
    assert_int_equal(httpsig_base_write(&m, &input, &out, &covered), HTTPSIG_FINE);
    assert_true(text_equal(
        sfv_writer_text(&out),
        TEXT("\"@method\": POST\n\"@path\": /v1/a%2Fb\n\"@signature-params\": (\"@method\" "
             "\"@path\");created=42;flag;off=?0;dec=1.5;tok=a;str=\"q\\\"\";bin=:AA==:")));
    row_passed();
}

static void
test_bounds(void **state)
{
    (void)state;
    const struct signed_message m = plain_message();
    char room[ROOM], want[ROOM];
    struct sfv_writer out;
    unsigned covered;
    sfv_writer_start(&out, want, sizeof want);
    assert_int_equal(base_of(&m, "(\"@target-uri\" \"x-twice\")", &out, &covered), HTTPSIG_FINE);
    const size_t whole = out.size;
    for (size_t size = 0; size <= whole; size++) {
        memset(room, 'x', sizeof room);
        sfv_writer_start(&out, room, size);
        const enum httpsig_reason reason =
            base_of(&m, "(\"@target-uri\" \"x-twice\")", &out, &covered);
        assert_int_equal(reason, size < whole ? HTTPSIG_BASE_TOO_LONG : HTTPSIG_FINE);
        assert_int_equal(room[size], 'x');
        row_passed();
    }
}

/* 32 components are taken, 33 are not. */
static void
test_component_count(void **state)
{
    (void)state;
    struct signed_field fields[HTTPSIG_COMPONENTS_MAX + 1];
    char names[HTTPSIG_COMPONENTS_MAX + 1][8], list[ROOM] = "(", room[ROOM];
    struct signed_message m = plain_message();
    m.fields = fields;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct sfv_writer out;
        unsigned covered;
        const size_t size = strlen(list);
        snprintf(names[i], sizeof names[i], "x-%zu", i);
        fields[i] = (struct signed_field){ text_of(names[i]), TEXT("v") };
        m.field_count = i + 1;
        snprintf(list + size - (i > 0), sizeof list - size, "%s\"%s\")", i > 0 ? " " : "",
                 names[i]);
        sfv_writer_start(&out, room, sizeof room);
        assert_int_equal(base_of(&m, list, &out, &covered),
                         i < HTTPSIG_COMPONENTS_MAX ? HTTPSIG_FINE : HTTPSIG_COMPONENTS_TOO_MANY);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),      cmocka_unit_test(test_components),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_authority),
        cmocka_unit_test(test_targets),      cmocka_unit_test(test_answer_components),
        cmocka_unit_test(test_covered_bits), cmocka_unit_test(test_canonical_params),
        cmocka_unit_test(test_bounds),       cmocka_unit_test(test_component_count),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
