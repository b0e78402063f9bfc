/* voucher/json_load.h: bytes to jansson's values, and nothing wrong when memory is short. Any
 * thread.
 *
 * jansson 2.14 does not see that its buffer for a string could not grow: characters are lost
 * without a word, and a later copy then writes beyond its block. So none of its allocations may
 * fail: where one would, the process ends (must_have_memory). */
#ifndef HUIQUAN_JSON_LOAD_H
#define HUIQUAN_JSON_LOAD_H

#include <jansson.h>

#include "voucher/base.h"

/* Strict: a duplicate member is refused. NULL: malformed. Ended by json_decref(). */
MUST_USE json_t *json_load(struct text bytes);

#endif
