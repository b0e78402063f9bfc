/* voucher/cli/cli.c: what commands share, and reading the command line by their table. */
#include "voucher/cli/cli.h"

enum cli_exit
cli_complain(const char *what, const char *why)
{
    fprintf(stderr, "huiquan: %s: %s\n", what, why);
    return CLI_USAGE;
}

const char *
cli_option(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->option_count; i++) {
        if (strcmp(cli->options[i].name, name) == 0) return cli->options[i].value;
    }
    return NULL;
}

/* Takes all that a file has; NULL when memory is short. */
static char *
read_all(FILE *file, size_t *out_size)
{
    size_t size = 0, room = 1 << 16;
    char *bytes = malloc(room);
    while (bytes != NULL && !feof(file) && !ferror(file)) {
        size += fread(bytes + size, 1, room - size - 1, file);
        if (size + 1 < room) continue;
        char *moved = realloc(bytes, room *= 2);
        if (moved == NULL) free(bytes);
        bytes = moved;
    }
    if (bytes != NULL) bytes[size] = '\0';
    *out_size = size;
    return bytes;
}

char *
cli_read_file(const char *path, size_t *out_size)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "re");
    char *bytes = file == NULL ? NULL : read_all(file, out_size);
    if (file != NULL && !is_input) (void)fclose(file);
    if (bytes == NULL) (void)cli_complain(path, "cannot be read");
    return bytes;
}

static void
print_break(unsigned depth)
{
    putchar('\n');
    for (unsigned i = 0; i < depth; i++) {
        fputs("  ", stdout);
    }
}

/* One character of JSON that is not inside a text. */
static void
print_structure(char c, unsigned *depth)
{
    if (c == '}' || c == ']') {
        (*depth)--;
        print_break(*depth);
    }
    putchar(c);
    if (c == ':') putchar(' ');
    if (c == '{' || c == '[') (*depth)++;
    if (c == '{' || c == '[' || c == ',') print_break(*depth);
}

void
cli_print_json(const struct cli *cli, struct text json)
{
    unsigned depth = 0;
    bool in_text = false, escaped = false;
    if (cli->json) {
        printf("%.*s\n", (int)json.size, json.size > 0 ? json.at : "");
        return;
    }
    for (size_t i = 0; i < json.size; i++) {
        char c = json.at[i];
        if (c == '"' && !escaped) in_text = !in_text;
        escaped = in_text && c == '\\' && !escaped;
        if (in_text || c == '"')
            putchar(c);
        else
            print_structure(c, &depth);
    }
    putchar('\n');
}

const struct command *
cli_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &command_rows[i];
        if (strcmp(c->noun, noun) == 0 && strcmp(c->verb, verb) == 0) return c;
    }
    return NULL;
}

/* An option is known by standing in the command's usage, so that help cannot leave one out. */
static bool
option_is_known(const struct command *command, const char *name)
{
    static const char *const everywhere[] = { "url", "token-file", "session-file", "key" };
    char dashed[40];
    size_t size = (size_t)snprintf(dashed, sizeof dashed, "--%s", name);
    for (size_t i = 0; i < COUNT_OF(everywhere); i++) {
        if (strcmp(name, everywhere[i]) == 0) return true;
    }
    if (size == 2 || size >= sizeof dashed) return false;
    for (const char *at = command->usage; (at = strstr(at, dashed)) != NULL; at += size) {
        if (at[size] == '\0' || at[size] == ' ') return true;
    }
    return false;
}

static bool
take_option(struct cli *cli, const char *name, const char *value, int *at)
{
    if (strcmp(name, "json") == 0)
        cli->json = true;
    else if (strcmp(name, "dry-run") == 0)
        cli->dry_run = true;
    else if (value == NULL || cli->option_count == CLI_OPTIONS_MAX)
        return false;
    else {
        cli->options[cli->option_count++] = (struct cli_option){ name, value };
        (*at)++;
    }
    return true;
}

static bool
read_option(struct cli *cli, int argc, char **argv, int *at)
{
    const char *given = argv[*at], *name = given + 2;
    bool is_word = strcmp(name, "json") == 0 || strcmp(name, "dry-run") == 0;
    if (!is_word && !option_is_known(cli->command, name)) {
        (void)cli_complain(given, "no option of this command");
        return false;
    }
    if (take_option(cli, name, *at + 1 < argc ? argv[*at + 1] : NULL, at)) return true;
    (void)cli_complain(given, "needs a value");
    return false;
}

bool
cli_read_arguments(struct cli *cli, int argc, char **argv)
{
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            if (!read_option(cli, argc, argv, &i)) return false;
            continue;
        }
        if (cli->word_count == CLI_WORDS_MAX) return false;
        cli->words[cli->word_count++] = argv[i];
    }
    return cli->word_count == cli->command->word_count;
}
