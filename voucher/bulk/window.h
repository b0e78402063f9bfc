/* voucher/bulk/window.h: a sealed file as a row of CSV records. One thread. */
#ifndef HUIQUAN_BULK_WINDOW_H
#define HUIQUAN_BULK_WINDOW_H

#include "voucher/bulk/csv.h"
#include "voucher/bulk/spool.h"

#define WINDOW_SIZE 65536

struct csv_window {
    struct spool spool;
    int64_t begin; /* where in the file bytes[0] stands */
    size_t at, size;
    bool is_end; /* the file ends with these bytes */
    enum fault fault; /* the file could not be read on: records end */
    char bytes[WINDOW_SIZE];
};

/* Where the spool lies, and its keyring, stay as they are. A byte order mark at the start is no
 * part of a record. */
void window_open(struct csv_window *w, const struct uuid *job, int64_t position);
/* Never CSV_MORE. */
enum csv_result window_read(struct csv_window *w, struct csv_record *out);
int64_t window_position(const struct csv_window *w); /* of the next record */
void window_wipe(struct csv_window *w);

#endif
