/* Ed25519 and P-256: RFC 8032, small-order keys, Wycheproof. */
#include "crypto/ed25519.h"
#include "crypto/p256.h"

#include "tests/vectors.h"

static void
test_rfc8032(void **state)
{
    (void)state;
    json_t *document = vectors_load("ed25519_rfc8032.json");
    const json_t *cases = json_object_get(document, "cases");
    assert_int_equal(json_array_size(cases), 3);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *row = json_array_get(cases, i);
        const char *name = vectors_string(row, "name");
        const struct vector_bytes seed = vectors_hex_member(row, "secret_key");
        const struct vector_bytes public_key = vectors_hex_member(row, "public_key");
        const struct vector_bytes message = vectors_hex_member(row, "message");
        struct vector_bytes want = vectors_hex_member(row, "signature");
        struct ed25519_signer *signer = NULL;
        struct ed25519_verifier *verifier = NULL;
        uint8_t got[ED25519_SIGNATURE_SIZE];
        ROW_CHECK(name, ed25519_signer_open(&signer, seed.bytes) == FAULT_NONE);
        ROW_CHECK(name, memcmp(ed25519_signer_public_key(signer), public_key.bytes, 32) == 0);
        ed25519_sign(signer, vectors_text(&message), got);
        ROW_CHECK(name, memcmp(got, want.bytes, sizeof got) == 0);
        ROW_CHECK(name, ed25519_verifier_open(&verifier, public_key.bytes) == FAULT_NONE);
        ROW_CHECK(name, ed25519_verify(verifier, vectors_text(&message), want.bytes));
        for (size_t bit = 0; bit < 512; bit++) {
            want.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            ROW_CHECK(name, !ed25519_verify(verifier, vectors_text(&message), want.bytes));
            want.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        ROW_CHECK(name, !ed25519_verify(verifier, TEXT("another"), want.bytes));
        ed25519_signer_close(signer);
        ed25519_verifier_close(verifier);
        row_passed();
    }
    json_decref(document);
}

static void
test_small_order(void **state)
{
    (void)state;
    json_t *document = vectors_load("ed25519_small_order.json");
    const json_t *keys = json_object_get(document, "keys");
    assert_int_equal(json_array_size(keys), 14);
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *name = vectors_string(json_array_get(keys, i), "public_key");
        const struct vector_bytes key = vectors_hex(name);
        struct ed25519_verifier *verifier = NULL;
        ROW_CHECK(name, !ed25519_public_key_is_safe(key.bytes));
        ROW_CHECK(name, ed25519_verifier_open(&verifier, key.bytes) == FAULT_MALFORMED);
        ROW_CHECK(name, verifier == NULL);
        row_passed();
    }
    json_decref(document);
}

/* y from p to 2^255 - 1, with either sign. */
static void
test_not_canonical(void **state)
{
    (void)state;
    for (unsigned low = 0xeb; low <= 0xff; low++) {
        for (unsigned sign = 0; sign < 2; sign++) {
            uint8_t key[ED25519_KEY_SIZE];
            memset(key, 0xff, sizeof key);
            key[0] = (uint8_t)low;
            key[31] = (uint8_t)(0x7f | sign << 7);
            char name[32];
            snprintf(name, sizeof name, "%02x sign %u", low, sign);
            const bool want = low == 0xeb; /* p - 2, of large order if a point at all */
            ROW_CHECK(name, ed25519_public_key_is_safe(key) == want);
            row_passed();
        }
    }
    uint8_t key[ED25519_KEY_SIZE];
    memset(key, 0xff, sizeof key);
    key[31] = 0x7e; /* large, but below p */
    assert_true(ed25519_public_key_is_safe(key));
    key[31] = 0x7f;
    key[15] = 0xfe;
    assert_true(ed25519_public_key_is_safe(key));
    row_passed();
}

/* A signature of the wrong size is no signature for us: the types do not let it in. */
static void
test_wycheproof_ed25519(void **state)
{
    (void)state;
    json_t *document = vectors_load("wycheproof_ed25519.json");
    const json_t *groups = json_object_get(document, "groups");
    unsigned seen = 0;
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        const struct vector_bytes key = vectors_hex_member(group, "key");
        struct ed25519_verifier *verifier = NULL;
        assert_int_equal(ed25519_verifier_open(&verifier, key.bytes), FAULT_NONE);
        const json_t *rows = json_object_get(group, "tests");
        for (size_t j = 0; j < json_array_size(rows); j++, seen++) {
            const json_t *row = json_array_get(rows, j);
            char name[160];
            snprintf(name, sizeof name, "tcId %lld %s",
                     (long long)json_integer_value(json_array_get(row, 0)),
                     json_string_value(json_array_get(row, 1)));
            const struct vector_bytes message =
                vectors_hex(json_string_value(json_array_get(row, 2)));
            const struct vector_bytes signature =
                vectors_hex(json_string_value(json_array_get(row, 3)));
            const bool held = signature.size == ED25519_SIGNATURE_SIZE &&
                              ed25519_verify(verifier, vectors_text(&message), signature.bytes);
            ROW_CHECK(name, held == json_is_true(json_array_get(row, 4)));
            row_passed();
        }
        ed25519_verifier_close(verifier);
    }
    assert_int_equal(seen, 151);
    json_decref(document);
}

static void
test_wycheproof_p256(void **state)
{
    (void)state;
    json_t *document = vectors_load("wycheproof_p256.json");
    const json_t *groups = json_object_get(document, "groups");
    unsigned seen = 0;
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        const struct vector_bytes key = vectors_hex_member(group, "key");
        assert_int_equal(key.size, 1 + P256_KEY_SIZE);
        struct p256_verifier *verifier = NULL;
        assert_int_equal(p256_verifier_open(&verifier, key.bytes + 1), FAULT_NONE);
        const json_t *rows = json_object_get(group, "tests");
        for (size_t j = 0; j < json_array_size(rows); j++, seen++) {
            const json_t *row = json_array_get(rows, j);
            char name[160];
            snprintf(name, sizeof name, "tcId %lld %s",
                     (long long)json_integer_value(json_array_get(row, 0)),
                     json_string_value(json_array_get(row, 1)));
            const struct vector_bytes message =
                vectors_hex(json_string_value(json_array_get(row, 2)));
            const struct vector_bytes signature =
                vectors_hex(json_string_value(json_array_get(row, 3)));
            const bool held = signature.size == P256_SIGNATURE_SIZE &&
                              p256_verify(verifier, vectors_text(&message), signature.bytes);
            ROW_CHECK(name, held == json_is_true(json_array_get(row, 4)));
            row_passed();
        }
        p256_verifier_close(verifier);
    }
    assert_int_equal(seen, 262);
    json_decref(document);
}

static void
test_p256_refuses_points(void **state)
{
    (void)state;
    static const struct {
        const char *name, *x, *y;
    } rows[] = {
        { "nought", "0000000000000000000000000000000000000000000000000000000000000000",
          "0000000000000000000000000000000000000000000000000000000000000000" },
        { "off the curve by one",
          "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
          "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6" },
        { "x is p", "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
          "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4" },
        { "y not below p", "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
        { "all ones", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct vector_bytes x = vectors_hex(rows[i].x), y = vectors_hex(rows[i].y);
        uint8_t point[P256_KEY_SIZE];
        memcpy(point, x.bytes, 32);
        memcpy(point + 32, y.bytes, 32);
        struct p256_verifier *verifier = NULL;
        ROW_CHECK(rows[i].name, p256_verifier_open(&verifier, point) == FAULT_MALFORMED);
        ROW_CHECK(rows[i].name, verifier == NULL);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8032),         cmocka_unit_test(test_small_order),
        cmocka_unit_test(test_not_canonical),   cmocka_unit_test(test_wycheproof_ed25519),
        cmocka_unit_test(test_wycheproof_p256), cmocka_unit_test(test_p256_refuses_points),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
