/* voucher/admin_cookie.c */
#include "voucher/admin_cookie.h"

#define SECURE_NAME "__Host-huiquan_admin"
#define PLAIN_NAME "huiquan_admin"

static bool
is_secure(const struct call *call)
{
    return text_equal(call->origin.scheme, TEXT("https"));
}

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
    return is_secure(call) || is_local(call);
}

/* The value of one name in "a=1; b=2". */
static bool
pair_find(struct text line, struct text name, struct text *out)
{
    while (line.size > 0) {
        const char *end = memchr(line.at, ';', line.size);
        size_t size = end == NULL ? line.size : (size_t)(end - line.at);
        bool is_it = size > name.size && memcmp(line.at, name.at, name.size) == 0 &&
                     line.at[name.size] == '=';
        if (is_it) {
            *out = (struct text){ line.at + name.size + 1, size - name.size - 1 };
            return true;
        }
        size_t skip = end == NULL ? line.size : size + 1;
        line = (struct text){ line.at + skip, line.size - skip };
        while (line.size > 0 && line.at[0] == ' ') {
            line = (struct text){ line.at + 1, line.size - 1 };
        }
    }
    return false;
}

bool
admin_cookie_find(const struct call *call, struct text *out)
{
    const struct http_request *request = &call->exchange->request;
    struct text line, name = is_secure(call) ? TEXT(SECURE_NAME) : TEXT(PLAIN_NAME);
    if (!admin_cookie_is_safe(call)) return false;
    return http_field_find(request, TEXT("cookie"), &line) && pair_find(line, name, out);
}

void
admin_cookie_set(struct call *call, const char *value, int64_t life_s)
{
    must(admin_cookie_is_safe(call));
    bool secure = is_secure(call);
    call_add_field(call, "Set-Cookie: %s=%s; Max-Age=%lld; Path=/; HttpOnly; SameSite=Strict%s",
                   secure ? SECURE_NAME : PLAIN_NAME, value, (long long)life_s,
                   secure ? "; Secure" : "");
}
