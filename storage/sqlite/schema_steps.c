/* storage/sqlite/schema_steps.c: version 3: how administrators sign in, and what was bought; and
 * all versions in a row. */
#include "storage/sqlite/engine.h"

const char *const schema_login_sql[] = {
    "CREATE TABLE login ("
    " login TEXT PRIMARY KEY CHECK (length(login) BETWEEN 1 AND 32),"
    " admin BLOB NOT NULL UNIQUE REFERENCES admin, password TEXT NOT NULL,"
    " secret BLOB NOT NULL, last_step INTEGER NOT NULL, failures INTEGER NOT NULL,"
    " locked_until INTEGER NOT NULL, code BLOB, code_until INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",
    "CREATE TRIGGER login_step_once BEFORE UPDATE OF last_step ON login"
    " WHEN new.last_step < old.last_step AND new.secret = old.secret"
    " BEGIN SELECT RAISE(ABORT, 'a step of TOTP is used once'); END",
    "CREATE TRIGGER login_kept BEFORE DELETE ON login"
    " BEGIN SELECT RAISE(ABORT, 'logins are never deleted'); END",

    "CREATE TABLE admin_session ("
    " token BLOB PRIMARY KEY CHECK (length(token) = 32), admin BLOB NOT NULL REFERENCES admin,"
    " issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX admin_session_of_admin ON admin_session (admin)",

    "ALTER TABLE redemption ADD COLUMN category TEXT",
    NULL,
};

const char *const *const schema_steps[SCHEMA_VERSION] = { schema_sql, schema_jobs_sql,
                                                          schema_login_sql, schema_restored_sql };
