/* voucher/person.h: personal data on its way in: checked, digested, sealed, masked, wiped. */
#ifndef HUIQUAN_PERSON_H
#define HUIQUAN_PERSON_H

#include "crypto/keyring.h"
#include "voucher/faults.h"
#include "voucher/model/people.h"

/* Borrowed texts; normalised in place of the caller's by person_check. */
struct person {
    char name[PERSON_NAME_BYTES_MAX + 1];
    char id_number[72];
    char mobile[72]; /* empty: not known */
};

/* Normalises, then adds what is wrong at "id_number", "mobile" and "name". */
void person_check(struct person *p, int64_t now_s, int32_t offset_s, struct faults *faults);
/* The row that is stored: keyed reference, digest of the name, sealed rest. */
void person_seal(const struct person *p, const struct keyring *keyring, struct resident_row *out);
/* False: the row was sealed under another master, or is not whole. */
MUST_USE bool person_unseal(const struct resident_row *row, const struct keyring *keyring,
                            struct person *out);
void person_wipe(struct person *p);

#endif
