/* Assertions: the table of issuers, every refusal, and a voucher as JWS. */
#include "crypto/jwt.h"

#include "crypto/jws.h"
#include "tests/vectors.h"

#define OKP_HEAD "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
#define OKP_X "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define EC_HEAD "{\"kty\":\"EC\",\"crv\":\"P-256\","
#define EC_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define EC_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

/* Two issuers that share a kid, each with an Ed25519 key; the first also has a P-256 key. */
#define ISS_ONE "https://app.example"
#define SET(iss, keys) "{\"iss\":\"" iss "\",\"jwks\":{\"keys\":[" keys "]}}"
#define KEY_ONE OKP_HEAD OKP_X ",\"kid\":\"k1\"}"
#define KEY_EC EC_HEAD EC_X EC_Y ",\"kid\":\"k2\"}"
#define KEY_TWO OKP_HEAD "\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\",\"kid\":\"k1\"}"
#define TABLE "[" SET(ISS_ONE, KEY_ONE "," KEY_EC) "," SET("two", KEY_TWO) "]"

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

static void
test_issuers(void **state)
{
    (void)state;
    static const struct {
        const char *name, *json;
        bool want;
    } rows[] = {
        { "two issuers", TABLE, true },
        { "none", "[]", true },
        { "an RSA key is passed over",
          "[" SET("a", KEY_ONE ",{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}") "]", true },
        { "not JSON", "", false },
        { "an object", SET("a", KEY_ONE), false },
        { "iss absent", "[{\"jwks\":{\"keys\":[" KEY_ONE "]}}]", false },
        { "iss empty", "[" SET("", KEY_ONE) "]", false },
        { "iss of 128 bytes", "[" SET(A64 A64, KEY_ONE) "]", true },
        { "iss of 129 bytes", "[" SET(A64 A64 "a", KEY_ONE) "]", false },
        { "iss a number", "[{\"iss\":1,\"jwks\":{\"keys\":[" KEY_ONE "]}}]", false },
        { "iss twice", "[" SET("a", KEY_ONE) "," SET("a", KEY_TWO) "]", false },
        { "jwks absent", "[{\"iss\":\"a\"}]", false },
        { "jwks a text", "[{\"iss\":\"a\",\"jwks\":\"x\"}]", false },
        { "no keys", "[" SET("a", "") "]", false },
        { "only a foreign key", "[" SET("a", "{\"kty\":\"RSA\"}") "]", false },
        { "a key without kid", "[" SET("a", OKP_HEAD OKP_X "}") "]", false },
        { "a kid twice", "[" SET("a", KEY_ONE "," KEY_TWO) "]", false },
        { "a secret",
          "[" SET("a", "{\"kty\":\"oct\",\"kid\":\"k1\",\"k\":"
                       "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") "]",
          false },
        { "a secret beside a key",
          "[" SET("a", KEY_ONE ",{\"kty\":\"oct\",\"kid\":\"k3\",\"k\":"
                               "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}") "]",
          false },
        { "a broken key", "[" SET("a", KEY_ONE "," OKP_HEAD "\"x\":\"AA\",\"kid\":\"k3\"}") "]",
          false },
        { "a member twice", "[{\"iss\":\"a\",\"iss\":\"b\",\"jwks\":{\"keys\":[" KEY_ONE "]}}]",
          false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct jwt_issuers *issuers = NULL;
        char why[JWT_WHY_SIZE];
        const enum fault fault = jwt_issuers_open(&issuers, text_of(rows[i].json), why);
        ROW_CHECK(rows[i].name, fault == (rows[i].want ? FAULT_NONE : FAULT_CONFIG));
        ROW_CHECK(rows[i].name, (issuers != NULL) == rows[i].want);
        ROW_CHECK(rows[i].name, (why[0] == '\0') == rows[i].want);
        jwt_issuers_close(issuers);
        row_passed();
    }
}

#define NOW_S 1781834400
#define HEAD "{\"alg\":\"EdDSA\",\"kid\":\"k1\"}"
#define WHO "\"iss\":\"" ISS_ONE "\",\"aud\":\"huiquan\","
#define EXP "\"exp\":1781834500"
#define GOOD_CLAIMS "{" WHO EXP "}"

struct jwt_row {
    const char *name, *header, *claims;
    enum jwt_result want;
};

/* All are signed by the first issuer's Ed25519 key (RFC 8037, A.1). */
static const struct jwt_row jwt_rows[] = {
    { "plain", HEAD, GOOD_CLAIMS, JWT_GOOD },
    { "alg Ed25519", "{\"alg\":\"Ed25519\",\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_GOOD },
    { "typ JWT", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"JWT\"}", GOOD_CLAIMS, JWT_GOOD },
    { "unknown header member", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"x\":1}", GOOD_CLAIMS,
      JWT_GOOD },
    { "aud a list", HEAD, "{\"iss\":\"" ISS_ONE "\",\"aud\":[\"x\",\"huiquan\"]," EXP "}",
      JWT_GOOD },
    { "unknown claims", HEAD, "{" WHO EXP ",\"colour\":{\"a\":[null]}}", JWT_GOOD },
    { "exp with a fraction", HEAD, "{" WHO "\"exp\":1781834500.5}", JWT_GOOD },
    { "expired within the leeway", HEAD, "{" WHO "\"exp\":1781834341}", JWT_GOOD },
    { "nbf within the leeway", HEAD, "{" WHO EXP ",\"nbf\":1781834460}", JWT_GOOD },
    { "iat within the leeway", HEAD, "{" WHO EXP ",\"iat\":1781834460}", JWT_GOOD },
    { "alg none", "{\"alg\":\"none\",\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_ALG_REFUSED },
    { "alg None", "{\"alg\":\"None\",\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_ALG_REFUSED },
    { "alg HS256", "{\"alg\":\"HS256\",\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_ALG_REFUSED },
    { "alg ES256 with the Ed25519 kid", "{\"alg\":\"ES256\",\"kid\":\"k1\"}", GOOD_CLAIMS,
      JWT_ALG_REFUSED },
    { "alg EdDSA with the P-256 kid", "{\"alg\":\"EdDSA\",\"kid\":\"k2\"}", GOOD_CLAIMS,
      JWT_ALG_REFUSED },
    { "alg Ed448", "{\"alg\":\"Ed448\",\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_ALG_REFUSED },
    { "alg in lower case", "{\"alg\":\"eddsa\",\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_ALG_REFUSED },
    { "alg absent", "{\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_MALFORMED },
    { "alg a number", "{\"alg\":1,\"kid\":\"k1\"}", GOOD_CLAIMS, JWT_MALFORMED },
    { "alg twice", "{\"alg\":\"none\",\"alg\":\"EdDSA\",\"kid\":\"k1\"}", GOOD_CLAIMS,
      JWT_MALFORMED },
    { "alg far too long", "{\"alg\":\"EdDSAEdDSAEdDSAEdDSA\",\"kid\":\"k1\"}", GOOD_CLAIMS,
      JWT_MALFORMED },
    { "kid absent", "{\"alg\":\"EdDSA\"}", GOOD_CLAIMS, JWT_UNKNOWN_KEY },
    { "kid unknown", "{\"alg\":\"EdDSA\",\"kid\":\"k9\"}", GOOD_CLAIMS, JWT_UNKNOWN_KEY },
    { "kid a prefix", "{\"alg\":\"EdDSA\",\"kid\":\"k\"}", GOOD_CLAIMS, JWT_UNKNOWN_KEY },
    { "kid empty", "{\"alg\":\"EdDSA\",\"kid\":\"\"}", GOOD_CLAIMS, JWT_MALFORMED },
    { "kid a number", "{\"alg\":\"EdDSA\",\"kid\":1}", GOOD_CLAIMS, JWT_MALFORMED },
    { "header an array", "[\"EdDSA\"]", GOOD_CLAIMS, JWT_MALFORMED },
    { "header not JSON", "alg", GOOD_CLAIMS, JWT_MALFORMED },
    { "crit", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":[\"exp\"]}", GOOD_CLAIMS,
      JWT_HEADER_REFUSED },
    { "crit empty", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":[]}", GOOD_CLAIMS,
      JWT_HEADER_REFUSED },
    { "b64", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"b64\":true}", GOOD_CLAIMS, JWT_HEADER_REFUSED },
    { "jwk of its own", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"jwk\":" KEY_ONE "}", GOOD_CLAIMS,
      JWT_HEADER_REFUSED },
    { "jku", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"jku\":\"https://a.example\"}", GOOD_CLAIMS,
      JWT_HEADER_REFUSED },
    { "x5u", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"x5u\":\"https://a.example\"}", GOOD_CLAIMS,
      JWT_HEADER_REFUSED },
    { "x5c", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"x5c\":[]}", GOOD_CLAIMS, JWT_HEADER_REFUSED },
    { "zip", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"zip\":\"DEF\"}", GOOD_CLAIMS,
      JWT_HEADER_REFUSED },
    { "typ jwt", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"jwt\"}", GOOD_CLAIMS, JWT_GOOD },
    { "typ a media type", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"application/JWT\"}",
      GOOD_CLAIMS, JWT_GOOD },
    { "typ of an access token", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}",
      GOOD_CLAIMS, JWT_HEADER_REFUSED },
    { "typ of a voucher", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"voucher+jwt\"}", GOOD_CLAIMS,
      JWT_HEADER_REFUSED },
    { "typ a media type of nothing", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"application/\"}",
      GOOD_CLAIMS, JWT_HEADER_REFUSED },
    { "typ empty", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"\"}", GOOD_CLAIMS, JWT_MALFORMED },
    { "typ a list", "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":[\"JWT\"]}", GOOD_CLAIMS,
      JWT_MALFORMED },
    { "iss of the other issuer", HEAD, "{\"iss\":\"two\",\"aud\":\"huiquan\"," EXP "}",
      JWT_WRONG_ISSUER },
    { "iss unknown", HEAD, "{\"iss\":\"x\",\"aud\":\"huiquan\"," EXP "}", JWT_WRONG_ISSUER },
    { "iss absent", HEAD, "{\"aud\":\"huiquan\"," EXP "}", JWT_WRONG_ISSUER },
    { "iss a list", HEAD, "{\"iss\":[\"" ISS_ONE "\"],\"aud\":\"huiquan\"," EXP "}",
      JWT_WRONG_ISSUER },
    { "iss with something behind", HEAD, "{\"iss\":\"" ISS_ONE "/\",\"aud\":\"huiquan\"," EXP "}",
      JWT_WRONG_ISSUER },
    { "aud of another", HEAD, "{\"iss\":\"" ISS_ONE "\",\"aud\":\"huiquan2\"," EXP "}",
      JWT_WRONG_AUDIENCE },
    { "aud absent", HEAD, "{\"iss\":\"" ISS_ONE "\"," EXP "}", JWT_WRONG_AUDIENCE },
    { "aud an empty list", HEAD, "{\"iss\":\"" ISS_ONE "\",\"aud\":[]," EXP "}",
      JWT_WRONG_AUDIENCE },
    { "aud a list of others", HEAD, "{\"iss\":\"" ISS_ONE "\",\"aud\":[\"a\",1]," EXP "}",
      JWT_WRONG_AUDIENCE },
    { "aud a nested list", HEAD, "{\"iss\":\"" ISS_ONE "\",\"aud\":[[\"huiquan\"]]," EXP "}",
      JWT_WRONG_AUDIENCE },
    { "aud in upper case", HEAD, "{\"iss\":\"" ISS_ONE "\",\"aud\":\"HUIQUAN\"," EXP "}",
      JWT_WRONG_AUDIENCE },
    { "exp absent", HEAD, "{" WHO "\"nbf\":1}", JWT_EXPIRED },
    { "exp reached, leeway used up", HEAD, "{" WHO "\"exp\":1781834340}", JWT_EXPIRED },
    { "exp nought", HEAD, "{" WHO "\"exp\":0}", JWT_EXPIRED },
    { "exp a text", HEAD, "{" WHO "\"exp\":\"1781834500\"}", JWT_BAD_CLAIMS },
    { "exp null", HEAD, "{" WHO "\"exp\":null}", JWT_BAD_CLAIMS },
    { "exp negative", HEAD, "{" WHO "\"exp\":-1}", JWT_BAD_CLAIMS },
    { "exp out of reason", HEAD, "{" WHO "\"exp\":9223372036854775807}", JWT_BAD_CLAIMS },
    { "exp vast", HEAD, "{" WHO "\"exp\":1e300}", JWT_BAD_CLAIMS },
    { "exp beyond a number", HEAD, "{" WHO "\"exp\":1e999}", JWT_BAD_CLAIMS },
    { "nbf beyond the leeway", HEAD, "{" WHO EXP ",\"nbf\":1781834461}", JWT_NOT_YET },
    { "nbf a text", HEAD, "{" WHO EXP ",\"nbf\":\"1\"}", JWT_BAD_CLAIMS },
    { "iat beyond the leeway", HEAD, "{" WHO EXP ",\"iat\":1781834461}", JWT_NOT_YET },
    { "iat a text", HEAD, "{" WHO EXP ",\"iat\":\"now\"}", JWT_BAD_CLAIMS },
    { "exp twice", HEAD, "{" WHO EXP "," EXP "}", JWT_BAD_CLAIMS },
    { "name a number", HEAD, "{" WHO EXP ",\"name\":1}", JWT_BAD_CLAIMS },
    { "id_number a number", HEAD, "{" WHO EXP ",\"id_number\":110105194912310020}",
      JWT_BAD_CLAIMS },
    { "mobile a number", HEAD, "{" WHO EXP ",\"mobile\":13812345678}", JWT_BAD_CLAIMS },
    { "mobile null", HEAD, "{" WHO EXP ",\"mobile\":null}", JWT_BAD_CLAIMS },
    { "mobile of 65 bytes", HEAD,
      "{" WHO EXP
      ",\"mobile\":\"12345678901234567890123456789012345678901234567890123456789012345\"}",
      JWT_BAD_CLAIMS },
    { "a name with NUL", HEAD, "{" WHO EXP ",\"name\":\"a\\u0000b\"}", JWT_BAD_CLAIMS },
    { "bad UTF-8", HEAD, "{" WHO EXP ",\"name\":\"\xff\"}", JWT_BAD_CLAIMS },
    { "claims an array", HEAD, "[1]", JWT_BAD_CLAIMS },
    { "claims empty", HEAD, "", JWT_BAD_CLAIMS },
    { "claims not JSON", HEAD, "iss", JWT_BAD_CLAIMS },
    { "bytes behind the claims", HEAD, GOOD_CLAIMS "x", JWT_BAD_CLAIMS },
};

struct jwt_case {
    struct jwt_issuers *issuers;
    struct ed25519_signer *one, *two, *stranger;
    struct jwt_check check;
};

static struct ed25519_signer *
signer_of(const char *seed_hex)
{
    struct ed25519_signer *signer = NULL;
    const struct vector_bytes seed = vectors_hex(seed_hex);
    assert_int_equal(ed25519_signer_open(&signer, seed.bytes), FAULT_NONE);
    return signer;
}

static void
case_open(struct jwt_case *c)
{
    char why[JWT_WHY_SIZE];
    *c = (struct jwt_case){ 0 };
    assert_int_equal(jwt_issuers_open(&c->issuers, TEXT(TABLE), why), FAULT_NONE);
    c->one = signer_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    c->two = signer_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    c->stranger = signer_of("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    c->check = (struct jwt_check){ c->issuers, TEXT("huiquan"), NOW_S, JWT_LEEWAY_S_MAX };
}

static void
case_close(struct jwt_case *c)
{
    jwt_issuers_close(c->issuers);
    ed25519_signer_close(c->one);
    ed25519_signer_close(c->two);
    ed25519_signer_close(c->stranger);
}

static bool
claims_are_wiped(const struct jwt_claims *claims)
{
    static const struct jwt_claims none;
    return memcmp(claims, &none, sizeof none) == 0;
}

static void
test_jwt_rows(void **state)
{
    (void)state;
    struct jwt_case c;
    case_open(&c);
    for (size_t i = 0; i < COUNT_OF(jwt_rows); i++) {
        const struct jwt_row *row = &jwt_rows[i];
        char compact[2048];
        struct jwt_claims claims;
        const size_t size =
            jws_sign(c.one, text_of(row->header), text_of(row->claims), compact, sizeof compact);
        assert_true(size > 0);
        const enum jwt_result got = jwt_verify(&c.check, (struct text){ compact, size }, &claims);
        if (got != row->want) {
            fail_msg("row \"%s\": %s", row->name, jwt_result_text(got));
        }
        ROW_CHECK(row->name, (got == JWT_GOOD) != claims_are_wiped(&claims));
        row_passed();
    }
    case_close(&c);
}

static void
test_jwt_claims(void **state)
{
    (void)state;
    struct jwt_case c;
    case_open(&c);
    char compact[2048];
    struct jwt_claims claims;
    const struct text payload =
        TEXT("{" WHO EXP ",\"sub\":\"u1\",\"name\":\"\\u5f20\\u4e09\",\"id_number\":"
             "\"11010519491231002X\",\"mobile\":\"13812345678\"}");
    size_t size = jws_sign(c.one, TEXT(HEAD), payload, compact, sizeof compact);
    const struct text whole = { compact, size };
    assert_int_equal(jwt_verify(&c.check, whole, &claims), JWT_GOOD);
    assert_string_equal(claims.iss, ISS_ONE);
    assert_string_equal(claims.sub, "u1");
    assert_string_equal(claims.name, "张三");
    assert_string_equal(claims.id_number, "11010519491231002X");
    assert_string_equal(claims.mobile, "13812345678");
    assert_int_equal(claims.expires_at_s, 1781834500);
    row_passed();

    for (size_t i = 0; i < size; i++) {
        const char was = compact[i];
        char name[32];
        snprintf(name, sizeof name, "character %zu", i);
        compact[i] = was == 'A' ? 'B' : 'A';
        ROW_CHECK(name, jwt_verify(&c.check, whole, &claims) != JWT_GOOD);
        ROW_CHECK(name, claims_are_wiped(&claims));
        compact[i] = was;
        ROW_CHECK(name, jwt_verify(&c.check, (struct text){ compact, i }, &claims) != JWT_GOOD);
    }
    row_passed();

    /* The other issuer, by the same kid. */
    size = jws_sign(c.two, TEXT(HEAD), TEXT("{\"iss\":\"two\",\"aud\":\"huiquan\"," EXP "}"),
                    compact, sizeof compact);
    assert_int_equal(jwt_verify(&c.check, (struct text){ compact, size }, &claims), JWT_GOOD);
    assert_string_equal(claims.iss, "two");
    /* In the name of the first. */
    size = jws_sign(c.two, TEXT(HEAD), TEXT(GOOD_CLAIMS), compact, sizeof compact);
    assert_int_equal(jwt_verify(&c.check, (struct text){ compact, size }, &claims),
                     JWT_WRONG_ISSUER);
    size = jws_sign(c.stranger, TEXT(HEAD), TEXT(GOOD_CLAIMS), compact, sizeof compact);
    assert_int_equal(jwt_verify(&c.check, (struct text){ compact, size }, &claims),
                     JWT_BAD_SIGNATURE);
    row_passed();
    case_close(&c);
}

static void
test_jwt_shapes(void **state)
{
    (void)state;
    struct jwt_case c;
    case_open(&c);
    static char vast[JWS_SIZE_MAX + 1];
    memset(vast, 'A', sizeof vast);
    static const char *const rows[] = {
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "e30.e30.",
        "e30.e30",
        ".e30.e30",
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJFZERTQSJ9.e30.AA==",
        "{}",
        "{\"payload\":\"\"}",
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0 .e30.AAAA",
        "eyJhbGciOiJFZERTQSJ9.e30.AAAA.AAAA",
    };
    struct jwt_claims claims;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ROW_CHECK(rows[i], jwt_verify(&c.check, text_of(rows[i]), &claims) != JWT_GOOD);
        ROW_CHECK(rows[i], claims_are_wiped(&claims));
        row_passed();
    }
    assert_int_equal(jwt_verify(&c.check, (struct text){ vast, sizeof vast }, &claims),
                     JWT_MALFORMED);
    assert_int_equal(jwt_verify(&c.check, (struct text){ 0 }, &claims), JWT_MALFORMED);
    row_passed();
    case_close(&c);
}

static void
test_voucher_jws(void **state)
{
    (void)state;
    struct jwt_case c;
    case_open(&c);
    const struct voucher_claims claims = {
        .kid = 0x21fe31df,
        .voucher = { { 0x01, 0x56, 0x3e, 0x3a, 0xb5, 0xd3, 0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93,
                       0x02, 0xbd, 0x5b } },
        .face_fen = 4294967295u,
        .not_before_s = 1,
        .expires_s = 4294967295u,
    };
    char issuer[JWS_NAME_MAX + 1];
    memset(issuer, 'i', sizeof issuer);
    const struct jws_voucher v = {
        .issuer = { issuer, JWS_NAME_MAX },
        .audience = { issuer, JWS_NAME_MAX },
        .campaign = { { 0 } },
        .claims = &claims,
    };
    char compact[JWS_VOUCHER_SIZE], again[JWS_VOUCHER_SIZE];
    const size_t size = jws_write_voucher(c.one, &v, compact);
    (void)jws_write_voucher(c.one, &v, again);
    assert_int_equal(strlen(compact), size);
    assert_string_equal(compact, again);
    struct jwk key;
    struct jws jws;
    uint8_t payload[600];
    size_t payload_size = 0;
    assert_int_equal(jwk_read(&key, TEXT(OKP_HEAD OKP_X ",\"kid\":\"21fe31df\"}")), FAULT_NONE);
    assert_int_equal(jws_read(&jws, text_of(compact)), JWS_GOOD);
    assert_string_equal(jws.alg, "Ed25519");
    assert_int_equal(jws_verify(&jws, &key), JWS_GOOD);
    assert_true(jws_payload(&jws, payload, sizeof payload - 1, &payload_size));
    payload[payload_size] = '\0';
    assert_non_null(strstr((char *)payload, "\"jti\":\"vch_01ARZ3NDEKTSV4RRFFQ69G5FAV\","
                                            "\"cid\":\"cmp_00000000000000000000000000\","
                                            "\"amt\":4294967295,\"nbf\":1,\"exp\":4294967295}"));
    jwk_close(&key);
    char small[64];
    assert_int_equal(jws_sign(c.one, TEXT("{}"), TEXT("{}"), small, sizeof small), 0);
    case_close(&c);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_issuers),     cmocka_unit_test(test_jwt_rows),
        cmocka_unit_test(test_jwt_claims),  cmocka_unit_test(test_jwt_shapes),
        cmocka_unit_test(test_voucher_jws),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
