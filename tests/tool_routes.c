/* tests/tool_routes.c: prints the table of endpoints, one "METHOD PATH ROLE" a line, so that the
 * OpenAPI document can be held against it. */
#include "voucher/route.h"

int
main(void)
{
    static const char *const methods[] = { "get", "head", "post", "put", "delete" };
    static const char *const roles[] = { "anyone", "resident", "terminal", "admin", "control" };
    for (size_t i = 0; i < route_count(); i++) {
        const struct endpoint *e = route_at(i);
        printf("%s %s %s\n", methods[e->method], e->path, roles[e->role]);
    }
    return 0;
}
