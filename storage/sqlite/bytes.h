/* storage/sqlite/bytes.h: writes what the journal's canonical bytes are made of: big-endian numbers
 * and runs of bytes. Each returns where the next one goes. */
#ifndef HUIQUAN_SQLITE_BYTES_H
#define HUIQUAN_SQLITE_BYTES_H

#include "voucher/base.h"

static inline uint8_t *
put_number(uint8_t *at, uint64_t value, int size)
{
    must(size > 0 && size <= 8);
    for (int i = size - 1; i >= 0; i--) {
        *at++ = (uint8_t)(value >> (8 * i));
    }
    return at;
}

static inline uint8_t *
put_bytes(uint8_t *at, const void *bytes, size_t size)
{
    must(bytes != NULL || size == 0);
    if (size > 0) memcpy(at, bytes, size);
    return at + size;
}

#endif
