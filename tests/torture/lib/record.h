/* tests/torture/lib/record.h: a file layer that remembers every write, cut, sync and removal of a
 * database and of its log, so that what a power cut may leave can be made of it. One thread, one
 * database at a time. */
#ifndef HUIQUAN_TORTURE_RECORD_H
#define HUIQUAN_TORTURE_RECORD_H

#include "voucher/base.h"

#define RECORD_VFS "record" /* for ledger_settings.vfs */

enum record_file { RECORD_DB, RECORD_LOG, RECORD_FILES };
enum record_kind { RECORD_WRITE, RECORD_CUT, RECORD_SYNC, RECORD_REMOVE, RECORD_MARK };

struct record_event {
    enum record_kind kind;
    enum record_file file;
    int64_t at; /* of a write; the size of a cut; the number of a mark */
    size_t size;
    uint8_t *bytes;
};

struct record {
    size_t count, room;
    struct record_event *events;
    struct record_start {
        bool is_there;
        size_t size;
        uint8_t *bytes;
    } start[RECORD_FILES]; /* as it lay there when recording began: all of it durable */
};

void record_register(void); /* once */
/* From here on; the database at path may be open. */
void record_begin(struct record *r, const char *path);
void record_mark(struct record *r, int64_t number); /* e.g. an acknowledgement */
void record_end(struct record *r); /* stops; events stay until record_free() */
void record_free(struct record *r);

#endif
