/* What hangs on a keyring: derived values, enrollment codes, sealed boxes, sessions; API tokens. */
#include "crypto/session.h"

#include "crypto/api_token.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "tests/keyrings.h"
#include "tests/vectors.h"

/* Every derived value differs from every other, and from another keyring's. */
static void
test_purposes_apart(void **state)
{
    (void)state;
    struct test_keyring a, b;
    test_keyring_create(&a);
    test_keyring_create(&b);
    const struct keyring *keyrings[2] = { a.keyring, b.keyring };
    struct digest all[32];
    size_t count = 0;
    const struct text x = TEXT("11010519491231002X");
    struct uuid id = { { 0 } };
    memcpy(id.bytes, x.at, sizeof id.bytes);
    const struct text ab_c[] = { TEXT("ab"), TEXT("c") }, a_bc[] = { TEXT("a"), TEXT("bc") };
    for (size_t i = 0; i < 2; i++) {
        const struct keyring *k = keyrings[i];
        keyring_person(k, x, &all[count++]);
        keyring_name(k, x, &all[count++]);
        keyring_evidence(k, EVIDENCE_VIN, x, &all[count++]);
        keyring_evidence(k, EVIDENCE_INVOICE, x, &all[count++]);
        keyring_evidence(k, EVIDENCE_PLATE, x, &all[count++]);
        keyring_otp(k, x, TEXT("123456"), &all[count++]);
        keyring_otp(k, TEXT("11010519491231002X12"), TEXT("3456"), &all[count++]);
        keyring_fingerprint(k, &x, 1, &all[count++]);
        keyring_fingerprint(k, ab_c, 2, &all[count++]);
        keyring_fingerprint(k, a_bc, 2, &all[count++]);
        keyring_fingerprint(k, NULL, 0, &all[count++]);
        keyring_terminal_secret(k, &id, &all[count++]);
        keyring_rotating_key(k, &id, &all[count++]);
        assert_true(keyring_session_mac(k, 1, x, &all[count++]));
    }
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "value %zu", i);
        for (size_t j = 0; j < i; j++)
            ROW_CHECK(name, !digest_equal(&all[i], &all[j]));
        row_passed();
    }
    struct uuid ref;
    keyring_person_ref(a.keyring, x, &ref);
    assert_memory_equal(ref.bytes, all[0].bytes, 6);
    assert_int_equal(ref.bytes[6] >> 4, 7);
    assert_int_equal(ref.bytes[8] >> 6, 2);
    test_keyring_close(&a);
    test_keyring_close(&b);
}

static void
test_enrollment(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    const struct uuid terminal = { { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15,
                                     16 } };
    char code[ENROLLMENT_CODE_SIZE + 1], again[ENROLLMENT_CODE_SIZE + 1];
    struct uuid named;
    keyring_enrollment_code(t.keyring, &terminal, 86400, code);
    assert_int_equal(strlen(code), ENROLLMENT_CODE_SIZE);
    assert_true(keyring_enrollment_peek(text_of(code), &named));
    assert_true(uuid_equal(&named, &terminal));
    assert_true(keyring_enrollment_check(t.keyring, text_of(code), 86400));
    assert_false(keyring_enrollment_check(t.keyring, text_of(code), 86401));
    keyring_enrollment_code(t.keyring, &terminal, 86401, again);
    assert_memory_equal(code, again, 26);
    assert_string_not_equal(code, again);
    assert_false(keyring_enrollment_check(t.keyring, TEXT(""), 86400));
    assert_false(keyring_enrollment_check(t.keyring, (struct text){ code, 41 }, 86400));
    for (size_t i = 0; i < ENROLLMENT_CODE_SIZE; i++) {
        const char was = code[i];
        code[i] = was == '0' ? '1' : '0';
        ROW_CHECK(code, !keyring_enrollment_check(t.keyring, text_of(code), 86400));
        code[i] = (char)(was | 0x20);
        ROW_CHECK(code,
                  code[i] == was || !keyring_enrollment_check(t.keyring, text_of(code), 86400));
        code[i] = was;
    }
    test_keyring_close(&t);
    row_passed();
}

static void
test_seal(void **state)
{
    (void)state;
    const struct digest key = { { 7 } }, other = { { 8 } };
    static const char *const plains[] = { "", "x", "张三 410105199001011234 13812345678" };
    for (size_t i = 0; i < COUNT_OF(plains); i++) {
        const struct text plain = text_of(plains[i]);
        uint8_t sealed[SEAL_SIZE(64)], again[SEAL_SIZE(64)], out[64], zeros[64] = { 0 };
        const struct text box = { (const char *)sealed, SEAL_SIZE(plain.size) };
        seal_shut(&key, TEXT("row 1"), plain, sealed);
        seal_shut(&key, TEXT("row 1"), plain, again);
        ROW_CHECK(plains[i], sealed[0] == 1 && memcmp(sealed + 1, again + 1, 12) != 0);
        ROW_CHECK(plains[i], seal_open(&key, TEXT("row 1"), box, out));
        ROW_CHECK(plains[i], memcmp(out, plain.at, plain.size) == 0);
        row_passed();
        for (size_t bit = 0; bit < box.size * 8; bit++) {
            sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
            memset(out, 0x5a, sizeof out);
            ROW_CHECK(plains[i], !seal_open(&key, TEXT("row 1"), box, out));
            ROW_CHECK(plains[i], memcmp(out, zeros, plain.size) == 0);
            sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        ROW_CHECK(plains[i], !seal_open(&key, TEXT("row 2"), box, out));
        ROW_CHECK(plains[i], !seal_open(&key, TEXT(""), box, out));
        ROW_CHECK(plains[i], !seal_open(&other, TEXT("row 1"), box, out));
        for (size_t size = 0; size < box.size; size++) {
            const struct text cut = { box.at, size };
            ROW_CHECK(plains[i], !seal_open(&key, TEXT("row 1"), cut, out));
        }
        row_passed();
    }
}

static const struct session sample_session = {
    .audience = SESSION_RESIDENT,
    .assurance = ASSURANCE_ISSUER,
    .subject = { { 9, 8, 7, 6, 5, 4, 0x73, 2, 0x81, 0, 1, 2, 3, 4, 5, 6 } },
    .issued_at_s = 1781834400,
    .expires_at_s = 1781838000,
};

static void
test_session(void **state)
{
    (void)state;
    struct test_keyring t, other;
    test_keyring_create(&t);
    test_keyring_create(&other);
    char text[SESSION_TEXT_SIZE + 1];
    struct session got;
    static const struct session none;
    session_write(t.keyring, &sample_session, text);
    assert_int_equal(strlen(text), SESSION_TEXT_SIZE);
    assert_int_equal(session_read(t.keyring, text_of(text), 1781834400, &got), SESSION_GOOD);
    assert_memory_equal(&got.subject, &sample_session.subject, sizeof got.subject);
    assert_int_equal(got.audience, SESSION_RESIDENT);
    assert_int_equal(got.assurance, ASSURANCE_ISSUER);
    assert_int_equal(got.issued_at_s, sample_session.issued_at_s);
    assert_int_equal(got.expires_at_s, sample_session.expires_at_s);
    assert_int_equal(session_read(other.keyring, text_of(text), 1781834400, &got), SESSION_FORGED);
    assert_memory_equal(&got.subject, &none.subject, sizeof got.subject);
    static const struct {
        const char *name;
        int64_t now_s;
        enum session_result want;
    } times[] = {
        { "a clock one minute behind", 1781834340, SESSION_GOOD },
        { "a clock further behind", 1781834339, SESSION_EXPIRED },
        { "the last second", 1781837999, SESSION_GOOD },
        { "expiry is exclusive", 1781838000, SESSION_EXPIRED },
        { "a year later", 1813370400, SESSION_EXPIRED },
    };
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        ROW_CHECK(times[i].name,
                  session_read(t.keyring, text_of(text), times[i].now_s, &got) == times[i].want);
        ROW_CHECK(times[i].name, (got.expires_at_s == 0) == (times[i].want != SESSION_GOOD));
        row_passed();
    }
    test_keyring_close(&t);
    test_keyring_close(&other);
}

/* Every character changed to every other, and every other length. */
static void
test_session_forgeries(void **state)
{
    (void)state;
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                                  "=+/. \n";
    struct test_keyring t;
    test_keyring_create(&t);
    char text[SESSION_TEXT_SIZE + 3] = { 0 };
    struct session got;
    session_write(t.keyring, &sample_session, text);
    for (size_t i = 0; i < SESSION_TEXT_SIZE; i++) {
        const char was = text[i];
        char name[32];
        snprintf(name, sizeof name, "character %zu", i);
        for (size_t j = 0; j < sizeof letters - 1; j++) {
            if (letters[j] == was) continue;
            text[i] = letters[j];
            ROW_CHECK(name, session_read(t.keyring, (struct text){ text, SESSION_TEXT_SIZE },
                                         1781834400, &got) != SESSION_GOOD);
            ROW_CHECK(name, got.expires_at_s == 0 && uuid_is_none(&got.subject));
        }
        text[i] = was;
        row_passed();
    }
    text[SESSION_TEXT_SIZE] = 'A';
    for (size_t size = 0; size <= SESSION_TEXT_SIZE + 2; size++) {
        const enum session_result want =
            size == SESSION_TEXT_SIZE ? SESSION_GOOD : SESSION_MALFORMED;
        assert_int_equal(session_read(t.keyring, (struct text){ text, size }, 1781834400, &got),
                         want);
    }
    row_passed();
    test_keyring_close(&t);
}

static void
test_session_generations(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    char first[SESSION_TEXT_SIZE + 1], second[SESSION_TEXT_SIZE + 1];
    struct session got;
    const int64_t now_s = sample_session.issued_at_s;
    session_write(t.keyring, &sample_session, first);
    assert_int_equal(keyring_renew_sessions(t.directory, t.why), FAULT_NONE);
    test_keyring_reopen(&t);
    session_write(t.keyring, &sample_session, second);
    assert_string_not_equal(first, second);
    assert_int_equal(session_read(t.keyring, text_of(first), now_s, &got), SESSION_GOOD);
    assert_int_equal(session_read(t.keyring, text_of(second), now_s, &got), SESSION_GOOD);
    assert_int_equal(keyring_renew_sessions(t.directory, t.why), FAULT_NONE);
    test_keyring_reopen(&t);
    assert_int_equal(session_read(t.keyring, text_of(first), now_s, &got), SESSION_FORGED);
    assert_int_equal(session_read(t.keyring, text_of(second), now_s, &got), SESSION_GOOD);
    struct digest mac;
    assert_false(keyring_session_mac(t.keyring, 0, TEXT("x"), &mac));
    assert_false(keyring_session_mac(t.keyring, 4, TEXT("x"), &mac));
    assert_int_equal(keyring_session_generation(t.keyring), 3);
    test_keyring_close(&t);
    row_passed();
}

static void
test_api_token(void **state)
{
    (void)state;
    char token[API_TOKEN_SIZE + 1], other[API_TOKEN_SIZE + 1];
    struct digest a, b, unchanged = { { 3 } };
    api_token_make(token);
    api_token_make(other);
    assert_int_equal(strlen(token), API_TOKEN_SIZE);
    assert_memory_equal(token, "hqt_", 4);
    assert_true(api_token_digest(text_of(token), &a));
    assert_true(api_token_digest(text_of(token), &b));
    assert_true(digest_equal(&a, &b));
    assert_true(api_token_digest(text_of(other), &b));
    assert_false(digest_equal(&a, &b));
    row_passed();
    static const char *const bad[] = {
        "",
        "hqt_",
        "hqt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "hqt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "HQT_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "hqt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", /* spare bits */
        "hqt_AAAAAAAAAAAAAAAAAAAAAA+AAAAAAAAAAAAAAAAAAAA",
        "hqt_AAAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAA",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ROW_CHECK(bad[i], !api_token_digest(text_of(bad[i]), &unchanged));
        ROW_CHECK(bad[i], unchanged.bytes[0] == 3);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_purposes_apart),
        cmocka_unit_test(test_enrollment),
        cmocka_unit_test(test_seal),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_session_forgeries),
        cmocka_unit_test(test_session_generations),
        cmocka_unit_test(test_api_token),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
