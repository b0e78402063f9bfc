/* tests/torture/lib/trial.h: the same piece of work again and again, each time in a process of its
 * own with one fault planted, and then a look from outside at what it left. Single-threaded.
 *
 * The work: open the ledger, batches of everything (work.h) with checkpoints, close and open again
 * half-way, an audit by a second connection, close. Held against what is on the disk afterwards:
 * every acknowledged operation is answered again with the same bytes, nothing that was refused is
 * there, what is unknown becomes one outcome, the audit is clean. */
#ifndef HUIQUAN_TORTURE_TRIAL_H
#define HUIQUAN_TORTURE_TRIAL_H

#include "tests/torture/lib/outcome.h"
#include "tests/torture/lib/work.h"

/* How a trial's process ended. */
enum trial_end {
    TRIAL_WENT_ON, /* to the end of the work; what failed was refused */
    TRIAL_STOPPED, /* by itself, without a verdict: the disk failed at a seal */
    TRIAL_NOT_OPENED, /* the ledger did not open; nothing was promised */
    TRIAL_CRASHED, /* a signal; also must() */
    TRIAL_ENDS
};

/* Lies in memory that both processes see. */
struct trial_plan {
    int64_t at; /* the call that fails, from 1; 0: none */
    bool for_ever; /* and all after it */
    bool armed;
    int64_t calls; /* so far */
    bool fired;
    int64_t blocks; /* allocated and not freed since it was armed */
    int64_t blocks_left, files_left; /* when all was closed again */
};

/* Whether this call fails: to be asked once by every call that could. */
bool trial_fails(struct trial_plan *plan);

/* A piece of work without a ledger, in a process of its own: it answers whether it succeeded, and
 * must leave nothing behind. */
struct trial_piece {
    const char *name;
    bool (*work)(void);
    int64_t blocks_kept; /* by a library's thread, for its next use, when something failed */
};
struct trial {
    struct trial_plan *plan;
    struct work *work; /* likewise shared */
    struct outcome outcome;
    int openings, batches; /* of the work: how often it opens the ledger, and batches each time */
    bool audits; /* the second connection also runs the audit: long, and it only reads */
    int64_t ends[TRIAL_ENDS];
    int64_t runs, acked, asked, refused, answers_unwritten;
    const struct trial_piece *piece; /* that runs; NULL: the ledger's work */
    int64_t blocks_usual; /* left by a run without a fault */
    struct trial_start *start;
};

void trial_open(struct trial *t, const struct ledger_settings *settings, uint64_t seed);
void trial_close(struct trial *t);
/* One run; at 0: without a fault, which must go to the end. */
enum trial_end trial_run(struct trial *t, int64_t at, bool for_ever);
/* Every n from 1, once and for ever; in the quick run n <= 200 and then each 17th. */
void trial_run_all(struct trial *t, const struct torture_options *options);
void trial_tell(struct trial *t); /* figures */
void trial_check_disk(struct trial *t);
void trial_fault(struct trial *t, const char *what, int64_t number);

/* Likewise. */
void trial_run_piece(struct trial *t, const struct trial_piece *piece, bool quick);

#endif
