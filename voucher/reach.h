/* voucher/reach.h: where the service's own calls may lead. Pure; any thread.
 *
 * The URLs are the operator's settings, yet what a name resolves to is the word of a name server,
 * which may be another at each call. Never: this network (0/8), link-local and with it the clouds'
 * metadata, shared 100.64/10 (another cloud's metadata), multicast and above. Loopback only where
 * the URL itself says so. Private networks are where a city's gateways stand. An IPv4 address in
 * IPv6's clothes (mapped, translated, compatible, NAT64, 6to4) is judged as what it leads to. */
#ifndef HUIQUAN_REACH_H
#define HUIQUAN_REACH_H

#include "voucher/cidr.h"

/* Whether a URL's host is an address or "localhost", and no name that somebody else resolves. */
bool reach_is_literal(struct text host);
/* is_literal: of the host of the URL for which this address was found. */
bool reach_allows(const struct address *address, bool is_literal);

#endif
