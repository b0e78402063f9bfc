/* Signatures that hold, and all the ways in which they must not: every bit of a signed request,
 * components left out, reordered or doubled, the window. Bases are written by hand. */
#include "tests/httpsig_keys.h"

#define TAIL \
    ";created=1700000000;keyid=\"" KEYID "\";alg=\"ed25519\";nonce=\"n-1\";tag=\"huiquan-pos\""

/* Texts that a test may change. */
enum part {
    PART_METHOD,
    PART_PATH,
    PART_QUERY,
    PART_INPUT,
    PART_SIGNATURE,
    PART_DIGEST,
    PART_KEY,
    PART_BODY,
    PART_INPUT_NAME,
    PART_SIGNATURE_NAME,
    PART_DIGEST_NAME,
    PART_KEY_NAME,
    PART_COUNT
};

struct request {
    struct {
        char at[512];
        size_t size;
    } parts[PART_COUNT];
    struct signed_field fields[4];
    struct signed_message message;
};

static void
set_part(struct request *r, enum part part, const char *value)
{
    const size_t size = strlen(value);
    assert_true(size <= sizeof r->parts[part].at);
    memcpy(r->parts[part].at, value, size);
    r->parts[part].size = size;
}

static struct text
part_text(const struct request *r, enum part part)
{
    return (struct text){ r->parts[part].at, r->parts[part].size };
}

static void
assemble(struct request *r)
{
    for (size_t i = 0; i < COUNT_OF(r->fields); i++) {
        r->fields[i].name = part_text(r, (enum part)(PART_INPUT_NAME + i));
        r->fields[i].value = part_text(r, (enum part)(PART_INPUT + i));
    }
    r->message = (struct signed_message){
        .method = part_text(r, PART_METHOD),
        .scheme = TEXT("https"),
        .authority = TEXT("pos.example"),
        .path = part_text(r, PART_PATH),
        .query = part_text(r, PART_QUERY),
        .has_query = true,
        .fields = r->fields,
        .field_count = COUNT_OF(r->fields),
        .body = part_text(r, PART_BODY),
    };
}

/* Signs a base that was written by hand. */
static void
sign_base(struct request *r, const char *base)
{
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    char field[HTTPSIG_SIGNATURE_SIZE];
    struct sfv_writer w;
    ed25519_sign(till_signer, text_of(base), signature);
    sfv_writer_start(&w, field, sizeof field - 1);
    sfv_write_text(&w, TEXT("sig1="));
    sfv_write_bytes(&w, signature, sizeof signature);
    field[w.size] = '\0';
    set_part(r, PART_SIGNATURE, field);
}

static const char *const names[] = { "@method", "@path", "@query", "content-digest",
                                     "idempotency-key" };
static const char *const values[] = { "POST", "/v1/redemptions", "?x=1", DIGEST, "key-000001" };

/* Covers the components of the order, which are places in names; signs what an honest till would.
 */
static void
make_request(struct request *r, const size_t *order, size_t count, const char *tail)
{
    char base[1024] = "", input[512] = "sig1=(";
    for (size_t i = 0; i < count; i++) {
        const size_t base_size = strlen(base), input_size = strlen(input);
        snprintf(base + base_size, sizeof base - base_size, "\"%s\": %s\n", names[order[i]],
                 values[order[i]]);
        snprintf(input + input_size, sizeof input - input_size, "%s\"%s\"", i > 0 ? " " : "",
                 names[order[i]]);
    }
    const size_t input_size = strlen(input), base_size = strlen(base);
    snprintf(input + input_size, sizeof input - input_size, ")%s", tail);
    snprintf(base + base_size, sizeof base - base_size, "\"@signature-params\": %s", input + 5);
    set_part(r, PART_METHOD, "POST");
    set_part(r, PART_PATH, "/v1/redemptions");
    set_part(r, PART_QUERY, "x=1");
    set_part(r, PART_INPUT, input);
    set_part(r, PART_DIGEST, DIGEST);
    set_part(r, PART_KEY, "key-000001");
    set_part(r, PART_BODY, BODY);
    set_part(r, PART_INPUT_NAME, "Signature-Input");
    set_part(r, PART_SIGNATURE_NAME, "Signature");
    set_part(r, PART_DIGEST_NAME, "Content-Digest");
    set_part(r, PART_KEY_NAME, "Idempotency-Key");
    sign_base(r, base);
    assemble(r);
}

static const size_t plain_order[] = { 0, 1, 2, 3, 4 };

static enum httpsig_reason
judge_by_till(const struct request *r)
{
    const struct httpsig_key key = till_key();
    return judge(&r->message, &key, CREATED_S);
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Each bit of each byte of all that is signed, of the signature itself and of the names. Only the
 * case of a field's name may change. */
static void
test_every_bit(void **state)
{
    (void)state;
    struct request r;
    make_request(&r, plain_order, COUNT_OF(plain_order), TAIL);
    assert_int_equal(judge_by_till(&r), HTTPSIG_FINE);
    for (enum part part = 0; part < PART_COUNT; part++) {
        for (size_t i = 0; i < r.parts[part].size; i++) {
            char *at = &r.parts[part].at[i];
            for (unsigned bit = 0; bit < 8; bit++) {
                const bool is_case = part >= PART_INPUT_NAME && is_letter(*at) && bit == 5;
                *at = (char)(*at ^ (1 << bit));
                const bool is_refused = judge_by_till(&r) != HTTPSIG_FINE;
                *at = (char)(*at ^ (1 << bit));
                if (is_refused == is_case) fail_msg("part %d byte %zu bit %u", part, i, bit);
            }
            row_passed();
        }
    }
    assert_int_equal(judge_by_till(&r), HTTPSIG_FINE);
}

/* Bytes put in, taken out, swapped with their neighbour. */
static void
test_every_byte_moved(void **state)
{
    (void)state;
    struct request r, changed;
    make_request(&r, plain_order, COUNT_OF(plain_order), TAIL);
    for (enum part part = 0; part < PART_INPUT_NAME; part++) {
        for (size_t i = 0; i + 1 < r.parts[part].size; i++) {
            char *at = changed.parts[part].at;
            changed = r;
            memmove(at + i, at + i + 1, r.parts[part].size - i - 1);
            changed.parts[part].size--;
            assemble(&changed);
            if (judge_by_till(&changed) == HTTPSIG_FINE) fail_msg("part %d less %zu", part, i);
            changed = r;
            at[i] = r.parts[part].at[i + 1];
            at[i + 1] = r.parts[part].at[i];
            assemble(&changed);
            const bool is_same = at[i] == at[i + 1];
            const bool is_fine = judge_by_till(&changed) == HTTPSIG_FINE;
            if (is_fine != is_same) fail_msg("part %d swapped %zu", part, i);
            row_passed();
        }
    }
}

static const enum httpsig_reason reason_without[] = {
    HTTPSIG_METHOD_UNCOVERED,          HTTPSIG_PATH_UNCOVERED,
    HTTPSIG_QUERY_UNCOVERED,           HTTPSIG_DIGEST_UNCOVERED,
    HTTPSIG_IDEMPOTENCY_KEY_UNCOVERED,
};

/* Each signature holds over what it covers; too little is covered. */
static void
test_dropped(void **state)
{
    (void)state;
    for (size_t dropped = 0; dropped < COUNT_OF(names); dropped++) {
        size_t order[COUNT_OF(names)], count = 0;
        struct request r;
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            if (i != dropped) order[count++] = i;
        }
        make_request(&r, order, count, TAIL);
        ROW_CHECK(names[dropped], judge_by_till(&r) == reason_without[dropped]);
        row_passed();
    }
}

/* All 120 orders are taken when signed so; none with the signature of another. */
static void
test_orders(void **state)
{
    (void)state;
    struct request plain_request;
    make_request(&plain_request, plain_order, COUNT_OF(plain_order), TAIL);
    for (size_t number = 0; number < 120; number++) {
        size_t order[COUNT_OF(names)], left[] = { 0, 1, 2, 3, 4 }, rest = number;
        struct request r;
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            const size_t among = COUNT_OF(names) - i, chosen = rest % among;
            rest /= among;
            order[i] = left[chosen];
            left[chosen] = left[among - 1];
        }
        make_request(&r, order, COUNT_OF(order), TAIL);
        assert_int_equal(judge_by_till(&r), HTTPSIG_FINE);
        const bool is_same = memcmp(order, plain_order, sizeof order) == 0;
        r.parts[PART_SIGNATURE] = plain_request.parts[PART_SIGNATURE];
        assemble(&r);
        assert_int_equal(judge_by_till(&r), is_same ? HTTPSIG_FINE : HTTPSIG_SIGNATURE_WRONG);
        row_passed();
    }
}

static void
test_doubled(void **state)
{
    (void)state;
    for (size_t doubled = 0; doubled < COUNT_OF(names); doubled++) {
        size_t order[] = { 0, 1, 2, 3, 4, doubled };
        struct request r;
        make_request(&r, order, COUNT_OF(order), TAIL);
        ROW_CHECK(names[doubled], judge_by_till(&r) == HTTPSIG_COMPONENT_REPEATED);
        row_passed();
    }
}

/* What is signed is the canonical form; how the field was spaced does not matter. */
static void
test_spacing(void **state)
{
    (void)state;
    struct request r;
    make_request(&r, plain_order, COUNT_OF(plain_order), TAIL);
    set_part(&r, PART_INPUT,
             "  sig1=(  \"@method\"  \"@path\" \"@query\" \"content-digest\" \"idempotency-key\" "
             ");  created=1700000000; keyid=\"" KEYID
             "\"; alg=\"ed25519\"; nonce=\"n-1\"; tag=\"huiquan-pos\"\t");
    assemble(&r);
    assert_int_equal(judge_by_till(&r), HTTPSIG_FINE);
    row_passed();
}

static const struct {
    const char *name;
    int64_t now_s;
    const char *expires; /* appended */
    enum httpsig_reason want;
} time_rows[] = {
    { "clock at created", CREATED_S, "", HTTPSIG_FINE },
    { "299 s old", CREATED_S + 299, "", HTTPSIG_FINE },
    { "300 s old", CREATED_S + 300, "", HTTPSIG_FINE },
    { "301 s old", CREATED_S + 301, "", HTTPSIG_CREATED_TOO_EARLY },
    { "299 s ahead", CREATED_S - 299, "", HTTPSIG_FINE },
    { "300 s ahead", CREATED_S - 300, "", HTTPSIG_FINE },
    { "301 s ahead", CREATED_S - 301, "", HTTPSIG_CREATED_TOO_LATE },
    { "a year old", CREATED_S + 31536000, "", HTTPSIG_CREATED_TOO_EARLY },
    { "clock at zero", 0, "", HTTPSIG_CREATED_TOO_LATE },
    { "expires now", CREATED_S + 10, ";expires=1700000010", HTTPSIG_FINE },
    { "expired a second ago", CREATED_S + 11, ";expires=1700000010", HTTPSIG_EXPIRED },
    { "expires long after the window", CREATED_S + 301, ";expires=1800000000",
      HTTPSIG_CREATED_TOO_EARLY },
    { "expires before it was created", CREATED_S - 100, ";expires=1699999999", HTTPSIG_EXPIRED },
    { "expires at created", CREATED_S - 100, ";expires=1700000000", HTTPSIG_FINE },
    { "expires at zero", CREATED_S, ";expires=0", HTTPSIG_EXPIRED },
    { "expires below zero", CREATED_S, ";expires=-999999999999999", HTTPSIG_EXPIRED },
    { "expires never", CREATED_S, ";expires=999999999999999", HTTPSIG_FINE },
};

static void
test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(time_rows); i++) {
        const struct httpsig_key key = till_key();
        char tail[256];
        struct request r;
        snprintf(tail, sizeof tail, "%s%s", TAIL, time_rows[i].expires);
        make_request(&r, plain_order, COUNT_OF(plain_order), tail);
        ROW_CHECK(time_rows[i].name,
                  judge(&r.message, &key, time_rows[i].now_s) == time_rows[i].want);
        row_passed();
    }
}

static void
test_window_setting(void **state)
{
    (void)state;
    static char base[HTTPSIG_BASE_ROOM];
    const struct httpsig_key key = till_key();
    struct httpsig_claim claim;
    struct request r;
    make_request(&r, plain_order, COUNT_OF(plain_order), TAIL);
    assert_int_equal(httpsig_parse(&r.message, base, sizeof base, &claim), HTTPSIG_FINE);
    assert_int_equal(httpsig_check(&claim, &key, CREATED_S, 0), HTTPSIG_FINE);
    assert_int_equal(httpsig_check(&claim, &key, CREATED_S + 1, 0), HTTPSIG_CREATED_TOO_EARLY);
    assert_int_equal(httpsig_check(&claim, &key, CREATED_S - 61, 60), HTTPSIG_CREATED_TOO_LATE);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bit), cmocka_unit_test(test_every_byte_moved),
        cmocka_unit_test(test_dropped),   cmocka_unit_test(test_orders),
        cmocka_unit_test(test_doubled),   cmocka_unit_test(test_spacing),
        cmocka_unit_test(test_times),     cmocka_unit_test(test_window_setting),
    };
    return rows_report(cmocka_run_group_tests(tests, open_keys, close_keys));
}
