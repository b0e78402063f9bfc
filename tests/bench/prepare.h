/* tests/bench/prepare.h: writes the requests of a scenario before the run.
 *
 *   claims   one resident after another, with a session under the daemon's own keys
 *   redeem   one voucher of the file after another, signed by the tills in turn
 *   voucher  reads of the vouchers of the file, by their owners
 *   get      one path for everybody */
#ifndef HUIQUAN_BENCH_PREPARE_H
#define HUIQUAN_BENCH_PREPARE_H

#include "tests/bench/options.h"
#include "tests/bench/requests.h"

/* Ends the process with a sentence when a file or a key is not as it should be. */
void prepare_requests(const struct load_options *options, struct requests *out);

#endif
