/* storage/sqlite/queries.h: every statement of the engine, prepared once per connection. Column
 * lists are shared with the decoders in rows.c: order matters. */
#ifndef HUIQUAN_SQLITE_QUERIES_H
#define HUIQUAN_SQLITE_QUERIES_H

#define CAMPAIGN_COLUMNS                                                                           \
    "id, number, state, acting_version, latest_version, revision, created_at, funded, available,"  \
    " live, held, redeemed, settled, returned"
#define CLAIM_COLUMNS                                                                              \
    "id, campaign, pool, resident, ordinal, rule_version, source, source_id, claimed_at,"          \
    " valid_from, valid_to, kid, first_number, voucher_count, key, fingerprint"
#define VOUCHER_COLUMNS                                                                            \
    "v.number, v.id, v.claim, v.state, v.value, v.min_spend, c.campaign, c.pool, c.valid_from,"    \
    " c.valid_to FROM voucher v JOIN claim c ON c.id = v.claim"
#define REDEMPTION_COLUMNS                                                                         \
    "id, terminal, merchant, request_no, fingerprint, key, voucher, campaign, pool, rule_version," \
    " state, vin_warning, order_no, order_amount, value, redeemed_at, hold_expires_at,"            \
    " refunded_order, refunded_value, vin, invoice, plate, reward_claim"
#define CHANGE_COLUMNS                                                                             \
    "id, campaign, current, target, reason, state, author, judge, created_at, judged_at"
#define MERCHANT_COLUMNS "id, name, uscc, kind, labels, created_at"
#define TERMINAL_COLUMNS                                                                           \
    "id, merchant, outlet, state, algorithm, public_key, enroll_until, per_min, created_at"
#define ADMIN_COLUMNS "id, name, roles, token, active, created_at"
#define BUCKET_COLUMNS "campaign, pool, valid_to, live, unspent, swept"

#define QUERIES(X)                                                                                 \
    X(CAMPAIGN, "SELECT " CAMPAIGN_COLUMNS " FROM campaign WHERE id = ?")                          \
    X(CAMPAIGN_BY_NUMBER, "SELECT " CAMPAIGN_COLUMNS " FROM campaign WHERE number = ?")            \
    X(CAMPAIGNS, "SELECT id FROM campaign WHERE id > ? ORDER BY id LIMIT ?")                       \
    X(POOLS, "SELECT id, number, value, count, issued, redeemed FROM pool"                         \
             " WHERE campaign = ? AND place >= 0 ORDER BY place")                                  \
    X(VERSION, "SELECT campaign, version, state, author, submitter, approver, changed_at"          \
               " FROM rule_version WHERE campaign = ? AND version = ?")                            \
    X(DEFINITION, "SELECT definition FROM rule_version WHERE campaign = ? AND version = ?")        \
    X(CHANGE, "SELECT " CHANGE_COLUMNS " FROM budget_change WHERE id = ?")                         \
    X(CHANGES, "SELECT " CHANGE_COLUMNS " FROM budget_change"                                      \
               " WHERE campaign = ? AND id > ? ORDER BY id LIMIT ?")                               \
    X(CLAIM, "SELECT " CLAIM_COLUMNS " FROM claim WHERE id = ?")                                   \
    X(CLAIM_BY_KEY, "SELECT " CLAIM_COLUMNS " FROM claim WHERE resident = ? AND key = ?")          \
    X(CLAIMS_OF_RESIDENT, "SELECT " CLAIM_COLUMNS " FROM claim"                                    \
                          " WHERE resident = ? AND id > ? ORDER BY id LIMIT ?")                    \
    X(CLAIMS_IN_CAMPAIGN, "SELECT " CLAIM_COLUMNS " FROM claim"                                    \
                          " WHERE resident = ? AND campaign = ? ORDER BY ordinal LIMIT ?")         \
    X(VOUCHER, "SELECT " VOUCHER_COLUMNS " WHERE v.id = ?")                                        \
    X(VOUCHER_BY_NUMBER, "SELECT " VOUCHER_COLUMNS " WHERE v.number = ?")                          \
    X(REDEMPTION, "SELECT " REDEMPTION_COLUMNS " FROM redemption WHERE id = ?")                    \
    X(REDEMPTION_BY_REQUEST, "SELECT " REDEMPTION_COLUMNS " FROM redemption"                       \
                             " WHERE terminal = ? AND request_no = ?")                             \
    X(REDEMPTION_OF_VOUCHER, "SELECT " REDEMPTION_COLUMNS " FROM redemption"                       \
                             " WHERE voucher = ? AND state IN (1, 2)")                             \
    X(REDEMPTIONS_OF_TERMINAL, "SELECT " REDEMPTION_COLUMNS " FROM redemption"                     \
                               " WHERE terminal = ? AND id > ? ORDER BY id LIMIT ?")               \
    X(REDEMPTIONS_OF_ORDER, "SELECT " REDEMPTION_COLUMNS " FROM redemption"                        \
                            " WHERE merchant = ? AND order_no = ? AND state IN (1, 2) LIMIT ?")    \
    X(HOLDS_LAPSED, "SELECT id FROM redemption WHERE state = 1 AND hold_expires_at <= ?"           \
                    " ORDER BY hold_expires_at LIMIT ?")                                           \
    X(EVIDENCE, "SELECT redemption FROM evidence WHERE kind = ? AND digest = ?")                   \
    X(BUCKET, "SELECT " BUCKET_COLUMNS " FROM bucket WHERE pool = ? AND valid_to = ?")             \
    X(BUCKETS_ENDED, "SELECT " BUCKET_COLUMNS " FROM bucket"                                       \
                     " WHERE swept = 0 AND valid_to <= ? ORDER BY valid_to LIMIT ?")               \
    X(IDEMPOTENCY, "SELECT fingerprint, at, status, reply FROM idempotency"                        \
                   " WHERE caller = ? AND key = ?")                                                \
    X(MERCHANT, "SELECT " MERCHANT_COLUMNS " FROM merchant WHERE id = ?")                          \
    X(MERCHANT_BY_USCC, "SELECT " MERCHANT_COLUMNS " FROM merchant WHERE uscc = ?")                \
    X(MERCHANTS, "SELECT " MERCHANT_COLUMNS " FROM merchant WHERE id > ? ORDER BY id LIMIT ?")     \
    X(TERMINAL, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE id = ?")                          \
    X(TERMINALS, "SELECT " TERMINAL_COLUMNS " FROM terminal"                                       \
                 " WHERE merchant = ? AND id > ? ORDER BY id LIMIT ?")                             \
    X(ADMIN, "SELECT " ADMIN_COLUMNS " FROM admin WHERE id = ?")                                   \
    X(ADMIN_BY_TOKEN, "SELECT " ADMIN_COLUMNS " FROM admin WHERE token = ?")                       \
    X(RESIDENT, "SELECT id, name, sealed, seen_at FROM resident WHERE id = ?")                     \
    X(OTP, "SELECT mobile, code, sent_at, tries_left FROM otp WHERE mobile = ?")                   \
    X(JOURNAL, "SELECT writer, seq, bytes, hash FROM journal"                                      \
               " WHERE writer = ? AND seq > ? ORDER BY seq")                                       \
    X(JOURNAL_HEAD, "SELECT seq, hash FROM journal WHERE writer = ? ORDER BY seq DESC LIMIT 1")    \
    X(JOURNAL_WRITERS, "SELECT DISTINCT writer FROM journal WHERE writer > ?"                      \
                       " ORDER BY writer LIMIT 1")                                                 \
    X(MAX_VOUCHER, "SELECT coalesce(max(number), 0) FROM voucher")                                 \
    X(MAX_CAMPAIGN, "SELECT coalesce(max(number), 0) FROM campaign")                               \
    X(MAX_POOL, "SELECT coalesce(max(number), 0) FROM pool")                                       \
    X(BEGIN_READ, "BEGIN")                                                                         \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(PUT_CAMPAIGN, "INSERT INTO campaign (" CAMPAIGN_COLUMNS ")"                                  \
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"                           \
                    " ON CONFLICT (id) DO UPDATE SET state = excluded.state,"                      \
                    " acting_version = excluded.acting_version,"                                   \
                    " latest_version = excluded.latest_version, revision = excluded.revision,"     \
                    " funded = excluded.funded, available = excluded.available,"                   \
                    " live = excluded.live, held = excluded.held, redeemed = excluded.redeemed,"   \
                    " settled = excluded.settled, returned = excluded.returned")                   \
    X(PUT_POOL, "INSERT INTO pool (id, campaign, number, place, value, count)"                     \
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"                        \
                " place = excluded.place, value = excluded.value, count = excluded.count")         \
    X(SET_POOL, "UPDATE pool SET issued = ?, redeemed = ? WHERE id = ?")                           \
    X(PUT_VERSION, "INSERT INTO rule_version (campaign, version, state, author, submitter,"        \
                   " approver, changed_at, definition) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"            \
                   " ON CONFLICT (campaign, version) DO UPDATE SET state = excluded.state,"        \
                   " author = excluded.author, submitter = excluded.submitter,"                    \
                   " approver = excluded.approver, changed_at = excluded.changed_at,"              \
                   " definition = excluded.definition")                                            \
    X(PUT_CHANGE, "INSERT INTO budget_change (" CHANGE_COLUMNS ")"                                 \
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"          \
                  " state = excluded.state, judge = excluded.judge, judged_at = excluded.judged_at") \
    X(PUT_CLAIM, "INSERT INTO claim (" CLAIM_COLUMNS ")"                                           \
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                       \
    X(PUT_VOUCHER, "INSERT INTO voucher (number, id, claim, state, value, min_spend)"              \
                   " VALUES (?, ?, ?, ?, ?, ?)")                                                   \
    X(SET_VOUCHER, "UPDATE voucher SET state = ? WHERE number = ? AND state = ?")                  \
    X(PUT_REDEMPTION, "INSERT INTO redemption (" REDEMPTION_COLUMNS ") VALUES"                     \
                      " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")    \
    X(SET_REDEMPTION, "UPDATE redemption SET state = ?, value = ?, redeemed_at = ?,"               \
                      " refunded_order = ?, refunded_value = ?, vin = ?, invoice = ?, plate = ?,"  \
                      " reward_claim = ?, vin_warning = ? WHERE id = ?")                           \
    X(PUT_EVIDENCE, "INSERT INTO evidence (kind, digest, redemption) VALUES (?, ?, ?)")            \
    X(FREE_EVIDENCE, "DELETE FROM evidence WHERE kind = ? AND digest = ?")                         \
    X(PUT_BUCKET, "INSERT INTO bucket (" BUCKET_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)"              \
                  " ON CONFLICT (pool, valid_to) DO UPDATE SET live = excluded.live,"              \
                  " unspent = excluded.unspent, swept = excluded.swept")                           \
    X(PUT_IDEMPOTENCY, "INSERT INTO idempotency (caller, key, fingerprint, at, status, reply)"     \
                       " VALUES (?, ?, ?, ?, ?, ?)")                                               \
    X(PUT_MERCHANT, "INSERT INTO merchant (" MERCHANT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)"        \
                    " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"                        \
                    " labels = excluded.labels")                                                   \
    X(PUT_TERMINAL, "INSERT INTO terminal (" TERMINAL_COLUMNS ")"                                  \
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"           \
                    " state = excluded.state, algorithm = excluded.algorithm,"                     \
                    " public_key = excluded.public_key")                                           \
    X(PUT_ADMIN, "INSERT INTO admin (" ADMIN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)"                 \
                 " ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, active = excluded.active") \
    X(PUT_RESIDENT, "INSERT INTO resident (id, name, sealed, seen_at) VALUES (?, ?, ?, ?)"         \
                    " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"                        \
                    " sealed = excluded.sealed, seen_at = excluded.seen_at")                       \
    X(PUT_OTP, "INSERT INTO otp (mobile, code, sent_at, tries_left) VALUES (?, ?, ?, ?)"           \
               " ON CONFLICT (mobile) DO UPDATE SET code = excluded.code,"                         \
               " sent_at = excluded.sent_at, tries_left = excluded.tries_left")                    \
    X(PUT_JOURNAL, "INSERT INTO journal (writer, seq, bytes, hash) VALUES (?, ?, ?, ?)")

enum query {
#define X(name, sql) QUERY_##name,
    QUERIES(X)
#undef X
        QUERY_COUNT
};

#endif
