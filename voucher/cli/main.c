/* voucher/cli/main.c: huiquan: one command of the table, or help. */
#include <unistd.h>

#include "voucher/cli/cli.h"

static enum cli_exit
help(FILE *out)
{
    fputs(
        "huiquan <noun> <verb> … [--json] [--dry-run] [--url URL] [--token-file FILE] [--key KEY]\n"
        "HUIQUAN_URL and HUIQUAN_TOKEN stand in for --url and --token-file.\n\n",
        out);
    for (size_t i = 0; i < command_count; i++) {
        fprintf(out, "huiquan %s %s %s\n    %s\n", command_rows[i].noun, command_rows[i].verb,
                command_rows[i].usage, command_rows[i].help);
    }
    return out == stdout ? CLI_OK : CLI_USAGE;
}

int
main(int argc, char **argv)
{
    struct cli cli = { .json = isatty(STDOUT_FILENO) == 0 };
    if (argc == 2 && (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)) {
        return (int)help(stdout);
    }
    cli.command = argc < 3 ? NULL : cli_find(argv[1], argv[2]);
    if (cli.command == NULL) return (int)help(stderr);
    if (!cli_read_arguments(&cli, argc, argv)) {
        fprintf(stderr, "usage: huiquan %s %s %s\n", cli.command->noun, cli.command->verb,
                cli.command->usage);
        return CLI_USAGE;
    }
    return (int)cli.command->run(&cli);
}
