/* tests/fuzz_entry.c: bytes of a journal are decoded or refused; what is decoded encodes to the
 * same bytes. */
#include "storage/sqlite/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_entry entry;
    uint8_t bytes[JOURNAL_BYTES_MAX];
    if (size > sizeof bytes) return 0;
    if (!entry_decode((struct text){ (const char *)data, size }, &entry)) return 0;
    must(entry_encode(&entry, bytes) == size);
    must(memcmp(bytes, data, size) == 0);
    return 0;
}
