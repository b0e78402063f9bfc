/* voucher/forwarded.h: who asks, and what he asked, where trusted proxies stand in between. Pure;
 * any thread.
 *
 * Only X-Forwarded-For, -Proto and -Host are read, and only from a peer of trusted_proxies. Not
 * Forwarded (RFC 7239): a proxy that writes one family lets the other pass as the client sent it,
 * so to believe both is to believe the client. */
#ifndef HUIQUAN_FORWARDED_H
#define HUIQUAN_FORWARDED_H

#include "voucher/config.h"
#include "voucher/http/exchange.h"

struct forwarded {
    bool address_known; /* false: a unix socket, or a proxy that names nobody and so speaks for many
                         */
    struct address address; /* the last on the way that is no trusted proxy */
    struct text scheme; /* "http" or "https" */
    struct text authority; /* as the client sent it; points into the request */
};

void forwarded_read(const struct config *config, const struct http_exchange *exchange,
                    struct forwarded *out);

#endif
