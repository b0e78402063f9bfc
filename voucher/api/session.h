/* voucher/api/session.h: signing in, whichever way it was asked for. A worker's thread. */
#ifndef HUIQUAN_API_SESSION_H
#define HUIQUAN_API_SESSION_H

#include "voucher/call.h"

/* With call->person and call->op.otp filled, as session_take_code() does. A call with sets_cookie
 * keeps the session in the browser; a form's answer (endpoint->refused) leads to the front page. */
void session_take_code(struct call *call, struct text code);
enum call_state session_begin(struct call *call);
enum call_state session_finish(struct call *call);

/* Normalises call->person.mobile; FLAW_NONE: it can be sent to. */
enum flaw otp_check_mobile(struct call *call);
enum call_state otp_begin(struct call *call);
/* CALL_ASK, a refusal, or CALL_REPLY once the code has left: the answer is then the caller's. */
enum call_state otp_finish(struct call *call);

#endif
