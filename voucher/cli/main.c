/* voucher/cli/main.c: huiquan. The table of commands, and reading the command line by it. */
#include <unistd.h>

#include "voucher/cli/cli.h"

#define PATH_CAMPAIGN "/v1/admin/campaigns/{}"
#define PATH_REDEMPTION "/v1/redemptions/{}"
#define BY_REQUEST "/v1/redemptions/by-request/{}"

static const struct command commands[] = {
    { "admin",
      "create",
      "--name NAME --roles budget,operations,approver,auditor --data-dir DIR",
      "make an administrator on the daemon's own machine; prints the API token once",
      0,
      run_admin_create,
      NULL,
      NULL,
      { { "name", "name", 's', true }, { "roles", "roles", 'l', true } },
      NULL },
    { "campaign",
      "create",
      "FILE|-",
      "create a draft from its JSON definition",
      1,
      run_campaign_create,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "campaign",
      "list",
      "",
      "all campaigns",
      0,
      run_request,
      "GET",
      "/v1/admin/campaigns",
      { { 0 } },
      NULL },
    { "campaign",
      "show",
      "ID",
      "one campaign",
      1,
      run_request,
      "GET",
      PATH_CAMPAIGN,
      { { 0 } },
      NULL },
    { "campaign",
      "submit",
      "ID",
      "hand in for approval",
      1,
      run_request,
      "POST",
      PATH_CAMPAIGN "/submit",
      { { 0 } },
      NULL },
    { "campaign",
      "approve",
      "ID",
      "approve; never the author's own",
      1,
      run_request,
      "POST",
      PATH_CAMPAIGN "/approve",
      { { 0 } },
      NULL },
    { "campaign",
      "reject",
      "ID",
      "send back to draft",
      1,
      run_request,
      "POST",
      PATH_CAMPAIGN "/reject",
      { { 0 } },
      NULL },
    { "campaign",
      "pause",
      "ID",
      "stop claims for now",
      1,
      run_request,
      "POST",
      PATH_CAMPAIGN "/pause",
      { { 0 } },
      NULL },
    { "campaign",
      "resume",
      "ID",
      "let claims go on",
      1,
      run_request,
      "POST",
      PATH_CAMPAIGN "/resume",
      { { 0 } },
      NULL },
    { "campaign",
      "close",
      "ID",
      "stop claims for good",
      1,
      run_request,
      "POST",
      PATH_CAMPAIGN "/close",
      { { 0 } },
      NULL },
    { "campaign",
      "ledger",
      "ID",
      "where the money is",
      1,
      run_request,
      "GET",
      PATH_CAMPAIGN "/ledger",
      { { 0 } },
      NULL },
    { "campaign",
      "budget",
      "ID --current FEN --target FEN --reason TEXT",
      "propose a budget change",
      1,
      run_request,
      "POST",
      PATH_CAMPAIGN "/budget-changes",
      { { "current", "current_fen", 'i', true },
        { "target", "target_fen", 'i', true },
        { "reason", "reason", 's', true } },
      NULL },
    { "budget",
      "approve",
      "ID",
      "approve another person's budget change",
      1,
      run_request,
      "POST",
      "/v1/admin/budget-changes/{}/approve",
      { { 0 } },
      NULL },
    { "budget",
      "reject",
      "ID",
      "reject a budget change",
      1,
      run_request,
      "POST",
      "/v1/admin/budget-changes/{}/reject",
      { { 0 } },
      NULL },
    { "merchant",
      "create",
      "--name NAME --uscc CODE --kind shop|car_dealer [--groups A,B]",
      "register a merchant",
      0,
      run_request,
      "POST",
      "/v1/admin/merchants",
      { { "name", "name", 's', true },
        { "uscc", "uscc", 's', true },
        { "kind", "kind", 's', true },
        { "groups", "groups", 'l', false },
        { "override-reason", "uscc_override_reason", 's', false } },
      NULL },
    { "merchant",
      "list",
      "",
      "all merchants",
      0,
      run_request,
      "GET",
      "/v1/admin/merchants",
      { { 0 } },
      NULL },
    { "terminal",
      "create",
      "MERCHANT --outlet NAME",
      "a new till; prints its enrollment code",
      1,
      run_request,
      "POST",
      "/v1/admin/merchants/{}/terminals",
      { { "outlet", "outlet", 's', true } },
      NULL },
    { "terminal",
      "list",
      "MERCHANT",
      "a merchant's tills",
      1,
      run_request,
      "GET",
      "/v1/admin/merchants/{}/terminals",
      { { 0 } },
      NULL },
    { "terminal",
      "enroll",
      "CODE --terminal-key FILE",
      "make a key on this machine and enroll it",
      1,
      run_terminal_enroll,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "terminal",
      "revoke",
      "ID",
      "lock a till out within seconds",
      1,
      run_request,
      "POST",
      "/v1/admin/terminals/{}/revoke",
      { { 0 } },
      NULL },
    { "session",
      "create",
      "--assertion JWT",
      "sign a resident in",
      0,
      run_request,
      "POST",
      "/v1/sessions",
      { { "assertion", "assertion", 's', true } },
      NULL },
    { "claim",
      "create",
      "CAMPAIGN --pool POOL",
      "claim as the resident of HUIQUAN_TOKEN",
      1,
      run_request,
      "POST",
      "/v1/campaigns/{}/claims",
      { { "pool", "pool_id", 's', true } },
      NULL },
    { "voucher",
      "list",
      "",
      "my vouchers",
      0,
      run_request,
      "GET",
      "/v1/me/vouchers",
      { { 0 } },
      NULL },
    { "voucher",
      "show",
      "ID",
      "one of my vouchers",
      1,
      run_request,
      "GET",
      "/v1/vouchers/{}",
      { { 0 } },
      NULL },
    { "voucher",
      "qr",
      "DIGITS",
      "draw a token as a QR code",
      1,
      run_qr,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "voucher",
      "void",
      "ID --reason TEXT",
      "void a voucher (administrator)",
      1,
      run_request,
      "POST",
      "/v1/admin/vouchers/{}/void",
      { { "reason", "reason", 's', true } },
      NULL },
    { "redeem",
      "verify",
      "--terminal-key FILE --token DIGITS",
      "look at a voucher, without effect",
      0,
      run_till_request,
      "POST",
      "/v1/verifications",
      { { "token", "token", 's', false }, { "short-code", "short_code", 's', false } },
      NULL },
    { "redeem",
      "capture",
      "--terminal-key FILE --token DIGITS|--short-code CODE --amount-fen N --order-no NO "
      "--out-request-no NO [--category C] [--evidence FILE]",
      "redeem at once",
      0,
      run_redeem,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "redeem",
      "hold",
      "as capture",
      "redeem in two steps",
      0,
      run_redeem,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "redeem",
      "confirm",
      "REDEMPTION --terminal-key FILE",
      "capture a hold",
      1,
      run_till_request,
      "POST",
      PATH_REDEMPTION "/capture",
      { { 0 } },
      NULL },
    { "redeem",
      "release",
      "REDEMPTION --terminal-key FILE",
      "give a hold back",
      1,
      run_till_request,
      "POST",
      PATH_REDEMPTION "/release",
      { { 0 } },
      NULL },
    { "redeem",
      "refund",
      "REDEMPTION --terminal-key FILE --amount-fen N --reason TEXT",
      "goods came back",
      1,
      run_till_request,
      "POST",
      PATH_REDEMPTION "/refund",
      { { "amount-fen", "amount_fen", 'i', true }, { "reason", "reason", 's', true } },
      NULL },
    { "redeem",
      "query",
      "OUT_REQUEST_NO --terminal-key FILE",
      "what became of a request",
      1,
      run_till_request,
      "GET",
      BY_REQUEST,
      { { 0 } },
      NULL },
    { "redeem",
      "reverse",
      "OUT_REQUEST_NO --terminal-key FILE [--reason TEXT]",
      "undo a request, known or not",
      1,
      run_till_request,
      "POST",
      BY_REQUEST "/reverse",
      { { "reason", "reason", 's', false } },
      NULL },
    { "token",
      "verify",
      "--jwks FILE|URL [--at TIME] DIGITS",
      "verify a token offline; prints its claims",
      1,
      run_token_verify,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "ledger",
      "check",
      "--data-dir DIR",
      "hold balances, vouchers and journal against each other",
      0,
      run_ledger_check,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "journal",
      "verify",
      "--data-dir DIR | --export FILE",
      "walk the hash chains",
      0,
      run_journal_verify,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "journal",
      "export",
      "--data-dir DIR",
      "every entry as a line of JSON",
      0,
      run_journal_export,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "key",
      "list",
      "--key-dir DIR",
      "the signing keys and their states",
      0,
      run_key_list,
      NULL,
      NULL,
      { { 0 } },
      NULL },
    { "key",
      "rotate",
      "--key-dir DIR",
      "next becomes active; then send the daemon a SIGHUP",
      0,
      run_key_rotate,
      NULL,
      NULL,
      { { 0 } },
      NULL },
};

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

char *
cli_read_file(const char *path, size_t *out_size)
{
    size_t size = 0, room = 1 << 16;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *bytes = file == NULL ? NULL : malloc(room);
    while (bytes != NULL && !feof(file) && !ferror(file)) {
        size += fread(bytes + size, 1, room - size - 1, file);
        if (size + 1 < room) continue;
        char *moved = realloc(bytes, room *= 2);
        if (moved == NULL) free(bytes);
        bytes = moved;
    }
    if (file != NULL && file != stdin) (void)fclose(file);
    if (bytes == NULL) {
        (void)cli_complain(path, "cannot be read");
        return NULL;
    }
    bytes[size] = '\0';
    *out_size = size;
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

static enum cli_exit
help(FILE *out)
{
    fputs(
        "huiquan <noun> <verb> … [--json] [--dry-run] [--url URL] [--token-file FILE] [--key KEY]\n"
        "HUIQUAN_URL and HUIQUAN_TOKEN stand in for --url and --token-file.\n\n",
        out);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        fprintf(out, "huiquan %s %s %s\n    %s\n", commands[i].noun, commands[i].verb,
                commands[i].usage, commands[i].help);
    }
    return out == stdout ? CLI_OK : CLI_USAGE;
}

static const struct command *
command_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const struct command *c = &commands[i];
        if (strcmp(c->noun, noun) == 0 && strcmp(c->verb, verb) == 0) return c;
    }
    return NULL;
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
read_arguments(struct cli *cli, int argc, char **argv)
{
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            const char *value = i + 1 < argc ? argv[i + 1] : NULL;
            if (take_option(cli, argv[i] + 2, value, &i)) continue;
            (void)cli_complain(argv[i], "needs a value");
            return false;
        }
        if (cli->word_count == CLI_WORDS_MAX) return false;
        cli->words[cli->word_count++] = argv[i];
    }
    return cli->word_count == cli->command->word_count;
}

int
main(int argc, char **argv)
{
    struct cli cli = { .json = isatty(STDOUT_FILENO) == 0 };
    if (argc == 2 && (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)) {
        return help(stdout);
    }
    cli.command = argc < 3 ? NULL : command_find(argv[1], argv[2]);
    if (cli.command == NULL) return help(stderr);
    if (!read_arguments(&cli, argc, argv)) {
        fprintf(stderr, "usage: huiquan %s %s %s\n", cli.command->noun, cli.command->verb,
                cli.command->usage);
        return CLI_USAGE;
    }
    return cli.command->run(&cli);
}
