/* tests/bench/floor.h: what the parts cost alone, in the same run as the product. Each prints one
 * JSON object. */
#ifndef HUIQUAN_BENCH_FLOOR_H
#define HUIQUAN_BENCH_FLOOR_H

#include "voucher/base.h"

/* Ed25519 and HMAC by the service's own calls. */
void floor_crypto(int64_t millis);
/* Rows of the size of a claim in an empty database of directory: WAL, FULL, 1, 100 and 1000 rows to
 * a commit, append-only and with one scattered UNIQUE. */
void floor_sqlite(const char *directory, int64_t millis);
/* The limiter's script over a unix socket, one at a time and 16 at once. */
void floor_redis(const char *socket_path, int pid, int64_t millis);
/* A bufferevent loop that answers every request alike; prints "ready PORT", ends by SIGTERM. */
void floor_loop(void);

#endif
