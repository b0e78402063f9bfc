/* voucher/bulk/columns.h: from a row of text to a row of the ledger. Pure but for the keyring; any
 * thread. Columns may be named in English or Chinese and stand in any order; a job keeps them as
 * one letter each. */
#ifndef HUIQUAN_BULK_COLUMNS_H
#define HUIQUAN_BULK_COLUMNS_H

#include "crypto/keyring.h"
#include "voucher/bulk/csv.h"
#include "voucher/model/job.h"

/* X(letter, name, Chinese name, kinds that know it) */
#define BULK_COLUMNS(X)                     \
    X('i', "id_number", "身份证号", "GR")   \
    X('r', "resident_id", "居民编号", "G")  \
    X('n', "name", "姓名", "R")             \
    X('m', "mobile", "手机号", "R")         \
    X('c', "grid_cell", "网格", "RM")       \
    X('g', "groups", "群体", "RM")          \
    X('N', "name", "名称", "M")             \
    X('u', "uscc", "统一社会信用代码", "M") \
    X('k', "kind", "类型", "M")             \
    X('o', "override_reason", "放行理由", "M")

struct bulk_clock {
    int64_t now_s;
    int32_t offset_s; /* of the service's zone, for ages */
};

/* False: the header lacks a column, has one twice or an unknown one; why says which. A list of
 * grants may do without a header: then *is_row, and the record is the first row. */
MUST_USE bool bulk_read_header(enum job_kind kind, const struct csv_record *header,
                               char columns[JOB_COLUMNS_MAX + 1], bool *is_row, char why[192]);

struct bulk_reader {
    enum job_kind kind;
    const char *columns;
    const struct keyring *keyring;
    struct bulk_clock clock;
};

/* Everything that is wrong is in out->faults; otherwise the item is filled in, and what is personal
 * in it is sealed. record NULL: the row was no CSV. */
void bulk_read_item(const struct bulk_reader *r, const struct csv_record *record,
                    struct job_item *out);

#endif
