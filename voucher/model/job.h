/* voucher/model/job.h: bulk work: a file of rows that the clerk applies in bounded steps. Plain
 * data. A step's rows and the job's new position become durable together, so that a row is applied
 * exactly once, however often the daemon dies. */
#ifndef HUIQUAN_MODEL_JOB_H
#define HUIQUAN_MODEL_JOB_H

#include "voucher/faults.h"
#include "voucher/model/people.h"

#define JOB_COLUMNS_MAX 16 /* of a file */
#define JOB_FAULTS_MAX 4 /* told of one row */
#define JOB_STEP_ROWS_MAX 512
#define JOB_WORD_SIZE 32 /* a column's name, a failure's code, with NUL */
#define ROLL_GROUPS_MAX 8

/* Stored; append, never reuse. */
enum job_kind { JOB_GRANTS = 1, JOB_RESIDENTS = 2, JOB_MERCHANTS = 3 };

/* Stored; append, never reuse. QUEUED and RUNNING are worked on, STOPPED waits for a resume. */
enum job_state {
    JOB_QUEUED = 1,
    JOB_RUNNING = 2,
    JOB_STOPPED = 3,
    JOB_DONE = 4,
    JOB_FAILED = 5, /* its file can no longer be read */
};

enum job_act { JOB_STOP, JOB_RESUME };

struct job_row {
    struct uuid id;
    enum job_kind kind;
    enum job_state state;
    bool dry_run; /* rows are judged, nothing is stored of them */
    struct uuid author;
    struct uuid campaign, pool; /* of grants */
    uint32_t kid; /* signs what is granted, when it is first read */
    char columns[JOB_COLUMNS_MAX + 1]; /* a letter per column (voucher/bulk/columns.h) */
    int64_t size; /* of the file, in bytes */
    int64_t position; /* bytes done with: a row begins here */
    int64_t line; /* of that row, from 1 */
    int64_t rows_total, rows_ok, rows_failed;
    int64_t created_at_s, ended_at_s; /* ended 0: not yet */
    int64_t window_at_s, window_rows; /* for the rate: since when, and how many */
    int64_t rows_per_s; /* of the last full window; 0: not known */
};

/* A person on the city's roll: where he lives on the grid, and what he belongs to. */
struct roll_row {
    struct uuid resident; /* the keyed person reference */
    char cell[LABEL_BYTES_MAX + 1]; /* empty: not known */
    size_t group_count;
    struct label groups[ROLL_GROUPS_MAX];
    struct uuid job; /* that wrote it last */
};

struct roll_person {
    struct resident_row resident;
    struct roll_row roll;
};

struct job_fault {
    const char *column; /* a constant */
    enum flaw flaw;
};

/* A row, read and checked by the thread that owns the file; personal data is sealed by then. */
struct job_item {
    int64_t line;
    size_t fault_count; /* 0: the rest is filled in */
    struct job_fault faults[JOB_FAULTS_MAX];
    bool by_id; /* of grants: named by his resident_id, so he must be there */
    union {
        struct uuid resident; /* of grants */
        struct roll_person person;
        struct merchant_row merchant;
    };
};

/* What one operation of the clerk applies. Borrowed from the thread that made it until the
 * operation comes back. */
struct job_step {
    int64_t from, to; /* positions */
    int64_t next_line;
    bool is_last;
    bool is_unreadable; /* the file is gone or damaged: the job fails */
    size_t count;
    struct job_item items[JOB_STEP_ROWS_MAX];
};

/* No value of the row: the uploader finds it by its line. */
struct job_failure {
    struct uuid job;
    int64_t line;
    char column[JOB_WORD_SIZE]; /* empty: the whole row */
    char code[JOB_WORD_SIZE]; /* of a flaw or a verdict */
};

#endif
