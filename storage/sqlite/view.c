/* storage/sqlite/view.c: gets. Committed rows for a view of its own; the open batch for the
 * writer's. */
#include <unistd.h>

#include "storage/sqlite/engine.h"

/* Readers wait only while the log is recovered after a crash. */
#define VIEW_BUSY_MS_MAX 5000

enum fault
view_start(struct view *v, const char *path, int flags, const char *vfs)
{
    must(v->db == NULL);
    must(path != NULL && path[0] != '\0');
    int code = sqlite3_open_v2(path, &v->db, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (code == SQLITE_OK) code = sqlite3_extended_result_codes(v->db, 1);
    if (code == SQLITE_OK) code = sqlite3_db_config(v->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return code == SQLITE_OK ? FAULT_NONE : fault_of_sqlite(code);
}

void
view_stop(struct view *v)
{
    must(v->kept != NULL || v->kept_room == 0);
    for (size_t q = 0; q < QUERY_COUNT; q++) {
        (void)sqlite3_finalize(v->statements[q]);
        v->statements[q] = NULL;
    }
    int code = sqlite3_close(v->db);
    must(code == SQLITE_OK); /* nothing of it is open any more */
    v->db = NULL;
    free(v->kept);
    v->kept = NULL;
    v->kept_room = 0;
}

/* A database that is still being made has neither number. */
static enum fault
view_check_schema(struct view *v)
{
    int64_t version = query_number(v, "PRAGMA user_version");
    int64_t application = query_number(v, "PRAGMA application_id");
    must(v->db != NULL);
    must(v->ledger == NULL);
    if (v->fault != FAULT_NONE) return v->fault;
    if (version == 0 && application == 0) return FAULT_UNREACHABLE;
    bool is_ours = application == APPLICATION_ID || application == COPY_ID;
    return version == SCHEMA_VERSION && is_ours ? FAULT_NONE : FAULT_CONFIG;
}

static enum fault
view_start_reading(struct view *v, const char *data_dir)
{
    char path[PATH_ROOM];
    must(v->ledger == NULL);
    int size = snprintf(path, sizeof path, "%s/%s", data_dir, DATABASE_NAME);
    if (size < 0 || (size_t)size >= sizeof path) return FAULT_CONFIG;
    if (access(path, F_OK) != 0) return FAULT_UNREACHABLE;
    enum fault fault = view_start(v, path, SQLITE_OPEN_READONLY, NULL);
    if (fault != FAULT_NONE) return fault;
    int code = sqlite3_db_config(v->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    must(code == SQLITE_OK); /* only one connection may ever checkpoint */
    code = sqlite3_busy_timeout(v->db, VIEW_BUSY_MS_MAX);
    if (code == SQLITE_OK) code = sqlite3_exec(v->db, "PRAGMA query_only = 1", NULL, NULL, NULL);
    return code == SQLITE_OK ? view_check_schema(v) : fault_of_sqlite(code);
}

enum fault
view_open(struct view **out, const char *data_dir)
{
    must(data_dir != NULL);
    *out = NULL;
    struct view *v = calloc(1, sizeof *v);
    if (v == NULL) return FAULT_MEMORY;
    enum fault fault = view_start_reading(v, data_dir);
    if (fault == FAULT_NONE) {
        *out = v;
        return FAULT_NONE;
    }
    must(v->ledger == NULL);
    view_stop(v);
    free(v);
    return fault;
}

void
view_learn_claimants(struct view *v, const struct claimants *claimants)
{
    must(v->ledger == NULL);
    must(v->claimants == NULL && claimants != NULL);
    v->claimants = claimants;
}

void
view_close(struct view *v)
{
    if (v == NULL) return;
    must(v->ledger == NULL); /* the writer's view ends with the ledger */
    must(!v->snapshot);
    view_stop(v);
    free(v);
}

enum fault
view_fault(struct view *v)
{
    enum fault fault = v->fault;
    must(v->db != NULL);
    must((unsigned)fault <= FAULT_MALFORMED);
    if (v->ledger == NULL) v->fault = FAULT_NONE; /* the writer's stays until its batch ends */
    return fault;
}

void
view_snapshot_begin(struct view *v)
{
    must(v->ledger == NULL); /* the writer's view lives within the batch */
    must(!v->snapshot);
    (void)query_run(v, query_start(v, QUERY_BEGIN_READ));
    v->snapshot = v->fault == FAULT_NONE;
}

void
view_snapshot_end(struct view *v)
{
    enum fault met = v->fault;
    must(v->ledger == NULL);
    if (!v->snapshot) return;
    v->snapshot = false;
    v->fault = FAULT_NONE; /* a fault must not keep the snapshot open */
    if (sqlite3_get_autocommit(v->db) == 0) {
        (void)query_run(v, query_start(v, QUERY_ROLLBACK));
    }
    if (met != FAULT_NONE) v->fault = met;
    must(v->fault != FAULT_NONE || sqlite3_get_autocommit(v->db) != 0);
}

bool
view_campaign(struct view *v, const struct uuid *id, struct campaign_row *out)
{
    must(id != NULL);
    must(out != NULL);
    if (v->ledger != NULL) {
        struct hot_campaign *hot = hot_campaign(v->ledger, id);
        if (hot != NULL)
            *out = hot->row;
        else
            memset(out, 0, sizeof *out);
        return hot != NULL;
    }
    sqlite3_stmt *s = query_start(v, QUERY_CAMPAIGN);
    bind_uuid_raw(s, 1, id);
    return rows_campaign(v, s, out);
}

bool
view_campaign_by_number(struct view *v, int64_t number, struct campaign_row *out)
{
    must(number >= 0);
    sqlite3_stmt *s = query_start(v, QUERY_CAMPAIGN_BY_NUMBER);
    bind_int(s, 1, number);
    bool found = rows_campaign(v, s, out);
    if (!found || v->ledger == NULL) return found;
    struct uuid id = out->id; /* the writer's own rows may be newer in memory */
    must(!uuid_is_none(&id));
    return view_campaign(v, &id, out);
}

bool
view_version(struct view *v, const struct uuid *campaign, int64_t version, struct version_row *out)
{
    memset(out, 0, sizeof *out);
    must(campaign != NULL);
    sqlite3_stmt *s = query_start(v, QUERY_VERSION);
    bind_uuid_raw(s, 1, campaign);
    bind_int(s, 2, version);
    if (!query_row(v, s)) return false;
    row_version(s, out);
    query_end(s);
    must(uuid_equal(&out->campaign, campaign) && out->version == version);
    return true;
}

bool
view_definition(struct view *v, const struct uuid *campaign, int64_t version, struct text *out)
{
    must(campaign != NULL);
    *out = (struct text){ 0 };
    sqlite3_stmt *s = query_start(v, QUERY_DEFINITION);
    bind_uuid_raw(s, 1, campaign);
    bind_int(s, 2, version);
    if (!query_row(v, s)) return false;
    *out = column_kept(v, s, 0);
    query_end(s);
    must(out->at == NULL || out->at == v->kept);
    return out->size > 0;
}

/* One row by one key: what most gets are. */
#define ROW_BY_UUID(function, query, row, decode)                         \
    bool function(struct view *v, const struct uuid *id, struct row *out) \
    {                                                                     \
        memset(out, 0, sizeof *out);                                      \
        sqlite3_stmt *s = query_start(v, query);                          \
        bind_uuid_raw(s, 1, id);                                          \
        if (!query_row(v, s)) return false;                               \
        decode(s, out);                                                   \
        query_end(s);                                                     \
        return true;                                                      \
    }

ROW_BY_UUID(view_budget_change, QUERY_CHANGE, budget_change_row, row_change)
ROW_BY_UUID(view_claim, QUERY_CLAIM, claim_row, row_claim)
ROW_BY_UUID(view_voucher, QUERY_VOUCHER, voucher_row, row_voucher)
ROW_BY_UUID(view_redemption, QUERY_REDEMPTION, redemption_row, row_redemption)
ROW_BY_UUID(view_redemption_of_voucher, QUERY_REDEMPTION_OF_VOUCHER, redemption_row, row_redemption)
ROW_BY_UUID(view_merchant, QUERY_MERCHANT, merchant_row, row_merchant)
ROW_BY_UUID(view_terminal, QUERY_TERMINAL, terminal_row, row_terminal)
ROW_BY_UUID(view_admin, QUERY_ADMIN, admin_row, row_admin)
ROW_BY_UUID(view_resident, QUERY_RESIDENT, resident_row, row_resident)
ROW_BY_UUID(view_job, QUERY_JOB, job_row, row_job)
ROW_BY_UUID(view_login_of_admin, QUERY_LOGIN_OF_ADMIN, login_row, row_login)
ROW_BY_UUID(view_roll, QUERY_ROLL, roll_row, row_roll)
ROW_BY_UUID(view_job_waiting, QUERY_JOB_WAITING, job_row, row_job)

bool
view_voucher_by_number(struct view *v, int64_t number, struct voucher_row *out)
{
    must(v->db != NULL);
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_VOUCHER_BY_NUMBER);
    bind_int(s, 1, number);
    if (!query_row(v, s)) return false;
    row_voucher(s, out);
    query_end(s);
    must(out->number == number);
    return true;
}

bool
view_redemption_by_request(struct view *v, const struct uuid *terminal, struct text request_no,
                           struct redemption_row *out)
{
    must(terminal != NULL);
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_REDEMPTION_BY_REQUEST);
    bind_uuid_raw(s, 1, terminal);
    bind_text(s, 2, request_no);
    if (!query_row(v, s)) return false;
    row_redemption(s, out);
    query_end(s);
    must(uuid_equal(&out->terminal, terminal));
    return true;
}

bool
view_evidence(struct view *v, enum evidence_kind kind, const struct digest *digest,
              struct evidence_row *out)
{
    must(kind == EVIDENCE_VIN || kind == EVIDENCE_INVOICE || kind == EVIDENCE_PLATE);
    must(digest != NULL);
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_EVIDENCE);
    bind_int(s, 1, kind);
    bind_blob(s, 2, digest->bytes, sizeof digest->bytes);
    if (!query_row(v, s)) return false;
    out->kind = kind;
    out->digest = *digest;
    column_uuid(s, 0, &out->redemption);
    query_end(s);
    return true;
}

bool
view_bucket(struct view *v, const struct uuid *pool, int64_t valid_to_s, struct bucket_row *out)
{
    must(pool != NULL);
    memset(out, 0, sizeof *out);
    if (v->ledger != NULL) {
        struct hot_bucket *hot = hot_bucket(v->ledger, NULL, pool, valid_to_s);
        if (hot != NULL) *out = hot->row;
        return hot != NULL;
    }
    sqlite3_stmt *s = query_start(v, QUERY_BUCKET);
    bind_uuid_raw(s, 1, pool);
    bind_int(s, 2, valid_to_s);
    if (!query_row(v, s)) return false;
    row_bucket(s, out);
    query_end(s);
    must(out->valid_to_s == valid_to_s);
    must(uuid_equal(&out->pool, pool));
    return true;
}

bool
view_idempotency(struct view *v, const struct uuid *caller, struct text key,
                 struct idempotency_row *out)
{
    must(caller != NULL);
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_IDEMPOTENCY);
    bind_uuid_raw(s, 1, caller);
    bind_text(s, 2, key);
    if (!query_row(v, s)) return false;
    out->caller = *caller;
    must(key.size < sizeof out->key); /* no longer one was ever stored */
    memcpy(out->key, key.at, key.size);
    column_digest(s, 0, &out->fingerprint);
    out->at_s = sqlite3_column_int64(s, 1);
    out->status = sqlite3_column_int(s, 2);
    out->reply = column_kept(v, s, 3);
    query_end(s);
    return v->fault == FAULT_NONE;
}

bool
view_merchant_by_uscc(struct view *v, struct text uscc, struct merchant_row *out)
{
    must(v->db != NULL);
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_MERCHANT_BY_USCC);
    bind_text(s, 1, uscc);
    if (!query_row(v, s)) return false;
    row_merchant(s, out);
    query_end(s);
    must(text_equal(text_of(out->uscc), uscc));
    return true;
}

/* One row by one digest. */
#define ROW_BY_DIGEST(function, query, row, decode)                             \
    bool function(struct view *v, const struct digest *digest, struct row *out) \
    {                                                                           \
        must(digest != NULL);                                                   \
        memset(out, 0, sizeof *out);                                            \
        sqlite3_stmt *s = query_start(v, query);                                \
        bind_blob(s, 1, digest->bytes, sizeof digest->bytes);                   \
        if (!query_row(v, s)) return false;                                     \
        decode(s, out);                                                         \
        query_end(s);                                                           \
        return true;                                                            \
    }

ROW_BY_DIGEST(view_admin_by_token, QUERY_ADMIN_BY_TOKEN, admin_row, row_admin)
ROW_BY_DIGEST(view_otp, QUERY_OTP, otp_row, row_otp)
ROW_BY_DIGEST(view_admin_session, QUERY_ADMIN_SESSION, admin_session_row, row_admin_session)

bool
view_login(struct view *v, struct text login, struct login_row *out)
{
    must(v->db != NULL);
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_LOGIN);
    bind_text(s, 1, login);
    if (!query_row(v, s)) return false;
    row_login(s, out);
    query_end(s);
    must(text_equal(text_of(out->login), login));
    return true;
}
