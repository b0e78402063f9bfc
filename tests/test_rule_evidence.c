/* tests/test_rule_evidence.c: cars: whose, when, which, for how much; all faults at once. A zeroed
 * row is granted: fuel 300000 of a voucher of 400000 for an invoice of 60000 yuan on a day within
 * [1000, 2000) of Urumqi. */
#include "tests/rows.h"
#include "voucher/civil.h"
#include "voucher/rules/redeem.h"

#define BIT(fault) (1u << EVIDENCE_FAULT_##fault)
#define NOT(code) .want = VERDICT_##code

struct row {
    const char *name;
    bool absent, hold, shop, other_buyer, other_name, name_unknown, nev, any_energy, percent;
    bool from_ten; /* the window begins and ends at ten in the morning */
    bool vin_used, invoice_used, plate_used, order_taken;
    unsigned flawed; /* by the worker already */
    int64_t day, invoice_fen, amount_fen; /* 0: 1500, 6000000, 9000000 */
    enum verdict want;
    unsigned faults;
    int64_t value_fen; /* 0: 300000 */
};

static const struct row rows[] = {
    { .name = "granted" },
    { "the first day", .day = 1000 },
    { "the last day", .day = 1999 },
    { "the first day, from ten", .day = 1000, .from_ten = true },
    { "the last day, until ten", .day = 2000, .from_ten = true },
    { "a name that nobody knows", .name_unknown = true, .other_name = true },
    { "the lowest band's first fen", .invoice_fen = 5000000 },
    { "the lowest band's last fen", .invoice_fen = 14999999 },
    { "the next band, at most the face", .invoice_fen = 15000000, .value_fen = 400000 },
    { "nev of any energy", .nev = true, .any_energy = true, .value_fen = 400000 },
    { "six percent, floored", .percent = true, .invoice_fen = 5000017, .value_fen = 300001 },
    { "six percent, capped", .percent = true, .invoice_fen = 60000000, .value_fen = 390000 },
    { "a hold without evidence", .absent = true, .hold = true, .value_fen = 400000 },
    { "an order below the face", .amount_fen = 1 },

    { "not a dealer", .shop = true, NOT(MERCHANT_NOT_ALLOWED) },
    { "not a dealer, no evidence", .shop = true, .absent = true, NOT(MERCHANT_NOT_ALLOWED) },
    { "one fen below the bands", .invoice_fen = 4999999, NOT(BELOW_MIN_SPEND) },
    { "below the bands outranks faults", .invoice_fen = 4999999, .other_buyer = true,
      NOT(BELOW_MIN_SPEND) },
    { "below the bands outranks used", .invoice_fen = 1, .vin_used = true, NOT(BELOW_MIN_SPEND) },
    { "below the bands at a hold", .invoice_fen = 1, .hold = true, NOT(BELOW_MIN_SPEND) },
    { "a percent of too little", .percent = true, .invoice_fen = 16, NOT(BELOW_MIN_SPEND) },
    { "an order that is taken", .order_taken = true, .absent = true, NOT(NOT_STACKABLE) },
    { "no evidence", .absent = true, NOT(EVIDENCE_INVALID), .faults = BIT(MISSING) },
    { "another buyer", .other_buyer = true, NOT(EVIDENCE_INVALID), .faults = BIT(BUYER_OTHER) },
    { "another name", .other_name = true, NOT(EVIDENCE_INVALID), .faults = BIT(BUYER_NAME) },
    { "another energy", .nev = true, NOT(EVIDENCE_INVALID), .faults = BIT(ENERGY_OTHER) },
    { "a day early", .day = 999, NOT(EVIDENCE_INVALID), .faults = BIT(INVOICE_WINDOW) },
    { "a day early, from ten", .day = 999, .from_ten = true, NOT(EVIDENCE_INVALID),
      .faults = BIT(INVOICE_WINDOW) },
    { "a day late, until ten", .day = 2001, .from_ten = true, NOT(EVIDENCE_INVALID),
      .faults = BIT(INVOICE_WINDOW) },
    { "a day late", .day = 2000, NOT(EVIDENCE_INVALID), .faults = BIT(INVOICE_WINDOW) },
    { "an unreadable date has no window", .day = 5, .flawed = BIT(INVOICE_DATE),
      NOT(EVIDENCE_INVALID), .faults = BIT(INVOICE_DATE) },
    { "an unreadable ID is nobody's", .other_buyer = true, .flawed = BIT(ID_CHECK),
      NOT(EVIDENCE_INVALID), .faults = BIT(ID_CHECK) },
    { "an ID of no shape likewise", .other_buyer = true, .flawed = BIT(ID_SHAPE),
      NOT(EVIDENCE_INVALID), .faults = BIT(ID_SHAPE) },
    { "an unreadable amount has no band", .invoice_fen = 1, .flawed = BIT(INVOICE_AMOUNT),
      NOT(EVIDENCE_INVALID), .faults = BIT(INVOICE_AMOUNT) },
    { "a bad VIN at a hold", .hold = true, .flawed = BIT(VIN_CHECK), NOT(EVIDENCE_INVALID),
      .faults = BIT(VIN_CHECK) },
    { "all at once", .other_buyer = true, .other_name = true, .nev = true, .day = 2000,
      .flawed = BIT(VIN_SHAPE) | BIT(PLATE_ENERGY) | BIT(INVOICE_NUMBER), NOT(EVIDENCE_INVALID),
      .faults = BIT(VIN_SHAPE) | BIT(PLATE_ENERGY) | BIT(INVOICE_NUMBER) | BIT(BUYER_OTHER) |
                BIT(BUYER_NAME) | BIT(ENERGY_OTHER) | BIT(INVOICE_WINDOW) },
    { "faults outrank used", .other_name = true, .vin_used = true, NOT(EVIDENCE_INVALID),
      .faults = BIT(BUYER_NAME) },
    { "a used VIN", .vin_used = true, NOT(VIN_ALREADY_USED) },
    { "a used VIN at a hold", .hold = true, .vin_used = true, NOT(VIN_ALREADY_USED) },
    { "VIN outranks invoice", .vin_used = true, .invoice_used = true, NOT(VIN_ALREADY_USED) },
    { "VIN outranks plate", .vin_used = true, .plate_used = true, NOT(VIN_ALREADY_USED) },
    { "a used invoice", .invoice_used = true, NOT(INVOICE_ALREADY_USED) },
    { "invoice outranks plate", .invoice_used = true, .plate_used = true,
      NOT(INVOICE_ALREADY_USED) },
    { "a used plate", .plate_used = true, NOT(PLATE_ALREADY_USED) },
};

static int64_t
or_else(int64_t value, int64_t otherwise)
{
    return value == 0 ? otherwise : value;
}

static void
rules_of_row(const struct row *row, struct campaign_rules *rules)
{
    memset(rules, 0, sizeof *rules);
    rules->kind = CAMPAIGN_CAR;
    rules->offset_s = 6 * 3600;
    const int32_t begins_s = row->from_ten ? 10 * 3600 : 0;
    rules->car.invoice_window =
        (struct window){ civil_day_begins_at(1000, rules->offset_s) + begins_s,
                         civil_day_begins_at(2000, rules->offset_s) + begins_s };
    rules->car.rate.type = row->percent ? CAR_RATE_PERCENT_CAPPED : CAR_RATE_FIXED_BANDS;
    rules->car.rate.fuel = (struct car_share){ 600, 390000 };
    rules->car.rate.nev = (struct car_share){ 800, 390000 };
    rules->car.rate.band_count = 2;
    rules->car.rate.bands[0] = (struct car_band){ 5000000, 15000000, 300000, 400000 };
    rules->car.rate.bands[1] = (struct car_band){ 15000000, 0, 500000, 600000 };
}

static struct evidence
evidence_of_row(const struct row *row)
{
    return (struct evidence){ .present = !row->absent,
                              .faults = row->flawed,
                              .buyer = { { row->other_buyer ? 2 : 1 } },
                              .buyer_name = { { row->other_name ? 4 : 3 } },
                              .energy = row->nev ? CAR_NEV : CAR_FUEL,
                              .invoice_day = or_else(row->day, 1500),
                              .invoice_amount_fen = or_else(row->invoice_fen, 6000000) };
}

static void
row_check(const struct row *row, struct campaign_rules *rules)
{
    struct pool_rules pool = { .value_fen = 400000, .energy_named = !row->any_energy };
    struct voucher_row voucher = { .state = VOUCHER_LIVE, .value_fen = 400000, .valid_to_s = 9 };
    struct merchant_row merchant = { .kind = row->shop ? MERCHANT_SHOP : MERCHANT_CAR_DEALER };
    struct order order = { .amount_fen = or_else(row->amount_fen, 9000000) };
    struct evidence evidence = evidence_of_row(row);
    struct redeem_finding finding;
    rules_of_row(row, rules);
    struct redeem_facts facts = { .rules = rules,
                                  .pool = &pool,
                                  .voucher = &voucher,
                                  .merchant = &merchant,
                                  .order = &order,
                                  .evidence = &evidence,
                                  .hold = row->hold,
                                  .order_taken = row->order_taken,
                                  .claimant = { { 1 } },
                                  .vin_used = row->vin_used,
                                  .invoice_used = row->invoice_used,
                                  .plate_used = row->plate_used };
    if (!row->name_unknown) facts.claimant_name.bytes[0] = 3;
    enum verdict got = rule_redeem(&facts, 5, &finding);
    if (got != row->want) fail_msg("row \"%s\": %s", row->name, verdict_code(got));
    ROW_CHECK(row->name, finding.evidence_faults == row->faults);
    int64_t want_fen = got == VERDICT_OK ? or_else(row->value_fen, 300000) : 0;
    ROW_CHECK(row->name, finding.value_fen == want_fen);
}

static void
test_rows(void **state)
{
    (void)state;
    struct campaign_rules *rules = calloc(1, sizeof *rules);
    assert_non_null(rules);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        row_check(&rows[i], rules);
        row_passed();
    }
    free(rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
