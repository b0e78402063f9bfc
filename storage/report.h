/* storage/report.h: what happened on each local day, added up by the engine. Walks whole ranges:
 * for a desk's thread, never an event loop. */
#ifndef HUIQUAN_STORAGE_REPORT_H
#define HUIQUAN_STORAGE_REPORT_H

#include "storage/ledger.h"

struct report_range {
    int64_t from_s, to_s; /* [from, to) */
    int64_t now_s; /* what is not over yet has not expired */
    int32_t offset_s; /* of the local day */
    struct uuid campaign; /* none: all */
};

/* One day, campaign, and for redemptions merchant and category. Only the members of one kind of
 * fact are set in a row. */
struct report_fact {
    int64_t day; /* local, since 1970-01-01 */
    struct uuid campaign;
    struct uuid merchant; /* none: not about a merchant */
    char category[LABEL_BYTES_MAX + 1];
    int64_t claimed; /* claims of all sources */
    int64_t issued, issued_fen; /* vouchers that they gave */
    int64_t redeemed, redeemed_fen; /* captured, net of what went back */
    int64_t expired, expired_fen; /* live vouchers whose window ended that day */
    int64_t returned, returned_fen; /* the fund's share that came back by refunds */
    int64_t sales_fen; /* orders that vouchers were used for, net of refunds */
};

/* False from the callback stops. */
void view_report(struct view *v, const struct report_range *range,
                 bool (*each)(void *owner, const struct report_fact *fact), void *owner);

#endif
