/* voucher/cookie.c */
#include "voucher/cookie.h"

static const struct {
    const char *secure_name, *plain_name;
    enum session_audience audience;
} cookies[COOKIE_COUNT] = {
    [COOKIE_SESSION] = { "__Host-huiquan", "huiquan", SESSION_RESIDENT },
    [COOKIE_PERSON] = { "__Host-huiquan-person", "huiquan-person", SESSION_PERSON },
};

static bool
cookie_in(struct text field, struct text name, struct text *out)
{
    size_t begin = 0;
    for (size_t i = 0; i <= field.size; i++) {
        if (i < field.size && field.at[i] != ';') continue;
        while (begin < i && field.at[begin] == ' ') {
            begin++;
        }
        struct text pair = { field.at + begin, i - begin };
        begin = i + 1;
        if (pair.size <= name.size || pair.at[name.size] != '=') continue;
        if (memcmp(pair.at, name.at, name.size) != 0) continue;
        *out = (struct text){ pair.at + name.size + 1, pair.size - name.size - 1 };
        return true;
    }
    return false;
}

bool
cookie_find(const struct call *call, const char *name, struct text *out)
{
    struct text field;
    return http_field_find(&call->exchange->request, TEXT("cookie"), &field) &&
           cookie_in(field, text_of(name), out);
}

bool
cookie_is_secure(const struct call *call)
{
    return text_equal(call->origin.scheme, TEXT("https"));
}

static const char *
cookie_name(const struct call *call, enum cookie cookie)
{
    must((unsigned)cookie < COOKIE_COUNT);
    return cookie_is_secure(call) ? cookies[cookie].secure_name : cookies[cookie].plain_name;
}

bool
cookie_session(const struct call *call, struct text *out)
{
    return cookie_find(call, cookie_name(call, COOKIE_SESSION), out);
}

bool
cookie_read(const struct call *call, enum cookie cookie, struct session *out)
{
    struct text text;
    const struct keyring *keyring = call->secrets->keyring;
    return cookie_find(call, cookie_name(call, cookie), &text) &&
           session_read(keyring, text, call->now_s, out) == SESSION_GOOD &&
           out->audience == cookies[cookie].audience;
}

void
cookie_set(struct call *call, enum cookie cookie, const char *value, int64_t life_s)
{
    call_add_field(call, "Set-Cookie: %s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
                   cookie_name(call, cookie), value, (long long)(value[0] == '\0' ? 0 : life_s),
                   cookie_is_secure(call) ? "; Secure" : "");
}

static bool
origin_is_ours(const struct call *call, struct text origin)
{
    struct text scheme = call->origin.scheme, authority = call->origin.authority;
    size_t front = scheme.size + 3;
    if (authority.size == 0 || origin.size != front + authority.size) return false;
    return memcmp(origin.at, scheme.at, scheme.size) == 0 &&
           memcmp(origin.at + scheme.size, "://", 3) == 0 &&
           memcmp(origin.at + front, authority.at, authority.size) == 0;
}

bool
cookie_same_origin(const struct call *call)
{
    struct text field;
    const struct http_request *request = &call->exchange->request;
    if (http_field_find(request, TEXT("sec-fetch-site"), &field)) {
        return text_equal(field, TEXT("same-origin"));
    }
    return http_field_find(request, TEXT("origin"), &field) && origin_is_ours(call, field);
}
