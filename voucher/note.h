/* voucher/note.h: what is kept of a call that was answered: one log line and a few figures. No
 * person, no body, no query. Runs on the call's worker. */
#ifndef HUIQUAN_NOTE_H
#define HUIQUAN_NOTE_H

#include "voucher/call_context.h"

void note_call(struct worker_context *w, const struct call *call);
/* A call to another service came back. */
void note_outcall(struct worker_context *w, const struct outcall *asked);
/* The door counts for itself: what is new since the last look goes into the metrics. */
void note_door(struct metric_block *m, const struct limiter_figures *door,
               struct limiter_figures *noted);

#endif
