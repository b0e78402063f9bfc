/* voucher/cli/main.c: huiquan: one command of the table, or help. */
#include <unistd.h>

#include "voucher/cli/cli.h"

static bool
is_help(const char *word)
{
    if (word == NULL) return false;
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* The commands of a noun, or all: with their options, and what they do. False: it has none. */
static bool
print_commands(FILE *out, const char *noun, const char *verb)
{
    bool found = false;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &command_rows[i];
        if (noun != NULL && strcmp(c->noun, noun) != 0) continue;
        if (verb != NULL && strcmp(c->verb, verb) != 0) continue;
        fprintf(out, "huiquan %s %s%s%s\n    %s\n", c->noun, c->verb, c->usage[0] ? " " : "",
                c->usage, c->help);
        found = true;
    }
    return found;
}

static enum cli_exit
help(const char *noun, const char *verb)
{
    fputs(
        "huiquan <noun> <verb> … [--json] [--dry-run] [--url URL] [--token-file FILE] [--key KEY]\n"
        "HUIQUAN_URL and HUIQUAN_TOKEN stand in for --url and --token-file.\n\n",
        stdout);
    if (print_commands(stdout, noun, verb)) return CLI_OK;
    return cli_complain(noun, "no such command; huiquan help lists all");
}

/* Whoever mistypes a verb sees the verbs of his noun. */
static enum cli_exit
unknown(const char *noun, const char *verb)
{
    if (noun != NULL && print_commands(stderr, noun, NULL)) {
        return cli_complain(noun, verb == NULL ? "a verb is missing" : "no such verb");
    }
    return cli_complain(noun == NULL ? "huiquan" : noun, "no such command; huiquan help lists all");
}

/* Whether the words ask for help instead of doing something; *out is then how that ended. */
static bool
asks_for_help(const char *const words[3], enum cli_exit *out)
{
    bool of_all = is_help(words[0]), of_noun = is_help(words[1]);
    bool of_verb = words[2] != NULL && strcmp(words[2], "--help") == 0;
    if (of_all)
        *out = help(words[1], words[2]);
    else if (of_noun)
        *out = help(words[0], NULL);
    else if (of_verb)
        *out = help(words[0], words[1]);
    return of_all || of_noun || of_verb;
}

int
main(int argc, char **argv)
{
    struct cli cli = { .json = isatty(STDOUT_FILENO) == 0 };
    const char *words[3] = { NULL }; /* noun, verb, and what may be --help */
    enum cli_exit helped;
    for (int i = 0; i < 3 && i + 1 < argc; i++) {
        words[i] = argv[i + 1];
    }
    if (asks_for_help(words, &helped)) return (int)helped;
    cli.command = words[1] == NULL ? NULL : cli_find(words[0], words[1]);
    if (cli.command == NULL) return (int)unknown(words[0], words[1]);
    if (!cli_read_arguments(&cli, argc, argv)) {
        fprintf(stderr, "usage: huiquan %s %s %s\n", cli.command->noun, cli.command->verb,
                cli.command->usage);
        return CLI_USAGE;
    }
    return (int)cli.command->run(&cli);
}
