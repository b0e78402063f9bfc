/* voucher/cli/remote.h: sending for the commands, and showing what came back. */
#ifndef HUIQUAN_CLI_REMOTE_H
#define HUIQUAN_CLI_REMOTE_H

#include "voucher/cli/cli.h"
#include "voucher/cli/http.h"
#include "voucher/json_writer.h"

#define REMOTE_TOKEN_SIZE 512
/* Of --token-file, --session-file or HUIQUAN_TOKEN; empty: none. False after a complaint. */
bool remote_read_token(const struct cli *cli, char out[REMOTE_TOKEN_SIZE]);
/* Puts the words of the command into its path. */
void remote_path(const struct cli *cli, char *out, size_t room);
/* Writes the members that the options give; false after a complaint. */
bool remote_body(const struct cli *cli, struct json_writer *w);
/* False after a complaint: part of a number is no number. */
bool remote_put_integer(struct json_writer *w, const struct cli_field *field, const char *value);
/* Of an HTTP status; 0 stands for no answer. */
enum cli_exit remote_exit(int status);
/* A refusal in words, on standard error. */
void remote_show_problem(const struct cli_answer *answer);
/* Sends and shows; a dry run only says what would be sent. */
enum cli_exit remote_send(const struct cli *cli, struct cli_request *request);

#endif
