/* voucher/cli/manifest.h: what a backup says of itself: manifest.json beside its huiquan.db. Beyond
 * the hash it holds no secret: keys are named by their ids, which stand in every token.
 *
 *   format     "huiquan-backup-1"
 *   made_at    when the copy was made
 *   database   {file, bytes, sha256 (hexadecimal), schema_version}
 *   journal    {entries, writer, seq, hash (hexadecimal), last_at}: its end
 *   counts     {campaigns, claims, vouchers, redemptions}
 *   key_ids    the signing keys of its vouchers, 8 hexadecimal digits each
 *   witness    null, or {size, root (hexadecimal)}: a checkpoint at that time */
#ifndef HUIQUAN_CLI_MANIFEST_H
#define HUIQUAN_CLI_MANIFEST_H

#include "storage/copy.h"
#include "voucher/json_writer.h"

#define MANIFEST_NAME "manifest.json"
#define MANIFEST_DATABASE "huiquan.db"
#define MANIFEST_MARK "keys.mark"
#define MANIFEST_WHY_SIZE 256

struct manifest {
    int64_t made_at_s, bytes;
    struct digest sha256;
    struct standing standing;
    int64_t witnessed; /* 0: none */
    struct digest root;
};

void manifest_write(struct json_writer *w, const struct manifest *m);
/* Of a backup's directory. False: why says what is wrong. */
MUST_USE bool manifest_read(struct manifest *out, const char *dir, char why[MANIFEST_WHY_SIZE]);
/* Which of its figures the copy contradicts; NULL: none. */
const char *manifest_differs(const struct manifest *m, const struct standing *found);

#endif
