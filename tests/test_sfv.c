/* Structured fields (RFC 8941): a value is read and written again in canonical form. Rows without
 * a canonical form must be refused. */
#include "tests/rows.h"

#include "voucher/httpsig/sfv_writer.h"

#define OUT_ROOM 512

/* All members of a dictionary as RFC 8941 section 4.1.2 writes them. False: malformed. */
static bool
write_dictionary(struct text field, struct sfv_writer *out)
{
    struct sfv_member member;
    enum sfv_step step = sfv_dictionary_next(&field, &member);
    for (; step == SFV_NEXT; step = sfv_dictionary_next(&field, &member)) {
        const bool is_true = member.value.kind == SFV_BOOLEAN && member.value.number == 1;
        if (out->size > 0) sfv_write_text(out, TEXT(", "));
        sfv_write_text(out, member.key);
        if (member.is_list || !is_true) sfv_write_text(out, TEXT("="));
        if (member.is_list) {
            sfv_write_list(out, member.list, member.parameters);
            continue;
        }
        if (!is_true) sfv_write_bare(out, &member.value);
        sfv_write_parameters(out, member.parameters);
    }
    return step == SFV_END;
}

struct row {
    const char *name, *field;
    const char *canonical; /* NULL: malformed */
};

#define SAME(name, field)  \
    {                      \
        name, field, field \
    }
#define BAD(name, field)  \
    {                     \
        name, field, NULL \
    }

static const struct row good_rows[] = {
    SAME("empty dictionary", ""),
    { "only spaces", "   ", "" },
    SAME("one integer", "a=1"),
    SAME("negative integer", "a=-1"),
    { "minus zero", "a=-0", "a=0" },
    { "leading zeros", "a=0042", "a=42" },
    SAME("15 digits", "a=999999999999999"),
    SAME("15 digits below zero", "a=-999999999999999"),
    SAME("decimal", "a=1.5"),
    SAME("decimal below one", "a=-0.5"),
    SAME("three places", "a=1.125"),
    { "trailing zeros of a decimal", "a=1.500", "a=1.5" },
    { "decimal without fraction keeps a zero", "a=1.000", "a=1.0" },
    SAME("12 digits before the point", "a=123456789012.125"),
    SAME("string", "a=\"b c\""),
    SAME("empty string", "a=\"\""),
    SAME("string with escapes", "a=\"q \\\" b \\\\\""),
    SAME("string with all marks", "a=\" !#$%&'()*+,-./:;<=>?@[]^_`{|}~\""),
    SAME("token", "a=foo123/456"),
    SAME("token with every mark", "a=f!#$%&'*+-.^_`|~:/"),
    SAME("token with star in front", "a=*foo"),
    SAME("token in upper case", "a=FOO"),
    SAME("bytes", "a=:aGVsbG8=:"),
    SAME("no bytes", "a=::"),
    SAME("bytes without fill", "a=:AAAA:"),
    SAME("bytes with two fills", "a=:AA==:"),
    SAME("bytes with plus and slash", "a=:+/+/:"),
    SAME("true", "a"),
    { "true spelled out", "a=?1", "a" },
    SAME("false", "a=?0"),
    SAME("true with parameters", "a;b=1"),
    SAME("two members", "a=1, b=2"),
    { "no space behind the comma", "a=1,b=2", "a=1, b=2" },
    { "tabs around the comma", "a=1\t,\t b=2", "a=1, b=2" },
    { "spaces around it all", "  a=1 ,  b=2  ", "a=1, b=2" },
    { "a tab at the end", "a=1\t", "a=1" },
    SAME("key with marks", "a_-.*1=1"),
    SAME("key with star in front", "*a=1"),
    SAME("empty list", "a=()"),
    { "list of spaces", "a=(   )", "a=()" },
    SAME("list of strings", "a=(\"x\" \"y\")"),
    { "list with loose spaces", "a=(  \"x\"   \"y\"  )", "a=(\"x\" \"y\")" },
    SAME("list of all kinds", "a=(1 1.5 \"s\" t :AA==: ?0)"),
    SAME("parameters of items and of the list", "a=(\"x\";k=1 \"y\";l;m=t);p=2;q=\"r\""),
    { "spaces in front of a parameter", "a=1;  b=2;c", "a=1;b=2;c" },
    { "parameter true spelled out", "a=1;b=?1", "a=1;b" },
    SAME("parameter false", "a=1;b=?0"),
    SAME("like Signature-Input",
         "sig1=(\"@method\" \"content-digest\");created=1618884473;keyid=\"k\""),
    SAME("like Signature", "sig1=:wqcA:, sig2=:AAAA:"),
};

static const struct row bad_rows[] = {
    BAD("comma alone", ","),
    BAD("comma in front", ",a=1"),
    BAD("comma at the end", "a=1,"),
    BAD("comma and space at the end", "a=1, "),
    BAD("two commas", "a=1,,b=2"),
    BAD("no comma", "a=1 b=2"),
    BAD("semicolon between members", "a=1;;b=2"),
    BAD("tab in front", "\ta=1"),
    BAD("line end inside", "a=1,\nb=2"),
    BAD("key in upper case", "A=1"),
    BAD("upper case inside a key", "aB=1"),
    BAD("key begins with a digit", "1a=1"),
    BAD("key begins with a dash", "-a=1"),
    BAD("no key", "=1"),
    BAD("no value behind =", "a="),
    BAD("space behind =", "a= 1"),
    BAD("space in front of =", "a =1"),
    BAD("two =", "a==1"),
    BAD("byte above ASCII in a key", "\xc3\xa9=1"),

    BAD("16 digits", "a=1000000000000000"),
    BAD("minus alone", "a=-"),
    BAD("two minus", "a=--1"),
    BAD("plus", "a=+1"),
    BAD("point at the end", "a=1."),
    BAD("point in front", "a=.5"),
    BAD("two points", "a=1.5.5"),
    BAD("four places", "a=1.1234"),
    BAD("13 digits before the point", "a=1234567890123.1"),
    BAD("exponent", "a=1e3."),
    BAD("minus and space", "a=- 1"),

    BAD("string without end", "a=\"b"),
    BAD("a quote alone", "a=\""),
    BAD("backslash at the end", "a=\"b\\"),
    BAD("escaped quote at the end", "a=\"b\\\""),
    BAD("escape of a letter", "a=\"\\n\""),
    BAD("tab in a string", "a=\"b\tc\""),
    BAD("line end in a string", "a=\"b\nc\""),
    BAD("DEL in a string", "a=\"b\x7f\""),
    BAD("byte above ASCII in a string", "a=\"\xe6\x83\xa0\""),
    BAD("single quotes", "a='b'"),
    BAD("two strings without space", "a=\"b\"\"c\""),

    BAD("token begins with a mark", "a=!b"),
    BAD("token with a bracket", "a=b[c"),
    BAD("token with a byte above ASCII", "a=b\xc3\xa9"),

    BAD("bytes without end", "a=:AAAA"),
    BAD("a colon alone", "a=:"),
    BAD("bytes with one letter", "a=:A:"),
    BAD("bytes without padding", "a=:AA:"),
    BAD("bytes with too little padding", "a=:AA=:"),
    BAD("bytes with too much padding", "a=:AAA==:"),
    BAD("bytes that are only padding", "a=:====:"),
    BAD("bytes that are a little padding", "a=:=:"),
    BAD("a group that is only padding", "a=:AAAA====:"),
    BAD("padding inside", "a=:AA==AAAA:"),
    BAD("spare bits of two", "a=:AB==:"),
    BAD("spare bits of one", "a=:AAB=:"),
    BAD("bytes in the alphabet of URLs", "a=:-_-_:"),
    BAD("space in bytes", "a=:AA AA:"),

    BAD("boolean 2", "a=?2"),
    BAD("boolean of a letter", "a=?t"),
    BAD("question mark alone", "a=?"),
    BAD("boolean with more behind", "a=?11"),

    BAD("list without end", "a=(\"x\""),
    BAD("list without end, with space", "a=(\"x\" "),
    BAD("bracket alone", "a=("),
    BAD("list with a comma", "a=(\"x\",\"y\")"),
    BAD("list with a tab", "a=(\"x\"\t\"y\")"),
    BAD("list items without space", "a=(\"x\"\"y\")"),
    BAD("list in a list", "a=((\"x\"))"),
    BAD("list with a broken item", "a=(\"x\" :A:)"),
    BAD("closing bracket twice", "a=())"),
    BAD("list as a parameter", "a=1;b=()"),

    BAD("parameter without key", "a=1;"),
    BAD("parameter without key, list", "a=();"),
    BAD("parameter key in upper case", "a=1;B=1"),
    BAD("space in front of the semicolon", "a=1 ;b=1"),
    BAD("tab behind the semicolon", "a=1;\tb=1"),
    BAD("no value of a parameter", "a=1;b="),
    BAD("space behind = of a parameter", "a=1;b= 1"),

    BAD("date of RFC 9651", "a=@1618884473"),
    BAD("display string of RFC 9651", "a=%\"f%c3%bc\""),
    BAD("broken behind a good member", "a=1, b=:A:"),
};

static void
test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good_rows); i++) {
        const struct row *row = &good_rows[i];
        char room[OUT_ROOM];
        struct sfv_writer out;
        sfv_writer_start(&out, room, sizeof room);
        ROW_CHECK(row->name, write_dictionary(text_of(row->field), &out));
        ROW_CHECK(row->name, text_equal(sfv_writer_text(&out), text_of(row->canonical)));
        row_passed();
    }
}

static void
test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_rows); i++) {
        const struct row *row = &bad_rows[i];
        char room[OUT_ROOM];
        struct sfv_writer out;
        struct sfv_member member;
        sfv_writer_start(&out, room, sizeof room);
        ROW_CHECK(row->name, !write_dictionary(text_of(row->field), &out));
        ROW_CHECK(row->name,
                  sfv_dictionary_find(text_of(row->field), TEXT("a"), &member) == SFV_MALFORMED);
        row_passed();
    }
}

/* Every prefix of a sound value is read without a look behind its end (ASan watches). */
static void
test_prefixes(void **state)
{
    (void)state;
    const struct text whole =
        TEXT("sig1=(\"@method\";a=1.25 \"x\");created=16;n=\"a\\\"b\";c=:AA==:;"
             "d=?0, sig2=token, sig3");
    for (size_t size = 0; size <= whole.size; size++) {
        char room[OUT_ROOM];
        struct sfv_writer out;
        char *exact = malloc(size > 0 ? size : 1);
        assert_non_null(exact);
        memcpy(exact, whole.at, size);
        sfv_writer_start(&out, room, sizeof room);
        const bool is_sound = write_dictionary((struct text){ exact, size }, &out);
        free(exact);
        if (size == whole.size) assert_true(is_sound);
        row_passed();
    }
}

static const struct {
    const char *name, *field;
    enum sfv_found want;
} find_rows[] = {
    { "alone", "sig1=1", SFV_FOUND },
    { "behind another", "sig2=2, sig1=1", SFV_FOUND },
    { "in front of another", "sig1=1, sig2=2", SFV_FOUND },
    { "empty", "", SFV_ABSENT },
    { "another", "sig2=1", SFV_ABSENT },
    { "longer key", "sig11=1", SFV_ABSENT },
    { "shorter key", "sig=1", SFV_ABSENT },
    { "only as a parameter", "sig2;sig1=1", SFV_ABSENT },
    { "only in a string", "sig2=\"sig1=1\"", SFV_ABSENT },
    { "twice", "sig1=1, sig1=1", SFV_DOUBLED },
    { "twice, apart", "sig1=1, b=1, sig1=2", SFV_DOUBLED },
    { "broken behind it", "sig1=1, B", SFV_MALFORMED },
    { "twice and broken behind", "sig1=1, sig1=2,", SFV_MALFORMED },
    { "in upper case", "SIG1=1", SFV_MALFORMED },
};

static void
test_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(find_rows); i++) {
        struct sfv_member member = { 0 };
        const char *name = find_rows[i].name;
        const enum sfv_found found =
            sfv_dictionary_find(text_of(find_rows[i].field), TEXT("sig1"), &member);
        ROW_CHECK(name, found == find_rows[i].want);
        if (found == SFV_FOUND) ROW_CHECK(name, member.value.number == 1);
        row_passed();
    }
}

static void
test_nul(void **state)
{
    (void)state;
    static const char *const names[] = { "key", "token", "string", "list", "bytes" };
    static const struct text fields[] = {
        { "a\0=1", 4 }, { "a=b\0", 4 }, { "a=\"\0\"", 5 }, { "a=(\0)", 5 }, { "a=:\0:", 5 },
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct sfv_member member;
        ROW_CHECK(names[i], sfv_dictionary_find(fields[i], TEXT("a"), &member) == SFV_MALFORMED);
        row_passed();
    }
}

static struct sfv_bare
value_of(const char *field)
{
    struct sfv_member member;
    assert_int_equal(sfv_dictionary_find(text_of(field), TEXT("a"), &member), SFV_FOUND);
    return member.value;
}

static void
test_read_string(void **state)
{
    (void)state;
    char out[4];
    size_t size;
    const struct sfv_bare fits = value_of("a=\"\\\"b\\\\c\"");
    assert_true(sfv_string_read(&fits, out, sizeof out, &size));
    assert_int_equal(size, 4);
    assert_memory_equal(out, "\"b\\c", 4);
    assert_false(sfv_string_read(&fits, out, 3, &size));
    const struct sfv_bare empty = value_of("a=\"\"");
    assert_true(sfv_string_read(&empty, out, 0, &size));
    assert_int_equal(size, 0);
    row_passed();
}

static void
test_read_bytes(void **state)
{
    (void)state;
    uint8_t out[5];
    size_t size;
    const struct sfv_bare hello = value_of("a=:aGVsbG8=:");
    assert_true(sfv_bytes_read(&hello, out, sizeof out, &size));
    assert_int_equal(size, 5);
    assert_memory_equal(out, "hello", 5);
    assert_false(sfv_bytes_read(&hello, out, 4, &size));
    const struct sfv_bare none = value_of("a=::");
    assert_true(sfv_bytes_read(&none, out, sizeof out, &size));
    assert_int_equal(size, 0);
    row_passed();
}

/* A writer writes all or fails, and stays failed. */
static void
test_writer_room(void **state)
{
    (void)state;
    const struct text want = TEXT("\"a\\\"b\":aGVsbG8=:-12");
    for (size_t room = 0; room <= want.size; room++) {
        char out[64];
        struct sfv_writer w;
        memset(out, 'x', sizeof out);
        sfv_writer_start(&w, out, room);
        sfv_write_string(&w, TEXT("a\"b"));
        sfv_write_bytes(&w, (const uint8_t *)"hello", 5);
        sfv_write_integer(&w, -12);
        assert_int_equal(w.failed, room < want.size);
        assert_true(w.size <= room);
        assert_memory_equal(out, want.at, w.size);
        assert_int_equal(out[room], 'x');
        sfv_write_text(&w, TEXT(""));
        assert_int_equal(w.failed, room < want.size);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),       cmocka_unit_test(test_bad),
        cmocka_unit_test(test_prefixes),   cmocka_unit_test(test_find),
        cmocka_unit_test(test_nul),        cmocka_unit_test(test_read_string),
        cmocka_unit_test(test_read_bytes), cmocka_unit_test(test_writer_room),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
