/* voucher/figures.c */
#include "voucher/figures.h"

#include "voucher/route.h"

static const char *const statuses[] = { "other", "200", "201", "202", "204", "304", "400",
                                        "401",   "403", "404", "405", "408", "409", "412",
                                        "413",   "414", "415", "417", "422", "428", "429",
                                        "431",   "501", "503", "505" };

static size_t
routes_list(struct figures *out)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
    size_t count = route_count();
    must(count <= FIGURES_ROUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct endpoint *e = route_at(i);
        (void)snprintf(out->route_texts[i], sizeof out->route_texts[i], "%s %s", methods[e->method],
                       e->path);
        out->routes[i] = out->route_texts[i];
    }
    return count;
}

enum fault
figures_open(struct figures *out, struct service *service, size_t block_count)
{
    struct metric_words words[LABEL_COUNT] = { 0 };
    must(block_count > 1);
    words[LABEL_ROUTE] = (struct metric_words){ out->routes, routes_list(out) };
    for (int i = 0; i < OP_KIND_COUNT; i++) {
        out->operations[i] = op_kind_text((enum op_kind)i);
    }
    for (int i = 0; i < VERDICT_COUNT; i++) {
        out->codes[i] = verdict_code((enum verdict)i);
    }
    for (int i = 0; i < HTTPSIG_REASON_COUNT; i++) {
        out->reasons[i] = httpsig_reason_name((enum httpsig_reason)i);
    }
    service->statuses = (struct metric_words){ statuses, COUNT_OF(statuses) };
    words[LABEL_STATUS] = service->statuses;
    words[LABEL_OPERATION] = (struct metric_words){ out->operations, OP_KIND_COUNT };
    words[LABEL_CODE] = (struct metric_words){ out->codes, VERDICT_COUNT };
    words[LABEL_REASON] = (struct metric_words){ out->reasons, HTTPSIG_REASON_COUNT };
    return metrics_open(&service->metrics, words, block_count);
}
