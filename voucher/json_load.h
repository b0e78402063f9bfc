/* voucher/json_load.h: bytes to jansson's values, and nothing wrong when memory is short. Any
 * thread.
 *
 * jansson 2.14 loses characters of a string, without a word, when it cannot make its buffer longer,
 * and calls other wants of memory a flaw of the text. So its allocations go through a function that
 * remembers a failure, per thread, from the program's start on. */
#ifndef HUIQUAN_JSON_LOAD_H
#define HUIQUAN_JSON_LOAD_H

#include <jansson.h>

#include "voucher/base.h"

/* Strict: a duplicate member is refused. FAULT_MALFORMED or FAULT_MEMORY; *out is then NULL. Ended
 * by json_decref(). */
enum fault json_load(json_t **out, struct text bytes);

#endif
