/* tests/test_mark.c: what an entry says of rows: canonical bytes, marks on their way into an entry
 * and back, and the tables in memory that an audit keeps. */
#include "storage/sqlite/held.h"
#include "storage/sqlite/states.h"
#include "tests/ledger_kit.h"

static struct admin_row
sample_admin(void)
{
    return (struct admin_row){ .id = kit_id(9, 1),
                               .name = "李",
                               .roles = ROLE_BUDGET,
                               .token = kit_digest(4),
                               .active = true,
                               .created_at_s = 1781834400 };
}

/* SHA-256("huiquan-row-v1\0" · 0a · columns), computed with another implementation. */
static void
test_digest_is_documented(void **state)
{
    static const uint8_t want[MARK_DIGEST_MAX] = { 0xa5, 0x0e, 0x14, 0x10, 0xca, 0xe0, 0xb7, 0xf9,
                                                   0x35, 0xb3, 0xdc, 0x4a, 0x26, 0xf1, 0x93, 0xcf };
    struct admin_row row = sample_admin();
    struct canon c;
    struct mark m;
    (void)state;
    canon_admin(&c, &row);
    mark_make(&c, false, &m);
    assert_memory_equal(m.digest, want, sizeof want);
    assert_int_equal(m.check_count, 5);
    assert_int_equal(m.checks[0], 0); /* a name has none */
    row_passed();
}

static void
test_every_column_counts(void **state)
{
    struct admin_row rows[6];
    struct canon c;
    struct mark m;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rows[i] = sample_admin();
    }
    canon_admin(&c, &rows[0]);
    mark_make(&c, false, &m);
    rows[1].name[0] = 'x';
    rows[2].roles = ROLES_ALL;
    rows[3].token = kit_digest(5);
    rows[4].active = false;
    rows[5].created_at_s++;
    ROW_CHECK("as it was", mark_holds(&m, &c));
    for (size_t i = 1; i < COUNT_OF(rows); i++) {
        canon_admin(&c, &rows[i]);
        ROW_CHECK(c.columns[i - 1].name, !mark_holds(&m, &c));
        for (size_t k = 1; k < c.column_count; k++) {
            bool differs = m.checks[k] != canon_check(&c, k);
            ROW_CHECK(c.columns[k].name, differs == (k == i - 1));
        }
        row_passed();
    }
}

static void
test_marks_come_back(void **state)
{
    struct marks waiting = { 0 };
    uint8_t bytes[JOURNAL_MARKS_MAX];
    struct admin_row admin = sample_admin();
    struct version_row version = { .campaign = kit_id(1, 1), .version = 7 };
    struct canon c;
    struct mark m;
    (void)state;
    canon_admin(&c, &admin);
    mark_make(&c, false, &m);
    marks_add(&waiting, &m);
    canon_version(&c, &version, TEXT("{}"));
    mark_make(&c, true, &m);
    marks_add(&waiting, &m);
    marks_add(&waiting, &m); /* the same row again takes its own place */
    marks_add(
        &waiting,
        &(struct mark){ .table = MARK_VOUCHER, .number = 1000000000007, .state = VOUCHER_VOID });
    struct text left = { (const char *)bytes, marks_take(&waiting, &admin.id, bytes) };
    assert_int_equal(waiting.count, 0);
    assert_true(marks_next(&left, &admin.id, &m));
    ROW_CHECK("of the subject", m.table == MARK_ADMIN && uuid_equal(&m.id, &admin.id));
    assert_true(marks_next(&left, &admin.id, &m));
    ROW_CHECK("with its number", m.table == MARK_VERSION && m.number == 7 && m.is_new);
    ROW_CHECK("of another", uuid_equal(&m.id, &version.campaign) && m.check_count == 6);
    assert_true(marks_next(&left, &admin.id, &m));
    ROW_CHECK("a state", m.table == MARK_VOUCHER && m.state == VOUCHER_VOID);
    ROW_CHECK("of a far number", m.number == 1000000000007);
    ROW_CHECK("no more", left.size == 0 && !marks_next(&left, &admin.id, &m));
    row_passed();
}

static void
test_damage_is_refused(void **state)
{
    struct marks waiting = { 0 };
    uint8_t bytes[JOURNAL_MARKS_MAX];
    struct admin_row admin = sample_admin();
    struct canon c;
    struct mark m;
    (void)state;
    canon_admin(&c, &admin);
    mark_make(&c, false, &m);
    marks_add(&waiting, &m);
    size_t whole = marks_take(&waiting, &admin.id, bytes);
    for (size_t size = 0; size < whole; size++) {
        struct text left = { (const char *)bytes, size };
        ROW_CHECK("cut short", !marks_next(&left, &admin.id, &m));
        row_passed();
    }
    static const struct {
        const char *name;
        size_t size;
        uint8_t bytes[16];
    } rows[] = {
        { "no table", 9, { 0 } },
        { "a table of tomorrow", 9, { 63 } },
        { "no state", 10, { MARK_VOUCHER, 0, 0, 0, 0, 0, 0, 0, 1, 0 } },
        { "a state too many", 10, { MARK_VOUCHER, 0, 0, 0, 0, 0, 0, 0, 1, 5 } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text left = { (const char *)rows[i].bytes, rows[i].size };
        ROW_CHECK(rows[i].name, !marks_next(&left, &admin.id, &m));
        row_passed();
    }
}

/* Rows come and go; what is left is found, what went is not. */
static void
test_held_rows_are_found(void **state)
{
    enum { ROWS = 2000 };
    struct held_rows h = { 0 };
    (void)state;
    for (uint32_t i = 0; i < ROWS; i++) {
        struct uuid id = kit_id(8, i / 2);
        assert_non_null(held_make(&h, MARK_VERSION, &id, i % 2));
        if (i % 3 != 0) continue;
        struct uuid old = kit_id(8, i / 6);
        struct held *gone = held_find(&h, MARK_VERSION, &old, 1);
        if (gone != NULL) held_remove(&h, gone);
    }
    size_t count = 0, at = 0;
    while (held_next(&h, &at) != NULL) {
        count++;
    }
    ROW_CHECK("as many as there are", count == h.count);
    for (uint32_t i = 0; i < ROWS / 2; i++) {
        struct uuid id = kit_id(8, i);
        bool went = i <= (ROWS - 2) / 6;
        ROW_CHECK("stays", held_find(&h, MARK_VERSION, &id, 0) != NULL);
        ROW_CHECK("goes", (held_find(&h, MARK_VERSION, &id, 1) == NULL) == went);
        ROW_CHECK("is another table's", held_find(&h, MARK_ADMIN, &id, 0) == NULL);
    }
    held_empty(&h);
    row_passed();
}

static void
test_states_are_kept(void **state)
{
    static const int64_t numbers[] = { 1, 2, 4095, 4096, 1000000000001, INT64_MAX, INT64_MAX - 1,
                                       5, 0 };
    struct states s = { 0 };
    (void)state;
    assert_int_equal(states_get(&s, 7), 0);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_true(states_set(&s, numbers[i], (unsigned)i + 1));
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        ROW_CHECK("as it was set", states_get(&s, numbers[i]) == i + 1);
        row_passed();
    }
    ROW_CHECK("a neighbour", states_get(&s, 3) == 0);
    ROW_CHECK("far away", states_get(&s, 77777777) == 0);
    ROW_CHECK("below", states_set(&s, -1, 3) && states_get(&s, -1) == 0);
    ROW_CHECK("three pieces and what is far", s.count == 4);
    states_empty(&s);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest_is_documented), cmocka_unit_test(test_every_column_counts),
        cmocka_unit_test(test_marks_come_back),      cmocka_unit_test(test_damage_is_refused),
        cmocka_unit_test(test_held_rows_are_found),  cmocka_unit_test(test_states_are_kept),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
