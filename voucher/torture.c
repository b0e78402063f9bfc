#include "voucher/torture.h"

#ifdef HUIQUAN_TORTURE
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "voucher/base.h"

void
torture_point(const char *name)
{
    static _Atomic unsigned long times_reached;
    const char *wanted = getenv("HUIQUAN_TORTURE_POINT");
    if (wanted == NULL) return;
    const char *colon = strrchr(wanted, ':');
    must(colon != NULL);
    size_t size = (size_t)(colon - wanted);
    if (strlen(name) != size || memcmp(name, wanted, size) != 0) return;
    if (atomic_fetch_add(&times_reached, 1) + 1 == strtoul(colon + 1, NULL, 10))
        (void)kill(getpid(), SIGKILL);
}

bool
torture_mutant(const char *name)
{
    must(name != NULL);
    const char *wanted = getenv("HUIQUAN_TORTURE_MUTANT");
    return wanted != NULL && strcmp(wanted, name) == 0;
}
#else
/* A translation unit must not be empty. */
typedef int torture_is_off;
#endif
