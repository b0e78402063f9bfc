/* libFuzzer: any bytes as CSV. Every byte belongs to exactly one record, and a reader that sees the
 * file in pieces finds the same records as one that sees it whole. */
#include "voucher/bulk/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct csv_record whole, pieces;
    struct text in = { (const char *)data, size };
    for (size_t at = 0; at <= size;) {
        struct text rest = { in.at + at, in.size - at };
        enum csv_result result = csv_read(rest, true, &whole);
        must(result != CSV_MORE);
        if (result == CSV_END) break;
        must(whole.taken > 0 && whole.taken <= rest.size);
        for (size_t i = 0; i < whole.field_count; i++) {
            must(whole.fields[i].at >= whole.bytes);
            must(whole.fields[i].at + whole.fields[i].size <= whole.bytes + CSV_RECORD_MAX);
        }
        struct text part = { rest.at, rest.size / 2 };
        enum csv_result early = csv_read(part, false, &pieces);
        must(early == CSV_MORE || (early == result && pieces.taken == whole.taken &&
                                   pieces.field_count == whole.field_count));
        at += whole.taken;
    }
    return 0;
}
