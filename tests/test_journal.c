/* tests/test_journal.c: the journal's bytes, chain and epochs; and an audit that stays clean over a
 * long run of everything that may happen to vouchers. */
#include <stdlib.h>

#include "crypto/chain.h"
#include "storage/sqlite/engine.h"
#include "tests/ledger_spend.h"

static const struct journal_entry sample = {
    .kind = JOURNAL_CAPTURE,
    .at_s = 0x0102030405060708,
    .rule_version = 0x0a0b0c0d,
    .campaign = { { 0xca } },
    .subject = { { 0x5b } },
    .object = { { 0x0b } },
    .actor = { { 0xac } },
    .posting_count = 2,
    .postings = { { 7, ACCOUNT_HELD, ACCOUNT_REDEEMED, 0x1122, -1, 2 },
                  { 0xfffffffe, ACCOUNT_FUND, ACCOUNT_AVAILABLE, INT64_MAX, 70000, -70000 } },
    .detail = { "\"a\":1", 5 },
};

/* Layout 1 of voucher/model/journal.h, written by hand. */
static const char sample_hex[] = "01"
                                 "03"
                                 "0002"
                                 "0a0b0c0d"
                                 "0102030405060708"
                                 "ca000000000000000000000000000000"
                                 "5b000000000000000000000000000000"
                                 "0b000000000000000000000000000000"
                                 "ac000000000000000000000000000000"
                                 "00000007"
                                 "03"
                                 "04"
                                 "ffffffff"
                                 "00000002"
                                 "0000000000001122"
                                 "fffffffe"
                                 "00"
                                 "01"
                                 "00011170"
                                 "fffeee90"
                                 "7fffffffffffffff"
                                 "0005"
                                 "2261223a31";

static size_t
hex_read(const char *hex, uint8_t *out)
{
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return size;
}

static void
test_bytes_are_canonical(void **state)
{
    uint8_t want[JOURNAL_BYTES_MAX], got[JOURNAL_BYTES_MAX];
    struct journal_entry back;
    (void)state;
    size_t size = hex_read(sample_hex, want);
    assert_int_equal(entry_encode(&sample, got), size);
    assert_memory_equal(got, want, size);
    assert_true(entry_decode((struct text){ (char *)want, size }, &back));
    assert_true(text_equal(back.detail, sample.detail));
    assert_int_equal(entry_encode(&back, got), size);
    assert_memory_equal(got, want, size);
    row_passed();
}

static void
test_longest_entry_fits(void **state)
{
    uint8_t bytes[JOURNAL_BYTES_MAX];
    char detail[JOURNAL_DETAIL_MAX];
    struct journal_entry entry = sample, back;
    (void)state;
    memset(detail, 'x', sizeof detail);
    entry.posting_count = JOURNAL_POSTINGS_MAX;
    entry.detail = (struct text){ detail, sizeof detail };
    size_t size = entry_encode(&entry, bytes);
    assert_true(entry_decode((struct text){ (char *)bytes, size }, &back));
    assert_int_equal(back.detail.size, JOURNAL_DETAIL_MAX);
    row_passed();
}

/* An entry with marks has another layout and ends with them; without, it is as it ever was. */
static void
test_marks_end_an_entry(void **state)
{
    uint8_t bytes[JOURNAL_BYTES_MAX + 1], again[JOURNAL_BYTES_MAX];
    char detail[JOURNAL_DETAIL_MAX], marks[JOURNAL_MARKS_MAX + 1];
    struct journal_entry entry = sample, back;
    (void)state;
    memset(detail, 'x', sizeof detail);
    memset(marks, 'm', sizeof marks);
    entry.posting_count = JOURNAL_POSTINGS_MAX;
    entry.detail = (struct text){ detail, sizeof detail };
    entry.marks = (struct text){ marks, JOURNAL_MARKS_MAX };
    size_t size = entry_encode(&entry, bytes);
    assert_true(size <= JOURNAL_BYTES_MAX);
    ROW_CHECK("layout 2", bytes[0] == 2);
    assert_true(entry_decode((struct text){ (char *)bytes, size }, &back));
    ROW_CHECK("the marks come back", text_equal(back.marks, entry.marks));
    ROW_CHECK("and the detail", text_equal(back.detail, entry.detail));
    assert_int_equal(entry_encode(&back, again), size);
    assert_memory_equal(again, bytes, size);
    bytes[size] = 'm';
    ROW_CHECK("too many", !entry_decode((struct text){ (char *)bytes, size + 1 }, &back));
    bytes[0] = 1;
    ROW_CHECK("layout 1 has none", !entry_decode((struct text){ (char *)bytes, size }, &back));
    row_passed();
}

static void
test_damage_is_refused(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t value;
    } rows[] = {
        { "another layout", 0, 3 },         { "no layout", 0, 0 },
        { "marks that are missing", 0, 2 }, { "too many postings", 3, 5 },
        { "very many postings", 2, 0xff },  { "an account too many", 84, 7 },
        { "an account far off", 85, 0xff }, { "detail too long", 125, 6 },
        { "detail too short", 125, 4 },     { "fewer postings", 3, 1 },
    };
    uint8_t bytes[JOURNAL_BYTES_MAX];
    struct journal_entry out;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t size = hex_read(sample_hex, bytes);
        bytes[rows[i].at] = rows[i].value;
        ROW_CHECK(rows[i].name, !entry_decode((struct text){ (char *)bytes, size }, &out));
        row_passed();
    }
    size_t whole = hex_read(sample_hex, bytes);
    for (size_t size = 0; size < whole; size++) {
        ROW_CHECK("cut short", !entry_decode((struct text){ (char *)bytes, size }, &out));
        row_passed();
    }
    bytes[whole] = 0;
    ROW_CHECK("a byte more", !entry_decode((struct text){ (char *)bytes, whole + 1 }, &out));
    row_passed();
}

/* SHA-256("huiquan-journal-v1\0" || 32 zero bytes || "abc"), and the same after 32 bytes of 0xff;
 * computed with another implementation. */
static void
test_chain_is_documented(void **state)
{
    static const char *const want[] = {
        "66145865e69a40f40db3608d167c6acb44682bcc151868a463eb14e4b3e2d1dd",
        "762cb4f6cb2f00192ee97fa284e7ecc3814e33eeb52c851a9189d228f8154f6d",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        struct digest prev, got;
        uint8_t bytes[32];
        memset(prev.bytes, i == 0 ? 0 : 0xff, sizeof prev.bytes);
        chain_next(&prev, TEXT("abc"), &got);
        assert_int_equal(hex_read(want[i], bytes), sizeof bytes);
        assert_memory_equal(got.bytes, bytes, sizeof bytes);
        row_passed();
    }
}

struct reading {
    size_t count, stop_after;
    int64_t writer, seq, at_s;
    enum journal_kind kind;
    struct digest hash;
    bool rising, chained;
};

static bool
read_one(void *owner, const struct journal_row *row)
{
    struct reading *r = owner;
    struct digest hash;
    chain_next(&row->prev, row->bytes, &hash);
    r->chained = r->chained && digest_equal(&hash, &row->hash);
    if (r->count > 0) {
        r->chained = r->chained && digest_equal(&row->prev, &r->hash);
        r->rising = r->rising && (row->writer > r->writer || row->seq == r->seq + 1);
        r->rising = r->rising && row->entry.at_s >= r->at_s;
    }
    r->count++;
    r->writer = row->writer;
    r->seq = row->seq;
    r->at_s = row->entry.at_s;
    r->kind = row->entry.kind;
    r->hash = row->hash;
    return r->stop_after == 0 || r->count < r->stop_after;
}

static struct reading
read_after(struct view *v, int64_t writer, int64_t seq, size_t stop_after)
{
    struct reading r = { .stop_after = stop_after, .rising = true, .chained = true };
    view_journal(v, writer, seq, read_one, &r);
    assert_int_equal(view_fault(v), FAULT_NONE);
    return r;
}

static void
put_entries(struct kit *k, int count)
{
    KIT_BATCH(k)
    {
        for (int i = 0; i < count; i++) {
            struct journal_entry entry = { .kind = JOURNAL_RESIDENT_SEEN, .at_s = k->now_s };
            kit_store(k, (struct effect){ .kind = EFFECT_JOURNAL, .entry = &entry });
        }
    }
}

static void
test_epochs_follow_each_other(void **state)
{
    struct kit k;
    struct journal_head heads[8];
    struct view *v;
    (void)state;
    kit_make_dir(&k);
    for (int epoch = 1; epoch <= 3; epoch++) {
        kit_open(&k);
        put_entries(&k, 2);
        kit_close(&k);
        k.now_s -= 1000; /* the clock steps back; the journal's time does not */
    }
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    assert_int_equal(view_journal_heads(v, heads, 8), 3);
    assert_int_equal(view_journal_heads(v, heads, 2), 2);
    assert_int_equal(view_journal_heads(v, heads, 8), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(heads[i].writer & 0xffffffff, i + 1);
        assert_int_equal(heads[i].writer >> 32, heads[0].writer >> 32);
        assert_int_equal(heads[i].seq, 3);
        row_passed();
    }
    assert_true(heads[0].writer > INT64_C(0xffffffff) && heads[0].writer < INT64_C(1) << 53);
    struct reading all = read_after(v, 0, 0, 0);
    assert_int_equal(all.count, 9);
    assert_true(all.rising && all.chained);
    assert_int_equal(all.at_s, KIT_NOW_S);
    assert_true(digest_equal(&all.hash, &heads[2].hash));
    row_passed();
    view_close(v);
    kit_end(&k);
}

static void
test_reading_goes_on_anywhere(void **state)
{
    struct kit k;
    struct journal_head heads[2];
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    put_entries(&k, 4);
    kit_close(&k);
    kit_open(&k);
    put_entries(&k, 4);
    assert_int_equal(view_journal_heads(k.view, heads, 2), 2);
    const struct {
        const char *name;
        int64_t writer, seq;
        size_t stop_after, want;
        enum journal_kind last;
    } rows[] = {
        { "from the beginning", 0, 0, 0, 10, JOURNAL_RESIDENT_SEEN },
        { "stops when told", 0, 0, 1, 1, JOURNAL_WRITER_START },
        { "within an epoch", heads[0].writer, 2, 0, 8, JOURNAL_RESIDENT_SEEN },
        { "an epoch's last entry", heads[0].writer, 4, 1, 1, JOURNAL_RESIDENT_SEEN },
        { "over to the next epoch", heads[0].writer, 5, 1, 1, JOURNAL_WRITER_START },
        { "a whole epoch", heads[1].writer, 0, 0, 5, JOURNAL_RESIDENT_SEEN },
        { "after the end", heads[1].writer, 5, 0, 0, 0 },
        { "after a writer that never was", heads[1].writer + 1, 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading r = read_after(k.view, rows[i].writer, rows[i].seq, rows[i].stop_after);
        ROW_CHECK(rows[i].name, r.count == rows[i].want);
        ROW_CHECK(rows[i].name, r.kind == rows[i].last);
        ROW_CHECK(rows[i].name, r.chained && r.rising);
        row_passed();
    }
    kit_end(&k);
}

/* A generator of its own, so that every run is the same. */
static uint32_t
draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static void
random_on_redemption(struct moves *m, struct redemption_row *row, uint64_t *seed)
{
    struct voucher_row v;
    assert_true(view_voucher(m->kit->view, &row->voucher, &v));
    int64_t before_fen = row->value_fen - row->refunded_value_fen;
    uint32_t what = draw(seed, 3);
    if (row->state == REDEMPTION_HELD && what == 0) {
        row->state = REDEMPTION_CAPTURED;
        row->value_fen -= 100; /* a rate below the face */
        spend_change(m, row);
        spend_move(m, &v, VOUCHER_REDEEMED, 0, row->value_fen);
    } else if (row->state == REDEMPTION_HELD) {
        row->state = what == 1 ? REDEMPTION_RELEASED : REDEMPTION_REVERSED;
        spend_change(m, row);
        spend_move(m, &v, VOUCHER_LIVE, 0, 0);
    } else if (what == 0 && row->refunded_order_fen == 0) {
        row->refunded_order_fen = 5000;
        row->refunded_value_fen = row->value_fen / 4;
        spend_change(m, row);
        spend_move(m, &v, VOUCHER_REDEEMED, before_fen, row->value_fen - row->refunded_value_fen);
    } else if (what < 2) {
        row->refunded_order_fen = row->order_amount_fen;
        row->refunded_value_fen = row->value_fen;
        row->state = REDEMPTION_REFUNDED;
        spend_change(m, row);
        bool lives = m->kit->now_s < v.valid_to_s && draw(seed, 2) == 0;
        spend_move(m, &v, lives ? VOUCHER_LIVE : VOUCHER_VOID, before_fen, 0);
    }
}

static void
random_sweep(struct kit *k, struct moves *m)
{
    struct bucket_row ended[4];
    size_t count = view_buckets_ended(k->view, k->now_s, ended, 4);
    for (size_t i = 0; i < count; i++) {
        spend_sweep(m, &ended[i]);
    }
    k->now_s += 7;
}

static void
random_on_voucher(struct moves *m, const struct voucher_row *v, uint64_t *seed)
{
    struct redemption_row row;
    bool expired = m->kit->now_s >= v->valid_to_s;
    if (view_redemption_of_voucher(m->kit->view, &v->id, &row)) {
        random_on_redemption(m, &row, seed);
    } else if (v->state == VOUCHER_LIVE && !expired && draw(seed, 4) > 0) {
        int64_t value_fen = v->value_fen - draw(seed, 2) * 250;
        (void)spend_redeem(m, v->number, draw(seed, 2) == 0, value_fen);
    } else if (v->state == VOUCHER_LIVE && draw(seed, 4) == 0) {
        spend_move(m, v, VOUCHER_VOID, 0, 0);
    }
}

static void
random_step(struct moves *m, uint64_t *seed, int64_t *vouchers)
{
    struct kit *k = m->kit;
    struct voucher_row v;
    struct claim_row claim;
    uint32_t what = draw(seed, 10);
    if (what < 4 || *vouchers == 0) {
        uint32_t resident = draw(seed, 100000);
        moves_claim(m, draw(seed, 2), resident, k->now_s + 50 + draw(seed, 3) * 100, &claim);
        *vouchers = claim.first_number + claim.voucher_count - 1;
        return;
    }
    if (what == 9) random_sweep(k, m);
    assert_true(view_voucher_by_number(k->view, 1 + draw(seed, (uint32_t)*vouchers), &v));
    random_on_voucher(m, &v, seed);
}

static void
test_audit_stays_clean(void **state)
{
    struct kit k;
    struct moves m;
    int64_t vouchers = 0;
    uint64_t seed = 20260619;
    (void)state;
    kit_make_dir(&k);
    kit_open(&k);
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
    }
    for (int batch = 0; batch < 60; batch++) {
        assert_int_equal(ledger_begin(k.ledger), FAULT_NONE);
        int64_t vouchers_before = vouchers;
        uint32_t ids_before = m.ids;
        for (int step = 0; step < 20; step++) {
            random_step(&m, &seed, &vouchers);
        }
        if (draw(&seed, 5) == 0) { /* nothing of it happened */
            ledger_drop(k.ledger);
            vouchers = vouchers_before;
            m.ids = ids_before;
        } else {
            assert_int_equal(ledger_seal(k.ledger), FAULT_NONE);
        }
        if (batch % 20 == 19) {
            kit_close(&k);
            kit_open(&k);
        }
        if (batch % 6 != 5) continue;
        struct audit audit = kit_audit(&k);
        if (!audit_is_clean(&audit)) fail_msg("batch %d: %s", batch, audit.first_fault);
        row_passed();
    }
    struct audit audit = kit_audit(&k);
    assert_int_equal(audit.vouchers, vouchers);
    assert_true(audit.redemptions > 50 && audit.entries > 500);
    kit_end(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_canonical),
        cmocka_unit_test(test_longest_entry_fits),
        cmocka_unit_test(test_marks_end_an_entry),
        cmocka_unit_test(test_damage_is_refused),
        cmocka_unit_test(test_chain_is_documented),
        cmocka_unit_test(test_epochs_follow_each_other),
        cmocka_unit_test(test_reading_goes_on_anywhere),
        cmocka_unit_test(test_audit_stays_clean),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
