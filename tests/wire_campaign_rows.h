/* tests/wire_campaign_rows.h: what a campaign's definition may not be. For
 * tests/test_wire_campaign.c alone, after its texts. The formatter would not keep its columns. */
/* clang-format off */
static const struct bad_row {
    const char *name, *base, *find, *put, *pointer, *code;
    bool malformed;
} bad_rows[] = {
#define BAD(name, find, put, pointer, code) { name, example, find, put, pointer, code, true },
#define INV(name, find, put, pointer, code) { name, example, find, put, pointer, code, false },
#define SHOP(name, find, put, pointer, code) { name, shopping, find, put, pointer, code, false },
#define RATE(name, find, put, pointer, code) { name, percent, find, put, pointer, code, false },
    BAD("no name", "'name': '端午购车补贴', ", "", "/name", "missing")
    BAD("a name of null", "'端午购车补贴'", "null", "/name", "wrong_type")
    INV("an empty name", "'端午购车补贴'", "''", "/name", "too_short")
    BAD("a control character", "端午", "\\u0007", "/name", "bad_characters")
    BAD("no kind", "'kind': 'car', ", "", "/kind", "missing")
    BAD("an unknown kind", "'kind': 'car'", "'kind': 'bus'", "/kind", "unknown_word")
    BAD("a kind in capitals", "'kind': 'car'", "'kind': 'CAR'", "/kind", "unknown_word")
    BAD("no budget", "'budget_fen': 2000000000, ", "", "/budget_fen", "missing")
    BAD("money with a point", "2000000000", "2000000000.0", "/budget_fen", "not_an_integer")
    BAD("money with an e", "2000000000", "2e9", "/budget_fen", "not_an_integer")
    BAD("money as text", "2000000000", "'2000000000'", "/budget_fen", "wrong_type")
    INV("a budget of nothing", "2000000000", "0", "/budget_fen", "out_of_range")
    INV("a negative budget", "2000000000", "-1", "/budget_fen", "out_of_range")
    INV("a budget beyond all", "2000000000", "100000000000001", "/budget_fen", "out_of_range")
    INV("pools above the budget", "2000000000", "119999999", "/pools", "over_budget")
    INV("an unknown zone", "Asia/Shanghai", "Asia/Nowhere", "/timezone", "unknown_timezone")
    BAD("a zone of null", "'Asia/Shanghai'", "null", "/timezone", "wrong_type")
    BAD("an unknown issuing", "'rush'", "'auction'", "/issuing", "unknown_word")
    INV("a lottery", "'rush'", "'draw'", "/issuing", "not_allowed_here")
#define ELIG(text) "'eligibility': " text ", 'issuing'"
    BAD("eligibility as a text", "'issuing'", ELIG("'roll'"), "/eligibility", "wrong_type")
    BAD("no word about the roll", "'issuing'", ELIG("{}"), "/eligibility/roll", "missing")
    BAD("a roll as a number", "'issuing'", ELIG("{'roll': 1}"), "/eligibility/roll", "wrong_type")
    INV("an empty group", "'issuing'", ELIG("{'roll': true, 'groups': ['']}"),
        "/eligibility/groups/0", "too_short")
    INV("cells, no roll", "'issuing'", ELIG("{'roll': false, 'grid_cells': ['a']}"),
        "/eligibility/grid_cells", "not_allowed_here")
    BAD("an unknown member", "'issuing'", "'hurry'", "/hurry", "unknown_member")
    BAD("a claim window of null", "'claim_window': {'from': '2026-06-19T10:00:00+08:00', "
        "'to': '2026-06-22T00:00:00+08:00'}", "'claim_window': null", "/claim_window", "wrong_type")
    BAD("a window without end", ", 'to': '2026-06-22T00:00:00+08:00'", "", "/claim_window/to",
        "missing")
    INV("a window reversed", "2026-06-22T00", "2026-06-18T00", "/claim_window/to",
        "window_reversed")
    INV("a window of nothing", "'to': '2026-06-22T00:00:00+08:00'",
        "'to': '2026-06-19T10:00:00+08:00'", "/claim_window/to", "window_reversed")
    INV("a day that is not", "2026-06-22T00", "2026-06-31T00", "/claim_window/to", "no_such_time")
    BAD("a time without zone", "2026-06-22T00:00:00+08:00", "2026-06-22T00:00:00",
        "/claim_window/to", "bad_time")
    BAD("a stranger in a window", "'to': '2026-06-22", "'x': 1, 'to': '2026-06-22",
        "/claim_window/x", "unknown_member")
    INV("use ends before claims begin", "'use_window': {'from': '2026-06-19T10:00:00+08:00', "
        "'to': '2026-07-01T00", "'use_window': {'from': '2026-06-01T10:00:00+08:00', "
        "'to': '2026-06-02T00", "/use_window", "window_reversed")
    INV("use beyond 2106", "2026-07-01T00:00:00+08:00", "2106-02-07T06:28:16Z", "/use_window",
        "out_of_range")
    INV("use before 1970", "'use_window': {'from': '2026-06-19",
        "'use_window': {'from': '1969-06-19", "/use_window", "out_of_range")
    INV("neither window nor days", "'use_window': {'from': '2026-06-19T10:00:00+08:00', "
        "'to': '2026-07-01T00:00:00+08:00'}", "'use_window': null", "/use_window", "needed_here")
    INV("no days", "'valid_days': null", "'valid_days': 0", "/valid_days", "out_of_range")
    INV("eleven years", "'valid_days': null", "'valid_days': 4000", "/valid_days", "out_of_range")
    INV("a limit of none", "'per_person_limit': 1", "'per_person_limit': 0", "/per_person_limit",
        "out_of_range")
    INV("a limit of many", "'per_person_limit': 1", "'per_person_limit': 61", "/per_person_limit",
        "out_of_range")
    BAD("pools that are none", "'pools': [", "'pools': {}, 'pool': [", "/pools", "wrong_type")
    BAD("a pool that is none", "'pools': [{", "'pools': [7, {", "/pools/0", "wrong_type")
    INV("a pool for nothing", "'value_fen': 300000", "'value_fen': 0", "/pools/0/value_fen",
        "out_of_range")
    INV("a face beyond its token", "'value_fen': 300000", "'value_fen': 4294967296",
        "/pools/0/value_fen", "out_of_range")
    INV("a pool of none", "'count': 400", "'count': 0", "/pools/0/count", "out_of_range")
    BAD("a count of null", "'count': 400", "'count': null", "/pools/0/count", "wrong_type")
    INV("a spend below nothing", "'min_spend_fen': 0", "'min_spend_fen': -1",
        "/pools/0/min_spend_fen", "out_of_range")
    BAD("an unknown energy", "'fuel', 'pack'", "'steam', 'pack'", "/pools/0/energy", "unknown_word")
    INV("a car tier as pack", "'pack': null", "'pack': [{'value_fen': 300000}]", "/pools/0/pack",
        "not_allowed_here")
    BAD("stackable as a word", "'stackable': false", "'stackable': 'no'", "/pools/0/stackable",
        "wrong_type")
    BAD("a pool id that is none", "'pools': [{", "'pools': [{'pool_id': 'pol_1', ",
        "/pools/0/pool_id", "bad_id")
    BAD("a place that is none", "'mode': 'list'", "'mode': 'some'", "/merchants/mode",
        "unknown_word")
    INV("a list of nobody", "['mch_01ARZ3NDEKTSV4RRFFQ69G5FAV']", "[]", "/merchants/ids",
        "needed_here")
    INV("no groups", "'mode': 'list'", "'mode': 'groups'", "/merchants/groups", "needed_here")
    BAD("an id of something else", "mch_01ARZ", "trm_01ARZ", "/merchants/ids/0", "bad_id")
    BAD("a category of no text", "['tobacco']", "[7]", "/categories/deny/0", "wrong_type")
    INV("a category of nothing", "['tobacco']", "['']", "/categories/deny/0", "too_short")
    BAD("a category of two lines", "['tobacco']", "['to\\nbacco']", "/categories/deny/0",
        "bad_characters")
    INV("hour 25", "18:00", "25:00", "/daily_hours/0/from", "no_such_time")
    BAD("an hour without minutes", "18:00", "18", "/daily_hours/0/from", "bad_time")
    BAD("hours without end", ", 'to': '02:00'", "", "/daily_hours/0/to", "missing")
    BAD("an unknown policy", "'restore'", "'keep'", "/refund_policy", "unknown_word")
    BAD("an unknown presentation", "'static'", "'paper'", "/presentation", "unknown_word")
    BAD("an unknown assurance", "'issuing'", "'assurance': 'none', 'issuing'", "/assurance",
        "unknown_word")
    INV("no claims at all", "'claims_per_s': 20000", "'claims_per_s': 0", "/limits/claims_per_s",
        "out_of_range")
    BAD("an unknown limit", "'claims_per_s'", "'claims_per_h'", "/limits/claims_per_h",
        "unknown_member")
    BAD("a car without car", ", 'car': {", ", 'x': {", "/car", "missing")
    BAD("an unknown payout", "'pos_deduct'", "'gold'", "/car/payout", "unknown_word")
    BAD("no rate", "'rate': {", "'x': {", "/car/rate", "missing")
    BAD("an unknown rate", "'fixed_bands'", "'free'", "/car/rate/type", "unknown_word")
    INV("no bands", "[{'from_fen': 5000000, 'to_fen': 15000000, 'fuel_fen': 300000, "
        "'nev_fen': 400000}]", "[]", "/car/rate/bands", "too_few")
    BAD("no invoice window", "'invoice_window'", "'y'", "/car/invoice_window", "missing")
    INV("evidence at once", "'evidence_due_hours': 72", "'evidence_due_hours': 0",
        "/car/evidence_due_hours", "out_of_range")
    SHOP("two pools of one name", "'name': 'q'", "'name': 'p'", "/pools/1/name", "repeated")
    SHOP("two pools of one id", "{'name': 'p', 'value_fen': 5000, 'count': 10, 'pack': ["
         "{'value_fen': 2000, 'min_spend_fen': 2001, 'count': 2}, {'value_fen': 1000}]}, {'name'",
         "{'pool_id': 'pol_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'name': 'p', 'value_fen': 5, 'count': 1}, "
         "{'pool_id': 'pol_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'name'", "/pools/1/pool_id", "repeated")
    SHOP("a pack of less", "'count': 2}", "'count': 1}", "/pools/0/pack", "sum_mismatch")
    SHOP("a pack of more", "{'value_fen': 1000}", "{'value_fen': 1001}", "/pools/0/pack",
         "sum_mismatch")
    SHOP("a pack of nothing", "[{'value_fen': 2000, 'min_spend_fen': 2001, 'count': 2}, "
         "{'value_fen': 1000}]", "[]", "/pools/0/pack", "too_few")
    SHOP("a pack of too many", "'count': 2}", "'count': 17}", "/pools/0/pack/0/count",
         "out_of_range")
    SHOP("too many of a pack together", "{'value_fen': 2000, 'min_spend_fen': 2001, 'count': 2}, "
         "{'value_fen': 1000}", "{'value_fen': 250, 'count': 16}, {'value_fen': 1000}",
         "/pools/0/pack", "too_many")
    SHOP("one fen above the budget", "1000000", "59999", "/pools", "over_budget")
    SHOP("energy of a meal", "'stackable': true", "'energy': 'nev'", "/pools/1/energy",
         "not_allowed_here")
    { "a car in a shop", shopping, "'issuing'", "'car': {}, 'issuing'", "/car", "not_allowed_here",
      true },
    SHOP("days beyond 2106", "'to': '2026-06-22", "'to': '2106-02-03", "/claim_window",
         "out_of_range")
    SHOP("a reward for shopping", "'issuing'", "'reward': {'campaign_id': "
         "'cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'pool_id': 'pol_01ARZ3NDEKTSV4RRFFQ69G5FAV'}, "
         "'issuing'", "/reward", "not_allowed_here")
    RATE("more than the whole", "'bp': 600", "'bp': 10001", "/car/rate/fuel/bp", "out_of_range")
    RATE("a cap below nothing", "'cap_fen': 1300000", "'cap_fen': -1", "/car/rate/fuel/cap_fen",
         "out_of_range")
    RATE("a plate window reversed", "2027-02-01", "2025-02-01", "/car/plate_window/to",
         "window_reversed")
#undef BAD
#undef INV
#undef SHOP
#undef RATE
};
/* clang-format on */
