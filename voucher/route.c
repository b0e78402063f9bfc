/* voucher/route.c: families of rows, matched segment by segment. */
#include "voucher/route.h"

#include "voucher/api/api.h"

static struct endpoint_rows (*const families[])(void) = {
    api_public, api_resident, api_session, api_till,   api_campaign, api_directory,
    api_audit,  api_jobs,     api_control, api_files,  api_front,    api_sign_in,
    api_wallet, api_places,   api_login,   api_events, api_reports,
};

size_t
route_count(void)
{
    size_t count = 0;
    for (size_t f = 0; f < COUNT_OF(families); f++) {
        count += families[f]().count;
    }
    return count;
}

const struct endpoint *
route_at(size_t i)
{
    for (size_t f = 0; f < COUNT_OF(families); f++) {
        struct endpoint_rows family = families[f]();
        if (i < family.count) return &family.rows[i];
        i -= family.count;
    }
    must(!"a route beyond the table");
    return NULL;
}

size_t
route_place(const struct endpoint *e)
{
    size_t place = 0;
    for (size_t f = 0; f < COUNT_OF(families); f++) {
        struct endpoint_rows family = families[f]();
        if (e >= family.rows && e < family.rows + family.count) {
            return place + (size_t)(e - family.rows);
        }
        place += family.count;
    }
    must(!"a row of no family");
    return 0;
}

/* A captured segment is never empty and holds no slash. */
static bool
path_matches(const char *pattern, struct text path, struct text *captured)
{
    size_t at = 0;
    while (*pattern != '\0') {
        if (*pattern == '{') {
            size_t begin = at;
            while (at < path.size && path.at[at] != '/') {
                at++;
            }
            if (at == begin) return false;
            *captured = (struct text){ path.at + begin, at - begin };
            pattern = strchr(pattern, '}') + 1;
            continue;
        }
        if (at == path.size || path.at[at] != *pattern) return false;
        at++;
        pattern++;
    }
    return at == path.size;
}

static const char *
allow_of(unsigned methods)
{
    if (methods == (1u << HTTP_GET | 1u << HTTP_POST)) return "GET, HEAD, POST, OPTIONS";
    if (methods == (1u << HTTP_GET | 1u << HTTP_PUT)) return "GET, HEAD, PUT, OPTIONS";
    if (methods == 1u << HTTP_GET) return "GET, HEAD, OPTIONS";
    if (methods == 1u << HTTP_POST) return "POST, OPTIONS";
    return methods == 0 ? NULL : "GET, HEAD, POST, PUT, OPTIONS";
}

/* Between "me" and "{id}" the exact word wins, whatever the order of the rows. */
static bool
route_is_better(const struct route *best, struct text captured)
{
    return best->endpoint == NULL || captured.size < best->captured.size;
}

static bool
door_has(enum call_door door, const struct endpoint *row)
{
    if (door == DOOR_METRICS) return row->for_metrics;
    return row->role != ROLE_CONTROL || door == DOOR_CONTROL;
}

struct route
route_find(enum http_method method, struct text path, enum call_door door)
{
    struct route best = { 0 };
    unsigned methods = 0;
    enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
    for (size_t f = 0; f < COUNT_OF(families); f++) {
        struct endpoint_rows family = families[f]();
        for (size_t i = 0; i < family.count; i++) {
            const struct endpoint *row = &family.rows[i];
            struct text captured = { 0 };
            if (!door_has(door, row) || !path_matches(row->path, path, &captured)) continue;
            methods |= 1u << row->method;
            if (row->method != wanted || !route_is_better(&best, captured)) continue;
            best.endpoint = row;
            best.captured = captured;
        }
    }
    best.allow = allow_of(methods);
    return best;
}
