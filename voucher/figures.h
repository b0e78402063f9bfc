/* voucher/figures.h: the words that the metrics' labels may have: routes, statuses, operations,
 * codes. Made once, before any thread starts; read by all. */
#ifndef HUIQUAN_FIGURES_H
#define HUIQUAN_FIGURES_H

#include "voucher/book/op.h"
#include "voucher/httpsig/reason.h"
#include "voucher/service.h"

#define FIGURES_ROUTES_MAX 128

struct figures {
    char route_texts[FIGURES_ROUTES_MAX][96];
    const char *routes[FIGURES_ROUTES_MAX];
    const char *operations[OP_KIND_COUNT];
    const char *codes[VERDICT_COUNT];
    const char *reasons[HTTPSIG_REASON_COUNT];
};

/* Opens service->metrics with that many blocks, whose words are in *out: it must live as long. */
enum fault figures_open(struct figures *out, struct service *service, size_t block_count);

#endif
