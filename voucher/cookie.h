/* voucher/cookie.h: the pages' cookies, and whose page a request comes from. A worker's thread.
 *
 * The session of a resident's page lives in a cookie that no script can read: __Host- with Secure
 * over https; without https (a laptop's demo) under a plain name. SameSite=Strict, and every
 * request with an effect that brings it must come from this very origin besides. */
#ifndef HUIQUAN_COOKIE_H
#define HUIQUAN_COOKIE_H

#include "crypto/session.h"
#include "voucher/call.h"

/* A cookie of the request, raw. False: it was not sent. */
bool cookie_find(const struct call *call, const char *name, struct text *out);
enum cookie { COOKIE_SESSION, COOKIE_PERSON, COOKIE_COUNT };
/* The session that the browser sent; or who signed in here with his real name before, which is no
 * session: only a fresh one-time code makes it one. */
bool cookie_read(const struct call *call, enum cookie cookie, struct session *out);
/* The text of COOKIE_SESSION, unread. */
bool cookie_session(const struct call *call, struct text *out);
/* Adds Set-Cookie; an empty text ends it. */
void cookie_set(struct call *call, enum cookie cookie, const char *value, int64_t life_s);
bool cookie_is_secure(const struct call *call); /* the browser speaks https */
/* Sec-Fetch-Site says same-origin, or, of a browser that lacks it, Origin is our own. Neither: no.
 */
bool cookie_same_origin(const struct call *call);

#endif
