/* voucher/api/evidence.h: evidence of a car purchase on its way in. Numbers and names become keyed
 * digests here; what cannot be right becomes a bit, reported when the voucher itself is in order.
 */
#ifndef HUIQUAN_API_EVIDENCE_H
#define HUIQUAN_API_EVIDENCE_H

#include "voucher/call.h"

/* The member "evidence", if it is there. Faults of shape go to the reader. */
void evidence_parse(struct call *call, struct json_reader *body, struct evidence *out);

#endif
