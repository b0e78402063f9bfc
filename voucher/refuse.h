/* voucher/refuse.h: how a call that ends in a refusal answers. A worker's thread. */
#ifndef HUIQUAN_REFUSE_H
#define HUIQUAN_REFUSE_H

#include "voucher/call.h"

/* Of a call whose verdict is not OK: a problem document, or the page's own way to say it. */
void refuse_write(struct call *call);

#endif
