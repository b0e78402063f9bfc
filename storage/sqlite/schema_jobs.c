/* storage/sqlite/schema_jobs.c: version 2: bulk work, the city's roll, merchants on the grid. */
#include "storage/sqlite/engine.h"

const char *const schema_jobs_sql[] = {
    "CREATE TABLE job ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND "
    "3),"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),"
    " dry_run INTEGER NOT NULL CHECK (dry_run IN (0, 1)), author BLOB NOT NULL,"
    " campaign BLOB, pool BLOB, kid INTEGER NOT NULL, columns TEXT NOT NULL,"
    " size INTEGER NOT NULL, position INTEGER NOT NULL CHECK (position BETWEEN 0 AND size),"
    " line INTEGER NOT NULL CHECK (line > 0),"
    " rows_total INTEGER NOT NULL, rows_ok INTEGER NOT NULL CHECK (rows_ok >= 0),"
    " rows_failed INTEGER NOT NULL CHECK (rows_failed >= 0),"
    " created_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, window_at INTEGER NOT NULL,"
    " window_rows INTEGER NOT NULL, rows_per_s INTEGER NOT NULL,"
    " CHECK (rows_ok + rows_failed <= rows_total)"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX job_waits ON job (id) WHERE state IN (1, 2)",
    /* queued, running, stopped, done, failed: 1 2 3 4 5 */
    "CREATE TRIGGER job_steps BEFORE UPDATE OF state ON job WHEN old.state <> new.state"
    "  AND (old.state * 10 + new.state) NOT IN (12, 13, 14, 15, 23, 24, 25, 31)"
    " BEGIN SELECT RAISE(ABORT, 'a job cannot take that step'); END",
    "CREATE TRIGGER job_forward BEFORE UPDATE ON job WHEN new.position < old.position"
    "  OR new.rows_ok < old.rows_ok OR new.rows_failed < old.rows_failed"
    "  OR (old.state IN (3, 4, 5) AND new.position <> old.position)"
    " BEGIN SELECT RAISE(ABORT, 'a job never goes back'); END",
    "CREATE TRIGGER job_kept BEFORE DELETE ON job"
    " BEGIN SELECT RAISE(ABORT, 'jobs are never deleted'); END",

    "CREATE TABLE job_failure ("
    " job BLOB NOT NULL REFERENCES job, line INTEGER NOT NULL CHECK (line > 0),"
    " field TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (job, line, field)"
    ") STRICT, WITHOUT ROWID",

    /* Where persons live and what they belong to; its rows may be erased. */
    "CREATE TABLE roll ("
    " resident BLOB PRIMARY KEY CHECK (length(resident) = 16), cell TEXT NOT NULL,"
    " labels BLOB NOT NULL, job BLOB NOT NULL REFERENCES job) STRICT, WITHOUT ROWID",

    "ALTER TABLE merchant ADD COLUMN cell TEXT NOT NULL DEFAULT ''",
    NULL,
};
