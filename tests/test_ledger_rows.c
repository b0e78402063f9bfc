/* tests/test_ledger_rows.c: every row that can be stored comes back as it was, within the batch and
 * after it, and what was never stored is not there. */
#include "tests/ledger_spend.h"

/* Rows with every member set, and no two alike. */
static void
fill_text(char *out, size_t size, char letter)
{
    memset(out, letter, size - 1);
    out[size - 1] = '\0';
}

static void
make_merchant(struct merchant_row *out)
{
    memset(out, 0, sizeof *out);
    out->id = kit_id(2, 7);
    fill_text(out->name, sizeof out->name, 'n');
    fill_text(out->uscc, sizeof out->uscc, 'U');
    out->kind = MERCHANT_CAR_DEALER;
    out->group_count = MERCHANT_GROUPS_MAX;
    for (size_t i = 0; i < MERCHANT_GROUPS_MAX; i++) {
        fill_text(out->groups[i].text, sizeof out->groups[i].text - i, (char)('a' + i));
    }
    out->created_at_s = KIT_NOW_S;
}

static void
make_terminal(struct terminal_row *out)
{
    memset(out, 0, sizeof *out);
    out->id = kit_id(3, 7);
    out->merchant = kit_id(2, 7);
    fill_text(out->outlet, sizeof out->outlet, 'o');
    out->state = TERMINAL_ACTIVE;
    out->algorithm = TERMINAL_HMAC_SHA256;
    memset(out->public_key, 0xfe, sizeof out->public_key);
    out->enrollment_expires_at_s = KIT_NOW_S + 86400;
    out->requests_per_min = 77;
    out->created_at_s = KIT_NOW_S;
}

static void
make_redemption(struct redemption_row *out, const struct voucher_row *v)
{
    memset(out, 0, sizeof *out);
    out->id = kit_id(8, 900);
    out->terminal = kit_id(3, 7);
    out->merchant = kit_id(2, 7);
    fill_text(out->out_request_no, sizeof out->out_request_no, 'r');
    out->fingerprint = kit_digest(0x41);
    fill_text(out->key, sizeof out->key, 'k');
    out->voucher = v->id;
    out->campaign = v->campaign;
    out->pool = v->pool;
    out->rule_version = 1;
    out->state = REDEMPTION_HELD;
    out->imported_vin_warning = true;
    fill_text(out->order_no, sizeof out->order_no, 'O');
    out->order_amount_fen = INT64_C(1) << 40;
    out->value_fen = v->value_fen;
    out->redeemed_at_s = KIT_NOW_S;
    out->hold_expires_at_s = KIT_NOW_S + 900;
    out->vin = kit_digest(0x42);
    out->invoice = kit_digest(0x43);
    out->plate = kit_digest(0x44);
    out->reward_claim = kit_id(6, 901);
}

/* Compares what the ledger's view and a view of committed rows answer with what was stored. */
#define SAME_ROW(name, want, get)                                 \
    do {                                                          \
        _Alignas(max_align_t) uint8_t got_[sizeof(want)];         \
        memset(got_, 0xaa, sizeof got_);                          \
        ROW_CHECK(name, get);                                     \
        ROW_CHECK(name, memcmp(got_, &(want), sizeof got_) == 0); \
        row_passed();                                             \
    } while (0)

static bool
all_zero(const void *at, size_t size)
{
    const uint8_t *bytes = at;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) return false;
    }
    return true;
}

#define NO_ROW(name, type, get)                           \
    do {                                                  \
        _Alignas(max_align_t) uint8_t got_[sizeof(type)]; \
        memset(got_, 0xaa, sizeof got_);                  \
        ROW_CHECK(name, !(get));                          \
        ROW_CHECK(name, all_zero(got_, sizeof got_));     \
        row_passed();                                     \
    } while (0)
#define GOT(type) ((struct type *)(void *)got_)

static void
check_people(struct view *v)
{
    struct merchant_row merchant;
    struct terminal_row terminal;
    make_merchant(&merchant);
    make_terminal(&terminal);
    SAME_ROW("merchant", merchant, view_merchant(v, &merchant.id, GOT(merchant_row)));
    SAME_ROW("merchant by code", merchant,
             view_merchant_by_uscc(v, text_of(merchant.uscc), GOT(merchant_row)));
    SAME_ROW("terminal", terminal, view_terminal(v, &terminal.id, GOT(terminal_row)));
}

struct people {
    struct admin_row admin;
    struct resident_row resident;
    struct otp_row otp;
};

static void
make_people(struct people *p)
{
    memset(p, 0, sizeof *p);
    p->admin.id = kit_id(9, 1);
    fill_text(p->admin.name, sizeof p->admin.name, 'A');
    p->admin.roles = ROLES_ALL;
    p->admin.token = kit_digest(0x55);
    p->admin.active = true;
    p->admin.created_at_s = KIT_NOW_S;
    p->resident.id = kit_id(5, 1);
    p->resident.name = kit_digest(0x66);
    p->resident.sealed_size = RESIDENT_SEALED_MAX;
    memset(p->resident.sealed, 0x67, sizeof p->resident.sealed);
    p->resident.seen_at_s = KIT_NOW_S;
    p->otp = (struct otp_row){ kit_digest(0x77), kit_digest(0x78), KIT_NOW_S, 5 };
}

static void
store_people(struct kit *k, struct people *p)
{
    kit_store(k, (struct effect){ .kind = EFFECT_ADMIN, .admin = &p->admin });
    kit_store(k, (struct effect){ .kind = EFFECT_RESIDENT, .resident = &p->resident });
    kit_store(k, (struct effect){ .kind = EFFECT_OTP, .otp = &p->otp });
}

static void
check_persons(struct view *v, struct people *p)
{
    SAME_ROW("admin", p->admin, view_admin(v, &p->admin.id, GOT(admin_row)));
    SAME_ROW("admin by token", p->admin, view_admin_by_token(v, &p->admin.token, GOT(admin_row)));
    SAME_ROW("resident", p->resident, view_resident(v, &p->resident.id, GOT(resident_row)));
    SAME_ROW("otp", p->otp, view_otp(v, &p->otp.mobile, GOT(otp_row)));
}

static void
test_people_come_back(void **state)
{
    struct kit k;
    struct view *v;
    struct people p;
    struct merchant_row merchant;
    struct terminal_row terminal;
    (void)state;
    make_merchant(&merchant);
    make_terminal(&terminal);
    make_people(&p);
    kit_make_dir(&k);
    kit_open(&k);
    KIT_BATCH(&k)
    {
        kit_store(&k, (struct effect){ .kind = EFFECT_MERCHANT, .merchant = &merchant });
        kit_store(&k, (struct effect){ .kind = EFFECT_TERMINAL, .terminal = &terminal });
        store_people(&k, &p);
        check_people(k.view);
        check_persons(k.view, &p);
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    check_people(v);
    check_persons(v, &p);

    p.admin.active = false;
    p.admin.roles = ROLE_AUDITOR;
    p.admin.token = kit_digest(0x56);
    p.resident.sealed_size = 10;
    memset(p.resident.sealed + 10, 0, sizeof p.resident.sealed - 10);
    p.otp.code = kit_digest(0x79);
    p.otp.tries_left = 0;
    terminal.state = TERMINAL_REVOKED;
    terminal.requests_per_min = 5;
    KIT_BATCH(&k)
    {
        store_people(&k, &p);
        kit_store(&k, (struct effect){ .kind = EFFECT_TERMINAL, .terminal = &terminal });
    }
    check_persons(v, &p);
    SAME_ROW("terminal replaced", terminal, view_terminal(v, &terminal.id, GOT(terminal_row)));
    assert_int_equal(view_fault(v), FAULT_NONE);
    view_close(v);
    kit_end(&k);
}

static void
check_vouchers(struct view *v, const struct claim_row *claim, const struct redemption_row *r)
{
    struct voucher_row voucher, by_number;
    struct evidence_row evidence;
    memset(&evidence, 0, sizeof evidence);
    evidence.kind = EVIDENCE_VIN;
    evidence.digest = r->vin;
    evidence.redemption = r->id;
    SAME_ROW("claim", *claim, view_claim(v, &claim->id, GOT(claim_row)));
    SAME_ROW("claim by key", *claim,
             view_claim_by_key(v, &claim->resident, text_of(claim->key), GOT(claim_row)));
    ROW_CHECK("number", view_voucher_by_number(v, claim->first_number, &by_number));
    ROW_CHECK("number", view_voucher(v, &by_number.id, &voucher));
    ROW_CHECK("both ways", memcmp(&voucher, &by_number, sizeof voucher) == 0);
    ROW_CHECK("of its claim", uuid_equal(&voucher.claim, &claim->id) &&
                                  uuid_equal(&voucher.pool, &claim->pool) &&
                                  uuid_equal(&voucher.campaign, &claim->campaign) &&
                                  voucher.valid_from_s == claim->valid_from_s &&
                                  voucher.valid_to_s == claim->valid_to_s);
    SAME_ROW("redemption", *r, view_redemption(v, &r->id, GOT(redemption_row)));
    SAME_ROW("redemption by request", *r,
             view_redemption_by_request(v, &r->terminal, text_of(r->out_request_no),
                                        GOT(redemption_row)));
    SAME_ROW("redemption of voucher", *r,
             view_redemption_of_voucher(v, &r->voucher, GOT(redemption_row)));
    SAME_ROW("evidence", evidence, view_evidence(v, EVIDENCE_VIN, &r->vin, GOT(evidence_row)));
}

static void
test_vouchers_come_back(void **state)
{
    struct kit k;
    struct moves m;
    struct view *v;
    struct claim_row claim;
    struct voucher_row voucher;
    struct redemption_row r;
    struct bucket_row bucket;
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    memset(&claim, 0, sizeof claim);
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
        moves_claim(&m, 0, 1, k.now_s + 100, &claim);
        assert_true(view_voucher_by_number(k.view, claim.first_number, &voucher));
        make_redemption(&r, &voucher);
        spend_move(&m, &voucher, VOUCHER_HELD, 0, 0);
        kit_store(&k, (struct effect){ .kind = EFFECT_REDEMPTION, .redemption = &r });
        struct evidence_row e = { EVIDENCE_VIN, r.vin, r.id };
        kit_store(&k, (struct effect){ .kind = EFFECT_EVIDENCE, .evidence = &e });
        kit_store(&k, (struct effect){ .kind = EFFECT_EVIDENCE, .evidence = &e }); /* its own */
        check_vouchers(k.view, &claim, &r);
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    check_vouchers(v, &claim, &r);
    assert_true(view_bucket(v, &claim.pool, claim.valid_to_s, &bucket));
    assert_true(bucket.live_fen == 0 && bucket.unspent_claims == 0 && !bucket.swept);

    r.state = REDEMPTION_CAPTURED;
    r.value_fen -= 1;
    r.imported_vin_warning = false;
    r.vin = kit_digest(0x52);
    r.plate = (struct digest){ 0 };
    r.reward_claim = (struct uuid){ 0 };
    KIT_BATCH(&k)
    {
        assert_true(view_voucher_by_number(k.view, claim.first_number, &voucher));
        struct evidence_row old = { EVIDENCE_VIN, kit_digest(0x42), r.id };
        struct evidence_row new = { EVIDENCE_VIN, r.vin, r.id };
        spend_change(&m, &r);
        spend_move(&m, &voucher, VOUCHER_REDEEMED, 0, r.value_fen);
        kit_store(&k, (struct effect){ .kind = EFFECT_EVIDENCE_FREE, .evidence = &old });
        kit_store(&k, (struct effect){ .kind = EFFECT_EVIDENCE, .evidence = &new });
        check_vouchers(k.view, &claim, &r);
    }
    check_vouchers(v, &claim, &r);
    struct digest freed = kit_digest(0x42);
    NO_ROW("evidence freed", struct evidence_row,
           view_evidence(v, EVIDENCE_VIN, &freed, GOT(evidence_row)));
    view_close(v);
    kit_end(&k);
}

static void
check_nothing(struct view *v)
{
    struct uuid id = kit_id(99, 1);
    struct digest d = kit_digest(0x99);
    struct text key = TEXT("nothing");
    struct text definition = { "x", 1 };
    NO_ROW("campaign", struct campaign_row, view_campaign(v, &id, GOT(campaign_row)));
    NO_ROW("campaign number", struct campaign_row,
           view_campaign_by_number(v, 77, GOT(campaign_row)));
    NO_ROW("version", struct version_row, view_version(v, &id, 1, GOT(version_row)));
    NO_ROW("change", struct budget_change_row, view_budget_change(v, &id, GOT(budget_change_row)));
    NO_ROW("claim", struct claim_row, view_claim(v, &id, GOT(claim_row)));
    NO_ROW("claim key", struct claim_row, view_claim_by_key(v, &id, key, GOT(claim_row)));
    NO_ROW("voucher", struct voucher_row, view_voucher(v, &id, GOT(voucher_row)));
    NO_ROW("voucher number", struct voucher_row, view_voucher_by_number(v, 7, GOT(voucher_row)));
    NO_ROW("voucher below", struct voucher_row, view_voucher_by_number(v, -7, GOT(voucher_row)));
    NO_ROW("redemption", struct redemption_row, view_redemption(v, &id, GOT(redemption_row)));
    NO_ROW("request", struct redemption_row,
           view_redemption_by_request(v, &id, key, GOT(redemption_row)));
    NO_ROW("of voucher", struct redemption_row,
           view_redemption_of_voucher(v, &id, GOT(redemption_row)));
    NO_ROW("evidence", struct evidence_row, view_evidence(v, EVIDENCE_VIN, &d, GOT(evidence_row)));
    NO_ROW("bucket", struct bucket_row, view_bucket(v, &id, 5, GOT(bucket_row)));
    NO_ROW("answer", struct idempotency_row, view_idempotency(v, &id, key, GOT(idempotency_row)));
    NO_ROW("merchant", struct merchant_row, view_merchant(v, &id, GOT(merchant_row)));
    NO_ROW("code", struct merchant_row, view_merchant_by_uscc(v, key, GOT(merchant_row)));
    NO_ROW("terminal", struct terminal_row, view_terminal(v, &id, GOT(terminal_row)));
    NO_ROW("admin", struct admin_row, view_admin(v, &id, GOT(admin_row)));
    NO_ROW("token", struct admin_row, view_admin_by_token(v, &d, GOT(admin_row)));
    NO_ROW("resident", struct resident_row, view_resident(v, &id, GOT(resident_row)));
    NO_ROW("otp", struct otp_row, view_otp(v, &d, GOT(otp_row)));
    ROW_CHECK("definition", !view_definition(v, &id, 1, &definition) && definition.size == 0);
    row_passed();
}

static void
test_nothing_is_not_there(void **state)
{
    struct kit k;
    struct view *v;
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    check_nothing(k.view);
    KIT_BATCH(&k)
    {
        check_nothing(k.view);
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    check_nothing(v);
    assert_int_equal(view_fault(v), FAULT_NONE);
    view_close(v);
    kit_end(&k);
}

static void
check_texts(struct view *v, struct version_row *version, const struct idempotency_row *answer,
            struct budget_change_row *change)
{
    struct text definition;
    struct idempotency_row got;
    SAME_ROW("version", *version,
             view_version(v, &version->campaign, version->version, GOT(version_row)));
    SAME_ROW("change", *change, view_budget_change(v, &change->id, GOT(budget_change_row)));
    ROW_CHECK("definition", view_definition(v, &version->campaign, 2, &definition));
    ROW_CHECK("definition", text_equal(definition, TEXT("{\"a\":[1,2]}")));
    ROW_CHECK("answer", view_idempotency(v, &answer->caller, text_of(answer->key), &got));
    ROW_CHECK("answer", text_equal(got.reply, answer->reply) && got.status == answer->status &&
                            got.at_s == answer->at_s && strcmp(got.key, answer->key) == 0 &&
                            digest_equal(&got.fingerprint, &answer->fingerprint) &&
                            uuid_equal(&got.caller, &answer->caller));
    row_passed();
}

static void
test_texts_come_back(void **state)
{
    static char reply[65536];
    struct kit k;
    struct moves m;
    struct view *v;
    struct version_row version;
    struct budget_change_row change;
    struct idempotency_row answer = { .caller = { { 0 } }, .status = 201, .at_s = KIT_NOW_S };
    (void)state;
    memset(reply, 'r', sizeof reply);
    answer.reply = (struct text){ reply, sizeof reply };
    fill_text(answer.key, sizeof answer.key, 'K');
    kit_make_dir(&k);
    kit_open(&k);
    memset(&version, 0, sizeof version);
    memset(&change, 0, sizeof change);
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
        version.campaign = m.campaign;
        version.version = 2;
        version.state = VERSION_SUBMITTED;
        version.author = kit_id(9, 1);
        version.submitter = kit_id(9, 2);
        version.changed_at_s = 12;
        change.id = kit_id(10, 1);
        change.campaign = m.campaign;
        change.current_fen = MOVES_BUDGET_FEN;
        change.target_fen = 5;
        fill_text(change.reason, sizeof change.reason, 'b');
        change.author = kit_id(9, 1);
        change.created_at_s = 13;
        kit_store(&k, (struct effect){ .kind = EFFECT_VERSION,
                                       .version = &version,
                                       .definition = TEXT("{\"a\":[1,2]}") });
        kit_store(&k, (struct effect){ .kind = EFFECT_BUDGET_CHANGE, .change = &change });
        kit_store(&k, (struct effect){ .kind = EFFECT_IDEMPOTENCY, .idempotency = &answer });
        check_texts(k.view, &version, &answer, &change);
    }
    version.state = VERSION_APPROVED;
    version.approver = kit_id(9, 3);
    change.state = CHANGE_APPROVED;
    change.judge = kit_id(9, 3);
    change.judged_at_s = 14;
    KIT_BATCH(&k)
    {
        kit_store(&k, (struct effect){ .kind = EFFECT_VERSION,
                                       .version = &version,
                                       .definition = TEXT("{\"a\":[1,2]}") });
        kit_store(&k, (struct effect){ .kind = EFFECT_BUDGET_CHANGE, .change = &change });
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    check_texts(v, &version, &answer, &change);
    view_close(v);
    kit_end(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people_come_back),
        cmocka_unit_test(test_vouchers_come_back),
        cmocka_unit_test(test_texts_come_back),
        cmocka_unit_test(test_nothing_is_not_there),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
