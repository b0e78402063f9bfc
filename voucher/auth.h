/* voucher/auth.h: who calls, and how often he may. A worker's thread. */
#ifndef HUIQUAN_AUTH_H
#define HUIQUAN_AUTH_H

#include "voucher/call.h"

/* Fills call->caller. VERDICT_OK, VERDICT_UNAUTHENTICATED (with a detail that says which fault) or
 * VERDICT_FORBIDDEN. */
enum verdict auth_check(struct call *call);
/* The rules of the endpoint's limit class; false: none apply. */
bool auth_limits(struct call *call, struct limit_ask *ask);
/* The same for an answer that costs next to nothing: what is one caller's alone. */
bool auth_limits_here(struct call *call, struct limit_ask *ask);
/* RateLimit and RateLimit-Policy of the answer that the limiter gave. */
void auth_limit_fields(struct call *call);

#endif
