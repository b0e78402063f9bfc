/* tests/fuzz_entry.c: bytes of a journal are decoded or refused; what is decoded encodes to the
 * same bytes, and its marks are read to their end. */
#include "storage/sqlite/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_entry entry;
    struct mark mark;
    uint8_t bytes[JOURNAL_BYTES_MAX];
    if (size > sizeof bytes) return 0;
    if (!entry_decode((struct text){ (const char *)data, size }, &entry)) return 0;
    must(entry_encode(&entry, bytes) == size);
    must(memcmp(bytes, data, size) == 0);
    for (struct text left = entry.marks; marks_next(&left, &entry.subject, &mark);) {
        must(mark.table > 0 && mark.table < MARK_TABLE_COUNT);
        must(mark.check_count <= CANON_COLUMNS_MAX);
    }
    return 0;
}
