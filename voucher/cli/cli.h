/* voucher/cli/cli.h: the command line `huiquan`: one table of commands; what most need is data.
 * Exit codes: 0 ok, 2 usage, 3 auth, 4 not found, 5 conflict or refused, 6 rate limited,
 * 7 unavailable, 8 partial. */
#ifndef HUIQUAN_CLI_H
#define HUIQUAN_CLI_H

#include "voucher/base.h"

enum cli_exit {
    CLI_OK = 0,
    CLI_USAGE = 2,
    CLI_AUTH = 3,
    CLI_NOT_FOUND = 4,
    CLI_REFUSED = 5,
    CLI_RATE_LIMITED = 6,
    CLI_UNAVAILABLE = 7,
    CLI_PARTIAL = 8,
};

#define CLI_WORDS_MAX 4
#define CLI_OPTIONS_MAX 24
#define CLI_FIELDS_MAX 6

struct command;

struct cli_option {
    const char *name; /* without dashes */
    const char *value;
};

struct cli {
    const struct command *command;
    size_t word_count; /* behind noun and verb */
    const char *words[CLI_WORDS_MAX];
    size_t option_count;
    struct cli_option options[CLI_OPTIONS_MAX];
    bool json; /* --json, or the output is no terminal */
    bool dry_run; /* say what would be sent */
};

/* How an option becomes a member of the request's body. */
struct cli_field {
    const char *option, *member;
    char type; /* 's' text, 'i' integer, 'l' comma-separated list */
    bool is_needed;
};

struct command {
    const char *noun, *verb, *usage, *help;
    size_t word_count; /* wanted */
    enum cli_exit (*run)(struct cli *cli);
    /* Of a command that is one request. "{}" stands for the next word. */
    const char *method, *path;
    struct cli_field fields[CLI_FIELDS_MAX];
    const char *flags; /* options without a value, space-separated; may be NULL */
};

extern const struct command command_rows[];
extern const size_t command_count;

/* NULL when there is no such command. */
const struct command *cli_find(const char *noun, const char *verb);
/* Of cli->command, from the third argument on; false, mostly after a complaint, when the command
 * has no such option, a value is missing, or the words are not as many as wanted. What is read
 * borrows from argv. */
bool cli_read_arguments(struct cli *cli, int argc, char **argv);
/* NULL when it was not given. */
const char *cli_option(const struct cli *cli, const char *name);
enum cli_exit cli_complain(const char *what, const char *why);
/* A whole file, or standard input for "-"; the caller frees it. NULL after a complaint. */
char *cli_read_file(const char *path, size_t *out_size);
/* JSON as it is for a program, indented for a person. */
void cli_print_json(const struct cli *cli, struct text json);

/* remote.c: a request by the command's row. */
enum cli_exit run_request(struct cli *cli);
enum cli_exit run_admin_create(struct cli *cli);
enum cli_exit run_campaign_create(struct cli *cli);
/* bulk.c: files up and down, and waiting for a job. */
enum cli_exit run_upload(struct cli *cli);
enum cli_exit run_download(struct cli *cli);
enum cli_exit run_job_watch(struct cli *cli);
/* till.c: signed as a terminal. */
enum cli_exit run_terminal_enroll(struct cli *cli);
enum cli_exit run_redeem(struct cli *cli);
enum cli_exit run_till_request(struct cli *cli);
/* offline.c: no service needed. */
enum cli_exit run_token_verify(struct cli *cli);
enum cli_exit run_key_list(struct cli *cli);
enum cli_exit run_key_rotate(struct cli *cli);
enum cli_exit run_key_revoke(struct cli *cli);
enum cli_exit run_qr(struct cli *cli);
/* books.c: the database file, read only. */
enum cli_exit run_ledger_check(struct cli *cli);
enum cli_exit run_journal_verify(struct cli *cli);
enum cli_exit run_journal_witnessed(struct cli *cli); /* verify --witness */
enum cli_exit run_journal_export(struct cli *cli);
/* backup.c, restore.c, raise.c: copies of the ledger, and putting one to work. */
enum cli_exit run_ledger_backup(struct cli *cli);
enum cli_exit run_ledger_restore(struct cli *cli);
enum cli_exit run_ledger_raise(struct cli *cli);

#endif
