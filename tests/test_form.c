/* tests/test_form.c: what browsers' forms send, and the words of the daemon's own pages. */
#include "tests/rows.h"
#include "voucher/form.h"
#include "voucher/page_words.h"

static const struct {
    const char *name;
    const char *form;
    const char *member;
    const char *want; /* NULL: refused */
} rows[] = {
    { "plain", "key=abc&pool=p", "key", "abc" },
    { "the second member", "key=abc&pool=p", "pool", "p" },
    { "plus is a space", "name=a+b", "name", "a b" },
    { "percent", "name=%E7%8E%8B%e4%BC%9F", "name", "王伟" },
    { "an escaped ampersand", "name=a%26b=c", "name", "a&b=c" },
    { "an escaped plus", "name=a%2Bb", "name", "a+b" },
    { "an empty value", "name=&x=1", "name", "" },
    { "the first of two", "k=1&k=2", "k", "1" },
    { "eight bytes fit", "k=12345678", "k", "12345678" },
    { "nothing at all", "", "k", NULL },
    { "no bytes to look at", NULL, "k", NULL },
    { "another name", "kk=1", "k", NULL },
    { "a name that begins alike", "k1=1", "k", NULL },
    { "no equals sign", "k", "k", NULL },
    { "a cut escape", "k=%4", "k", NULL },
    { "a lone percent", "k=%", "k", NULL },
    { "no hexadecimal", "k=%zz", "k", NULL },
    { "NUL", "k=a%00b", "k", NULL },
    { "line feed", "k=a%0Ab", "k", NULL },
    { "delete", "k=%7f", "k", NULL },
    { "a raw control", "k=\x01", "k", NULL },
    { "a stray continuation", "k=%80", "k", NULL },
    { "a cut character", "k=%E7%8E", "k", NULL },
    { "an overlong slash", "k=%C0%AF", "k", NULL },
    { "a surrogate", "k=%ED%A0%80", "k", NULL },
    { "nine bytes do not fit", "k=123456789", "k", NULL },
};

static void
form_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[9] = "unread..";
        bool found = form_find(text_of(rows[i].form), rows[i].member, out, sizeof out);
        bool right = found == (rows[i].want != NULL) &&
                     strcmp(out, rows[i].want == NULL ? "" : rows[i].want) == 0;
        if (!right) fail_msg("%s: %d \"%s\"", rows[i].name, found, out);
        row_passed();
    }
}

static size_t
holes_in(const char *text)
{
    size_t holes = 0;
    for (; *text != '\0'; text++) {
        holes += *text == '{';
    }
    return holes;
}

static void
page_words_are_whole(void **state)
{
    (void)state;
    for (unsigned w = 0; w < WORD_COUNT; w++) {
        const char *zh = page_word((enum page_word)w, LANGUAGE_ZH);
        const char *en = page_word((enum page_word)w, LANGUAGE_EN);
        if (zh[0] == '\0' || en[0] == '\0') fail_msg("word %u is empty", w);
        if (strpbrk(zh, "<>&\"") != NULL || strpbrk(en, "<>&\"") != NULL) fail_msg("word %u", w);
        if (holes_in(zh) != holes_in(en)) fail_msg("word %u: holes differ", w);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(form_rows),
                                        cmocka_unit_test(page_words_are_whole) };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
