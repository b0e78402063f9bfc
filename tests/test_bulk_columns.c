/* tests/test_bulk_columns.c: headers and rows of uploaded files, and what is wrong with them. A row
 * of a table is a line of CSV; faults are written "column:code" with blanks between. */
#include "tests/keyrings.h"
#include "voucher/bulk/columns.h"
#include "voucher/id.h"
#include "voucher/person.h"

#define NOW_S INT64_C(1781834400) /* 2026-06-19T10:00:00+08:00 */
#define ID "34052419800101001X"

static const struct {
    const char *name;
    enum job_kind kind;
    const char *header, *columns; /* columns NULL: refused */
    bool is_row;
} headers[] = {
    { "a roll", JOB_RESIDENTS, "id_number,name", "in", false },
    { "a roll in full", JOB_RESIDENTS, "name,id_number,mobile,groups,grid_cell", "nimgc", false },
    { "a roll in Chinese", JOB_RESIDENTS, "姓名,身份证号,手机号,网格,群体", "nimcg", false },
    { "blanks around names", JOB_RESIDENTS, " id_number , name", "in", false },
    { "a roll without names", JOB_RESIDENTS, "id_number,mobile", NULL, false },
    { "a roll without numbers", JOB_RESIDENTS, "name", NULL, false },
    { "a roll with a stranger", JOB_RESIDENTS, "id_number,name,age", NULL, false },
    { "a column twice", JOB_RESIDENTS, "id_number,name,name", NULL, false },
    { "a column twice in two tongues", JOB_RESIDENTS, "id_number,name,姓名", NULL, false },
    { "capitals", JOB_RESIDENTS, "ID_NUMBER,name", NULL, false },
    { "a row for a header", JOB_RESIDENTS, ID ",张三", NULL, false },
    { "grants", JOB_GRANTS, "id_number", "i", false },
    { "grants by resident", JOB_GRANTS, "resident_id", "r", false },
    { "grants by either", JOB_GRANTS, "resident_id,id_number", "ri", false },
    { "grants without a header", JOB_GRANTS, ID, "i", true },
    { "grants without a header, by resident", JOB_GRANTS, "res_01ARZ3NDEKTSV4RRFFQ69G5FAV", "i",
      true },
    { "grants with names", JOB_GRANTS, "id_number,name", NULL, false },
    { "grants of nothing", JOB_GRANTS, "", NULL, false },
    { "merchants", JOB_MERCHANTS, "name,uscc,kind", "Nuk", false },
    { "merchants in Chinese", JOB_MERCHANTS, "名称,统一社会信用代码,类型,网格", "Nukc", false },
    { "merchants without a code", JOB_MERCHANTS, "name,kind", NULL, false },
    { "merchants with mobiles", JOB_MERCHANTS, "name,uscc,kind,mobile", NULL, false },
};

static const struct {
    const char *name;
    enum job_kind kind;
    const char *columns, *row, *faults;
} rows[] = {
    { "a person", JOB_RESIDENTS, "inmcg", ID ",张三,13812345678,1-2,a;b", "" },
    { "full-width and lower case", JOB_RESIDENTS, "in", "３４０５２４１９８００１０１００１x,张三",
      "" },
    { "a person without a mobile", JOB_RESIDENTS, "inm", ID ",张三,", "" },
    { "fewer fields than columns", JOB_RESIDENTS, "inmcg", ID ",张三", "" },
    { "groups by any separator", JOB_RESIDENTS, "ing", ID ",张三,a;b|c、d；e", "" },
    { "a wrong check digit", JOB_RESIDENTS, "in", "110101199001011234,张三",
      "id_number:id_number_check" },
    { "another wrong digit", JOB_RESIDENTS, "in", "130402198207290622,张三",
      "id_number:id_number_check" },
    { "no number", JOB_RESIDENTS, "in", ",张三", "id_number:id_number_shape" },
    { "no name", JOB_RESIDENTS, "in", ID ",", "name:too_short" },
    { "a wrong mobile", JOB_RESIDENTS, "inm", ID ",张三,12012345678", "mobile:mobile_shape" },
    { "all of it at once", JOB_RESIDENTS, "inm", "1,,2",
      "id_number:id_number_shape mobile:mobile_shape name:too_short" },
    { "more fields than columns", JOB_RESIDENTS, "in", ID ",张三,x", ":bad_shape" },
    { "no UTF-8", JOB_RESIDENTS, "in", ID ",\xd5\xc5", "name:bad_characters" },
    { "a control character", JOB_RESIDENTS, "in", ID ",a\x07", "name:bad_characters" },
    { "nine groups", JOB_RESIDENTS, "ing", ID ",张三,1;2;3;4;5;6;7;8;9", "groups:too_many" },
    { "a group too long", JOB_RESIDENTS, "ing",
      ID ",张三,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "groups:too_long" },
    { "a cell too long", JOB_RESIDENTS, "inc",
      ID ",张三,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "grid_cell:too_long" },
    { "a grant", JOB_GRANTS, "i", ID, "" },
    { "a grant by resident", JOB_GRANTS, "i", "res_01ARZ3NDEKTSV4RRFFQ69G5FAV", "" },
    { "the other column is empty", JOB_GRANTS, "ri", "," ID, "" },
    { "a grant to nobody", JOB_GRANTS, "i", "张三", "id_number:id_number_shape" },
    { "a grant to nothing", JOB_GRANTS, "ri", ",", "resident_id:missing" },
    { "a resident that is none", JOB_GRANTS, "r", "res_1", "resident_id:bad_id" },
    { "a merchant", JOB_MERCHANTS, "Nuk", "张记,91350100M000100Y43,shop", "" },
    { "a dealer in Chinese", JOB_MERCHANTS, "Nuk", "龙湖,911101066976941872,车商", "" },
    { "a wrong code", JOB_MERCHANTS, "Nuk", "张记,91350211M0000XUF46,shop", "uscc:uscc_check" },
    { "a wrong code with a reason", JOB_MERCHANTS, "Nuko", "张记,91350211M0000XUF46,shop,已核",
      "" },
    { "no reason lets a shape pass", JOB_MERCHANTS, "Nuko", "张记,9135,shop,已核",
      "uscc:uscc_shape" },
    { "an unknown kind", JOB_MERCHANTS, "Nuk", "张记,91350100M000100Y43,kiosk",
      "kind:unknown_word" },
    { "no name of a merchant", JOB_MERCHANTS, "Nuk", ",91350100M000100Y43,shop", "name:missing" },
};

static struct csv_record record;

static void
read_record(const char *line)
{
    record.field_count = 0;
    if (line[0] != '\0') assert_int_equal(csv_read(text_of(line), true, &record), CSV_RECORD);
}

static void
test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        char columns[JOB_COLUMNS_MAX + 1], why[192] = "";
        bool is_row = false;
        read_record(headers[i].header);
        bool read = bulk_read_header(headers[i].kind, &record, columns, &is_row, why);
        ROW_CHECK(headers[i].name, read == (headers[i].columns != NULL));
        ROW_CHECK(headers[i].name, is_row == headers[i].is_row);
        ROW_CHECK(headers[i].name, read || why[0] != '\0');
        ROW_CHECK(headers[i].name, !read || strcmp(columns, headers[i].columns) == 0);
        row_passed();
    }
}

static void
write_faults(const struct job_item *item, char *out, size_t room)
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < item->fault_count; i++) {
        size += (size_t)snprintf(out + size, room - size, "%s%s:%s", i == 0 ? "" : " ",
                                 item->faults[i].column, flaw_code(item->faults[i].flaw));
    }
}

static void
test_rows(void **state)
{
    static struct job_item item;
    struct test_keyring k;
    (void)state;
    test_keyring_create(&k);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char faults[256];
        struct bulk_reader reader = {
            rows[i].kind, rows[i].columns, k.keyring, { NOW_S, 8 * 3600 }
        };
        read_record(rows[i].row);
        bulk_read_item(&reader, &record, &item);
        write_faults(&item, faults, sizeof faults);
        if (strcmp(faults, rows[i].faults) != 0) fail_msg("row \"%s\": %s", rows[i].name, faults);
        row_passed();
    }
    test_keyring_close(&k);
}

/* What a good row becomes: sealed, and the same person as a sign-in makes. */
static void
test_a_person(void **state)
{
    static struct job_item item;
    struct test_keyring k;
    struct person p;
    struct uuid ref;
    (void)state;
    test_keyring_create(&k);
    struct bulk_reader reader = { JOB_RESIDENTS, "inmcg", k.keyring, { NOW_S, 8 * 3600 } };
    read_record("34052419800101001x, 张三 ,13812345678,1-2,a; b ;");
    bulk_read_item(&reader, &record, &item);
    assert_int_equal(item.fault_count, 0);
    keyring_person_ref(k.keyring, TEXT(ID), &ref);
    assert_true(uuid_equal(&item.person.resident.id, &ref));
    assert_true(uuid_equal(&item.person.roll.resident, &ref));
    assert_true(person_unseal(&item.person.resident, k.keyring, &p));
    assert_string_equal(p.name, "张三");
    assert_string_equal(p.id_number, ID);
    assert_string_equal(p.mobile, "13812345678");
    assert_string_equal(item.person.roll.cell, "1-2");
    assert_int_equal(item.person.roll.group_count, 2);
    assert_string_equal(item.person.roll.groups[1].text, "b");
    bulk_read_item(&reader, NULL, &item);
    assert_int_equal(item.fault_count, 1);
    test_keyring_close(&k);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_a_person),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
