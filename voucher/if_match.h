/* voucher/if_match.h: revisions in entity tags. Pure; any thread. */
#ifndef HUIQUAN_IF_MATCH_H
#define HUIQUAN_IF_MATCH_H

#include "voucher/base.h"

/* One line of If-Match. A weak tag matches nothing (RFC 9110 section 13.1.1). Revisions only grow,
 * so that of several tags only the greatest can be the one that stands. */
int64_t if_match_line(struct text line);

#endif
