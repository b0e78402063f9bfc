/* voucher/catalogue.h: parsed rule versions, which never change once approved. One per thread. */
#ifndef HUIQUAN_CATALOGUE_H
#define HUIQUAN_CATALOGUE_H

#include "storage/ledger.h"

struct catalogue;

MUST_USE enum fault catalogue_open(struct catalogue **out);
void catalogue_close(struct catalogue *c); /* NULL is fine */
/* After a batch that was not stored: what was approved in it only is not approved. */
void catalogue_forget(struct catalogue *c);

/* The rules of a version, borrowed until the catalogue forgets them: at least until the next
 * CATALOGUE_RULES_MAX other versions were asked for. NULL when the version is not there or the view
 * met a fault. Only approved versions are kept; a draft is parsed anew each time. */
#define CATALOGUE_RULES_MAX 256
const struct campaign_rules *catalogue_rules(struct catalogue *c, struct view *v,
                                             const struct uuid *campaign, int64_t version);
/* The acting version's rules; NULL before the first approval. */
const struct campaign_rules *catalogue_acting(struct catalogue *c, struct view *v,
                                              const struct campaign_row *campaign);

#endif
