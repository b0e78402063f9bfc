/* The voucher token and its digits, the rotating digits, and short codes. */
#include "crypto/token.h"

#include "crypto/ff1.h"
#include "crypto/rotating.h"
#include "crypto/short_code.h"
#include "tests/keyrings.h"
#include "tests/vectors.h"

static const struct voucher_claims sample_claims = {
    .kind = TOKEN_CAR,
    .flags = TOKEN_NEEDS_ROTATING | TOKEN_NEEDS_HOLDER,
    .kid = 0x21fe31df,
    .voucher = { { 0x01, 0x90, 0x12, 0x34, 0x56, 0x78, 0x71, 0x23, 0x84, 0x56, 1, 2, 3, 4, 5, 6 } },
    .campaign_number = 7,
    .face_fen = 500000,
    .not_before_s = 1781834400,
    .expires_s = 1782835200,
};

/* The key of RFC 8032, TEST 1; its kid is the head of SHA-256 of the public key. */
struct pair {
    struct ed25519_signer *signer;
    struct ed25519_verifier *verifier;
};

static struct pair
pair_open(const char *seed_hex)
{
    struct pair p;
    const struct vector_bytes seed = vectors_hex(seed_hex);
    assert_int_equal(ed25519_signer_open(&p.signer, seed.bytes), FAULT_NONE);
    assert_int_equal(ed25519_verifier_open(&p.verifier, ed25519_signer_public_key(p.signer)),
                     FAULT_NONE);
    return p;
}

static void
pair_close(struct pair *p)
{
    ed25519_signer_close(p->signer);
    ed25519_verifier_close(p->verifier);
}

#define SEED_ONE "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define SEED_TWO "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"

static void
test_layout(void **state)
{
    (void)state;
    struct pair p = pair_open(SEED_ONE);
    const struct vector_bytes want =
        vectors_hex("0101000321fe31df019012345678712384560102030405060000000"
                    "70007a1206a34a2a06a43e800");
    uint8_t token[TOKEN_SIZE], again[TOKEN_SIZE];
    token_sign(p.signer, &sample_claims, token);
    assert_int_equal(want.size, TOKEN_CLAIMS_SIZE);
    assert_memory_equal(token, want.bytes, TOKEN_CLAIMS_SIZE);
    /* The signature is over the domain with its NUL and the claims, and nothing else. */
    char message[19 + TOKEN_CLAIMS_SIZE];
    memcpy(message, "huiquan-voucher-v1", 19);
    memcpy(message + 19, token, TOKEN_CLAIMS_SIZE);
    assert_true(ed25519_verify(p.verifier, (struct text){ message, sizeof message },
                               token + TOKEN_CLAIMS_SIZE));
    token_sign(p.signer, &sample_claims, again);
    assert_memory_equal(token, again, TOKEN_SIZE);
    assert_int_equal(token_kid(ed25519_signer_public_key(p.signer)), 0x21fe31df);
    pair_close(&p);
    row_passed();
}

/* The two ways to check must agree, on the answer and on the claims. */
static bool
both_hold(const struct pair *p, const uint8_t token[TOKEN_SIZE], struct voucher_claims *out)
{
    struct voucher_claims recognized;
    bool held = token_verify(p->verifier, token, out);
    assert_int_equal(token_recognize(p->signer, token, &recognized), held);
    assert_memory_equal(&recognized, out, sizeof recognized);
    return held;
}

static void
test_verify(void **state)
{
    (void)state;
    struct pair p = pair_open(SEED_ONE), other = pair_open(SEED_TWO);
    uint8_t token[TOKEN_SIZE];
    struct voucher_claims got;
    static const struct voucher_claims none;
    uint32_t kid = 0;
    token_sign(p.signer, &sample_claims, token);
    assert_true(token_peek_kid(token, &kid));
    assert_int_equal(kid, sample_claims.kid);
    assert_true(both_hold(&p, token, &got));
    assert_memory_equal(&got, &sample_claims, sizeof got);
    assert_false(both_hold(&other, token, &got));
    assert_memory_equal(&got, &none, sizeof got);
    for (size_t i = 0; i < TOKEN_SIZE * 8; i++) {
        token[i / 8] ^= (uint8_t)(1 << i % 8);
        char name[32];
        snprintf(name, sizeof name, "bit %zu", i);
        ROW_CHECK(name, !both_hold(&p, token, &got));
        ROW_CHECK(name, memcmp(&got, &none, sizeof got) == 0);
        token[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    row_passed();
    pair_close(&p);
    pair_close(&other);
}

/* Signed by the right key, and still not of this version. */
static void
test_signed_but_unknown(void **state)
{
    (void)state;
    struct pair p = pair_open(SEED_ONE);
    static const struct {
        const char *name;
        size_t at;
        uint8_t value;
    } rows[] = { { "version 0", 0, 0 },  { "version 2", 0, 2 },     { "kind 2", 1, 2 },
                 { "kind 255", 1, 255 }, { "flag bit 2", 3, 0x04 }, { "flag bit 15", 2, 0x80 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t token[TOKEN_SIZE];
        struct voucher_claims got;
        token_sign(p.signer, &sample_claims, token);
        token[rows[i].at] = rows[i].value;
        char message[19 + TOKEN_CLAIMS_SIZE];
        memcpy(message, "huiquan-voucher-v1", 19);
        memcpy(message + 19, token, TOKEN_CLAIMS_SIZE);
        ed25519_sign(p.signer, (struct text){ message, sizeof message }, token + TOKEN_CLAIMS_SIZE);
        uint32_t kid = 0;
        ROW_CHECK(rows[i].name, token_peek_kid(token, &kid) == (rows[i].at != 0));
        ROW_CHECK(rows[i].name, !both_hold(&p, token, &got));
        ROW_CHECK(rows[i].name, got.kid == 0 && got.face_fen == 0);
        row_passed();
    }
    pair_close(&p);
}

/* Bytes of a pattern; the digits are read back to the same bytes. */
static void
test_digits(void **state)
{
    (void)state;
    uint8_t token[TOKEN_SIZE], back[TOKEN_SIZE];
    char digits[TOKEN_DIGITS + 1];
    struct text rotating;
    for (unsigned step = 0; step < 256; step++) {
        for (size_t i = 0; i < sizeof token; i++)
            token[i] = (uint8_t)(step * (i + 1));
        token_write_digits(token, digits);
        assert_int_equal(strlen(digits), TOKEN_DIGITS);
        assert_true(token_read_digits(text_of(digits), back, &rotating));
        assert_memory_equal(token, back, sizeof token);
        assert_int_equal(rotating.size, 0);
    }
    memset(token, 0xff, sizeof token);
    token_write_digits(token, digits);
    assert_memory_equal(digits, "72057594037927935", 17); /* 2^56 - 1 */
    assert_string_equal(digits + 238, "281474976710655"); /* 2^48 - 1 */
    assert_true(token_read_digits(text_of(digits), back, &rotating));
    row_passed();

    char longer[TOKEN_DIGITS + TOKEN_ROTATING_DIGITS + 1];
    snprintf(longer, sizeof longer, "%s%s", digits, "012345");
    assert_true(token_read_digits(text_of(longer), back, &rotating));
    assert_memory_equal(token, back, sizeof token);
    assert_true(text_equal(rotating, TEXT("012345")));
    row_passed();
}

static void
test_digits_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t size; /* 0: as it is */
        size_t at;
        const char *put;
    } rows[] = {
        { "empty", 1, 0, "" },
        { "252 digits", 252, 0, "" },
        { "254 digits", 254, 0, "" },
        { "258 digits", 258, 0, "" },
        { "260 digits", 260, 0, "" },
        { "104 bytes", 104, 0, "" },
        { "a letter", 253, 100, "a" },
        { "a space in front", 253, 0, " " },
        { "a line feed behind", 253, 252, "\n" },
        { "a plus in front", 253, 0, "+" },
        { "a minus in a group", 253, 17, "-" },
        { "a full-width digit", 253, 30, "\xef\xbc\x91" },
        { "below nought", 253, 5, "/" },
        { "above nine", 253, 5, ":" },
        { "a letter among the rotating digits", 259, 258, "x" },
        { "first group is 2^56", 253, 0, "72057594037927936" },
        { "fourteenth group is 2^56", 253, 221, "72057594037927936" },
        { "a middle group is all nines", 253, 102, "99999999999999999" },
        { "last group is 2^48", 253, 238, "281474976710656" },
        { "last group is all nines", 259, 238, "999999999999999" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char digits[264];
        uint8_t back[TOKEN_SIZE];
        static const uint8_t zeros[TOKEN_SIZE];
        struct text rotating;
        memset(digits, '0', sizeof digits);
        memset(back, 1, sizeof back);
        memcpy(digits + rows[i].at, rows[i].put, strlen(rows[i].put));
        const struct text text = { digits, rows[i].size - (i == 0) };
        ROW_CHECK(rows[i].name, !token_read_digits(text, back, &rotating));
        ROW_CHECK(rows[i].name, memcmp(back, zeros, sizeof back) == 0 && rotating.size == 0);
        row_passed();
    }
}

/* RFC 4226, appendix D, and RFC 6238, appendix B. */
static void
test_rotating_vectors(void **state)
{
    (void)state;
    static const char *const six[] = { "755224", "287082", "359152", "969429", "338314",
                                       "254676", "287922", "162583", "399871", "520489" };
    static const struct {
        uint64_t time_s;
        const char *want;
    } eight[] = {
        { 59, "94287082" },         { 1111111109, "07081804" }, { 1111111111, "14050471" },
        { 1234567890, "89005924" }, { 2000000000, "69279037" }, { 20000000000, "65353130" },
    };
    char got[9];
    for (size_t i = 0; i < COUNT_OF(six); i++) {
        rotating_write_counter(TEXT("12345678901234567890"), i, 6, got);
        ROW_CHECK(six[i], strcmp(got, six[i]) == 0);
        row_passed();
    }
    for (size_t i = 0; i < COUNT_OF(eight); i++) {
        rotating_write_counter(TEXT("12345678901234567890"), eight[i].time_s / 30, 8, got);
        ROW_CHECK(eight[i].want, strcmp(got, eight[i].want) == 0);
        row_passed();
    }
}

static void
test_rotating_window(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t made_at_s, shown_at_s;
        bool want;
    } rows[] = {
        { "the same second", 6000, 6000, true },
        { "the last second of the step", 6000, 6029, true },
        { "the next step", 6000, 6030, true },
        { "the end of the next step", 6000, 6059, true },
        { "two steps late", 6000, 6060, false },
        { "a clock one step behind", 6030, 6029, true },
        { "a clock one whole step behind", 6030, 6000, true },
        { "a clock two steps behind", 6030, 5999, false },
        { "an hour late", 6000, 9600, false },
        { "the first step of all", 0, 0, true },
        { "the first step, shown in the second", 0, 30, true },
        { "the second step, shown in the first", 30, 0, true },
    };
    const struct digest key = { { 1, 2, 3 } }, other = { { 1, 2, 4 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char code[ROTATING_DIGITS + 1];
        rotating_write(&key, rows[i].made_at_s, code);
        ROW_CHECK(rows[i].name,
                  rotating_check(&key, rows[i].shown_at_s, text_of(code)) == rows[i].want);
        ROW_CHECK(rows[i].name, !rotating_check(&other, rows[i].shown_at_s, text_of(code)));
        ROW_CHECK(rows[i].name, !rotating_check(&key, rows[i].shown_at_s,
                                                (struct text){ code, ROTATING_DIGITS - 1 }));
        row_passed();
    }
    assert_false(rotating_check(&key, 0, (struct text){ 0 }));
}

/* NIST's samples of SP 800-38G with radix 10 and an empty tweak: 1, 4 and 7. */
static void
test_ff1(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key;
        uint64_t want;
    } rows[] = {
        { "sample 1, AES-128", "2b7e151628aed2a6abf7158809cf4f3c", 2433477484 },
        { "sample 4, AES-192", "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f", 2830668132 },
        { "sample 7, AES-256", "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94",
          6657667009 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct vector_bytes key = vectors_hex(rows[i].key);
        struct ff1 *f = NULL;
        assert_int_equal(ff1_open(&f, vectors_text(&key), 10), FAULT_NONE);
        ROW_CHECK(rows[i].name, ff1_encrypt(f, 123456789) == rows[i].want);
        ROW_CHECK(rows[i].name, ff1_decrypt(f, rows[i].want) == 123456789);
        ff1_close(f);
        row_passed();
    }
}

/* The first numbers of a small domain: no image twice, and each comes back. */
static void
test_ff1_permutes(void **state)
{
    (void)state;
    static uint8_t seen[1000000];
    struct ff1 *f = NULL;
    uint8_t key[16] = { 5 };
    assert_int_equal(ff1_open(&f, (struct text){ (const char *)key, sizeof key }, 6), FAULT_NONE);
    memset(seen, 0, sizeof seen);
    for (uint64_t i = 0; i < 20000; i++) {
        const uint64_t image = ff1_encrypt(f, i);
        assert_true(image < 1000000);
        assert_int_equal(seen[image]++, 0);
        assert_true(ff1_decrypt(f, image) == i);
    }
    ff1_close(f);
    row_passed();
}

static void
test_short_code(void **state)
{
    (void)state;
    struct test_keyring a, b;
    test_keyring_create(&a);
    test_keyring_create(&b);
    static const int64_t numbers[] = { 0, 1, 2, 3, 999999, 4294967296, SHORT_CODE_NUMBERS - 1 };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char code[SHORT_CODE_DIGITS + 1], name[32], other[SHORT_CODE_DIGITS + 1];
        int64_t back = -1;
        snprintf(name, sizeof name, "%lld", (long long)numbers[i]);
        short_code_write(a.keyring, numbers[i], code);
        short_code_write(b.keyring, numbers[i], other);
        ROW_CHECK(name, strlen(code) == SHORT_CODE_DIGITS && strcmp(code, other) != 0);
        ROW_CHECK(name, short_code_read(a.keyring, text_of(code), &back) && back == numbers[i]);
        /* Luhn finds every single wrong digit. */
        for (size_t at = 0; at < SHORT_CODE_DIGITS; at++) {
            const char was = code[at];
            for (char c = '0'; c <= '9'; c++) {
                code[at] = c;
                ROW_CHECK(name, short_code_read(a.keyring, text_of(code), &back) == (c == was));
            }
            code[at] = was;
        }
        row_passed();
    }
    static const char *const bad[] = {
        "",
        "00000000000000000",
        "0000000000000000000",
        "00000000000000000a",
        "000000000 00000000",
        "79927398713",
        "\xef\xbc\x90\xef\xbc\x90\xef\xbc\x90\xef\xbc\x90\xef\xbc\x90\xef\xbc\x90",
        "+00000000000000000",
        "000000000000000001",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t back = -1;
        ROW_CHECK(bad[i], !short_code_read(a.keyring, text_of(bad[i]), &back) && back == -1);
        row_passed();
    }
    test_keyring_close(&a);
    test_keyring_close(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_signed_but_unknown),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_digits_refused),
        cmocka_unit_test(test_rotating_vectors),
        cmocka_unit_test(test_rotating_window),
        cmocka_unit_test(test_ff1),
        cmocka_unit_test(test_ff1_permutes),
        cmocka_unit_test(test_short_code),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
