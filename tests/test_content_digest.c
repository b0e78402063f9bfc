/* Content-Digest (RFC 9530). Digests were computed outside. */
#include "tests/rows.h"

#include "voucher/httpsig/content_digest.h"

/* Of {"hello": "world"} (RFC 9530 appendix D, RFC 9421 B.2) and of nothing. */
#define HELLO "{\"hello\": \"world\"}"
#define HELLO_256 ":X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
#define HELLO_512 \
    ":WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
#define NOTHING_256 ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"

static const struct {
    const char *name, *field, *body;
    enum httpsig_reason want;
} rows[] = {
    { "sha-256", "sha-256=" HELLO_256, HELLO, HTTPSIG_FINE },
    { "sha-256 of nothing", "sha-256=" NOTHING_256, "", HTTPSIG_FINE },
    { "sha-512 in front", "sha-512=" HELLO_512 ", sha-256=" HELLO_256, HELLO, HTTPSIG_FINE },
    { "sha-512 behind", "sha-256=" HELLO_256 ",sha-512=" HELLO_512, HELLO, HTTPSIG_FINE },
    { "a wrong sha-512 beside is not looked at", "sha-256=" HELLO_256 ", sha-512=:AAAA:", HELLO,
      HTTPSIG_FINE },
    { "an unknown digest beside", "sha-256=" HELLO_256 ", sm3=:AAAA:", HELLO, HTTPSIG_FINE },
    { "a parameter", "sha-256=" HELLO_256 ";x=1", HELLO, HTTPSIG_FINE },

    { "body differs in one byte", "sha-256=" HELLO_256, "{\"hello\": \"World\"}",
      HTTPSIG_DIGEST_MISMATCH },
    { "body with a byte more", "sha-256=" HELLO_256, HELLO "\n", HTTPSIG_DIGEST_MISMATCH },
    { "body is missing", "sha-256=" HELLO_256, "", HTTPSIG_DIGEST_MISMATCH },
    { "digest of nothing for a body", "sha-256=" NOTHING_256, HELLO, HTTPSIG_DIGEST_MISMATCH },
    { "digest of zeros", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:", HELLO,
      HTTPSIG_DIGEST_MISMATCH },
    { "right sha-512, wrong sha-256", "sha-512=" HELLO_512 ", sha-256=" NOTHING_256, HELLO,
      HTTPSIG_DIGEST_MISMATCH },

    { "sha-512 alone", "sha-512=" HELLO_512, HELLO, HTTPSIG_DIGEST_ALGORITHM },
    { "unknown alone", "sm3=" HELLO_256, HELLO, HTTPSIG_DIGEST_ALGORITHM },
    { "empty", "", HELLO, HTTPSIG_DIGEST_ALGORITHM },
    { "sha256 without dash", "sha256=" HELLO_256, HELLO, HTTPSIG_DIGEST_ALGORITHM },
    { "sha-256 as a parameter of sha-512", "sha-512=" HELLO_512 ";sha-256=" HELLO_256, HELLO,
      HTTPSIG_DIGEST_ALGORITHM },

    { "SHA-256 as in the old Digest", "SHA-256=" HELLO_256, HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "without colons", "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=", HELLO,
      HTTPSIG_DIGEST_MALFORMED },
    { "as a string", "sha-256=\"X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\"", HELLO,
      HTTPSIG_DIGEST_MALFORMED },
    { "as a token", "sha-256=abc", HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "as a flag", "sha-256", HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "as a list", "sha-256=(" HELLO_256 ")", HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "twice", "sha-256=" HELLO_256 ", sha-256=" HELLO_256, HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "twice, one wrong", "sha-256=" NOTHING_256 ", sha-256=" HELLO_256, HELLO,
      HTTPSIG_DIGEST_MALFORMED },
    { "no bytes", "sha-256=::", HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "31 bytes", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==:", HELLO,
      HTTPSIG_DIGEST_MALFORMED },
    { "33 bytes", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:", HELLO,
      HTTPSIG_DIGEST_MALFORMED },
    { "64 bytes", "sha-256=" HELLO_512, HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "without padding", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE:", HELLO,
      HTTPSIG_DIGEST_MALFORMED },
    { "spare bits set", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPF=:", HELLO,
      HTTPSIG_DIGEST_MALFORMED },
    { "comma at the end", "sha-256=" HELLO_256 ",", HELLO, HTTPSIG_DIGEST_MALFORMED },
    { "broken beside", "sha-256=" HELLO_256 ", sha-512=:A:", HELLO, HTTPSIG_DIGEST_MALFORMED },
};

static void
test_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ROW_CHECK(rows[i].name, content_digest_check(text_of(rows[i].field),
                                                     text_of(rows[i].body)) == rows[i].want);
        row_passed();
    }
}

static void
test_write(void **state)
{
    (void)state;
    char out[CONTENT_DIGEST_SIZE];
    content_digest_write(TEXT(HELLO), out);
    assert_string_equal(out, "sha-256=" HELLO_256);
    row_passed();
    content_digest_write((struct text){ 0 }, out);
    assert_string_equal(out, "sha-256=" NOTHING_256);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_check),
                                        cmocka_unit_test(test_write) };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
