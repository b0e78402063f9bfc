#include "voucher/json_load.h"

static _Thread_local bool was_short;

static void *
load_allocate(size_t size)
{
    void *block = malloc(size);
    if (block == NULL) was_short = true;
    return block;
}

/* Before main(): no value may be freed by another function than it was made by. */
__attribute__((constructor)) static void
load_prepare(void)
{
    json_set_alloc_funcs(load_allocate, free);
}

enum fault
json_load(json_t **out, struct text bytes)
{
    must(out != NULL);
    must(bytes.at != NULL || bytes.size == 0);
    was_short = false;
    const char *at = bytes.at != NULL ? bytes.at : "";
    *out = json_loadb(at, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    if (was_short) {
        json_decref(*out);
        *out = NULL;
        return FAULT_MEMORY;
    }
    return *out != NULL ? FAULT_NONE : FAULT_MALFORMED;
}
