/* voucher/idcheck.h: formats and check digits of Chinese identity and car papers. Pure, no
 * allocation, any thread.
 *
 * Each check answers FLAW_NONE or what is wrong (voucher/faults.h). All but idcheck_normalise()
 * want normalised text: what came from outside goes through idcheck_normalise() first, and it is
 * the normalised text that is stored, digested and compared. */
#ifndef HUIQUAN_IDCHECK_H
#define HUIQUAN_IDCHECK_H

#include "voucher/base.h"
#include "voucher/civil.h"
#include "voucher/faults.h"
#include "voucher/rules/car_rate.h"

#define IDCHECK_ID_NUMBER_SIZE 18
#define IDCHECK_USCC_SIZE 18
#define IDCHECK_VIN_SIZE 17
#define IDCHECK_AGE_MAX 130
#define IDCHECK_ROOM 64 /* enough for every format here, with NUL */

/* Full-width digits and letters become ASCII, lower case becomes upper; all else is kept, spaces
 * too. Returns the size without NUL; 0 (and an empty string) when the text is empty, is not UTF-8
 * where it is wide, or does not fit. */
size_t idcheck_normalise(struct text in, char *out, size_t room);

/* GB 11643: 18 characters, a real date of birth, not after today, age <= 130, check digit.
 * Precedence: shape, date, future, age, check. */
MUST_USE enum flaw idcheck_id_number(struct text id_number, const struct civil_date *today);
/* GB 32100. FLAW_USCC_CHECK is a warning that an administrator may override with a reason: a real
 * company's code that fails exists. */
MUST_USE enum flaw idcheck_uscc(struct text uscc);
/* GB 16735. A mismatch is FLAW_VIN_CHECK_IMPORTED (a warning) when the car was not built in China
 * (first character other than L): the check digit is a duty in China and North America only. */
MUST_USE enum flaw idcheck_vin(struct text vin);
/* Unified motor-vehicle invoice: code of 12 digits and number of 8 (paper), or a number of 20
 * digits and no code (digital; code is then empty). FLAW_INVOICE_CODE concerns the code, NUMBER the
 * number. */
MUST_USE enum flaw idcheck_invoice(struct text code, struct text number);
/* GA 36: ordinary plates have 7 characters, new-energy plates 8; FLAW_PLATE_ENERGY when the class
 * is not that of the car. */
MUST_USE enum flaw idcheck_plate(struct text plate, enum car_energy energy);
/* 1[3-9] and nine digits. */
MUST_USE enum flaw idcheck_mobile(struct text mobile);

#endif
