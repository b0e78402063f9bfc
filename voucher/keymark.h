/* voucher/keymark.h: which keys a data_dir was made with.
 *
 * With other peppers every resident would be somebody new, who may claim again. The mark is a keyed
 * digest of a fixed word, so it tells whose keys were used and nothing about them. It lies beside
 * the database and is made at the first start. */
#ifndef HUIQUAN_KEYMARK_H
#define HUIQUAN_KEYMARK_H

#include "crypto/keyring.h"

/* FAULT_CONFIG: made with other keys. FAULT_IO: the mark cannot be read or made. */
MUST_USE enum fault keymark_hold(const char *data_dir, const struct keyring *keyring);

#endif
