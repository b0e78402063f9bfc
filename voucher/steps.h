/* voucher/steps.h: runs a call through its states (voucher/call.h). The worker's thread. */
#ifndef HUIQUAN_STEPS_H
#define HUIQUAN_STEPS_H

#include "voucher/call.h"

/* Runs until it waits (true) or is over (false: *call is another's by then); from the server, the
 * limiter, the mailboxes. */
bool call_run(struct call *call);
/* After a wait: goes on in this state. */
void call_resume(struct call *call, enum call_state state);

#endif
