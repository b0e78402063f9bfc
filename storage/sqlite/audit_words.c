/* storage/sqlite/audit_words.c: how every part of an audit reads, adds up and tells. */
#include "storage/sqlite/audit.h"
#include "storage/sqlite/engine.h"

void
audit_tell(struct audit *a, int64_t *counter, const char *words)
{
    must(counter != NULL);
    must(words != NULL && words[0] != '\0');
    ++*counter;
    if (a->ear.hear != NULL) a->ear.hear(a->ear.owner, words);
    if (a->first_fault[0] != '\0') return;
    (void)snprintf(a->first_fault, sizeof a->first_fault, "%s", words);
}

void
audit_fault(struct audit *a, int64_t *counter, struct finding f)
{
    char words[sizeof a->first_fault];
    must(f.what != NULL && f.words != NULL);
    int size = snprintf(words, sizeof words, "%s %lld: %s: %lld, %lld", f.what, (long long)f.number,
                        f.words, (long long)f.stored, (long long)f.counted);
    must(size > 0);
    audit_tell(a, counter, words);
}

sqlite3_stmt *
audit_prepare(struct view *v, const char *sql)
{
    sqlite3_stmt *s = NULL;
    must(v->db != NULL);
    if (v->fault != FAULT_NONE) return NULL;
    int code = sqlite3_prepare_v2(v->db, sql, -1, &s, NULL);
    if ((code & 0xff) == SQLITE_ERROR) {
        must_failed(__FILE__, __LINE__, __func__, sqlite3_errmsg(v->db));
    }
    if (code != SQLITE_OK) view_note(v, fault_of_sqlite(code));
    must((s != NULL) == (v->fault == FAULT_NONE));
    return s;
}

bool
audit_step(struct view *v, sqlite3_stmt *s)
{
    if (s == NULL || v->fault != FAULT_NONE) return false;
    int code = sqlite3_step(s);
    must((code & 0xff) != SQLITE_CONSTRAINT && code != SQLITE_MISUSE);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_ERROR)
        view_note(v, FAULT_CORRUPT); /* of values that do not compute */
    else if (code != SQLITE_DONE)
        view_note(v, fault_of_sqlite(code));
    must(code == SQLITE_DONE || v->fault != FAULT_NONE);
    return false;
}

void
audit_add(int64_t *sum, int64_t more)
{
    must(sum != NULL);
    if (__builtin_add_overflow(*sum, more, sum)) *sum = INT64_MIN;
}
