/* voucher/witness.h: the daemon's own witness: a thread that writes a signed checkpoint of the
 * journal to a second path (voucher/witness_file.h) whenever the journal has grown, and the check
 * at start that the journal still holds all that was witnessed.
 *
 * The clerk never waits for it: what was sealed within the last interval may not be witnessed yet.
 * witness_close() witnesses the rest.
 *
 * With push_url each checkpoint is also posted there, as {"checkpoint": NOTE} and signed as a
 * webhook (voucher/outcall.h): one at a time, the newest, again until it is taken with 2xx. */
#ifndef HUIQUAN_WITNESS_H
#define HUIQUAN_WITNESS_H

#include "crypto/keyring.h"
#include "voucher/log.h"
#include "voucher/witness_file.h"

struct witness;

struct witness_settings {
    const char *path, *data_dir;
    int64_t every_ms;
    const char *push_url; /* empty: none */
    const char *push_secret_file;
    int64_t push_ms; /* until an answer */
    const struct seams *seams;
    const struct keyring *keyring; /* must outlive the witness */
    struct log *log;
};

/* The keys that may have signed: all of the ring, also revoked ones, whose notes are replaced by
 * the first checkpoint of the active key. */
void witness_keys_of(const struct keyring *k, struct witness_keys *out);
/* Before the ledger is opened, which appends. FAULT_CORRUPT: the journal lacks or contradicts what
 * was witnessed, and why names the first bad entry. */
MUST_USE enum fault witness_check(const struct witness_settings *s, char why[WITNESS_WHY_SIZE]);
/* Once the ledger is open, so that no other daemon witnesses on this path. */
MUST_USE enum fault witness_open(struct witness **out, const struct witness_settings *s,
                                 char why[WITNESS_WHY_SIZE]);
/* Ends the thread and its reader, while the ledger is still open. NULL is fine, as below. */
void witness_stop(struct witness *w);
/* When the ledger is closed: witnesses what remains. */
void witness_close(struct witness *w);

#endif
