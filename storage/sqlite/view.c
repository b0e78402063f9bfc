/* storage/sqlite/view.c: gets. Committed rows for a view of its own; the open batch for the
 * writer's. */
#include "storage/sqlite/engine.h"

enum fault
view_start(struct view *v, const char *data_dir, bool writes)
{
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/%s", data_dir, DATABASE_NAME);
    if (size < 0 || (size_t)size >= sizeof path) return FAULT_CONFIG;
    int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(path, &v->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) (void)sqlite3_extended_result_codes(v->db, 1);
    if (code == SQLITE_OK && !writes) {
        (void)sqlite3_db_config(v->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)sqlite3_busy_timeout(v->db, 5000);
        code = sqlite3_exec(v->db, "PRAGMA query_only = 1; PRAGMA mmap_size = 0", NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) return FAULT_NONE;
    view_stop(v);
    return code == SQLITE_CANTOPEN ? FAULT_UNREACHABLE : fault_of_sqlite(code);
}

void
view_stop(struct view *v)
{
    for (size_t q = 0; q < QUERY_COUNT; q++) {
        (void)sqlite3_finalize(v->statements[q]);
        v->statements[q] = NULL;
    }
    (void)sqlite3_close(v->db);
    v->db = NULL;
    free(v->kept);
    v->kept = NULL;
    v->kept_room = 0;
}

enum fault
view_open(struct view **out, const char *data_dir)
{
    *out = NULL;
    struct view *v = calloc(1, sizeof *v);
    if (v == NULL) return FAULT_MEMORY;
    enum fault fault = view_start(v, data_dir, false);
    if (fault != FAULT_NONE) {
        free(v);
        return fault;
    }
    *out = v;
    return FAULT_NONE;
}

void
view_close(struct view *v)
{
    if (v == NULL) return;
    must(v->ledger == NULL); /* the writer's view ends with the ledger */
    view_stop(v);
    free(v);
}

enum fault
view_fault(struct view *v)
{
    enum fault fault = v->fault;
    if (v->ledger == NULL) v->fault = FAULT_NONE; /* the writer's stays until its batch ends */
    return fault;
}

void
view_snapshot_begin(struct view *v)
{
    must(v->ledger == NULL);
    query_run(v, query_start(v, QUERY_BEGIN_READ));
}

void
view_snapshot_end(struct view *v)
{
    query_run(v, query_start(v, QUERY_COMMIT));
}

static void
view_load_pools(struct view *v, struct campaign_row *out)
{
    sqlite3_stmt *s = query_start(v, QUERY_POOLS);
    bind_uuid_raw(s, 1, &out->id);
    while (query_row(v, s)) {
        must(out->pool_count < CAMPAIGN_POOLS_MAX);
        struct pool_row *pool = &out->pools[out->pool_count++];
        column_uuid(s, 0, &pool->id);
        pool->number = sqlite3_column_int64(s, 1);
        pool->value_fen = sqlite3_column_int64(s, 2);
        pool->count = sqlite3_column_int64(s, 3);
        pool->issued = sqlite3_column_int64(s, 4);
        pool->redeemed = sqlite3_column_int64(s, 5);
    }
}

/* The statement has its key bound. */
bool
view_load_campaign(struct view *v, enum query q, sqlite3_stmt *s, struct campaign_row *out)
{
    must(q == QUERY_CAMPAIGN || q == QUERY_CAMPAIGN_BY_NUMBER);
    memset(out, 0, sizeof *out);
    if (!query_row(v, s)) return false;
    row_campaign(s, out);
    query_end(s);
    view_load_pools(v, out);
    return v->fault == FAULT_NONE;
}

bool
view_campaign(struct view *v, const struct uuid *id, struct campaign_row *out)
{
    if (v->ledger != NULL) {
        struct hot_campaign *hot = hot_campaign(v->ledger, id);
        memset(out, 0, sizeof *out);
        if (hot != NULL) *out = hot->row;
        return hot != NULL;
    }
    sqlite3_stmt *s = query_start(v, QUERY_CAMPAIGN);
    bind_uuid_raw(s, 1, id);
    return view_load_campaign(v, QUERY_CAMPAIGN, s, out);
}

bool
view_campaign_by_number(struct view *v, int64_t number, struct campaign_row *out)
{
    must(v->ledger == NULL); /* the writer asks by id, so that hot rows are met */
    sqlite3_stmt *s = query_start(v, QUERY_CAMPAIGN_BY_NUMBER);
    bind_int(s, 1, number);
    return view_load_campaign(v, QUERY_CAMPAIGN_BY_NUMBER, s, out);
}

bool
view_version(struct view *v, const struct uuid *campaign, int64_t version, struct version_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_VERSION);
    bind_uuid_raw(s, 1, campaign);
    bind_int(s, 2, version);
    if (!query_row(v, s)) return false;
    column_uuid(s, 0, &out->campaign);
    out->version = sqlite3_column_int64(s, 1);
    out->state = (enum version_state)sqlite3_column_int64(s, 2);
    column_uuid(s, 3, &out->author);
    column_uuid(s, 4, &out->submitter);
    column_uuid(s, 5, &out->approver);
    out->changed_at_s = sqlite3_column_int64(s, 6);
    query_end(s);
    return true;
}

bool
view_definition(struct view *v, const struct uuid *campaign, int64_t version, struct text *out)
{
    *out = (struct text){ 0 };
    sqlite3_stmt *s = query_start(v, QUERY_DEFINITION);
    bind_uuid_raw(s, 1, campaign);
    bind_int(s, 2, version);
    if (!query_row(v, s)) return false;
    *out = column_kept(v, s, 0);
    query_end(s);
    return out->size > 0;
}

/* One row by one key: what most gets are. */
#define ROW_BY_UUID(function, query, row, decode)                                                  \
    bool function(struct view *v, const struct uuid *id, struct row *out)                          \
    {                                                                                              \
        memset(out, 0, sizeof *out);                                                               \
        sqlite3_stmt *s = query_start(v, query);                                                   \
        bind_uuid_raw(s, 1, id);                                                                   \
        if (!query_row(v, s)) return false;                                                        \
        decode(s, out);                                                                            \
        query_end(s);                                                                              \
        return true;                                                                               \
    }

ROW_BY_UUID(view_budget_change, QUERY_CHANGE, budget_change_row, row_change)
ROW_BY_UUID(view_claim, QUERY_CLAIM, claim_row, row_claim)
ROW_BY_UUID(view_voucher, QUERY_VOUCHER, voucher_row, row_voucher)
ROW_BY_UUID(view_redemption, QUERY_REDEMPTION, redemption_row, row_redemption)
ROW_BY_UUID(view_redemption_of_voucher, QUERY_REDEMPTION_OF_VOUCHER, redemption_row, row_redemption)
ROW_BY_UUID(view_merchant, QUERY_MERCHANT, merchant_row, row_merchant)
ROW_BY_UUID(view_terminal, QUERY_TERMINAL, terminal_row, row_terminal)
ROW_BY_UUID(view_admin, QUERY_ADMIN, admin_row, row_admin)

bool
view_voucher_by_number(struct view *v, int64_t number, struct voucher_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_VOUCHER_BY_NUMBER);
    bind_int(s, 1, number);
    if (!query_row(v, s)) return false;
    row_voucher(s, out);
    query_end(s);
    return true;
}

bool
view_redemption_by_request(struct view *v, const struct uuid *terminal, struct text request_no,
                           struct redemption_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_REDEMPTION_BY_REQUEST);
    bind_uuid_raw(s, 1, terminal);
    bind_text(s, 2, request_no);
    if (!query_row(v, s)) return false;
    row_redemption(s, out);
    query_end(s);
    return true;
}

bool
view_evidence(struct view *v, enum evidence_kind kind, const struct digest *digest,
              struct evidence_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_EVIDENCE);
    bind_int(s, 1, kind);
    bind_digest(s, 2, digest);
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
    return true;
}

bool
view_idempotency(struct view *v, const struct uuid *caller, struct text key,
                 struct idempotency_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_IDEMPOTENCY);
    bind_uuid_raw(s, 1, caller);
    bind_text(s, 2, key);
    if (!query_row(v, s)) return false;
    out->caller = *caller;
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
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_MERCHANT_BY_USCC);
    bind_text(s, 1, uscc);
    if (!query_row(v, s)) return false;
    row_merchant(s, out);
    query_end(s);
    return true;
}

bool
view_admin_by_token(struct view *v, const struct digest *token, struct admin_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_ADMIN_BY_TOKEN);
    bind_digest(s, 1, token);
    if (!query_row(v, s)) return false;
    row_admin(s, out);
    query_end(s);
    return true;
}

bool
view_resident(struct view *v, const struct uuid *id, struct resident_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_RESIDENT);
    bind_uuid_raw(s, 1, id);
    if (!query_row(v, s)) return false;
    column_uuid(s, 0, &out->id);
    column_digest(s, 1, &out->name);
    size_t size = (size_t)sqlite3_column_bytes(s, 2);
    if (size <= sizeof out->sealed) {
        out->sealed_size = size;
        memcpy(out->sealed, sqlite3_column_blob(s, 2), size);
    }
    out->seen_at_s = sqlite3_column_int64(s, 3);
    query_end(s);
    return true;
}

bool
view_otp(struct view *v, const struct digest *mobile, struct otp_row *out)
{
    memset(out, 0, sizeof *out);
    sqlite3_stmt *s = query_start(v, QUERY_OTP);
    bind_digest(s, 1, mobile);
    if (!query_row(v, s)) return false;
    column_digest(s, 0, &out->mobile);
    column_digest(s, 1, &out->code);
    out->sent_at_s = sqlite3_column_int64(s, 2);
    out->tries_left = sqlite3_column_int64(s, 3);
    query_end(s);
    return true;
}
