/* voucher/receipt.h: the service's signature on an answer to a terminal (RFC 9421, RFC 9530). */
#ifndef HUIQUAN_RECEIPT_H
#define HUIQUAN_RECEIPT_H

#include "voucher/call.h"

/* Adds Content-Digest, Signature-Input and Signature to the call's fields. */
void receipt_sign(struct call *call, int status, struct text body);

#endif
