/* voucher/api/import.h: what an uploaded file becomes. */
#ifndef HUIQUAN_API_IMPORT_H
#define HUIQUAN_API_IMPORT_H

#include "voucher/call.h"

/* A job of that kind; the query says dry_run, and of grants the pool. */
enum call_state import_begin(struct call *call, enum job_kind kind);

#endif
