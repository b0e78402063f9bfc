/* voucher/cli/main.c: huiquan: one command of the table, or help. */
#include <unistd.h>

#include "voucher/cli/cli.h"

static bool
is_help(const char *word)
{
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

int
main(int argc, char **argv)
{
    struct cli cli = { .json = isatty(STDOUT_FILENO) == 0 };
    const char *noun = argc > 1 ? argv[1] : NULL, *verb = argc > 2 ? argv[2] : NULL;
    if (noun != NULL && is_help(noun)) return (int)help(verb, argc > 3 ? argv[3] : NULL);
    if (verb != NULL && is_help(verb)) return (int)help(noun, NULL);
    cli.command = verb == NULL ? NULL : cli_find(noun, verb);
    if (cli.command == NULL) return (int)unknown(noun, verb);
    if (argc == 4 && is_help(argv[3]) && argv[3][0] == '-') return (int)help(noun, verb);
    if (!cli_read_arguments(&cli, argc, argv)) {
        fprintf(stderr, "usage: huiquan %s %s %s\n", cli.command->noun, cli.command->verb,
                cli.command->usage);
        return CLI_USAGE;
    }
    return (int)cli.command->run(&cli);
}
