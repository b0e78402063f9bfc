/* voucher/if_match.h: revisions in entity tags. Pure; any thread. */
#ifndef HUIQUAN_IF_MATCH_H
#define HUIQUAN_IF_MATCH_H

#include "voucher/http/request.h"

/* One line of If-Match. A weak tag matches nothing (RFC 9110 section 13.1.1). Revisions only grow,
 * so that of several tags only the greatest can be the one that stands. */
int64_t if_match_line(struct text line);
/* Of all lines of a request: the greatest revision, or -1; true (and -1): any. */
bool if_match_read(const struct http_request *request, int64_t *revision);

#endif
