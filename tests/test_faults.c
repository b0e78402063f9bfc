/* Pointers, the list of faults and its verdict. */
#include "tests/rows.h"

#include "voucher/faults.h"

static void
test_pointers(void **state)
{
    (void)state;
    struct pointer p = { 0 };
    assert_string_equal(p.text, "");
    pointer_push_key(&p, TEXT(""));
    pointer_push_index(&p, 0);
    pointer_push_index(&p, SIZE_MAX);
    pointer_push_key(&p, TEXT("m~n/o\"p"));
    assert_string_equal(p.text, "//0/18446744073709551615/m~0n~1o\"p");
    row_passed();

    /* 111 bytes fit; one more and the pointer stays the ancestor's, for good. */
    char key[POINTER_BYTES_MAX];
    memset(key, 'k', sizeof key);
    p = (struct pointer){ 0 };
    pointer_push_key(&p, (struct text){ key, POINTER_BYTES_MAX - 1 });
    assert_int_equal(p.size, POINTER_BYTES_MAX);
    pointer_push_index(&p, 1);
    assert_int_equal(p.size, POINTER_BYTES_MAX);
    row_passed();
    p = (struct pointer){ 0 };
    pointer_push_key(&p, TEXT("a"));
    pointer_push_key(&p, (struct text){ key, POINTER_BYTES_MAX - 2 });
    pointer_push_key(&p, TEXT("b"));
    assert_string_equal(p.text, "/a");
    row_passed();
    memset(key, '~', sizeof key);
    p = (struct pointer){ 0 };
    pointer_push_key(&p, (struct text){ key, sizeof key });
    pointer_push_key(&p, (struct text){ key, 1000000 }); /* not read: it cannot fit */
    assert_string_equal(p.text, "");
    row_passed();
}

static const struct {
    const char *name;
    struct {
        enum flaw flaw;
        const char *key;
    } rows[3];
    enum verdict want;
} verdicts[] = {
    { "nothing", { { 0 } }, VERDICT_OK },
    { "a warning refuses nothing", { { FLAW_VIN_CHECK_IMPORTED, "evidence" } }, VERDICT_OK },
    { "invalid", { { FLAW_OUT_OF_RANGE, "count" } }, VERDICT_INVALID },
    { "malformed", { { FLAW_WRONG_TYPE, "count" } }, VERDICT_MALFORMED },
    { "malformed beats invalid",
      { { FLAW_OUT_OF_RANGE, "a" }, { FLAW_WRONG_TYPE, "b" }, { FLAW_OUT_OF_RANGE, "c" } },
      VERDICT_MALFORMED },
    { "within evidence", { { FLAW_VIN_CHECK, "evidence" } }, VERDICT_EVIDENCE_INVALID },
    { "evidence and more",
      { { FLAW_VIN_CHECK, "evidence" }, { FLAW_OUT_OF_RANGE, "order" } },
      VERDICT_INVALID },
    { "malformed within evidence", { { FLAW_WRONG_TYPE, "evidence" } }, VERDICT_MALFORMED },
    { "a longer name is not evidence", { { FLAW_VIN_CHECK, "evidences" } }, VERDICT_INVALID },
    { "a shorter one neither", { { FLAW_VIN_CHECK, "evidenc" } }, VERDICT_INVALID },
    { "evidence and a warning elsewhere",
      { { FLAW_VIN_CHECK, "evidence" }, { FLAW_VIN_CHECK_IMPORTED, "vin" } },
      VERDICT_EVIDENCE_INVALID },
};

static void
test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        struct faults faults = { 0 };
        for (size_t k = 0; k < 3 && verdicts[i].rows[k].flaw != FLAW_NONE; k++) {
            struct pointer at = { 0 };
            pointer_push_key(&at, text_of(verdicts[i].rows[k].key));
            faults_add(&faults, verdicts[i].rows[k].flaw, &at);
        }
        ROW_CHECK(verdicts[i].name, faults_verdict(&faults) == verdicts[i].want);
        row_passed();
    }
    /* What no longer fits still weighs. */
    struct faults faults = { 0 };
    for (size_t i = 0; i < FAULTS_MAX; i++)
        faults_add(&faults, FLAW_OUT_OF_RANGE, &(struct pointer){ 0 });
    faults_add(&faults, FLAW_WRONG_TYPE, &(struct pointer){ 0 });
    assert_int_equal(faults.count, FAULTS_MAX);
    assert_int_equal(faults.dropped, 1);
    assert_int_equal(faults_verdict(&faults), VERDICT_MALFORMED);
    row_passed();
}

static void
test_flaw_words(void **state)
{
    (void)state;
    for (int i = FLAW_NONE + 1; i < FLAW_COUNT; i++) {
        const enum flaw flaw = (enum flaw)i;
        ROW_CHECK(flaw_code(flaw), strlen(flaw_code(flaw)) > 2);
        ROW_CHECK(flaw_code(flaw), flaw_severity(flaw) != SEVERITY_NONE);
        ROW_CHECK(flaw_code(flaw), strlen(flaw_words(flaw, LANGUAGE_ZH)) > 5);
        ROW_CHECK(flaw_code(flaw), strlen(flaw_words(flaw, LANGUAGE_EN)) > 5);
        for (int k = FLAW_NONE + 1; k < i; k++)
            ROW_CHECK(flaw_code(flaw), strcmp(flaw_code(flaw), flaw_code((enum flaw)k)) != 0);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_flaw_words),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
