/* voucher/cli/witnessed.h: the keys that a witness's checkpoints are signed with. */
#ifndef HUIQUAN_CLI_WITNESSED_H
#define HUIQUAN_CLI_WITNESSED_H

#include "voucher/cli/cli.h"
#include "voucher/witness_file.h"

/* All Ed25519 keys of a JWKS, a file or an address. Not CLI_OK: it has complained. */
enum cli_exit cli_read_jwks(const char *from, struct witness_keys *out);

#endif
