/* tests/test_cli.c: the table of commands against itself, and command lines against the table. */
#include "tests/rows.h"
#include "voucher/cli/cli.h"

#define ARGUMENTS_MAX 96

static const struct {
    const char *name, *line; /* words by spaces, behind the program's name */
    size_t words, options;
    bool json, dry_run;
} good[] = {
    { "nothing but the command", "campaign list", 0, 0, false, false },
    { "a word", "campaign show cmp_1", 1, 0, false, false },
    { "options before the word", "token verify --jwks f --at t 123", 1, 2, false, false },
    { "options behind the word", "token verify 123 --jwks f", 1, 1, false, false },
    { "json and dry run take no value", "campaign show --json --dry-run c", 1, 0, true, true },
    { "what every command takes", "key list --url u --token-file f --key k", 0, 3, false, false },
    { "an alternative of the usage", "admin create --socket s", 0, 1, false, false },
    { "a bracket of the usage", "redeem hold --evidence f", 0, 1, false, false },
    { "a value that begins with a dash", "campaign budget c --current -1", 1, 1, false, false },
};

static const struct {
    const char *name, *line;
} bad[] = {
    { "a word too few", "campaign show" },
    { "a word too many", "campaign show a b" },
    { "many words too many", "campaign show a b c d e f" },
    { "a word where none is wanted", "campaign list a" },
    { "an option of no command", "campaign list --colour red" },
    { "an option of another command", "campaign list --jwks f" },
    { "the beginning of an option", "token verify 123 --jwk f" },
    { "more than an option", "token verify 123 --jwkss f" },
    { "an option in capitals", "token verify 123 --JWKS f" },
    { "two dashes", "campaign show c --" },
    { "three dashes", "token verify 123 ---jwks f" },
    { "an option without its value", "ledger check --data-dir" },
    { "a placeholder as an option", "token verify 123 --FILE f" },
    { "an option longer than any",
      "campaign list --aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x" },
    { "more options than fit", "campaign list "
                               "--key 1 --key 1 --key 1 --key 1 --key 1 "
                               "--key 1 --key 1 --key 1 --key 1 --key 1 "
                               "--key 1 --key 1 --key 1 --key 1 --key 1 "
                               "--key 1 --key 1 --key 1 --key 1 --key 1 "
                               "--key 1 --key 1 --key 1 --key 1 --key 1 " },
};

static const char *const unknown[][2] = {
    { "campaign", "" },      { "", "list" },          { "campaign", "lis" },
    { "campaign", "lists" }, { "campaigns", "list" }, { "Campaign", "list" },
    { "list", "campaign" },
};

/* Cuts the line in place. */
static bool
read_line(struct cli *cli, char *line)
{
    char *arguments[ARGUMENTS_MAX] = { "huiquan" }, *rest = NULL;
    int count = 1;
    char *word = strtok_r(line, " ", &rest);
    for (; word != NULL && count < ARGUMENTS_MAX; word = strtok_r(NULL, " ", &rest)) {
        arguments[count++] = word;
    }
    assert_true(word == NULL && count >= 3);
    cli->command = cli_find(arguments[1], arguments[2]);
    assert_non_null(cli->command);
    return cli_read_arguments(cli, count, arguments);
}

static void
test_lines_that_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        char line[512];
        struct cli cli = { 0 };
        (void)snprintf(line, sizeof line, "%s", good[i].line);
        ROW_CHECK(good[i].name, read_line(&cli, line));
        ROW_CHECK(good[i].name, cli.word_count == good[i].words);
        ROW_CHECK(good[i].name, cli.option_count == good[i].options);
        ROW_CHECK(good[i].name, cli.json == good[i].json && cli.dry_run == good[i].dry_run);
        row_passed();
    }
}

static void
test_lines_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char line[512];
        struct cli cli = { 0 };
        (void)snprintf(line, sizeof line, "%s", bad[i].line);
        ROW_CHECK(bad[i].name, !read_line(&cli, line));
        row_passed();
    }
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        ROW_CHECK(unknown[i][1], cli_find(unknown[i][0], unknown[i][1]) == NULL);
        row_passed();
    }
}

static size_t
path_places(const char *path)
{
    size_t count = 0;
    for (; path != NULL && (path = strstr(path, "{}")) != NULL; path += 2) {
        count++;
    }
    return count;
}

static void
check_fields(const struct command *c, const char *name)
{
    for (size_t i = 0; i < CLI_FIELDS_MAX && c->fields[i].option != NULL; i++) {
        char dashed[64];
        (void)snprintf(dashed, sizeof dashed, "--%s ", c->fields[i].option);
        ROW_CHECK(name, strstr(c->usage, dashed) != NULL);
        ROW_CHECK(name, strchr("sil", c->fields[i].type) != NULL);
        ROW_CHECK(name, c->fields[i].member != NULL);
    }
}

static void
test_the_table_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &command_rows[i];
        char name[64];
        (void)snprintf(name, sizeof name, "%s %s", c->noun, c->verb);
        ROW_CHECK(name, cli_find(c->noun, c->verb) == c); /* the first of its name */
        ROW_CHECK(name, c->run != NULL && c->help[0] != '\0');
        ROW_CHECK(name, c->word_count <= CLI_WORDS_MAX);
        ROW_CHECK(name, (c->method == NULL) == (c->path == NULL));
        size_t files = c->run == run_upload ? 1 : 0; /* the last word then names one */
        ROW_CHECK(name, c->path == NULL || path_places(c->path) + files == c->word_count);
        check_fields(c, name);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_that_are_read),
        cmocka_unit_test(test_lines_that_are_refused),
        cmocka_unit_test(test_the_table_itself),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
