/* tests/test_verdict.c: the table of verdicts against the public contract: order, codes, statuses,
 * retry advice; and words in both languages. */
#include "tests/rows.h"
#include "voucher/verdict.h"

/* As the contract lists them. What it leaves out stands between them where it belongs. */
static const struct {
    const char *code;
    int status;
    bool retryable;
} contract[] = {
    { "malformed", 400, false },
    { "idempotency_key_missing", 400, false },
    { "unauthenticated", 401, false },
    { "forbidden", 403, false },
    { "idempotency_key_reused", 422, false },
    { "request_in_progress", 409, true },
    { "request_reversed", 409, false },
    { "not_found", 404, false },
    { "invalid", 422, false },
    { "wrong_state", 409, false },
    { "campaign_not_open", 409, true },
    { "campaign_closed", 409, false },
    { "campaign_paused", 409, true },
    { "not_eligible", 403, false },
    { "already_claimed", 409, false },
    { "sold_out", 409, false },
    { "signature_invalid", 422, false },
    { "voucher_unknown", 404, false },
    { "voucher_void", 409, false },
    { "already_redeemed", 409, false },
    { "voucher_held", 409, true },
    { "voucher_not_yet_valid", 409, true },
    { "voucher_expired", 409, false },
    { "merchant_not_allowed", 403, false },
    { "category_not_allowed", 422, false },
    { "below_min_spend", 422, false },
    { "outside_hours", 409, true },
    { "not_stackable", 409, false },
    { "evidence_invalid", 422, false },
    { "vin_already_used", 409, false },
    { "invoice_already_used", 409, false },
    { "plate_already_used", 409, false },
    { "budget_conflict", 409, false },
    { "needs_second_person", 403, false },
    { "rate_limited", 429, true },
    { "unavailable", 503, true },
};

static void
test_order_of_the_contract(void **state)
{
    (void)state;
    enum verdict before = VERDICT_OK;
    for (size_t i = 0; i < COUNT_OF(contract); i++) {
        enum verdict v = verdict_by_code(text_of(contract[i].code));
        ROW_CHECK(contract[i].code, v < VERDICT_COUNT);
        ROW_CHECK(contract[i].code, v > before);
        ROW_CHECK(contract[i].code, verdict_status(v) == contract[i].status);
        ROW_CHECK(contract[i].code, verdict_retryable(v) == contract[i].retryable);
        before = v;
        row_passed();
    }
}

static void
test_numbers_and_codes_are_unique(void **state)
{
    (void)state;
    for (unsigned a = 0; a < VERDICT_COUNT; a++) {
        const char *code = verdict_code((enum verdict)a);
        for (unsigned other = 0; other < a; other++) {
            ROW_CHECK(code, verdict_number((enum verdict)a) != verdict_number((enum verdict)other));
            ROW_CHECK(code, strcmp(code, verdict_code((enum verdict)other)) != 0);
        }
        ROW_CHECK(code, verdict_number((enum verdict)a) >= 0);
        ROW_CHECK(code, verdict_number((enum verdict)a) < 64); /* a slot of the metrics */
        ROW_CHECK(code, strspn(code, "abcdefghijklmnopqrstuvwxyz_") == strlen(code));
        ROW_CHECK(code, verdict_by_code(text_of(code)) == (enum verdict)a);
        row_passed();
    }
}

/* Chinese has characters beyond ASCII; English has none; both end a sentence. */
static bool
words_are_chinese(const char *words)
{
    for (; *words != '\0'; words++) {
        if ((unsigned char)*words >= 0x80) return true;
    }
    return false;
}

static void
test_words_in_both_languages(void **state)
{
    (void)state;
    for (unsigned v = 0; v < VERDICT_COUNT; v++) {
        const char *code = verdict_code((enum verdict)v);
        struct verdict_words zh = verdict_words((enum verdict)v, LANGUAGE_ZH);
        struct verdict_words en = verdict_words((enum verdict)v, LANGUAGE_EN);
        ROW_CHECK(code, words_are_chinese(zh.title) && words_are_chinese(zh.help));
        ROW_CHECK(code, !words_are_chinese(en.title) && !words_are_chinese(en.help));
        ROW_CHECK(code, strlen(en.title) > 3 && strlen(en.help) > 10);
        ROW_CHECK(code, en.help[strlen(en.help) - 1] == '.');
        ROW_CHECK(code, strcmp(zh.help + strlen(zh.help) - 3, "。") == 0);
        for (unsigned other = 0; other < v; other++) {
            struct verdict_words not_zh = verdict_words((enum verdict)other, LANGUAGE_ZH);
            ROW_CHECK(code, strcmp(zh.title, not_zh.title) != 0);
        }
        row_passed();
    }
}

static void
test_statuses(void **state)
{
    (void)state;
    for (unsigned v = 0; v < VERDICT_COUNT; v++) {
        const char *code = verdict_code((enum verdict)v);
        int status = verdict_status((enum verdict)v);
        bool ok = v == VERDICT_OK;
        ROW_CHECK(code, ok ? status == 200 : status >= 400 && status <= 505);
        ROW_CHECK(code, (verdict_op_state((enum verdict)v) == OP_DONE) == ok);
        ROW_CHECK(code, (status != 429 && status != 503) || verdict_retryable((enum verdict)v));
        row_passed();
    }
}

static void
test_unknown_codes(void **state)
{
    (void)state;
    static const char *const codes[] = { "", "OK", "sold-out", "sold_out ", "sold", "sold_outs" };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        ROW_CHECK(codes[i], verdict_by_code(text_of(codes[i])) == VERDICT_COUNT);
        row_passed();
    }
}

static void
test_codec_statuses(void **state)
{
    (void)state;
    static const int statuses[] = { 400, 405, 408, 413, 414, 415, 417, 431, 501, 503, 505 };
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        enum verdict v = verdict_by_codec_status(statuses[i]);
        ROW_CHECK(verdict_code(v), verdict_status(v) == statuses[i]);
        row_passed();
    }
    assert_int_equal(verdict_by_codec_status(418), VERDICT_MALFORMED);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_the_contract),
        cmocka_unit_test(test_numbers_and_codes_are_unique),
        cmocka_unit_test(test_words_in_both_languages),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_unknown_codes),
        cmocka_unit_test(test_codec_statuses),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
