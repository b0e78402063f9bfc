/* voucher/outcall.h: calls that the service makes itself (one-time codes by SMS, the name/ID/mobile
 * check), off the event loops on threads of their own. Webhooks are signed as Standard Webhooks
 * says: webhook-id, webhook-timestamp, webhook-signature (v1, HMAC-SHA256). */
#ifndef HUIQUAN_OUTCALL_H
#define HUIQUAN_OUTCALL_H

#include "voucher/base.h"
#include "voucher/mailbox.h"
#include "voucher/metrics.h"

#define OUTCALL_BODY_MAX 2048
#define OUTCALL_ANSWER_MAX 1024

struct outcalls;

struct outcall_settings {
    size_t thread_count;
    int64_t timeout_ms;
    size_t queue_max; /* that may wait for a thread */
    const char *secret_file; /* empty: unsigned */
    const struct seams *seams;
};

/* Belongs to the outcalls from outcall_post() until it comes back to reply. */
struct outcall {
    struct mail mail; /* first */
    struct mailbox *reply;
    const char *url;
    enum metric_errand errand;
    int64_t posted_us; /* monotonic */
    size_t body_size;
    char body[OUTCALL_BODY_MAX]; /* JSON; may hold personal data: wiped before it comes back */
    enum fault fault; /* FAULT_UNREACHABLE: no answer in time */
    int status;
    size_t answer_size;
    char answer[OUTCALL_ANSWER_MAX];
};

MUST_USE enum fault outcalls_open(struct outcalls **out, const struct outcall_settings *settings);
/* False: too many wait already, and the call stays the caller's. */
MUST_USE bool outcall_post(struct outcalls *o, struct outcall *call);
void outcalls_close(struct outcalls *o); /* finishes what was posted; NULL is fine */

#endif
