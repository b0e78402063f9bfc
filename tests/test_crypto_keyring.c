/* The keyring on disk: created, rotated, revoked, renewed, and everything it refuses to open. */
#include "crypto/keyring.h"

#include "crypto/token.h"
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
    assert_int_equal(token_kid(keyring_at(k, 0)->public_key), keyring_at(k, 0)->kid);
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

    assert_int_equal(keyring_revoke(t.directory, first, 8000, t.why), FAULT_NONE); /* again */
    test_keyring_reopen(&t);
    assert_int_equal(keyring_count(t.keyring), 3);
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
        { "a time of nothing", "keyring.list", LIST_HEAD LIST_A "39f713d0 next 10 \n",
          FAULT_CONFIG },
        { "a time of 19 digits", "keyring.list",
          LIST_HEAD LIST_A "39f713d0 next 1000000000000000000 0\n", FAULT_CONFIG },
        { "a time with a letter", "keyring.list", LIST_HEAD LIST_A "39f713d0 next 1a 0\n",
          FAULT_CONFIG },
        { "a kid alone", "keyring.list", LIST_HEAD LIST_A "39f713d0\n", FAULT_CONFIG },
        { "a kid and a state", "keyring.list", LIST_HEAD LIST_A "39f713d0 next\n", FAULT_CONFIG },
        { "a first line alone", "keyring.list", "huiquan-keyring v1\n", FAULT_CONFIG },
        { "sessions without a number", "keyring.list",
          "huiquan-keyring v1\nsessions\n" LIST_A LIST_B, FAULT_CONFIG },
        { "another word than sessions", "keyring.list",
          "huiquan-keyring v1\nsession 1\n" LIST_A LIST_B, FAULT_CONFIG },
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
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
