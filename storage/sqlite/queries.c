/* storage/sqlite/queries.c: the texts. Column lists are shared with the decoders in rows.c: order
 * matters. A unary plus keeps a column from being looked up by its index: what belongs to a person
 * lies together behind (resident, campaign, ordinal). */
#include "storage/sqlite/queries.h"

#define CLAIM_COLUMNS                                                                     \
    "id, campaign, pool, resident, ordinal, rule_version, source, source_id, claimed_at," \
    " valid_from, valid_to, kid, first_number, voucher_count, key, fingerprint"
#define VOUCHER_COLUMNS                                                                         \
    "v.number, v.id, v.claim, v.state, v.value, v.min_spend, c.campaign, c.pool, c.valid_from," \
    " c.valid_to, coalesce((SELECT b.swept FROM bucket b WHERE b.pool = c.pool"                 \
    " AND b.valid_to = c.valid_to), 0) FROM voucher v JOIN claim c ON c.id = v.claim"
#define REDEMPTION_COLUMNS                                                                         \
    "id, terminal, merchant, request_no, fingerprint, key, voucher, campaign, pool, rule_version," \
    " state, vin_warning, order_no, order_amount, value, redeemed_at, hold_expires_at,"            \
    " refunded_order, refunded_value, vin, invoice, plate, reward_claim, category"
#define CHANGE_COLUMNS \
    "id, campaign, current, target, reason, state, author, judge, created_at, judged_at"
#define MERCHANT_COLUMNS "id, name, uscc, kind, labels, cell, created_at"
#define TERMINAL_COLUMNS \
    "id, merchant, outlet, state, algorithm, public_key, enroll_until, per_min, created_at"
#define ADMIN_COLUMNS "id, name, roles, token, active, created_at"
#define LOGIN_COLUMNS \
    "login, admin, password, secret, last_step, failures, locked_until, code, code_until"
#define JOB_COLUMNS                                                                         \
    "id, kind, state, dry_run, author, campaign, pool, kid, columns, size, position, line," \
    " rows_total, rows_ok, rows_failed, created_at, ended_at, window_at, window_rows, rows_per_s"
#define BUCKET_COLUMNS "campaign, pool, valid_to, live, unspent, swept"

#define CAMPAIGN_AND_POOLS                                                                       \
    "SELECT c.id, c.number, c.state, c.acting_version, c.latest_version, c.revision, "           \
    "c.created_at,"                                                                              \
    " c.funded, c.available, c.live, c.held, c.redeemed, c.settled, c.returned, p.id, p.number," \
    " p.value, p.count, p.issued, p.redeemed"                                                    \
    " FROM campaign c LEFT JOIN pool p ON p.campaign = c.id AND p.place >= 0"

#define NEWEST "epoch = (SELECT max(epoch) FROM restored)"

const char *const query_sql[QUERY_COUNT] = {
    [QUERY_CAMPAIGN] = CAMPAIGN_AND_POOLS " WHERE c.id = ? ORDER BY p.place",
    [QUERY_CAMPAIGN_BY_NUMBER] = CAMPAIGN_AND_POOLS " WHERE c.number = ? ORDER BY p.place",
    [QUERY_CAMPAIGNS] = "SELECT id FROM campaign WHERE id > ? ORDER BY id LIMIT ?",
    [QUERY_VERSION] = "SELECT campaign, version, state, author, submitter, approver, changed_at"
                      " FROM rule_version WHERE campaign = ? AND version = ?",
    [QUERY_DEFINITION] = "SELECT definition FROM rule_version WHERE campaign = ? AND version = ?",
    [QUERY_CHANGE] = "SELECT " CHANGE_COLUMNS " FROM budget_change WHERE id = ?",
    [QUERY_CHANGES] = "SELECT " CHANGE_COLUMNS " FROM budget_change"
                      " WHERE campaign = ? AND id > ? ORDER BY id LIMIT ?",
    [QUERY_CLAIM] = "SELECT " CLAIM_COLUMNS " FROM claim WHERE id = ?",
    [QUERY_CLAIM_BY_KEY] =
        "SELECT " CLAIM_COLUMNS " FROM claim WHERE resident = ? AND key = ? LIMIT 1",
    [QUERY_CLAIMS_OF_RESIDENT] = "SELECT " CLAIM_COLUMNS " FROM claim"
                                 " WHERE resident = ? AND +id > ? ORDER BY +id LIMIT ?",
    [QUERY_CLAIMANTS] = "SELECT DISTINCT resident FROM claim WHERE resident > ?"
                        " ORDER BY resident LIMIT ?",
    [QUERY_HAS_CLAIMS] = "SELECT 1 FROM claim WHERE resident = ? LIMIT 1",
    [QUERY_CLAIMS_IN_CAMPAIGN] = "SELECT " CLAIM_COLUMNS " FROM claim"
                                 " WHERE resident = ? AND campaign = ? ORDER BY ordinal LIMIT ?",
    [QUERY_VOUCHER] = "SELECT " VOUCHER_COLUMNS " WHERE v.id = ?",
    [QUERY_VOUCHER_BY_NUMBER] = "SELECT " VOUCHER_COLUMNS " WHERE v.number = ?",
    [QUERY_REDEMPTION] = "SELECT " REDEMPTION_COLUMNS " FROM redemption WHERE id = ?",
    [QUERY_REDEMPTION_BY_REQUEST] = "SELECT " REDEMPTION_COLUMNS " FROM redemption"
                                    " WHERE terminal = ? AND request_no = ?",
    [QUERY_REDEMPTION_OF_VOUCHER] = "SELECT " REDEMPTION_COLUMNS " FROM redemption"
                                    " WHERE voucher = ? AND state IN (1, 2)",
    [QUERY_REDEMPTIONS_OF_TERMINAL] = "SELECT " REDEMPTION_COLUMNS " FROM redemption"
                                      " WHERE terminal = ? AND id > ? ORDER BY id LIMIT ?",
    [QUERY_REDEMPTIONS_OF_ORDER] = "SELECT " REDEMPTION_COLUMNS " FROM redemption"
                                   " WHERE merchant = ? AND order_no = ? AND state IN (1, 2)"
                                   " AND (state = 2 OR hold_expires_at > ?) LIMIT ?",
    [QUERY_HOLDS_LAPSED] = "SELECT id FROM redemption WHERE state = 1 AND hold_expires_at <= ?"
                           " ORDER BY hold_expires_at LIMIT ?",
    [QUERY_EVIDENCE] = "SELECT redemption FROM evidence WHERE kind = ? AND digest = ?",
    [QUERY_BUCKET] = "SELECT " BUCKET_COLUMNS " FROM bucket WHERE pool = ? AND valid_to = ?",
    [QUERY_BUCKETS_ENDED] = "SELECT " BUCKET_COLUMNS " FROM bucket"
                            " WHERE swept = 0 AND valid_to <= ? ORDER BY valid_to LIMIT ?",
    [QUERY_IDEMPOTENCY] = "SELECT fingerprint, at, status, reply FROM idempotency"
                          " WHERE caller = ? AND key = ?",
    [QUERY_MERCHANT] = "SELECT " MERCHANT_COLUMNS " FROM merchant WHERE id = ?",
    [QUERY_MERCHANT_BY_USCC] = "SELECT " MERCHANT_COLUMNS " FROM merchant WHERE uscc = ?",
    [QUERY_MERCHANTS] =
        "SELECT " MERCHANT_COLUMNS " FROM merchant WHERE id > ? ORDER BY id LIMIT ?",
    [QUERY_TERMINAL] = "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE id = ?",
    [QUERY_TERMINALS] = "SELECT " TERMINAL_COLUMNS " FROM terminal"
                        " WHERE merchant = ? AND id > ? ORDER BY id LIMIT ?",
    [QUERY_ADMIN] = "SELECT " ADMIN_COLUMNS " FROM admin WHERE id = ?",
    [QUERY_ADMIN_BY_TOKEN] = "SELECT " ADMIN_COLUMNS " FROM admin WHERE token = ?",
    [QUERY_RESIDENT] = "SELECT id, name, seen_at, sealed FROM resident WHERE id = ?",
    [QUERY_OTP] = "SELECT mobile, code, sent_at, tries_left FROM otp WHERE mobile = ?",
    [QUERY_JOB] = "SELECT " JOB_COLUMNS " FROM job WHERE id = ?",
    [QUERY_JOBS] = "SELECT " JOB_COLUMNS " FROM job WHERE id < ? ORDER BY id DESC LIMIT ?",
    [QUERY_JOB_WAITING] = "SELECT " JOB_COLUMNS " FROM job"
                          " WHERE state IN (1, 2) AND id > ? ORDER BY id LIMIT 1",
    [QUERY_JOB_FAILURES] = "SELECT job, line, field, code FROM job_failure"
                           " WHERE job = ? AND (line, field) > (?, ?) ORDER BY line, field LIMIT ?",
    [QUERY_LOGIN] = "SELECT " LOGIN_COLUMNS " FROM login WHERE login = ?",
    [QUERY_LOGIN_OF_ADMIN] = "SELECT " LOGIN_COLUMNS " FROM login WHERE admin = ?",
    [QUERY_ADMIN_SESSION] =
        "SELECT token, admin, issued_at, expires_at FROM admin_session WHERE token = ?",
    [QUERY_ROLL] = "SELECT resident, cell, labels, job FROM roll WHERE resident = ?",
    [QUERY_JOURNAL] = "SELECT writer, seq, bytes, hash FROM journal"
                      " WHERE (writer, seq) > (?, ?) ORDER BY writer, seq",
    [QUERY_JOURNAL_HASH] = "SELECT hash FROM journal WHERE writer = ? AND seq = ?",
    [QUERY_JOURNAL_LAST] =
        "SELECT writer, hash, bytes FROM journal WHERE writer >= ? AND writer < ?"
        " ORDER BY writer DESC, seq DESC LIMIT 1",
    [QUERY_HEADS] = "SELECT writer, seq, hash FROM head ORDER BY writer",
    [QUERY_NEXT_NUMBERS] = "SELECT max(coalesce((SELECT max(number) FROM voucher), 0) + 1,"
                           "  coalesce((SELECT voucher_floor FROM restored WHERE " NEWEST "), 0)),"
                           " max(coalesce((SELECT max(number) FROM campaign), 0) + 1,"
                           "  coalesce((SELECT campaign_floor FROM restored WHERE " NEWEST "), 0)),"
                           " max(coalesce((SELECT max(number) FROM pool), 0) + 1,"
                           "  coalesce((SELECT pool_floor FROM restored WHERE " NEWEST "), 0))",
    [QUERY_RESTORED] =
        "SELECT epoch, skipped, copied_at, raised_at, entries, witnessed, root, voucher_from,"
        " voucher_floor, campaign_from, campaign_floor, pool_from, pool_floor FROM restored"
        " WHERE " NEWEST,
    [QUERY_MAY_BE_LOST] = "SELECT count(*) FROM restored"
                          " WHERE epoch > 0 AND ((copied_at - 60 <= ?1 AND raised_at >= ?1)"
                          "  OR (voucher_from <= ?2 AND voucher_floor > ?2))",
    [QUERY_PUT_RESTORED] = "INSERT INTO restored (epoch, skipped, copied_at, raised_at, entries,"
                           " witnessed, root, voucher_from, voucher_floor, campaign_from,"
                           " campaign_floor, pool_from, pool_floor)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [QUERY_BEGIN_READ] = "BEGIN",
    [QUERY_BEGIN] = "BEGIN IMMEDIATE",
    [QUERY_COMMIT] = "COMMIT",
    [QUERY_ROLLBACK] = "ROLLBACK",
    [QUERY_PUT_META] = "INSERT INTO meta (name, value) VALUES (?, ?)"
                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [QUERY_ADD_CAMPAIGN] =
        "INSERT INTO campaign (id, number, state, acting_version, latest_version,"
        " revision, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [QUERY_SET_CAMPAIGN] =
        "UPDATE campaign SET state = ?, acting_version = ?, latest_version = ?,"
        " revision = ?, funded = ?, available = ?, live = ?, held = ?, redeemed = ?,"
        " settled = ?, returned = ? WHERE id = ?",
    [QUERY_PUT_POOL] = "INSERT INTO pool (id, campaign, number, place, value, count)"
                       " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                       " place = excluded.place, value = excluded.value, count = excluded.count",
    [QUERY_SET_POOL] = "UPDATE pool SET issued = ?, redeemed = ? WHERE id = ?",
    [QUERY_POST_POOL] = "UPDATE pool SET issued = issued + ?, redeemed = redeemed + ?"
                        " WHERE number = ? AND campaign = ?",
    [QUERY_PUT_VERSION] = "INSERT INTO rule_version (campaign, version, state, author, submitter,"
                          " approver, changed_at, definition) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                          " ON CONFLICT (campaign, version) DO UPDATE SET state = excluded.state,"
                          " author = excluded.author, submitter = excluded.submitter,"
                          " approver = excluded.approver, changed_at = excluded.changed_at,"
                          " definition = excluded.definition",
    [QUERY_PUT_CHANGE] =
        "INSERT INTO budget_change (" CHANGE_COLUMNS ")"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " state = excluded.state, judge = excluded.judge, judged_at = excluded.judged_at",
    [QUERY_PUT_CLAIM] = "INSERT INTO claim (" CLAIM_COLUMNS ")"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [QUERY_PUT_VOUCHER] = "INSERT INTO voucher (number, id, claim, state, value, min_spend)"
                          " VALUES (?, ?, ?, ?, ?, ?)",
    [QUERY_SET_VOUCHER] = "UPDATE voucher SET state = ? WHERE number = ? AND state = ? AND id = ?",
    [QUERY_PUT_REDEMPTION] =
        "INSERT INTO redemption (" REDEMPTION_COLUMNS ") VALUES"
        " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [QUERY_SET_REDEMPTION] =
        "UPDATE redemption SET state = ?, value = ?, redeemed_at = ?,"
        " refunded_order = ?, refunded_value = ?, vin = ?, invoice = ?, plate = ?,"
        " reward_claim = ?, vin_warning = ? WHERE id = ?",
    [QUERY_PUT_EVIDENCE] = "INSERT INTO evidence (kind, digest, redemption) VALUES (?, ?, ?)"
                           " ON CONFLICT (kind, digest) DO UPDATE SET redemption = redemption"
                           " WHERE redemption = excluded.redemption",
    [QUERY_FREE_EVIDENCE] = "DELETE FROM evidence WHERE kind = ? AND digest = ? AND redemption = ?",
    [QUERY_PUT_BUCKET] = "INSERT INTO bucket (" BUCKET_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)"
                         " ON CONFLICT (pool, valid_to) DO UPDATE SET live = excluded.live,"
                         " unspent = excluded.unspent, swept = excluded.swept",
    [QUERY_PUT_IDEMPOTENCY] =
        "INSERT INTO idempotency (caller, key, fingerprint, at, status, reply)"
        " VALUES (?, ?, ?, ?, ?, ?)",
    [QUERY_PUT_MERCHANT] =
        "INSERT INTO merchant (" MERCHANT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
        " labels = excluded.labels, cell = excluded.cell",
    [QUERY_PUT_TERMINAL] =
        "INSERT INTO terminal (" TERMINAL_COLUMNS ")"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " outlet = excluded.outlet, state = excluded.state, algorithm = excluded.algorithm,"
        " public_key = excluded.public_key, enroll_until = excluded.enroll_until,"
        " per_min = excluded.per_min",
    [QUERY_PUT_ADMIN] = "INSERT INTO admin (" ADMIN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)"
                        " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
                        " roles = excluded.roles, token = excluded.token, active = excluded.active",
    [QUERY_PUT_RESIDENT] = "INSERT INTO resident (id, name, sealed, seen_at) VALUES (?, ?, ?, ?)"
                           " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
                           " sealed = excluded.sealed, seen_at = excluded.seen_at",
    [QUERY_PUT_OTP] = "INSERT INTO otp (mobile, code, sent_at, tries_left) VALUES (?, ?, ?, ?)"
                      " ON CONFLICT (mobile) DO UPDATE SET code = excluded.code,"
                      " sent_at = excluded.sent_at, tries_left = excluded.tries_left",
    [QUERY_PUT_JOB] =
        "INSERT INTO job (" JOB_COLUMNS ")"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, kid = excluded.kid,"
        " position = excluded.position, line = excluded.line, rows_ok = excluded.rows_ok,"
        " rows_failed = excluded.rows_failed, ended_at = excluded.ended_at,"
        " window_at = excluded.window_at, window_rows = excluded.window_rows,"
        " rows_per_s = excluded.rows_per_s",
    [QUERY_PUT_JOB_FAILURE] = "INSERT INTO job_failure (job, line, field, code) VALUES (?, ?, ?, ?)"
                              " ON CONFLICT (job, line, field) DO UPDATE SET code = code",
    [QUERY_PUT_LOGIN] = "INSERT INTO login (" LOGIN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        " ON CONFLICT (login) DO UPDATE SET password = excluded.password,"
                        " secret = excluded.secret, last_step = excluded.last_step,"
                        " failures = excluded.failures, locked_until = excluded.locked_until,"
                        " code = excluded.code, code_until = excluded.code_until",
    [QUERY_PUT_ADMIN_SESSION] = "INSERT INTO admin_session (token, admin, issued_at, expires_at)"
                                " VALUES (?, ?, ?, ?)",
    [QUERY_END_ADMIN_SESSION] = "DELETE FROM admin_session WHERE token = ?",
    [QUERY_END_ADMIN_SESSIONS] = "DELETE FROM admin_session WHERE admin = ? AND token <> ?",
    [QUERY_PUT_ROLL] = "INSERT INTO roll (resident, cell, labels, job) VALUES (?, ?, ?, ?)"
                       " ON CONFLICT (resident) DO UPDATE SET cell = excluded.cell,"
                       " labels = excluded.labels, job = excluded.job",
    [QUERY_PUT_JOURNAL] = "INSERT INTO journal (writer, seq, bytes, hash) VALUES (?, ?, ?, ?)",
    [QUERY_PUT_HEAD] = "INSERT INTO head (writer, seq, hash) VALUES (?, ?, ?) ON CONFLICT (writer)"
                       " DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
};
