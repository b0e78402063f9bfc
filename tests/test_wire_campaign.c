/* tests/test_wire_campaign.c: a campaign's definition, read and written. Bad rows are the
 * contract's example with one place changed. Text is JSON with ' for ". */
#include "tests/rows.h"
#include "voucher/wire/campaign.h"

#define JSON_MAX 16384

/* The contract's own example; its elisions filled in. */
static const char example[] =
    "{'name': '端午购车补贴', 'kind': 'car', 'budget_fen': 2000000000, "
    "'timezone': 'Asia/Shanghai', 'issuing': 'rush', "
    "'claim_window': {'from': '2026-06-19T10:00:00+08:00', 'to': '2026-06-22T00:00:00+08:00'}, "
    "'use_window': {'from': '2026-06-19T10:00:00+08:00', 'to': '2026-07-01T00:00:00+08:00'}, "
    "'valid_days': null, 'per_person_limit': 1, "
    "'pools': [{'name': '燃油 3000', 'value_fen': 300000, 'count': 400, 'min_spend_fen': 0, "
    "'energy': 'fuel', 'pack': null, 'stackable': false}], "
    "'merchants': {'mode': 'list', 'ids': ['mch_01ARZ3NDEKTSV4RRFFQ69G5FAV']}, "
    "'categories': {'allow': [], 'deny': ['tobacco']}, "
    "'daily_hours': [{'from': '18:00', 'to': '02:00'}], "
    "'refund_policy': 'restore', 'presentation': 'static', "
    "'limits': {'claims_per_s': 20000, 'per_resident_per_min': 6}, "
    "'car': {'payout': 'pos_deduct', 'rate': {'type': 'fixed_bands', 'bands': ["
    "{'from_fen': 5000000, 'to_fen': 15000000, 'fuel_fen': 300000, 'nev_fen': 400000}]}, "
    "'invoice_window': {'from': '2026-06-19T00:00:00+08:00', 'to': '2026-06-23T00:00:00+08:00'}, "
    "'plate_window': null, 'evidence_due_hours': 72}}";

static const char shopping[] =
    "{'name': '醉美·夜惠济', 'kind': 'shopping', 'budget_fen': 1000000, "
    "'claim_window': {'from': '2026-06-19T10:00:00+08:00', 'to': '2026-06-22T00:00:00+08:00'}, "
    "'valid_days': 7, 'pools': [{'name': 'p', 'value_fen': 5000, 'count': 10, 'pack': ["
    "{'value_fen': 2000, 'min_spend_fen': 2001, 'count': 2}, {'value_fen': 1000}]}, "
    "{'name': 'q', 'value_fen': 1000, 'count': 10, 'stackable': true}], "
    "'merchants': {'mode': 'groups', 'groups': ['夜市', 'mall']}, 'daily_hours': null, "
    "'assurance': 'otp', 'refund_policy': 'return', 'presentation': 'rotating', "
    "'issuing': 'reward'}";

static const char percent[] =
    "{'name': 'p', 'kind': 'car', 'budget_fen': 90000000, 'issuing': 'grant', "
    "'claim_window': {'from': '2026-01-01T00:00:00Z', 'to': '2026-12-31T16:00:00Z'}, "
    "'use_window': {'from': '2026-01-01T00:00:00+08:00', 'to': '2027-01-01T00:00:00+08:00'}, "
    "'valid_days': 30, 'pools': [{'name': 'any', 'value_fen': 1500000, 'count': 60}], "
    "'categories': null, 'reward': {'campaign_id': 'cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV', "
    "'pool_id': 'pol_01ARZ3NDEKTSV4RRFFQ69G5FAV'}, "
    "'car': {'rate': {'type': 'percent_capped', 'fuel': {'bp': 600, 'cap_fen': 1300000}, "
    "'nev': {'bp': 800, 'cap_fen': 1500000}}, "
    "'invoice_window': {'from': '2026-01-01T00:00:00+08:00', 'to': '2027-01-01T00:00:00+08:00'}, "
    "'plate_window': {'from': '2026-01-01T00:00:00+08:00', 'to': '2027-02-01T00:00:00+08:00'}}}";

/* Reads; the rules stay NULL when there was a fault. */
static struct campaign_rules *
read_text(const char *quoted, struct faults *faults)
{
    static char json[JSON_MAX];
    struct json_document *document = NULL;
    struct json_reader reader;
    struct campaign_rules *rules = NULL;
    size_t size = strlen(quoted);
    *faults = (struct faults){ 0 };
    assert_true(size < sizeof json);
    for (size_t i = 0; i < size; i++) {
        json[i] = quoted[i] == '\'' ? '"' : quoted[i];
    }
    assert_int_equal(json_document_open(&document, (struct text){ json, size }, JSON_TOP_OBJECT),
                     FAULT_NONE);
    assert_true(json_reader_start(&reader, document, faults));
    assert_int_equal(wire_campaign_read(&reader, &rules), FAULT_NONE);
    json_reader_finish(&reader);
    json_document_close(document);
    if (faults_verdict(faults) == VERDICT_OK) return rules;
    campaign_rules_free(rules);
    return NULL;
}

static size_t
write_text(const struct campaign_rules *rules, char out[JSON_MAX])
{
    struct json_writer w;
    json_writer_fix(&w, out, JSON_MAX);
    json_write_begin_object(&w);
    wire_campaign_write(&w, rules);
    json_write_end_object(&w);
    assert_true(json_writer_text(&w).size > 0);
    return json_writer_text(&w).size;
}

static void
test_example(void **state)
{
    (void)state;
    struct faults faults;
    struct campaign_rules *r = read_text(example, &faults);
    assert_non_null(r);
    assert_int_equal(faults.count, 0);
    assert_string_equal(r->name, "端午购车补贴");
    assert_int_equal(r->kind, CAMPAIGN_CAR);
    assert_int_equal(r->budget_fen, 2000000000);
    assert_int_equal(r->offset_s, 28800);
    assert_int_equal(r->claim_window.from_s, 1781834400);
    assert_int_equal(r->use_window.to_s, 1782835200);
    assert_int_equal(r->valid_days, 0);
    assert_int_equal(r->pool_count, 1);
    assert_int_equal(r->pools[0].count, 400);
    assert_true(r->pools[0].energy_named && r->pools[0].energy == CAR_FUEL);
    assert_int_equal(r->merchant_count, 1);
    assert_int_equal(r->allow_count, 0);
    assert_string_equal(r->deny[0].text, "tobacco");
    assert_int_equal(r->hours[0].from_min, 1080);
    assert_int_equal(r->hours[0].to_min, 120);
    assert_int_equal(r->assurance, ASSURANCE_ISSUER);
    assert_int_equal(r->car.rate.bands[0].nev_fen, 400000);
    assert_false(r->car.plate_window_named);
    assert_false(r->reward_named);
    campaign_rules_free(r);
    row_passed();
}

static void
test_defaults(void **state)
{
    (void)state;
    struct faults faults;
    struct campaign_rules *r = read_text(shopping, &faults);
    assert_non_null(r);
    assert_string_equal(r->timezone, "Asia/Shanghai");
    assert_int_equal(r->per_person_limit, 1);
    assert_int_equal(r->claims_per_s, 20000);
    assert_int_equal(r->per_resident_per_min, 6);
    assert_int_equal(r->pools[0].pieces[1].count, 1);
    assert_int_equal(r->pools[0].piece_count, 2);
    assert_int_equal(r->hours_count, 0);
    assert_int_equal(r->group_count, 2);
    campaign_rules_free(r);
    row_passed();
}

/* Nothing gets lost on the way: all but the lists byte for byte. */
static void
rules_compare(const struct campaign_rules *rules, const struct campaign_rules *again)
{
    struct campaign_rules *copies = calloc(2, sizeof *copies);
    assert_non_null(copies);
    memcpy(&copies[0], rules, sizeof *rules);
    memcpy(&copies[1], again, sizeof *again);
    for (size_t i = 0; i < 2; i++) {
        copies[i].merchants = NULL;
        copies[i].groups = copies[i].allow = copies[i].deny = NULL;
    }
    assert_memory_equal(&copies[0], &copies[1], sizeof copies[0]);
    free(copies);
}

/* Write → parse → write gives the same bytes: what is stored is canonical. */
static void
test_written_form_is_canonical(void **state)
{
    (void)state;
    static const char *const definitions[] = { example, shopping, percent };
    static char first[JSON_MAX], second[JSON_MAX];
    for (size_t i = 0; i < COUNT_OF(definitions); i++) {
        struct faults faults;
        struct campaign_rules *again = NULL;
        struct campaign_rules *rules = read_text(definitions[i], &faults);
        assert_non_null(rules);
        for (size_t p = 0; p < rules->pool_count; p++) {
            rules->pools[p].id.bytes[3] = (uint8_t)(p + 1); /* the clerk names them */
        }
        size_t size = write_text(rules, first);
        assert_int_equal(wire_campaign_parse((struct text){ first, size }, &again), FAULT_NONE);
        assert_int_equal(write_text(again, second), size);
        assert_memory_equal(first, second, size);
        rules_compare(rules, again);
        campaign_rules_free(rules);
        campaign_rules_free(again);
        row_passed();
    }
}

static void
test_corrupt_definitions(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "{}", "[]", "null", "{\"name\":\"n\"}", "{\"name\":" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct campaign_rules *rules = NULL;
        ROW_CHECK(texts[i], wire_campaign_parse(text_of(texts[i]), &rules) == FAULT_CORRUPT);
        ROW_CHECK(texts[i], rules == NULL);
        row_passed();
    }
}

/* What a GET adds may come back. */
static void
test_what_get_shows(void **state)
{
    (void)state;
    static char json[JSON_MAX];
    struct faults faults;
    (void)snprintf(json, sizeof json,
                   "{'campaign_id': 'cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'number': 1, "
                   "'state': 'draft', 'rule_version': 1, 'pending': {'x': 1}, "
                   "'created_at': '2026-01-01T00:00:00Z', 'funded_fen': 5, %s",
                   example + 1);
    struct campaign_rules *rules = read_text(json, &faults);
    assert_non_null(rules);
    campaign_rules_free(rules);
    row_passed();
}

#include "tests/wire_campaign_rows.h"

/* One place of a sound text is changed. */
static void
bad_row_check(const struct bad_row *row)
{
    static char json[JSON_MAX];
    struct faults faults;
    const char *at = strstr(row->base, row->find);
    ROW_CHECK(row->name, at != NULL);
    (void)snprintf(json, sizeof json, "%.*s%s%s", (int)(at - row->base), row->base, row->put,
                   at + strlen(row->find));
    struct campaign_rules *rules = read_text(json, &faults);
    ROW_CHECK(row->name, rules == NULL);
    bool found = false;
    for (size_t i = 0; i < faults.count; i++) {
        found = found || (strcmp(faults.rows[i].pointer.text, row->pointer) == 0 &&
                          strcmp(flaw_code(faults.rows[i].flaw), row->code) == 0);
    }
    if (!found) {
        fail_msg("row \"%s\": %s %s", row->name, faults.rows[0].pointer.text,
                 flaw_code(faults.rows[0].flaw));
    }
    ROW_CHECK(row->name,
              faults_verdict(&faults) == (row->malformed ? VERDICT_MALFORMED : VERDICT_INVALID));
}

static void
test_bad_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_rows); i++) {
        bad_row_check(&bad_rows[i]);
        row_passed();
    }
}

static void
test_all_faults_at_once(void **state)
{
    (void)state;
    struct faults faults;
    assert_null(
        read_text("{'name': '', 'kind': 'x', 'budget_fen': 0, 'pools': [{}], 'y': 1}", &faults));
    assert_true(faults.count >= 9);
    assert_int_equal(faults_verdict(&faults), VERDICT_MALFORMED);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_written_form_is_canonical),
        cmocka_unit_test(test_corrupt_definitions),
        cmocka_unit_test(test_what_get_shows),
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_all_faults_at_once),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
