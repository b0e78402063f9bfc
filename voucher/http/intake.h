/* voucher/http/intake.h: from a connection's bytes to a slot's request. Private to voucher/http;
 * the loop's thread. */
#ifndef HUIQUAN_HTTP_INTAKE_H
#define HUIQUAN_HTTP_INTAKE_H

#include "voucher/http/hub.h"

struct evbuffer;

/* Why HTTP_REFUSED: slot->head.reason. The head leaves input only when it is complete. */
enum http_step http_intake_head(struct http_slot *slot, struct evbuffer *input);

/* Between head and body, once the plan stands; HTTP_FINE or why not. *has_body: one follows. */
enum http_reason http_intake_plan(struct http_slot *slot, bool *has_body);

/* Why HTTP_REFUSED: slot->chunks.reason, also for a body that is not chunked. */
enum http_step http_intake_body(const struct http_hub *hub, struct http_slot *slot,
                                struct evbuffer *input);

#endif
