/* voucher/admin_cookie.h: the cookie of the administrators' page. By https it is
 * __Host-huiquan_admin (RFC 6265bis: HttpOnly, Secure, SameSite=Strict, Path=/, no Domain); by
 * plain http, which only this machine itself may use, huiquan_admin without Secure. A worker's
 * thread. */
#ifndef HUIQUAN_ADMIN_COOKIE_H
#define HUIQUAN_ADMIN_COOKIE_H

#include "voucher/call.h"

bool admin_cookie_find(const struct call *call, struct text *out);
/* May this request be given a cookie? Not by plain http from another machine. */
bool admin_cookie_is_safe(const struct call *call);
/* An empty value ends it. */
void admin_cookie_set(struct call *call, const char *value, int64_t life_s);

#endif
