/* voucher/service.h: what all workers of one process share. Made by main() before any thread, and
 * immutable but for the secrets, which a reload replaces. */
#ifndef HUIQUAN_SERVICE_H
#define HUIQUAN_SERVICE_H

#include "crypto/jwt.h"
#include "crypto/keyring.h"
#include "voucher/bulk/jobs.h"
#include "voucher/clerk.h"
#include "voucher/config.h"
#include "voucher/desk.h"
#include "voucher/log.h"
#include "voucher/metrics.h"
#include "voucher/outcall.h"

/* Keys and issuers of one reading; each worker has its own. A call holds the one that it began
 * with; the last holder of a replaced one closes it. */
struct secrets {
    size_t holder_count;
    bool is_replaced;
    struct keyring *keyring;
    struct jwt_issuers *issuers; /* NULL: none are trusted */
    size_t jwks_size;
    char jwks[KEYRING_JWKS_SIZE];
};

struct service {
    const struct config *config;
    struct seams seams;
    struct log log;
    struct clerk *clerk;
    struct jobs *jobs;
    struct outcalls *outcalls;
    struct desk *vault; /* hashes passwords */
    struct desk *reports; /* adds up */
    struct metrics *metrics;
    int32_t offset_s; /* of config->timezone */
    char redis_password[256]; /* empty: none */
    struct metric_words statuses; /* LABEL_STATUS */
};

/* Reads key_dir and issuers_file. On a fault *out is NULL and why says what to mend. */
#define SECRETS_WHY_SIZE 256
MUST_USE enum fault secrets_open(struct secrets **out, const struct config *config,
                                 char why[SECRETS_WHY_SIZE]);
void secrets_close(struct secrets *s); /* NULL is fine; wipes */
/* A holder is done with it. */
void secrets_release(struct secrets *s);

int64_t service_now_s(const struct service *s);
int64_t service_now_us(const struct service *s); /* monotonic */

#endif
