/* storage/sqlite/schema.h: which file is ours, and the statements that made it. Constant data. */
#ifndef HUIQUAN_SQLITE_SCHEMA_H
#define HUIQUAN_SQLITE_SCHEMA_H

#define APPLICATION_ID 0x48555155 /* HUQU */
#define COPY_ID 0x48555143 /* HUQC: a copy that no ledger opens on, storage/copy.h */
#define SCHEMA_VERSION 4 /* how many lists of statements stand in schema_steps */

/* A database of version n has had the first n lists, each of which ends with NULL. */
extern const char *const *const schema_steps[SCHEMA_VERSION]; /* schema_steps.c */
extern const char *const schema_sql[]; /* schema.c: version 1 */
extern const char *const schema_jobs_sql[]; /* schema_jobs.c: version 2 */
extern const char *const schema_login_sql[]; /* schema_steps.c: version 3 */
extern const char *const schema_restored_sql[]; /* schema_restored.c: version 4 */

#endif
