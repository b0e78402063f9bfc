/* voucher/bulk/csv.h: CSV (RFC 4180), one record at a time, from bytes that begin at a record.
 * Pure; any thread. Lines end with CR LF or LF. A quote within an unquoted field, anything between
 * a closing quote and the next comma, and a record above CSV_RECORD_MAX are faults of that record
 * alone: a bad record ends at the first line end, so that a lost quote does not swallow the file.
 * The same bytes always fall into the same records, wherever reading began. */
#ifndef HUIQUAN_BULK_CSV_H
#define HUIQUAN_BULK_CSV_H

#include "voucher/base.h"

#define CSV_RECORD_MAX 4096
#define CSV_FIELDS_MAX 16

enum csv_result {
    CSV_END, /* no record is left */
    CSV_MORE, /* more bytes are needed; never when is_end, or with CSV_RECORD_MAX bytes at hand */
    CSV_BLANK, /* an empty line: no record */
    CSV_RECORD,
    CSV_BAD,
};

struct csv_record {
    size_t taken; /* bytes of the input */
    int64_t lines; /* line ends within them */
    size_t field_count;
    struct text fields[CSV_FIELDS_MAX]; /* into bytes; a file with more has CSV_BAD records */
    char bytes[CSV_RECORD_MAX];
};

enum csv_result csv_read(struct text in, bool is_end, struct csv_record *out);

#endif
