/* The Chinese algorithms that a later profile will need (SM2, SM3, SM4): that the library this
 * builds on computes what GB/T 32905, 32907 and 32918 say. Nothing of ours is tested here. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include "tests/vectors.h"

static void
test_sm3(void **state)
{
    (void)state;
    json_t *document = vectors_load("gm.json");
    const json_t *rows = json_object_get(document, "sm3");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const struct vector_bytes message = vectors_hex_member(row, "message");
        const struct vector_bytes want = vectors_hex_member(row, "digest");
        uint8_t got[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        assert_int_equal(EVP_Digest(message.bytes, message.size, got, &size, EVP_sm3(), NULL), 1);
        assert_int_equal(size, want.size);
        assert_memory_equal(got, want.bytes, size);
        row_passed();
    }
    const json_t *macs = json_object_get(document, "hmac_sm3");
    for (size_t i = 0; i < json_array_size(macs); i++) {
        const json_t *row = json_array_get(macs, i);
        const struct vector_bytes key = vectors_hex_member(row, "key");
        const struct vector_bytes message = vectors_hex_member(row, "message");
        const struct vector_bytes want = vectors_hex_member(row, "mac");
        uint8_t got[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        assert_non_null(
            HMAC(EVP_sm3(), key.bytes, (int)key.size, message.bytes, message.size, got, &size));
        assert_int_equal(size, want.size);
        assert_memory_equal(got, want.bytes, size);
        row_passed();
    }
    json_decref(document);
}

static void
test_sm4(void **state)
{
    (void)state;
    json_t *document = vectors_load("gm.json");
    const json_t *rows = json_object_get(document, "sm4_ecb");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const struct vector_bytes key = vectors_hex_member(row, "key");
        const struct vector_bytes plain = vectors_hex_member(row, "plaintext");
        const struct vector_bytes want = vectors_hex_member(row, "ciphertext");
        uint8_t got[32];
        int size = 0;
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        assert_int_equal(EVP_EncryptInit_ex(context, EVP_sm4_ecb(), NULL, key.bytes, NULL), 1);
        assert_int_equal(EVP_CIPHER_CTX_set_padding(context, 0), 1);
        assert_int_equal(EVP_EncryptUpdate(context, got, &size, plain.bytes, (int)plain.size), 1);
        assert_int_equal((size_t)size, want.size);
        assert_memory_equal(got, want.bytes, want.size);
        EVP_CIPHER_CTX_free(context);
        row_passed();
    }
    json_decref(document);
}

/* id NULL: none is set. */
static bool
sm2_verifies(EVP_PKEY *key, const char *id, struct text message, struct text signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_context = EVP_PKEY_CTX_new(key, NULL);
    if (id != NULL) {
        assert_int_equal(EVP_PKEY_CTX_set1_id(key_context, id, (int)strlen(id)), 1);
    }
    EVP_MD_CTX_set_pkey_ctx(context, key_context);
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sm3(), NULL, key), 1);
    const bool held = EVP_DigestVerify(context, (const uint8_t *)signature.at, signature.size,
                                       (const uint8_t *)message.at, message.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(key_context);
    ERR_clear_error();
    return held;
}

static void
test_sm2(void **state)
{
    (void)state;
    json_t *document = vectors_load("gm.json");
    const json_t *rows = json_object_get(document, "sm2_sign");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *id = vectors_string(row, "id_ascii");
        const struct vector_bytes spki = vectors_hex_member(row, "public_spki_der");
        const struct vector_bytes message = vectors_hex_member(row, "message");
        struct vector_bytes signature = vectors_hex_member(row, "signature_der");
        const uint8_t *at = spki.bytes;
        EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size);
        assert_non_null(key);
        const struct text m = vectors_text(&message), s = vectors_text(&signature);
        assert_true(sm2_verifies(key, id, m, s));
        assert_false(sm2_verifies(key, NULL, m, s));
        assert_false(sm2_verifies(key, "another", m, s));
        assert_false(sm2_verifies(key, id, TEXT("another"), s));
        signature.bytes[signature.size - 1] ^= 1;
        assert_false(sm2_verifies(key, id, m, s));
        EVP_PKEY_free(key);
        row_passed();
    }
    json_decref(document);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sm3),
        cmocka_unit_test(test_sm4),
        cmocka_unit_test(test_sm2),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
