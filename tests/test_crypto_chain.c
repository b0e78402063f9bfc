/* Hash chain and signed checkpoints. */
#include "crypto/chain.h"

#include "crypto/digest.h"
#include "tests/vectors.h"

#define SEED_ONE "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define SEED_TWO "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"

static void
test_chain(void **state)
{
    (void)state;
    const struct digest none = { { 0 } };
    struct digest first, second, again, other;
    chain_next(&none, TEXT("entry one"), &first);
    /* SHA-256 of the domain with its NUL, 32 noughts and the entry, computed elsewhere. */
    char hex[HEX_SIZE(32)];
    encode_hex(first.bytes, sizeof first.bytes, hex);
    assert_string_equal(hex, "02ff9511f1f0ed4835c1a256496b4fd2af2473554c5b8cab8426c02916001a0f");
    chain_next(&first, TEXT("entry two"), &second);
    again = first;
    chain_next(&again, TEXT("entry two"), &again); /* in place */
    assert_true(digest_equal(&second, &again));
    chain_next(&none, TEXT("entry two"), &other);
    assert_false(digest_equal(&second, &other));
    chain_next(&first, TEXT("entry twO"), &other);
    assert_false(digest_equal(&second, &other));
    row_passed();
}

struct signer_pair {
    struct ed25519_signer *one, *two;
};

static struct signer_pair
signers_open(void)
{
    struct signer_pair p = { 0 };
    const struct vector_bytes one = vectors_hex(SEED_ONE), two = vectors_hex(SEED_TWO);
    assert_int_equal(ed25519_signer_open(&p.one, one.bytes), FAULT_NONE);
    assert_int_equal(ed25519_signer_open(&p.two, two.bytes), FAULT_NONE);
    return p;
}

static void
signers_close(struct signer_pair *p)
{
    ed25519_signer_close(p->one);
    ed25519_signer_close(p->two);
}

static const struct chain_head sample_heads[] = {
    { 1, 4096, { { 1, 2, 3 } } },
    { 2, INT64_MAX, { { 0xff, 0xfe } } },
};
static const struct checkpoint sample = {
    .origin = { "huiquan.example/huiji", 21 },
    .at_s = 1781834400,
    .heads = sample_heads,
    .head_count = COUNT_OF(sample_heads),
};

static void
test_checkpoint(void **state)
{
    (void)state;
    struct signer_pair p = signers_open();
    const uint8_t *public_key = ed25519_signer_public_key(p.one);
    char note[CHECKPOINT_SIZE(2)];
    const size_t size = checkpoint_write(p.one, &sample, note, sizeof note);
    assert_int_equal(size, strlen(note));
    static const char head[] = "huiquan-checkpoint-v1\nhuiquan.example/huiji\n1781834400\n"
                               "1 4096 AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
                               "2 9223372036854775807 "
                               "//4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
                               "\n\xe2\x80\x94 huiquan.example/huiji ";
    assert_memory_equal(note, head, sizeof head - 1);
    const struct text whole = { note, size };
    assert_true(checkpoint_verify(public_key, sample.origin, whole));
    row_passed();

    for (size_t i = 0; i < size; i++) {
        const char was = note[i];
        char name[32];
        snprintf(name, sizeof name, "byte %zu", i);
        note[i] = was == 'A' ? 'B' : 'A';
        ROW_CHECK(name, !checkpoint_verify(public_key, sample.origin, whole));
        note[i] = was;
        ROW_CHECK(name, !checkpoint_verify(public_key, sample.origin, (struct text){ note, i }));
    }
    row_passed();

    assert_false(checkpoint_verify(ed25519_signer_public_key(p.two), sample.origin, whole));
    assert_false(checkpoint_verify(public_key, TEXT("huiquan.example"), whole));
    assert_false(checkpoint_verify(public_key, TEXT("huiquan.example/huiji2"), whole));
    row_passed();
    for (size_t room = 0; room <= size; room++)
        assert_int_equal(checkpoint_write(p.one, &sample, note, room), 0);
    assert_int_equal(checkpoint_write(p.one, &sample, note, size + 1), size);
    row_passed();
    signers_close(&p);
}

/* A note with another witness's line before ours still holds (C2SP signed-note); a signed text of
 * another kind or origin does not, whoever signed it. */
static void
test_checkpoint_lines(void **state)
{
    (void)state;
    struct signer_pair p = signers_open();
    const uint8_t *public_key = ed25519_signer_public_key(p.one);
    char note[CHECKPOINT_SIZE(2)], longer[2 * CHECKPOINT_SIZE(2)];
    (void)checkpoint_write(p.one, &sample, note, sizeof note);
    const char *lines = strstr(note, "\n\n") + 2;
    snprintf(longer, sizeof longer, "%.*s\xe2\x80\x94 witness AAAA\n%s", (int)(lines - note), note,
             lines);
    assert_true(checkpoint_verify(public_key, sample.origin, text_of(longer)));
    row_passed();

    const struct checkpoint empty = { .origin = sample.origin, .at_s = 0 };
    assert_int_not_equal(checkpoint_write(p.one, &empty, note, sizeof note), 0);
    assert_true(checkpoint_verify(public_key, sample.origin, text_of(note)));
    assert_false(checkpoint_verify(public_key, sample.origin, TEXT("")));
    assert_false(checkpoint_verify(public_key, sample.origin, TEXT("\n\n")));
    assert_false(checkpoint_verify(public_key, sample.origin, TEXT("a\n\nb\n")));
    row_passed();

    /* The right key under the right name, but the text says another origin. */
    const struct checkpoint other = { .origin = { "huiquan.example/other", 21 }, .at_s = 0 };
    (void)checkpoint_write(p.one, &other, note, sizeof note);
    assert_false(checkpoint_verify(public_key, sample.origin, text_of(note)));
    row_passed();
    signers_close(&p);
}

/* Texts that the right key signed under the right name, and that are no checkpoints of ours. */
static void
test_checkpoint_signed_texts(void **state)
{
    (void)state;
    struct signer_pair p = signers_open();
    const uint8_t *public_key = ed25519_signer_public_key(p.one);
    char note[CHECKPOINT_SIZE(2)];
    (void)checkpoint_write(p.one, &sample, note, sizeof note);
    const char *line = strstr(note, "\n\n") + 2;
    uint8_t signature[4 + ED25519_SIGNATURE_SIZE]; /* begins with the key id */
    size_t size = 0;
    const char *encoded = strrchr(line, ' ') + 1;
    assert_true(decode_base64((struct text){ encoded, strlen(encoded) - 1 }, signature,
                              sizeof signature, &size));
    static const struct {
        const char *name, *body;
        bool want;
    } rows[] = {
        { "ours", "huiquan-checkpoint-v1\nhuiquan.example/huiji\n1\n", true },
        { "another kind", "huiquan-checkpoint-v2\nhuiquan.example/huiji\n1\n", false },
        { "another origin", "huiquan-checkpoint-v1\nhuiquan.example/hui\n1\n", false },
        { "a longer origin", "huiquan-checkpoint-v1\nhuiquan.example/huiji2\n1\n", false },
        { "origin only", "huiquan.example/huiji\n1\n", false },
        { "short", "h\n", false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char made[512], text[BASE64_SIZE(sizeof signature)];
        ed25519_sign(p.one, text_of(rows[i].body), signature + 4);
        (void)encode_base64(signature, sizeof signature, text);
        snprintf(made, sizeof made, "%s\n\xe2\x80\x94 huiquan.example/huiji %s\n", rows[i].body,
                 text);
        ROW_CHECK(rows[i].name,
                  checkpoint_verify(public_key, sample.origin, text_of(made)) == rows[i].want);
        row_passed();
    }
    signers_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_checkpoint),
        cmocka_unit_test(test_checkpoint_lines),
        cmocka_unit_test(test_checkpoint_signed_texts),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
