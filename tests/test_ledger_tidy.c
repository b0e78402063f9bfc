/* tests/test_ledger_tidy.c: what a ledger does between batches: the log carried over beside the
 * writer, and who claimed before this opening. */
#include <poll.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "storage/claimants.h"
#include "tests/ledger_moves.h"

#define RESIDENTS 690 /* more than a ledger reads at once */
#define TURNS_MAX 20000

/* The usual file layer, but that the database's own file can be told to fail its syncs. */
static struct {
    atomic_bool fails, has_failed;
    atomic_int syncs;
    int (*sync)(sqlite3_file *file, int flags);
    sqlite3_io_methods methods;
    sqlite3_vfs *usual;
} layer;

static int
layer_sync(sqlite3_file *file, int flags)
{
    atomic_fetch_add(&layer.syncs, 1);
    if (!atomic_load(&layer.fails)) return layer.sync(file, flags);
    atomic_store(&layer.has_failed, true);
    return SQLITE_IOERR_FSYNC;
}

static int
layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    int code = layer.usual->xOpen(layer.usual, name, file, flags, out_flags);
    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB)) return code;
    if (layer.sync == NULL) {
        layer.methods = *file->pMethods;
        layer.sync = layer.methods.xSync;
        layer.methods.xSync = layer_sync;
    }
    file->pMethods = &layer.methods;
    return code;
}

static int
set_up_layer(void **state)
{
    static sqlite3_vfs ours;
    (void)state;
    layer.usual = sqlite3_vfs_find(NULL);
    ours = *layer.usual;
    ours.pNext = NULL;
    ours.zName = "tidy";
    ours.xOpen = layer_open;
    return sqlite3_vfs_register(&ours, 0) == SQLITE_OK ? 0 : -1;
}

static void
begin(struct kit *k, struct moves *m)
{
    kit_make_dir(k);
    k->settings.checkpoints_beside = true;
    k->settings.log_pages_max = 32;
    k->settings.vfs = "tidy";
    kit_open(k);
    KIT_BATCH(k)
    {
        moves_found(m, k);
    }
}

static void
claim(struct kit *k, struct moves *m, uint32_t resident)
{
    struct claim_row row;
    KIT_BATCH(k)
    {
        moves_claim(m, resident > 400, resident, KIT_NOW_S + 86400, &row);
    }
}

static off_t
size_of(const struct kit *k, const char *name)
{
    char path[512];
    struct stat st;
    kit_path(k, name, path);
    return stat(path, &st) == 0 ? st.st_size : -1;
}

static void
test_log_is_carried_beside(void **state)
{
    (void)state;
    struct kit k;
    struct moves m;
    begin(&k, &m);
    off_t before = size_of(&k, "huiquan.db");
    int syncs = atomic_load(&layer.syncs);
    uint32_t resident = 0;
    while (resident < 300) {
        claim(&k, &m, ++resident);
        (void)ledger_tidy(k.ledger);
    }
    /* Whatever the thread's pace: some round ends, and its rest is taken. */
    for (int turns = 0; size_of(&k, "huiquan.db") == before; turns++) {
        assert_true(turns < TURNS_MAX);
        (void)poll(NULL, 0, 1);
        (void)ledger_tidy(k.ledger);
    }
    assert_true(atomic_load(&layer.syncs) > syncs);
    row_passed();
    /* The log begins anew once all of it is carried over: it does not grow with what is written. */
    off_t log_max = 0;
    while (resident < 600) {
        claim(&k, &m, ++resident);
        (void)ledger_tidy(k.ledger);
        (void)poll(NULL, 0, 1);
        if (size_of(&k, "huiquan.db-wal") > log_max) log_max = size_of(&k, "huiquan.db-wal");
    }
    assert_true(log_max < 4 << 20);
    struct audit audit = kit_audit(&k);
    assert_string_equal(audit.first_fault, "");
    row_passed();
    kit_close(&k);
    kit_open(&k);
    audit = kit_audit(&k);
    assert_string_equal(audit.first_fault, "");
    kit_end(&k);
    row_passed();
}

/* After a sync that failed nothing may be sealed any more: the log still has everything. */
static void
test_failed_round_shuts(void **state)
{
    (void)state;
    struct kit k;
    struct moves m;
    begin(&k, &m);
    atomic_store(&layer.fails, true);
    atomic_store(&layer.has_failed, false);
    uint32_t resident = 0;
    enum fault fault = FAULT_NONE;
    for (int turns = 0; fault == FAULT_NONE; turns++) {
        struct claim_row row;
        assert_true(turns < TURNS_MAX);
        (void)ledger_tidy(k.ledger);
        fault = ledger_begin(k.ledger);
        if (fault != FAULT_NONE) break;
        if (resident < 600) moves_claim(&m, resident > 400, resident + 1, KIT_NOW_S + 9, &row);
        fault = ledger_seal(k.ledger);
        if (fault == FAULT_NONE && resident < 600) resident++;
        (void)poll(NULL, 0, 1);
    }
    assert_int_equal(fault, FAULT_IO);
    assert_true(atomic_load(&layer.has_failed));
    row_passed();
    kit_close(&k);
    atomic_store(&layer.fails, false);
    kit_open(&k);
    for (uint32_t i = 1; i <= resident; i++) {
        struct uuid person = kit_id(5, i);
        assert_true(view_has_claims(k.view, &person));
    }
    kit_end(&k);
    row_passed();
}

static void
all_are_known(const struct kit *k, struct view *v, uint32_t count)
{
    for (uint32_t i = 1; i <= count; i++) {
        struct uuid person = kit_id(5, i);
        assert_true(claimants_may_hold(ledger_claimants(k->ledger), &person));
        assert_true(view_has_claims(v, &person));
    }
    struct uuid nobody = kit_id(5, 1000000);
    assert_false(view_has_claims(v, &nobody));
}

static void
test_claimants(void **state)
{
    (void)state;
    struct kit k;
    struct moves m;
    struct view *v;
    begin(&k, &m);
    for (uint32_t i = 1; i <= RESIDENTS; i++) {
        claim(&k, &m, i);
    }
    kit_close(&k);
    kit_open(&k);
    assert_int_equal(view_open(&v, k.dir), FAULT_NONE);
    view_learn_claimants(v, ledger_claimants(k.ledger));
    /* Before anything is read, while it is being read, and after that. */
    all_are_known(&k, v, RESIDENTS);
    assert_false(claimants_are_complete(ledger_claimants(k.ledger)));
    assert_true(ledger_tidy(k.ledger));
    all_are_known(&k, v, RESIDENTS);
    claim(&k, &m, RESIDENTS + 1);
    assert_false(ledger_tidy(k.ledger));
    assert_true(claimants_are_complete(ledger_claimants(k.ledger)));
    all_are_known(&k, v, RESIDENTS + 1);
    row_passed();
    claim(&k, &m, RESIDENTS + 2);
    all_are_known(&k, v, RESIDENTS + 2);
    struct uuid nobody = kit_id(5, 1000000);
    assert_false(claimants_may_hold(ledger_claimants(k.ledger), &nobody));
    /* A batch that is dropped leaves one more name, and no claim. */
    struct claim_row row;
    struct uuid late = kit_id(5, RESIDENTS + 3);
    assert_int_equal(ledger_begin(k.ledger), FAULT_NONE);
    moves_claim(&m, 1, RESIDENTS + 3, KIT_NOW_S + 9, &row);
    assert_true(view_has_claims(k.view, &late));
    ledger_drop(k.ledger);
    assert_false(view_has_claims(v, &late));
    view_close(v);
    kit_end(&k);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_is_carried_beside),
        cmocka_unit_test(test_failed_round_shuts),
        cmocka_unit_test(test_claimants),
    };
    return rows_report(cmocka_run_group_tests(tests, set_up_layer, NULL));
}
