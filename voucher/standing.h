/* voucher/standing.h: what must hold of a daemon's directories before it opens anything in them.
 * Any thread; at the start. */
#ifndef HUIQUAN_STANDING_H
#define HUIQUAN_STANDING_H

#include "voucher/config.h"

/* How a daemon ends that was started on a restored copy (EX_CONFIG of sysexits.h): to start it
 * again helps only once somebody has raised the epoch. */
#define STANDING_EXIT_COPY 78

/* Ends the process, after a complaint, when data_dir holds a copy that is not at work. */
void standing_refuse_copy(const char *data_dir);
/* The first start of all makes its own keys. False, after a complaint: there are none, and there
 * should be. */
MUST_USE bool standing_keys_ready(const struct config *config, int64_t now_s);

#endif
