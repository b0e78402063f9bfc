/* tests/test_crypto_login.c: argon2id passwords, and TOTP by the vectors of RFC 6238 (its last six
 * digits, since ours has six). */
#include "crypto/password.h"
#include "crypto/totp.h"
#include "tests/rows.h"

static const uint8_t secret[TOTP_SECRET_SIZE] = { "12345678901234567890" };

static const struct {
    const char *name;
    int64_t now_s;
    const char *digits;
    int64_t step; /* 0: none */
} rows[] = {
    { "RFC 6238, 59 s", 59, "287082", 1 },
    { "RFC 6238, 2005", 1111111109, "081804", 37037036 },
    { "RFC 6238, a second later", 1111111111, "050471", 37037037 },
    { "RFC 6238, 2009", 1234567890, "005924", 41152263 },
    { "RFC 6238, 2033", 2000000000, "279037", 66666666 },
    { "RFC 6238, 2603", 20000000000, "353130", 666666666 },
    { "a step early", 1111111109, "050471", 37037037 },
    { "a step late", 1111111111, "081804", 37037036 },
    { "two steps late", 1111111141, "081804", 0 },
    { "one digit off", 59, "287083", 0 },
    { "five digits", 59, "28708", 0 },
    { "eight digits", 59, "94287082", 0 },
    { "nothing", 59, "", 0 },
    { "letters", 59, "abcdef", 0 },
};

static void
test_totp(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t step = totp_find_step(secret, rows[i].now_s, text_of(rows[i].digits));
        ROW_CHECK(rows[i].name, step == rows[i].step);
        row_passed();
    }
}

static void
test_base32(void **state)
{
    uint8_t a[TOTP_SECRET_SIZE], b[TOTP_SECRET_SIZE];
    char text[TOTP_BASE32_SIZE];
    (void)state;
    totp_write_base32(secret, text);
    assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    totp_draw(a);
    totp_draw(b);
    assert_memory_not_equal(a, b, sizeof a);
    row_passed();
}

static void
test_passwords(void **state)
{
    char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE], none[PASSWORD_HASH_SIZE] = "";
    (void)state;
    assert_true(password_hash(TEXT("correct horse battery"), hash));
    assert_true(password_hash(TEXT("correct horse battery"), again));
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    assert_string_not_equal(hash, again); /* salted */
    assert_true(password_holds(TEXT("correct horse battery"), hash));
    assert_false(password_holds(TEXT("correct horse batter"), hash));
    assert_false(password_holds(TEXT("Correct horse battery"), hash));
    assert_false(password_holds(TEXT(""), hash));
    assert_false(password_holds(TEXT("correct horse battery"), none));
    assert_false(password_holds(TEXT(""), none));
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totp),
        cmocka_unit_test(test_base32),
        cmocka_unit_test(test_passwords),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
