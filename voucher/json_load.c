#include "voucher/json_load.h"

static void *
load_allocate(size_t size)
{
    void *block = malloc(size);
    must_have_memory(block != NULL);
    return block;
}

/* Before main(): no value may be freed by another function than it was made by. */
__attribute__((constructor)) static void
load_prepare(void)
{
    json_set_alloc_funcs(load_allocate, free);
}

json_t *
json_load(struct text bytes)
{
    must(bytes.at != NULL || bytes.size == 0);
    const char *at = bytes.at != NULL ? bytes.at : "";
    return json_loadb(at, bytes.size, JSON_REJECT_DUPLICATES, NULL);
}
