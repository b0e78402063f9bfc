/* voucher/cli/witnessed.h: the keys that a witness's checkpoints are signed with. */
#ifndef HUIQUAN_CLI_WITNESSED_H
#define HUIQUAN_CLI_WITNESSED_H

#include "voucher/cli/cli.h"
#include "voucher/witness_file.h"

/* All Ed25519 keys of a JWKS, a file or an address. Not CLI_OK: it has complained. */
enum cli_exit cli_read_jwks(const char *from, struct witness_keys *out);
/* --witness and --jwks; zeroed when there is no --witness. Not CLI_OK: it has complained. In any
 * case ended by witness_file_end(). */
enum cli_exit cli_read_witness(const struct cli *cli, struct witness_file *out);
/* Like witness_walk_all(), for a copy: that it ends before the witness is no fault. */
MUST_USE bool cli_hold_prefix(struct witness_walk *w, struct view *v);

#endif
