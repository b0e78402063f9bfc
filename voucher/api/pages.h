/* voucher/api/pages.h: what the families of pages share. A worker's thread. */
#ifndef HUIQUAN_API_PAGES_H
#define HUIQUAN_API_PAGES_H

#include "voucher/page.h"

/* The face of a voucher or a pool: its value and from which sum on it may be used. */
void page_put_face(struct page *p, enum campaign_kind kind, int64_t value_fen,
                   int64_t min_spend_fen);
/* A refused form leads back to the front page, which says why; without a session, to signing in. */
void page_refuse_to_front(struct call *call);

#endif
