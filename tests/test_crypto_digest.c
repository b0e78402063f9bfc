/* Digests, HMAC and HKDF against FIPS 180-4, RFC 4231 and RFC 5869; encodings against RFC 4648. */
#include "crypto/digest.h"

#include "tests/vectors.h"

static void
test_sha256(void **state)
{
    (void)state;
    static const struct {
        const char *name, *message, *want;
    } rows[] = {
        { "empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct vector_bytes want = vectors_hex(rows[i].want);
        const struct text whole = text_of(rows[i].message);
        const size_t cut = whole.size / 3;
        const struct text parts[] = { { whole.at, cut },
                                      { NULL, 0 },
                                      { whole.at + cut, whole.size - cut } };
        struct digest got;
        digest_sha256(&got, &whole, 1);
        ROW_CHECK(rows[i].name, memcmp(got.bytes, want.bytes, 32) == 0);
        digest_sha256(&got, parts, COUNT_OF(parts));
        ROW_CHECK(rows[i].name, memcmp(got.bytes, want.bytes, 32) == 0);
        row_passed();
    }
}

/* RFC 4231, 4.2 to 4.8 (case 5 is a truncation). */
static void
test_hmac(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *key, *data; /* NULL: repeated */
        size_t key_count, data_count;
        uint8_t key_byte, data_byte;
        const char *want;
    } rows[] = {
        { "case 1", NULL, "Hi There", 20, 0, 0x0b, 0,
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { "case 2", "Jefe", "what do ya want for nothing?", 0, 0, 0, 0,
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { "case 3", NULL, NULL, 20, 50, 0xaa, 0xdd,
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { "case 6, a key longer than a block", NULL,
          "Test Using Larger Than Block-Size Key - Hash Key First", 131, 0, 0xaa, 0,
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { "case 7, both long", NULL,
          "This is a test using a larger than block-size key and a larger than block-size data. "
          "The key needs to be hashed before being used by the HMAC algorithm.",
          131, 0, 0xaa, 0, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char key_room[256], data_room[256];
        memset(key_room, rows[i].key_byte, sizeof key_room);
        memset(data_room, rows[i].data_byte, sizeof data_room);
        const struct text key = rows[i].key != NULL ? text_of(rows[i].key)
                                                    : (struct text){ key_room, rows[i].key_count };
        const struct text data = rows[i].data != NULL
                                     ? text_of(rows[i].data)
                                     : (struct text){ data_room, rows[i].data_count };
        const struct vector_bytes want = vectors_hex(rows[i].want);
        struct digest got;
        digest_hmac_sha256(&got, key, &data, 1);
        ROW_CHECK(rows[i].name, memcmp(got.bytes, want.bytes, 32) == 0);
        row_passed();
    }
}

/* RFC 5869, A.1 to A.3. */
static void
test_hkdf(void **state)
{
    (void)state;
    static const struct {
        const char *name, *secret, *salt, *info, *want;
    } rows[] = {
        { "A.1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
          "f0f1f2f3f4f5f6f7f8f9",
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
        { "A.2",
          "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
          "2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
          "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
          "8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
          "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadb"
          "dcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
          "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
          "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
        { "A.3", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct vector_bytes secret = vectors_hex(rows[i].secret);
        const struct vector_bytes salt = vectors_hex(rows[i].salt);
        const struct vector_bytes info = vectors_hex(rows[i].info);
        const struct vector_bytes want = vectors_hex(rows[i].want);
        uint8_t got[128] = { 0 };
        digest_hkdf_sha256(got, want.size, vectors_text(&secret), vectors_text(&salt),
                           vectors_text(&info));
        ROW_CHECK(rows[i].name, memcmp(got, want.bytes, want.size) == 0);
        ROW_CHECK(rows[i].name, got[want.size] == 0);
        row_passed();
    }
}

static void
test_equal_wipe_random(void **state)
{
    (void)state;
    const uint8_t a[4] = { 1, 2, 3, 4 }, b[4] = { 1, 2, 3, 5 };
    assert_true(crypto_equal(a, a, 4));
    assert_true(crypto_equal(a, b, 3));
    assert_true(crypto_equal(NULL, NULL, 0));
    assert_false(crypto_equal(a, b, 4));
    uint8_t room[64] = { 0 }, zeros[64] = { 0 }, other[64];
    crypto_random_fill(room, sizeof room);
    crypto_random_fill(other, sizeof other);
    assert_memory_not_equal(room, zeros, sizeof room);
    assert_memory_not_equal(room, other, sizeof room);
    crypto_wipe(room, sizeof room);
    assert_memory_equal(room, zeros, sizeof room);
    row_passed();
}

enum alphabet { URL, PADDED, HEX };

/* Both directions: RFC 4648, 10, and the bytes where the two alphabets differ. */
static void
test_encode(void **state)
{
    (void)state;
    static const struct {
        enum alphabet alphabet;
        const char *bytes, *text;
    } rows[] = {
        { URL, "", "" },
        { URL, "f", "Zg" },
        { URL, "fo", "Zm8" },
        { URL, "foo", "Zm9v" },
        { URL, "foob", "Zm9vYg" },
        { URL, "fooba", "Zm9vYmE" },
        { URL, "foobar", "Zm9vYmFy" },
        { URL, "\xff\xef\xbe", "_---" },
        { URL, "\xfb\xff", "-_8" },
        { PADDED, "", "" },
        { PADDED, "f", "Zg==" },
        { PADDED, "fo", "Zm8=" },
        { PADDED, "foo", "Zm9v" },
        { PADDED, "foob", "Zm9vYg==" },
        { PADDED, "fooba", "Zm9vYmE=" },
        { PADDED, "foobar", "Zm9vYmFy" },
        { PADDED, "\xff\xef\xbe", "/+++" },
        { PADDED, "\xfb\xff", "+/8=" },
        { HEX, "", "" },
        { HEX, "\x01\xab\xff", "01abff" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct text bytes = text_of(rows[i].bytes);
        char text[64];
        uint8_t back[64];
        size_t size = 0, back_size = bytes.size;
        bool held = false;
        switch (rows[i].alphabet) {
        case URL:
            size = encode_base64url(bytes.at, bytes.size, text);
            held = decode_base64url(text_of(rows[i].text), back, bytes.size, &back_size);
            break;
        case PADDED:
            size = encode_base64(bytes.at, bytes.size, text);
            held = decode_base64(text_of(rows[i].text), back, bytes.size, &back_size);
            break;
        case HEX:
            size = encode_hex(bytes.at, bytes.size, text);
            held = decode_hex(text_of(rows[i].text), back, bytes.size);
            break;
        }
        ROW_CHECK(rows[i].text, strcmp(text, rows[i].text) == 0 && size == strlen(text));
        ROW_CHECK(rows[i].text, held && back_size == bytes.size);
        ROW_CHECK(rows[i].text, memcmp(back, bytes.at, bytes.size) == 0);
        row_passed();
    }
}

static void
test_decode_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum alphabet alphabet;
        const char *text;
        size_t room;
    } rows[] = {
        { "padding where there is none", URL, "Zg==", 8 },
        { "one padding", URL, "Zm8=", 8 },
        { "spare bits of one byte", URL, "Zh", 8 },
        { "spare bits of two bytes", URL, "Zm9", 8 },
        { "one character over", URL, "Zm9vZ", 8 },
        { "a single character", URL, "Z", 8 },
        { "the other alphabet: plus", URL, "+-8", 8 },
        { "the other alphabet: slash", URL, "-/8", 8 },
        { "a space", URL, "Zm 8", 8 },
        { "a line feed behind", URL, "Zm8\n", 8 },
        { "a question mark", URL, "Z?9v", 8 },
        { "a high byte", URL, "Zm9\xc3", 8 },
        { "no room", URL, "Zm9v", 2 },
        { "missing padding", PADDED, "Zg", 8 },
        { "half of the padding", PADDED, "Zg=", 8 },
        { "too much padding", PADDED, "Z===", 8 },
        { "nothing but padding", PADDED, "====", 8 },
        { "padding within", PADDED, "Zg==Zg==", 8 },
        { "padded spare bits of one byte", PADDED, "Zh==", 8 },
        { "padded spare bits of two bytes", PADDED, "Zm9=", 8 },
        { "the other alphabet: minus", PADDED, "-/8=", 8 },
        { "the other alphabet: low line", PADDED, "+_8=", 8 },
        { "a padded line feed", PADDED, "Zm8\n", 8 },
        { "no room when padded", PADDED, "Zm9v", 2 },
        { "upper case", HEX, "AB", 1 },
        { "odd size", HEX, "abc", 1 },
        { "too short", HEX, "ab", 2 },
        { "too long", HEX, "abab", 1 },
        { "no hex digit", HEX, "ag", 1 },
        { "a prefix", HEX, "0x", 1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t out[8] = { 0x5a };
        size_t size = 77;
        const struct text text = text_of(rows[i].text);
        bool held = true;
        switch (rows[i].alphabet) {
        case URL: held = decode_base64url(text, out, rows[i].room, &size); break;
        case PADDED: held = decode_base64(text, out, rows[i].room, &size); break;
        case HEX: held = decode_hex(text, out, rows[i].room); break;
        }
        ROW_CHECK(rows[i].name, !held);
        ROW_CHECK(rows[i].name, out[0] == 0x5a && size == 77);
        row_passed();
    }
}

static void
test_exact(void **state)
{
    (void)state;
    uint8_t out[4] = { 0 };
    assert_true(decode_base64url_exact(TEXT("Zm9v"), out, 3));
    assert_false(decode_base64url_exact(TEXT("Zm9v"), out, 4));
    assert_false(decode_base64url_exact(TEXT("Zm9v"), out, 2));
    assert_false(decode_base64url_exact(TEXT(""), out, 1));
    row_passed();
}

static void
test_crockford(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *text;
    } good[] = {
        { "00000000000000000000000000000000", "00000000000000000000000000" },
        { "ffffffffffffffffffffffffffffffff", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ" },
        { "01563e3ab5d3d6764c61efb99302bd5b", "01ARZ3NDEKTSV4RRFFQ69G5FAV" }, /* ULID's own */
        { "00000000000000000000000000000001", "00000000000000000000000001" },
        { "80000000000000000000000000000000", "40000000000000000000000000" },
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        const struct vector_bytes want = vectors_hex(good[i].hex);
        struct uuid id, back;
        memcpy(id.bytes, want.bytes, sizeof id.bytes);
        char text[CROCKFORD_SIZE];
        encode_crockford(&id, text);
        ROW_CHECK(good[i].text, strcmp(text, good[i].text) == 0);
        ROW_CHECK(good[i].text, decode_crockford(text_of(text), &back) && uuid_equal(&id, &back));
        row_passed();
    }
    static const char *const bad[] = {
        "80000000000000000000000000", "Z0000000000000000000000000",  "01arz3ndektsv4rrffq69g5fav",
        "01ARZ3NDEKTSV4RRFFQ69G5FA",  "01ARZ3NDEKTSV4RRFFQ69G5FAVV", "01ARZ3NDEKTSV4RRFFQ69G5FAI",
        "01ARZ3NDEKTSV4RRFFQ69G5FAL", "01ARZ3NDEKTSV4RRFFQ69G5FAO",  "01ARZ3NDEKTSV4RRFFQ69G5FAU",
        "01ARZ3NDEKTSV4RRFFQ69G5FA-", " 1ARZ3NDEKTSV4RRFFQ69G5FAV",  "",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct uuid out = { { 9 } };
        ROW_CHECK(bad[i], !decode_crockford(text_of(bad[i]), &out));
        ROW_CHECK(bad[i], out.bytes[0] == 9);
        row_passed();
    }
    struct uuid out = { { 9 } };
    assert_false(decode_crockford((struct text){ "0000000000000000000000000\0", 26 }, &out));
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256), cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_hkdf),   cmocka_unit_test(test_equal_wipe_random),
        cmocka_unit_test(test_encode), cmocka_unit_test(test_decode_refuses),
        cmocka_unit_test(test_exact),  cmocka_unit_test(test_crockford),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
