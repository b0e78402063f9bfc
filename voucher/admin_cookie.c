/* voucher/admin_cookie.c */
#include "voucher/admin_cookie.h"

#include "voucher/cookie.h"

#define SECURE_NAME "__Host-huiquan_admin"
#define PLAIN_NAME "huiquan_admin"

static bool
is_local(const struct call *call)
{
    const union http_peer *peer = &call->exchange->peer;
    if (peer->any.sa_family == AF_INET) {
        return (ntohl(peer->v4.sin_addr.s_addr) >> 24) == 127;
    }
    if (peer->any.sa_family != AF_INET6) return false;
    return IN6_IS_ADDR_LOOPBACK(&peer->v6.sin6_addr);
}

bool
admin_cookie_is_safe(const struct call *call)
{
    return cookie_is_secure(call) || is_local(call);
}

bool
admin_cookie_find(const struct call *call, struct text *out)
{
    if (!admin_cookie_is_safe(call)) return false;
    return cookie_find(call, cookie_is_secure(call) ? SECURE_NAME : PLAIN_NAME, out);
}

void
admin_cookie_set(struct call *call, const char *value, int64_t life_s)
{
    must(admin_cookie_is_safe(call));
    bool secure = cookie_is_secure(call);
    call_add_field(call, "Set-Cookie: %s=%s; Max-Age=%lld; Path=/; HttpOnly; SameSite=Strict%s",
                   secure ? SECURE_NAME : PLAIN_NAME, value, (long long)life_s,
                   secure ? "; Secure" : "");
}
