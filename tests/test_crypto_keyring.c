/* Keyring on disk and in memory, sealed boxes, sessions, enrollment codes, API tokens. */
#include "crypto/keyring.h"

#include <fcntl.h>

#include "crypto/api_token.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "crypto/session.h"
#include "tests/keyrings.h"
#include "tests/vectors.h"

static void
path_of(const struct test_keyring *t, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", t->directory, name);
}

static void
write_file(const struct test_keyring *t, const char *name, const char *contents)
{
    char path[128];
    path_of(t, name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(contents, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void
read_file(const struct test_keyring *t, const char *name, char *out, size_t room)
{
    char path[128];
    path_of(t, name, path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, room - 1, file)] = '\0';
    fclose(file);
}

static uint32_t
kid_in_state(const struct keyring *k, enum key_state key_state)
{
    for (size_t i = 0; i < keyring_count(k); i++) {
        if (keyring_at(k, i)->state == key_state) return keyring_at(k, i)->kid;
    }
    fail_msg("no key in state %d", (int)key_state);
    return 0;
}

static unsigned
mode_of(const struct test_keyring *t, const char *name)
{
    char path[128];
    struct stat about;
    path_of(t, name, path);
    assert_int_equal(stat(path, &about), 0);
    return about.st_mode & 07777;
}

static void
test_create(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    const struct keyring *k = t.keyring;
    assert_int_equal(keyring_count(k), 2);
    const uint32_t active = kid_in_state(k, KEY_ACTIVE), next = kid_in_state(k, KEY_NEXT);
    assert_int_not_equal(active, next);
    uint32_t kid = 0;
    assert_non_null(keyring_signer_active(k, &kid));
    assert_int_equal(kid, active);
    assert_non_null(keyring_signer_by_kid(k, active));
    assert_null(keyring_signer_by_kid(k, next));
    assert_null(keyring_signer_by_kid(k, active ^ 1));
    assert_non_null(keyring_verifier_by_kid(k, active));
    assert_non_null(keyring_verifier_by_kid(k, next));
    assert_null(keyring_verifier_by_kid(k, active ^ 1));
    assert_int_equal(keyring_kid(keyring_at(k, 0)->public_key), keyring_at(k, 0)->kid);
    char name[32];
    snprintf(name, sizeof name, "signing-%08x.key", active);
    assert_int_equal(mode_of(&t, name), 0600);
    assert_int_equal(mode_of(&t, "master.key"), 0600);
    assert_int_equal(mode_of(&t, "keyring.list"), 0600);
    assert_int_equal(keyring_create(t.directory, 2000, t.why), FAULT_CONFIG);
    assert_non_null(strstr(t.why, "already"));
    test_keyring_close(&t);
    row_passed();
}

static void
test_create_makes_directory(void **state)
{
    (void)state;
    struct test_keyring t, inner = { 0 };
    test_keyring_directory(&t);
    snprintf(inner.directory, sizeof inner.directory, "%.40s/keys", t.directory);
    assert_int_equal(keyring_create(inner.directory, 1, inner.why), FAULT_NONE);
    struct stat about;
    assert_int_equal(stat(inner.directory, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    test_keyring_reopen(&inner);
    test_keyring_close(&inner);
    assert_int_equal(keyring_create("/nonexistent/keys", 1, t.why), FAULT_CONFIG);
    test_keyring_close(&t);
    row_passed();
}

/* A master secret without a list is kept: what hangs on it may be somewhere. */
static void
test_create_keeps_master(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_directory(&t);
    const char *master = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    write_file(&t, "master.key", master);
    assert_int_equal(keyring_create(t.directory, 1, t.why), FAULT_NONE);
    char now[128];
    read_file(&t, "master.key", now, sizeof now);
    assert_string_equal(now, master);
    /* Derived values are for ever: rows in the database hang on them. */
    test_keyring_reopen(&t);
    struct digest person;
    keyring_person(t.keyring, TEXT("11010519491231002X"), &person);
    char hex[HEX_SIZE(32)];
    encode_hex(person.bytes, 32, hex);
    assert_string_equal(hex, "a90a6b21d7f433da3d1133bb15b6403aa28ee1c75a988ba2eae7fe8d5cb6906d");
    assert_true(keyring_short_encrypt(t.keyring, 1) == UINT64_C(67448822597925629));
    test_keyring_close(&t);
    row_passed();
}

static void
test_rotate(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    const uint32_t first = kid_in_state(t.keyring, KEY_ACTIVE);
    const uint32_t second = kid_in_state(t.keyring, KEY_NEXT);
    struct digest before, after;
    keyring_person(t.keyring, TEXT("11010519491231002X"), &before);
    assert_int_equal(keyring_rotate(t.directory, 5000, t.why), FAULT_NONE);
    test_keyring_reopen(&t);
    assert_int_equal(keyring_count(t.keyring), 3);
    assert_int_equal(kid_in_state(t.keyring, KEY_ACTIVE), second);
    assert_int_equal(kid_in_state(t.keyring, KEY_RETIRED), first);
    assert_non_null(keyring_signer_by_kid(t.keyring, first)); /* a replay is signed again */
    assert_non_null(keyring_verifier_by_kid(t.keyring, first));
    for (size_t i = 0; i < keyring_count(t.keyring); i++) {
        const struct keyring_key *key = keyring_at(t.keyring, i);
        assert_int_equal(key->retired_at_s, key->kid == first ? 5000 : 0);
        assert_int_equal(key->created_at_s, key->state == KEY_NEXT ? 5000 : 1000);
    }
    keyring_person(t.keyring, TEXT("11010519491231002X"), &after);
    assert_memory_equal(&before, &after, sizeof after);
    /* Until the list is full; the refusal leaves the keyring as it was. */
    enum fault fault = FAULT_NONE;
    unsigned rotations = 0;
    while (fault == FAULT_NONE) {
        fault = keyring_rotate(t.directory, 6000 + rotations, t.why);
        rotations++;
    }
    assert_int_equal(fault, FAULT_CONFIG);
    assert_int_equal(rotations, KEYRING_KEYS_MAX - 3 + 1);
    test_keyring_reopen(&t);
    assert_int_equal(keyring_count(t.keyring), KEYRING_KEYS_MAX);
    char jwks[KEYRING_JWKS_SIZE];
    const size_t jwks_size = keyring_write_jwks(t.keyring, jwks);
    assert_int_equal(jwks_size, strlen(jwks));
    assert_int_equal(keyring_forget(t.directory, first, t.why), FAULT_NONE);
    assert_int_equal(keyring_rotate(t.directory, 9000, t.why), FAULT_NONE);
    test_keyring_close(&t);
    row_passed();
}

static void
test_revoke_and_forget(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    const uint32_t first = kid_in_state(t.keyring, KEY_ACTIVE);
    const uint32_t second = kid_in_state(t.keyring, KEY_NEXT);
    assert_int_equal(keyring_forget(t.directory, first, t.why), FAULT_CONFIG);
    assert_int_equal(keyring_forget(t.directory, second, t.why), FAULT_CONFIG);
    assert_int_equal(keyring_forget(t.directory, first ^ 1, t.why), FAULT_CONFIG);
    assert_int_equal(keyring_revoke(t.directory, first ^ 1, 1, t.why), FAULT_CONFIG);

    assert_int_equal(keyring_revoke(t.directory, first, 7000, t.why), FAULT_NONE);
    assert_int_equal(keyring_revoke(t.directory, first, 8000, t.why), FAULT_NONE); /* again */
    test_keyring_reopen(&t);
    assert_int_equal(keyring_count(t.keyring), 3);
    assert_int_equal(kid_in_state(t.keyring, KEY_ACTIVE), second);
    assert_int_equal(kid_in_state(t.keyring, KEY_REVOKED), first);
    assert_null(keyring_signer_by_kid(t.keyring, first));
    assert_null(keyring_verifier_by_kid(t.keyring, first));
    char jwks[KEYRING_JWKS_SIZE], kid[9];
    keyring_write_jwks(t.keyring, jwks);
    snprintf(kid, sizeof kid, "%08x", first);
    assert_null(strstr(jwks, kid));

    const uint32_t third = kid_in_state(t.keyring, KEY_NEXT);
    assert_int_equal(keyring_revoke(t.directory, third, 9000, t.why), FAULT_NONE);
    test_keyring_reopen(&t);
    assert_int_equal(kid_in_state(t.keyring, KEY_ACTIVE), second);
    assert_int_not_equal(kid_in_state(t.keyring, KEY_NEXT), third);

    assert_int_equal(keyring_forget(t.directory, first, t.why), FAULT_NONE);
    char name[32], path[128];
    snprintf(name, sizeof name, "signing-%08x.key", first);
    path_of(&t, name, path);
    assert_int_equal(access(path, F_OK), -1);
    test_keyring_reopen(&t);
    assert_null(keyring_verifier_by_kid(t.keyring, first));
    test_keyring_close(&t);
    row_passed();
}

/* The rows run in order on one keyring, and each puts right what it broke. */
static void
test_permissions(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    char seed_name[32];
    snprintf(seed_name, sizeof seed_name, "signing-%08x.key", kid_in_state(t.keyring, KEY_NEXT));
    const struct {
        const char *name, *file;
        mode_t mode, good;
        enum fault want;
    } rows[] = {
        { "master read by the group", "master.key", 0640, 0600, FAULT_CONFIG },
        { "master read by all", "master.key", 0604, 0600, FAULT_CONFIG },
        { "master written by all", "master.key", 0602, 0600, FAULT_CONFIG },
        { "master executable", "master.key", 0700, 0600, FAULT_CONFIG },
        { "master read-only", "master.key", 0400, 0600, FAULT_NONE },
        { "seed read by the group", seed_name, 0640, 0600, FAULT_CONFIG },
        { "seed read-only", seed_name, 0400, 0600, FAULT_NONE },
        { "list written by the group", "keyring.list", 0620, 0600, FAULT_CONFIG },
        { "directory open to all", ".", 0755, 0700, FAULT_CONFIG },
        { "directory open to the group", ".", 0750, 0700, FAULT_CONFIG },
        { "directory entered by all", ".", 0701, 0700, FAULT_CONFIG },
        { "directory closed to writing", ".", 0500, 0700, FAULT_NONE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[128];
        struct keyring *k = NULL;
        path_of(&t, rows[i].file, path);
        assert_int_equal(chmod(path, rows[i].mode), 0);
        ROW_CHECK(rows[i].name, keyring_open(&k, t.directory, t.why) == rows[i].want);
        ROW_CHECK(rows[i].name, (k == NULL) == (rows[i].want != FAULT_NONE));
        ROW_CHECK(rows[i].name, rows[i].want == FAULT_NONE || strstr(t.why, "mode") != NULL);
        keyring_close(k);
        assert_int_equal(chmod(path, rows[i].good), 0);
        row_passed();
    }
    test_keyring_close(&t);
}

/* Each row begins with a sound keyring of fixed secrets and spoils one file; NULL removes it. */
#define SEED_A "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n" /* 21fe31df */
#define SEED_B "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb\n" /* 39f713d0 */
#define MASTER "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define LIST_HEAD "huiquan-keyring v1\nsessions 1\n"
#define LIST_A "21fe31df active 10 0\n"
#define LIST_B "39f713d0 next 10 0\n"

static void
test_contents_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *file, *contents;
        enum fault want;
    } rows[] = {
        { "sound", "keyring.list", LIST_HEAD LIST_A LIST_B, FAULT_NONE },
        { "sound in the other order", "keyring.list", LIST_HEAD LIST_B LIST_A, FAULT_NONE },
        { "a stranger's file beside it", "signing-00000000.key", "x", FAULT_NONE },
        { "no list", "keyring.list", NULL, FAULT_CONFIG },
        { "empty list", "keyring.list", "", FAULT_CONFIG },
        { "another version", "keyring.list", "huiquan-keyring v2\nsessions 1\n" LIST_A LIST_B,
          FAULT_CONFIG },
        { "no generation", "keyring.list", "huiquan-keyring v1\n" LIST_A LIST_B, FAULT_CONFIG },
        { "generation nought", "keyring.list", "huiquan-keyring v1\nsessions 0\n" LIST_A LIST_B,
          FAULT_CONFIG },
        { "generation beyond 32 bits", "keyring.list",
          "huiquan-keyring v1\nsessions 4294967296\n" LIST_A LIST_B, FAULT_CONFIG },
        { "no keys", "keyring.list", LIST_HEAD, FAULT_CONFIG },
        { "no next", "keyring.list", LIST_HEAD LIST_A, FAULT_CONFIG },
        { "no active", "keyring.list", LIST_HEAD LIST_B, FAULT_CONFIG },
        { "two active", "keyring.list", LIST_HEAD LIST_A "39f713d0 active 10 0\n", FAULT_CONFIG },
        { "a kid twice", "keyring.list", LIST_HEAD LIST_A LIST_B LIST_A, FAULT_CONFIG },
        { "an unknown state", "keyring.list", LIST_HEAD LIST_A "39f713d0 later 10 0\n",
          FAULT_CONFIG },
        { "a kid in upper case", "keyring.list", LIST_HEAD LIST_A "39F713D0 next 10 0\n",
          FAULT_CONFIG },
        { "a short kid", "keyring.list", LIST_HEAD LIST_A "39f713 next 10 0\n", FAULT_CONFIG },
        { "a negative time", "keyring.list", LIST_HEAD LIST_A "39f713d0 next -10 0\n",
          FAULT_CONFIG },
        { "a time with a leading nought", "keyring.list", LIST_HEAD LIST_A "39f713d0 next 010 0\n",
          FAULT_CONFIG },
        { "a missing time", "keyring.list", LIST_HEAD LIST_A "39f713d0 next 10\n", FAULT_CONFIG },
        { "something behind", "keyring.list", LIST_HEAD LIST_A "39f713d0 next 10 0 0\n",
          FAULT_CONFIG },
        { "a carriage return", "keyring.list", LIST_HEAD LIST_A "39f713d0 next 10 0\r\n",
          FAULT_CONFIG },
        { "a cut last line", "keyring.list", LIST_HEAD LIST_A "39f713d0 next 10 0", FAULT_CONFIG },
        { "an empty line", "keyring.list", LIST_HEAD LIST_A "\n" LIST_B, FAULT_CONFIG },
        { "no master", "master.key", NULL, FAULT_CONFIG },
        { "an empty master", "master.key", "", FAULT_CONFIG },
        { "a short master", "master.key", "0001\n", FAULT_CONFIG },
        { "a master without line feed", "master.key",
          "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", FAULT_CONFIG },
        { "a master too long", "master.key", MASTER "\n", FAULT_CONFIG },
        { "a master in upper case", "master.key",
          "000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", FAULT_CONFIG },
        { "no seed", "signing-39f713d0.key", NULL, FAULT_CONFIG },
        { "another's seed", "signing-39f713d0.key", SEED_A, FAULT_CONFIG },
        { "a spoilt seed", "signing-39f713d0.key", "zz" SEED_A, FAULT_CONFIG },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct test_keyring t;
        test_keyring_directory(&t);
        write_file(&t, "master.key", MASTER);
        write_file(&t, "signing-21fe31df.key", SEED_A);
        write_file(&t, "signing-39f713d0.key", SEED_B);
        write_file(&t, "keyring.list", LIST_HEAD LIST_A LIST_B);
        char path[128];
        path_of(&t, rows[i].file, path);
        if (rows[i].contents == NULL) {
            assert_int_equal(unlink(path), 0);
        } else {
            write_file(&t, rows[i].file, rows[i].contents);
        }
        struct keyring *k = NULL;
        ROW_CHECK(rows[i].name, keyring_open(&k, t.directory, t.why) == rows[i].want);
        ROW_CHECK(rows[i].name, (k == NULL) == (rows[i].want != FAULT_NONE));
        ROW_CHECK(rows[i].name, (t.why[0] != '\0') == (rows[i].want != FAULT_NONE));
        ROW_CHECK(rows[i].name, strstr(t.why, "9d61b19d") == NULL); /* no secret in words */
        keyring_close(k);
        test_keyring_close(&t);
        row_passed();
    }
}

static void
test_links_and_absence(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    char path[128], moved[128];
    path_of(&t, "master.key", path);
    path_of(&t, "elsewhere", moved);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(symlink(moved, path), 0);
    struct keyring *k = NULL;
    assert_int_equal(keyring_open(&k, t.directory, t.why), FAULT_CONFIG);
    assert_null(k);
    assert_int_equal(keyring_open(&k, "/nonexistent", t.why), FAULT_CONFIG);
    assert_int_equal(keyring_open(&k, "/dev/null", t.why), FAULT_CONFIG);
    assert_null(k);
    test_keyring_close(&t);
    row_passed();
}

/* What a crash leaves behind: a seed without a line, and a file that was never renamed. */
static void
test_crash_leftovers(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_create(&t);
    write_file(&t, "signing-39f713d0.key", SEED_B);
    write_file(&t, ".new", "half a li");
    test_keyring_reopen(&t);
    assert_int_equal(keyring_count(t.keyring), 2);
    assert_int_equal(keyring_rotate(t.directory, 5000, t.why), FAULT_NONE);
    test_keyring_reopen(&t);
    assert_int_equal(keyring_count(t.keyring), 3);
    test_keyring_close(&t);
    row_passed();
}

static void
test_jwks(void **state)
{
    (void)state;
    struct test_keyring t;
    test_keyring_directory(&t);
    write_file(&t, "master.key", MASTER);
    write_file(&t, "signing-21fe31df.key", SEED_A);
    write_file(&t, "signing-39f713d0.key", SEED_B);
    write_file(&t, "keyring.list", LIST_HEAD LIST_B LIST_A);
    test_keyring_reopen(&t);
    char jwks[KEYRING_JWKS_SIZE];
    const size_t size = keyring_write_jwks(t.keyring, jwks);
    assert_string_equal(
        jwks, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"Ed25519\",\"use\":\"sig\","
              "\"kid\":\"21fe31df\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
              "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"Ed25519\",\"use\":\"sig\","
              "\"kid\":\"39f713d0\",\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\"}]}");
    assert_int_equal(size, strlen(jwks));
    test_keyring_close(&t);
    row_passed();
}

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
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_create_makes_directory),
        cmocka_unit_test(test_create_keeps_master),
        cmocka_unit_test(test_rotate),
        cmocka_unit_test(test_revoke_and_forget),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_contents_refused),
        cmocka_unit_test(test_links_and_absence),
        cmocka_unit_test(test_crash_leftovers),
        cmocka_unit_test(test_jwks),
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
