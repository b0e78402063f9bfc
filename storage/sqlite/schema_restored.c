/* storage/sqlite/schema_restored.c: version 4: which epochs began on a restored copy, and where its
 * numbers went on. */
#include "storage/sqlite/engine.h"

const char *const schema_restored_sql[] = {
    "CREATE TABLE restored ("
    " epoch INTEGER PRIMARY KEY CHECK (epoch BETWEEN 2 AND 4294967295),"
    " skipped INTEGER NOT NULL CHECK (skipped BETWEEN 1 AND epoch - 2),"
    " copied_at INTEGER NOT NULL, raised_at INTEGER NOT NULL CHECK (raised_at >= copied_at),"
    " entries INTEGER NOT NULL CHECK (entries > 0),"
    " witnessed INTEGER NOT NULL CHECK (witnessed >= 0), root BLOB,"
    " voucher_from INTEGER NOT NULL, voucher_floor INTEGER NOT NULL CHECK (voucher_floor < "
    "100000000000000000),"
    " campaign_from INTEGER NOT NULL,"
    " campaign_floor INTEGER NOT NULL CHECK (campaign_floor <= 4294967295),"
    " pool_from INTEGER NOT NULL, pool_floor INTEGER NOT NULL CHECK (pool_floor <= 4294967295),"
    " CHECK (voucher_from < voucher_floor), CHECK (campaign_from < campaign_floor),"
    " CHECK (pool_from < pool_floor)) STRICT",
    "CREATE TRIGGER restored_stays BEFORE UPDATE ON restored"
    " BEGIN SELECT RAISE(ABORT, 'a restoration never changes'); END",
    "CREATE TRIGGER restored_kept BEFORE DELETE ON restored"
    " BEGIN SELECT RAISE(ABORT, 'restorations are never forgotten'); END",
    /* What went with the lost ledger is in somebody's hands. */
    "CREATE TRIGGER voucher_not_lost BEFORE INSERT ON voucher"
    " WHEN EXISTS (SELECT 1 FROM restored WHERE new.number >= voucher_from"
    "  AND new.number < voucher_floor)"
    " BEGIN SELECT RAISE(ABORT, 'that number may have been given out before'); END",
    NULL,
};
