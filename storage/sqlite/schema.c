/* storage/sqlite/schema.c: the tables, and the guards that refuse even when the C is wrong.
 *
 * Ids are 16 bytes, digests 32, money int64 fen, instants Unix seconds. UUIDv7 keys grow, so a
 * table WITHOUT ROWID keyed by one appends; the scattered keys are claim_of_person, idempotency,
 * evidence and the request numbers of tills. Checks say ranges: a list of three makes SQLite build
 * a table of it, in memory, for each row that is written. */
#include "storage/sqlite/engine.h"

const char *const schema_sql[] = {
    "CREATE TABLE meta ("
    " name TEXT PRIMARY KEY CHECK (name IN ('daemon', 'epoch')),"
    " value INTEGER NOT NULL CHECK (value BETWEEN 1 AND 4294967295)) STRICT, WITHOUT ROWID",
    "CREATE TRIGGER meta_grows BEFORE UPDATE ON meta WHEN new.value < old.value"
    " OR (old.name = 'daemon' AND new.value <> old.value)"
    " BEGIN SELECT RAISE(ABORT, 'an epoch never goes back, a daemon stays'); END",
    "CREATE TRIGGER meta_kept BEFORE DELETE ON meta"
    " BEGIN SELECT RAISE(ABORT, 'the epoch is never deleted'); END",

    "CREATE TABLE campaign ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16),"
    " number INTEGER NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 4294967295),"
    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5 AND state <> 3),"
    " acting_version INTEGER NOT NULL CHECK (acting_version >= 0),"
    " latest_version INTEGER NOT NULL CHECK (latest_version > 0),"
    " revision INTEGER NOT NULL CHECK (revision > 0), created_at INTEGER NOT NULL,"
    " funded INTEGER NOT NULL DEFAULT 0 CHECK (funded >= 0),"
    " available INTEGER NOT NULL DEFAULT 0 CHECK (available >= 0),"
    " live INTEGER NOT NULL DEFAULT 0 CHECK (live >= 0),"
    " held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),"
    " redeemed INTEGER NOT NULL DEFAULT 0 CHECK (redeemed >= 0),"
    " settled INTEGER NOT NULL DEFAULT 0 CHECK (settled >= 0),"
    " returned INTEGER NOT NULL DEFAULT 0 CHECK (returned >= 0),"
    " CHECK (acting_version <= latest_version),"
    " CHECK (funded = available + live + held + redeemed + settled + returned)"
    ") STRICT, WITHOUT ROWID",
    /* draft, submitted, approved, paused, closed: 0 1 2 4 5 */
    "CREATE TRIGGER campaign_steps BEFORE UPDATE OF state ON campaign"
    " WHEN new.state <> old.state AND (old.state * 10 + new.state) NOT IN (1, 10, 12, 24, 25, 42, "
    "45)"
    " BEGIN SELECT RAISE(ABORT, 'a campaign cannot take that step'); END",
    "CREATE TRIGGER campaign_named BEFORE UPDATE OF id, number, created_at ON campaign"
    " BEGIN SELECT RAISE(ABORT, 'a campaign keeps its number'); END",
    "CREATE TRIGGER campaign_grows BEFORE UPDATE ON campaign WHEN new.revision < old.revision"
    "  OR new.latest_version < old.latest_version OR new.acting_version < old.acting_version"
    " BEGIN SELECT RAISE(ABORT, 'versions never go back'); END",
    "CREATE TRIGGER campaign_kept BEFORE DELETE ON campaign"
    " BEGIN SELECT RAISE(ABORT, 'campaigns are never deleted'); END",

    "CREATE TABLE pool ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), campaign BLOB NOT NULL REFERENCES campaign,"
    " number INTEGER NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 4294967295),"
    " place INTEGER NOT NULL CHECK (place BETWEEN -1 AND 63),"
    " value INTEGER NOT NULL CHECK (value > 0), count INTEGER NOT NULL CHECK (count > 0),"
    " issued INTEGER NOT NULL DEFAULT 0, redeemed INTEGER NOT NULL DEFAULT 0,"
    " CHECK (issued BETWEEN 0 AND count), CHECK (redeemed >= 0)"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX pool_of_campaign ON pool (campaign, place)",
    "CREATE TRIGGER pool_fixed BEFORE UPDATE OF value ON pool"
    " WHEN new.value <> old.value AND (old.issued > 0 OR old.redeemed > 0)"
    " BEGIN SELECT RAISE(ABORT, 'the value of an issued pool is fixed'); END",
    "CREATE TRIGGER pool_named BEFORE UPDATE OF id, campaign, number ON pool"
    " BEGIN SELECT RAISE(ABORT, 'a pool keeps its campaign and number'); END",
    "CREATE TRIGGER pool_kept BEFORE DELETE ON pool"
    " BEGIN SELECT RAISE(ABORT, 'pools are never deleted'); END",

    "CREATE TABLE rule_version ("
    " campaign BLOB NOT NULL REFERENCES campaign, version INTEGER NOT NULL CHECK (version > 0),"
    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2), author BLOB NOT NULL,"
    " submitter BLOB, approver BLOB, changed_at INTEGER NOT NULL,"
    " definition TEXT NOT NULL CHECK (definition GLOB '{*}'),"
    " PRIMARY KEY (campaign, version),"
    " CHECK (state <> 2 OR (approver IS NOT NULL AND approver <> author"
    "  AND approver IS NOT submitter))"
    ") STRICT, WITHOUT ROWID",
    "CREATE TRIGGER rule_version_stays BEFORE UPDATE ON rule_version WHEN old.state = 2"
    " BEGIN SELECT RAISE(ABORT, 'an approved rule version never changes'); END",
    "CREATE TRIGGER rule_version_kept BEFORE DELETE ON rule_version"
    " BEGIN SELECT RAISE(ABORT, 'rule versions are never deleted'); END",

    "CREATE TABLE budget_change ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), campaign BLOB NOT NULL REFERENCES campaign,"
    " current INTEGER NOT NULL, target INTEGER NOT NULL CHECK (target > 0),"
    " reason TEXT NOT NULL, state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
    " author BLOB NOT NULL, judge BLOB, created_at INTEGER NOT NULL, judged_at INTEGER NOT NULL,"
    " CHECK (state <> 1 OR (judge IS NOT NULL AND judge <> author))"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX budget_change_of_campaign ON budget_change (campaign, id)",
    "CREATE TRIGGER budget_change_kept BEFORE DELETE ON budget_change"
    " BEGIN SELECT RAISE(ABORT, 'budget changes are never deleted'); END",
    "CREATE TRIGGER budget_change_stays BEFORE UPDATE ON budget_change WHEN old.state <> 0"
    " BEGIN SELECT RAISE(ABORT, 'a judged budget change never changes'); END",

    "CREATE TABLE claim ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), campaign BLOB NOT NULL,"
    " pool BLOB NOT NULL REFERENCES pool,"
    " resident BLOB NOT NULL CHECK (length(resident) = 16),"
    " ordinal INTEGER NOT NULL CHECK (ordinal > 0), rule_version INTEGER NOT NULL,"
    " source INTEGER NOT NULL CHECK (source BETWEEN 0 AND 2), source_id BLOB, claimed_at INTEGER "
    "NOT "
    "NULL,"
    " valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, kid INTEGER NOT NULL,"
    " first_number INTEGER NOT NULL CHECK (first_number > 0),"
    " voucher_count INTEGER NOT NULL CHECK (voucher_count BETWEEN 1 AND 16),"
    " key TEXT, fingerprint BLOB"
    ") STRICT, WITHOUT ROWID",
    "CREATE UNIQUE INDEX claim_of_person ON claim (resident, campaign, ordinal)",
    "CREATE TRIGGER claim_stays BEFORE UPDATE ON claim"
    " BEGIN SELECT RAISE(ABORT, 'a claim never changes'); END",
    "CREATE TRIGGER claim_kept BEFORE DELETE ON claim"
    " BEGIN SELECT RAISE(ABORT, 'claims are never deleted'); END",

    "CREATE TABLE voucher ("
    " number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),"
    " claim BLOB NOT NULL REFERENCES claim,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),"
    " value INTEGER NOT NULL CHECK (value > 0), min_spend INTEGER NOT NULL CHECK (min_spend >= 0)"
    ") STRICT",
    "CREATE TRIGGER voucher_born BEFORE INSERT ON voucher WHEN new.state <> 1"
    " BEGIN SELECT RAISE(ABORT, 'a voucher is born live'); END",
    "CREATE TRIGGER voucher_lives BEFORE UPDATE ON voucher"
    " WHEN old.state = 4 OR old.state = new.state OR old.id <> new.id OR old.claim <> new.claim"
    "  OR old.value <> new.value OR old.min_spend <> new.min_spend OR old.number <> new.number"
    "  OR (old.state = 3 AND new.state = 2) OR (old.state = 2 AND new.state = 4)"
    " BEGIN SELECT RAISE(ABORT, 'a voucher cannot change so'); END",
    "CREATE TRIGGER voucher_kept BEFORE DELETE ON voucher"
    " BEGIN SELECT RAISE(ABORT, 'vouchers are never deleted'); END",

    "CREATE TABLE redemption ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), terminal BLOB NOT NULL,"
    " merchant BLOB NOT NULL, request_no TEXT NOT NULL, fingerprint BLOB, key TEXT,"
    " voucher BLOB REFERENCES voucher (id), campaign BLOB, pool "
    "BLOB, rule_version INTEGER NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5), vin_warning INTEGER NOT NULL,"
    " order_no TEXT, order_amount INTEGER NOT NULL CHECK (order_amount >= 0),"
    " value INTEGER NOT NULL CHECK (value >= 0),"
    " redeemed_at INTEGER NOT NULL, hold_expires_at INTEGER NOT NULL,"
    " refunded_order INTEGER NOT NULL CHECK (refunded_order BETWEEN 0 AND order_amount),"
    " refunded_value INTEGER NOT NULL CHECK (refunded_value BETWEEN 0 AND value),"
    " vin BLOB, invoice BLOB, plate BLOB, reward_claim BLOB,"
    " CHECK (voucher IS NOT NULL OR state = 4)"
    ") STRICT, WITHOUT ROWID",
    "CREATE UNIQUE INDEX redemption_of_request ON redemption (terminal, request_no)",
    "CREATE UNIQUE INDEX redemption_of_voucher ON redemption (voucher) WHERE state IN (1, 2)",
    "CREATE INDEX redemption_of_order ON redemption (merchant, order_no) WHERE state IN (1, 2)",
    "CREATE INDEX redemption_of_terminal ON redemption (terminal, id)",
    "CREATE INDEX redemption_lapses ON redemption (hold_expires_at) WHERE state = 1",
    /* held, captured, released, reversed, refunded: 1 2 3 4 5 */
    "CREATE TRIGGER redemption_steps BEFORE UPDATE OF state ON redemption"
    " WHEN (old.state * 10 + new.state) NOT IN (11, 12, 13, 14, 22, 24, 25, 34)"
    " BEGIN SELECT RAISE(ABORT, 'a redemption cannot take that step'); END",
    "CREATE TRIGGER redemption_fixed BEFORE UPDATE OF id, terminal, merchant, request_no,"
    " fingerprint, key, voucher, campaign, pool, rule_version, order_no, order_amount,"
    " hold_expires_at ON redemption"
    " BEGIN SELECT RAISE(ABORT, 'a redemption keeps what it was made for'); END",
    "CREATE TRIGGER redemption_refunds BEFORE UPDATE ON redemption"
    " WHEN new.refunded_order < old.refunded_order OR new.refunded_value < old.refunded_value"
    "  OR (old.state = 2 AND new.value <> old.value)"
    " BEGIN SELECT RAISE(ABORT, 'what was refunded stays refunded'); END",
    "CREATE TRIGGER redemption_face BEFORE INSERT ON redemption"
    " WHEN new.value > (SELECT value FROM voucher WHERE id = new.voucher)"
    " BEGIN SELECT RAISE(ABORT, 'no voucher pays more than its face'); END",
    "CREATE TRIGGER redemption_face_kept BEFORE UPDATE OF value ON redemption"
    " WHEN new.value > old.value AND new.value > (SELECT value FROM voucher WHERE id = new.voucher)"
    " BEGIN SELECT RAISE(ABORT, 'no voucher pays more than its face'); END",
    "CREATE TRIGGER redemption_kept BEFORE DELETE ON redemption"
    " BEGIN SELECT RAISE(ABORT, 'redemptions are never deleted'); END",

    "CREATE TABLE evidence ("
    " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),"
    " digest BLOB NOT NULL CHECK (length(digest) = 32), "
    " redemption BLOB NOT NULL REFERENCES redemption,"
    " PRIMARY KEY (kind, digest)) STRICT, WITHOUT ROWID",
    "CREATE TRIGGER evidence_taken BEFORE UPDATE ON evidence WHEN new.redemption <> old.redemption"
    "  OR new.kind <> old.kind OR new.digest <> old.digest"
    " BEGIN SELECT RAISE(ABORT, 'evidence is used once'); END",

    "CREATE TABLE bucket ("
    " pool BLOB NOT NULL REFERENCES pool,"
    " valid_to INTEGER NOT NULL, campaign BLOB NOT NULL,"
    " live INTEGER NOT NULL CHECK (live >= 0), unspent INTEGER NOT NULL CHECK (unspent >= 0),"
    " swept INTEGER NOT NULL CHECK (swept IN (0, 1)),"
    " PRIMARY KEY (pool, valid_to), CHECK (swept = 0 OR (live = 0 AND unspent = 0))"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX bucket_ends ON bucket (valid_to) WHERE swept = 0",
    "CREATE TRIGGER bucket_swept_once BEFORE UPDATE ON bucket WHEN old.swept = 1"
    " BEGIN SELECT RAISE(ABORT, 'a bucket is swept once'); END",

    "CREATE TRIGGER bucket_kept BEFORE DELETE ON bucket"
    " BEGIN SELECT RAISE(ABORT, 'buckets are never deleted'); END",

    "CREATE TABLE idempotency ("
    " caller BLOB NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, at INTEGER NOT NULL,"
    " status INTEGER NOT NULL CHECK (status BETWEEN 200 AND 599), reply BLOB NOT NULL, PRIMARY KEY "
    "(caller, key)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TRIGGER idempotency_stays BEFORE UPDATE ON idempotency"
    " BEGIN SELECT RAISE(ABORT, 'an answer never changes'); END",

    "CREATE TRIGGER idempotency_kept BEFORE DELETE ON idempotency"
    " BEGIN SELECT RAISE(ABORT, 'answers are never deleted'); END",

    "CREATE TABLE merchant ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), name TEXT NOT NULL, uscc TEXT NOT NULL UNIQUE,"
    " kind INTEGER NOT NULL CHECK (kind IN (0, 1)), labels BLOB NOT NULL,"
    " created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",

    "CREATE TRIGGER merchant_kept BEFORE DELETE ON merchant"
    " BEGIN SELECT RAISE(ABORT, 'merchants are never deleted'); END",

    "CREATE TABLE terminal ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), merchant BLOB NOT NULL REFERENCES merchant,"
    " outlet TEXT NOT NULL, state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
    " algorithm INTEGER NOT NULL, public_key BLOB NOT NULL, enroll_until INTEGER NOT NULL,"
    " per_min INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX terminal_of_merchant ON terminal (merchant, id)",
    /* pending, active, revoked: 0 1 2 */
    "CREATE TRIGGER terminal_steps BEFORE UPDATE OF state ON terminal WHEN new.state < old.state"
    " BEGIN SELECT RAISE(ABORT, 'a terminal never goes back'); END",
    "CREATE TRIGGER terminal_kept BEFORE DELETE ON terminal"
    " BEGIN SELECT RAISE(ABORT, 'terminals are never deleted'); END",

    "CREATE TABLE admin ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), name TEXT NOT NULL,"
    " roles INTEGER NOT NULL CHECK (roles BETWEEN 0 AND 15),"
    " token BLOB NOT NULL UNIQUE CHECK (length(token) = 32),"
    " active INTEGER NOT NULL CHECK (active IN (0, 1)), created_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    "CREATE TRIGGER admin_kept BEFORE DELETE ON admin"
    " BEGIN SELECT RAISE(ABORT, 'administrators are never deleted'); END",

    /* The one table with persons in it; its rows may be erased. */
    "CREATE TABLE resident ("
    " id BLOB PRIMARY KEY CHECK (length(id) = 16), name BLOB NOT NULL, sealed BLOB NOT NULL,"
    " seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",

    "CREATE TABLE otp ("
    " mobile BLOB PRIMARY KEY, code BLOB NOT NULL, sent_at INTEGER NOT NULL,"
    " tries_left INTEGER NOT NULL CHECK (tries_left >= 0)) STRICT, WITHOUT ROWID",

    "CREATE TABLE journal ("
    " writer INTEGER NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), bytes BLOB NOT NULL,"
    " hash BLOB NOT NULL CHECK (length(hash) = 32), PRIMARY KEY (writer, seq)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TRIGGER journal_follows BEFORE INSERT ON journal"
    " WHEN new.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE writer = new.writer)"
    " BEGIN SELECT RAISE(ABORT, 'the journal has no gaps'); END",
    "CREATE TRIGGER journal_appends BEFORE UPDATE ON journal"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER journal_kept BEFORE DELETE ON journal"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",

    /* Where each writer's chain ends: the journal is never shorter. */
    "CREATE TABLE head ("
    " writer INTEGER PRIMARY KEY, seq INTEGER NOT NULL CHECK (seq > 0),"
    " hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT",
    "CREATE TRIGGER head_grows BEFORE UPDATE ON head WHEN new.seq <= old.seq"
    "  OR new.writer <> old.writer"
    " BEGIN SELECT RAISE(ABORT, 'a head never goes back'); END",
    "CREATE TRIGGER head_kept BEFORE DELETE ON head"
    " BEGIN SELECT RAISE(ABORT, 'heads are never deleted'); END",
    NULL,
};
