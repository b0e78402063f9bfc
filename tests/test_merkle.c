/* The Merkle tree of RFC 6962 against the definition, and its signed head. */
#include "crypto/merkle.h"

#include "crypto/digest.h"
#include "tests/vectors.h"

#define SEED_ONE "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define SEED_TWO "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"

/* The seven roots that implementations of RFC 6962 share as a test
 * (google/certificate-transparency, merkle_tree_test): trees over the first n of these leaves. */
static const char *const leaves[] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void
test_roots(void **state)
{
    struct merkle tree = { 0 };
    (void)state;
    for (size_t n = 0; n < COUNT_OF(roots); n++) {
        char name[16], hex[HEX_SIZE(32)];
        struct digest root, leaf;
        snprintf(name, sizeof name, "%zu leaves", n);
        merkle_root(&tree, &root);
        encode_hex(root.bytes, sizeof root.bytes, hex);
        ROW_CHECK(name, strcmp(hex, roots[n]) == 0);
        row_passed();
        if (n == COUNT_OF(leaves)) break;
        const struct vector_bytes bytes = vectors_hex(leaves[n]);
        merkle_leaf((struct text){ (const char *)bytes.bytes, bytes.size }, &leaf);
        merkle_push(&tree, &leaf);
    }
}

/* MTH of RFC 6962, 2.1, as it is defined. */
static void
root_by_definition(const struct digest *of, size_t count, struct digest *out)
{
    struct digest left, right;
    size_t k = 1;
    if (count == 1) {
        *out = of[0];
        return;
    }
    while (k * 2 < count) {
        k *= 2;
    }
    root_by_definition(of, k, &left);
    root_by_definition(of + k, count - k, &right);
    const struct text parts[] = { { "\x01", 1 },
                                  { (const char *)left.bytes, 32 },
                                  { (const char *)right.bytes, 32 } };
    digest_sha256(out, parts, COUNT_OF(parts));
}

static void
test_sizes(void **state)
{
    static struct digest of[300];
    struct merkle tree = { 0 };
    (void)state;
    for (size_t n = 0; n < COUNT_OF(of); n++) {
        struct digest root, want;
        merkle_leaf((struct text){ (const char *)&n, sizeof n }, &of[n]);
        merkle_push(&tree, &of[n]);
        merkle_root(&tree, &root);
        root_by_definition(of, n + 1, &want);
        assert_true(digest_equal(&root, &want));
    }
    row_passed();
}

static const struct merkle_head sample = {
    .size = 42, .root = { { 1, 2, 3 } }, .writer = 7LL << 32 | 3, .seq = 12, .hash = { { 0xff } }
};

static void
test_note(void **state)
{
    (void)state;
    struct ed25519_signer *one = NULL, *two = NULL;
    const struct vector_bytes first = vectors_hex(SEED_ONE), second = vectors_hex(SEED_TWO);
    assert_int_equal(ed25519_signer_open(&one, first.bytes), FAULT_NONE);
    assert_int_equal(ed25519_signer_open(&two, second.bytes), FAULT_NONE);
    const uint8_t *key = ed25519_signer_public_key(one);
    struct merkle_head got;
    char note[MERKLE_NOTE_SIZE];
    const size_t size = merkle_note_write(one, TEXT("huiquan"), &sample, note);
    const struct text whole = { note, size };
    assert_true(merkle_note_read(key, TEXT("huiquan"), whole, &got));
    assert_memory_equal(&got, &sample, sizeof got);
    row_passed();
    assert_false(merkle_note_read(ed25519_signer_public_key(two), TEXT("huiquan"), whole, &got));
    assert_int_equal(got.size, 0);
    assert_false(merkle_note_read(key, TEXT("huiquan2"), whole, &got));
    row_passed();
    for (size_t i = 0; i < size; i++) {
        const char was = note[i];
        note[i] = was == 'A' ? 'B' : 'A';
        assert_false(merkle_note_read(key, TEXT("huiquan"), whole, &got));
        note[i] = was;
        assert_false(merkle_note_read(key, TEXT("huiquan"), (struct text){ note, i }, &got));
    }
    row_passed();
    ed25519_signer_close(one);
    ed25519_signer_close(two);
}

/* Texts that the right key signed under the right name, and that are no checkpoints of a tree. */
static void
test_signed_texts(void **state)
{
#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    static const struct {
        const char *name, *body;
        bool want;
    } rows[] = {
        { "ours", "huiquan\n1\n" ROOT "\n5 1 " ROOT "\n", true },
        { "another origin", "huiquan2\n1\n" ROOT "\n5 1 " ROOT "\n", false },
        { "a nought in front", "huiquan\n01\n" ROOT "\n5 1 " ROOT "\n", false },
        { "a negative size", "huiquan\n-1\n" ROOT "\n5 1 " ROOT "\n", false },
        { "no size", "huiquan\n\n" ROOT "\n5 1 " ROOT "\n", false },
        { "a size beyond all", "huiquan\n9999999999999999999\n" ROOT "\n5 1 " ROOT "\n", false },
        { "a short root", "huiquan\n1\nAAAA\n5 1 " ROOT "\n", false },
        { "a size with a letter", "huiquan\n1a\n" ROOT "\n5 1 " ROOT "\n", false },
        { "a size of nought", "huiquan\n0\n" ROOT "\n0 0 " ROOT "\n", true },
        { "a root that is not base64", "huiquan\n1\n!\n5 1 " ROOT "\n", false },
        { "a writer of nothing", "huiquan\n1\n" ROOT "\n 1 " ROOT "\n", false },
        { "a writer without a number behind", "huiquan\n1\n" ROOT "\n5\n", false },
        { "a number with a sign", "huiquan\n1\n" ROOT "\n5 +1 " ROOT "\n", false },
        { "no last hash", "huiquan\n1\n" ROOT "\n5 1 \n", false },
        { "a short last hash", "huiquan\n1\n" ROOT "\n5 1 AAAA\n", false },
        { "no line after the size", "huiquan\n1\n", false },
        { "the origin alone", "huiquan\n", false },
        { "no last entry", "huiquan\n1\n" ROOT "\n", false },
        { "a line too many", "huiquan\n1\n" ROOT "\n5 1 " ROOT "\nmore\n", false },
        { "the heads' checkpoint", "huiquan-checkpoint-v1\nhuiquan\n1\n", false },
    };
    (void)state;
    struct ed25519_signer *one = NULL;
    const struct vector_bytes seed = vectors_hex(SEED_ONE);
    assert_int_equal(ed25519_signer_open(&one, seed.bytes), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char note[MERKLE_NOTE_SIZE];
        struct merkle_head got;
        const size_t size =
            note_sign(one, TEXT("huiquan"), text_of(rows[i].body), note, sizeof note);
        assert_int_not_equal(size, 0);
        ROW_CHECK(rows[i].name,
                  merkle_note_read(ed25519_signer_public_key(one), TEXT("huiquan"),
                                   (struct text){ note, size }, &got) == rows[i].want);
        row_passed();
    }
    ed25519_signer_close(one);
}

/* An origin is a line's first word: nothing in it may end the word, or part it from the key. */
static void
test_origins(void **state)
{
    (void)state;
    static char longest[NOTE_ORIGIN_MAX + 1];
    memset(longest, 'a', sizeof longest);
    const struct {
        const char *name;
        struct text origin;
        bool want;
    } rows[] = {
        { "a word", TEXT("huiquan"), true },
        { "the first and last that print", TEXT("!~"), true },
        { "the longest", { longest, NOTE_ORIGIN_MAX }, true },
        { "one too long", { longest, NOTE_ORIGIN_MAX + 1 }, false },
        { "nothing", TEXT(""), false },
        { "a space", TEXT("hui quan"), false },
        { "a line feed", TEXT("huiquan\n"), false },
        { "a NUL", TEXT("hui\0quan"), false },
        { "a plus", TEXT("hui+quan"), false },
        { "delete", TEXT("huiquan\x7f"), false },
        { "beyond ASCII", TEXT("\xe6\x83\xa0"), false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const bool holds = note_origin_is_sound(rows[i].origin) == rows[i].want;
        if (!holds) print_error("failing row: %s\n", rows[i].name);
        assert_true(holds);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_note),         cmocka_unit_test(test_origins),
        cmocka_unit_test(test_signed_texts),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
