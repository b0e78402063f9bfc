/* tests/test_ledger_faults.c: full disks, failing disks, and processes that end at the wrong
 * moment: nothing half, nothing acknowledged lost. A file layer of our own fails the n-th write or
 * sync until a run gets through. */
#include <sqlite3.h>

#include "tests/ledger_spend.h"

struct shim_file {
    sqlite3_file base;
    sqlite3_file *real; /* lies behind this struct */
};

enum shim_failure { SHIM_NOTHING, SHIM_FULL, SHIM_WRITE, SHIM_SYNC };

static struct {
    enum shim_failure failure;
    int left; /* calls that still go well */
    bool fired; /* and all after it fail too, until disarmed */
} shim;

static bool
shim_fails(bool is_sync)
{
    if (shim.failure == SHIM_NOTHING || is_sync != (shim.failure == SHIM_SYNC)) return false;
    shim.fired = shim.fired || shim.left == 0;
    if (shim.left > 0) shim.left--;
    return shim.fired;
}

static int
shim_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    sqlite3_file *real = ((struct shim_file *)file)->real;
    if (!shim_fails(false)) return real->pMethods->xWrite(real, bytes, size, at);
    /* A part may reach the disk. */
    if (size > 8) (void)real->pMethods->xWrite(real, bytes, size / 2, at);
    return shim.failure == SHIM_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

/* A sync that goes well is left out: no test here cuts the power, and the disk is shared. */
static int
shim_sync(sqlite3_file *file, int flags)
{
    (void)file, (void)flags;
    return shim_fails(true) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

/* Everything else is handed on. */
#define SHIM_PASS(name, call, ...)                             \
    static int shim_##name(sqlite3_file *file, ##__VA_ARGS__)  \
    {                                                          \
        sqlite3_file *real = ((struct shim_file *)file)->real; \
        return real->pMethods->call;                           \
    }

SHIM_PASS(close, xClose(real))
SHIM_PASS(read, xRead(real, out, size, at), void *out, int size, sqlite3_int64 at)
SHIM_PASS(truncate, xTruncate(real, size), sqlite3_int64 size)
SHIM_PASS(size, xFileSize(real, size), sqlite3_int64 *size)
SHIM_PASS(lock, xLock(real, kind), int kind)
SHIM_PASS(unlock, xUnlock(real, kind), int kind)
SHIM_PASS(reserved, xCheckReservedLock(real, out), int *out)
SHIM_PASS(control, xFileControl(real, what, argument), int what, void *argument)
SHIM_PASS(sector, xSectorSize(real))
SHIM_PASS(device, xDeviceCharacteristics(real))
SHIM_PASS(shm_map, xShmMap(real, page, size, extend, out), int page, int size, int extend,
          void volatile **out)
SHIM_PASS(shm_lock, xShmLock(real, offset, count, flags), int offset, int count, int flags)
SHIM_PASS(shm_unmap, xShmUnmap(real, gone), int gone)

static void
shim_shm_barrier(sqlite3_file *file)
{
    sqlite3_file *real = ((struct shim_file *)file)->real;
    real->pMethods->xShmBarrier(real);
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_device,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct shim_file *ours = (struct shim_file *)file;
    sqlite3_vfs *usual = vfs->pAppData;
    ours->real = (sqlite3_file *)(ours + 1);
    int code = usual->xOpen(usual, name, ours->real, flags, out_flags);
    ours->base.pMethods = code == SQLITE_OK ? &shim_methods : NULL;
    return code;
}

static void
shim_register(void)
{
    static sqlite3_vfs ours;
    sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    ours = *usual;
    ours.szOsFile = (int)sizeof(struct shim_file) + usual->szOsFile;
    ours.zName = "shim";
    ours.pAppData = usual;
    ours.xOpen = shim_open;
    assert_int_equal(sqlite3_vfs_register(&ours, 0), SQLITE_OK);
}

static void
shim_arm(enum shim_failure failure, int left)
{
    shim.failure = failure;
    shim.left = left;
    shim.fired = false;
}

static bool
shim_disarm(void)
{
    shim.failure = SHIM_NOTHING;
    return shim.fired;
}

static void
start(struct kit *k, struct moves *m)
{
    kit_make_dir(k);
    k->settings.vfs = "shim";
    k->settings.reserve_mib = 1;
    kit_open(k);
    KIT_BATCH(k)
    {
        moves_found(m, k);
    }
}

#define BATCH_CLAIMS 3

static enum fault
batch(struct kit *k, struct moves *m)
{
    struct claim_row claim;
    enum fault fault = ledger_begin(k->ledger);
    if (fault != FAULT_NONE) return fault;
    uint32_t ids_before = m->ids;
    for (uint32_t i = 1; i <= BATCH_CLAIMS; i++) {
        moves_claim(m, 1, i, k->now_s + 100, &claim);
    }
    (void)spend_redeem(m, 1, false, 2000);
    fault = ledger_seal(k->ledger);
    if (fault != FAULT_NONE) m->ids = ids_before;
    return fault;
}

static void
check_books(const struct kit *k, const char *name, int64_t claims_a, int64_t claims_b)
{
    struct audit audit = kit_audit(k);
    if (!audit_is_clean(&audit)) fail_msg("%s: %s", name, audit.first_fault);
    ROW_CHECK(name, audit.claims == claims_a || audit.claims == claims_b);
    ROW_CHECK(name, audit.redemptions == (audit.claims > 0));
    row_passed();
}

static bool
exists(const struct kit *k, const char *name)
{
    char path[512];
    kit_path(k, name, path);
    return access(path, F_OK) == 0;
}

static void
test_full_disk_stores_nothing(void **state)
{
    bool fired = true;
    (void)state;
    for (int n = 0; fired; n++) {
        struct kit k;
        struct moves m;
        start(&k, &m);
        assert_false(ledger_is_full(k.ledger));
        shim_arm(SHIM_FULL, n);
        enum fault fault = batch(&k, &m);
        fired = shim_disarm();
        assert_int_equal(fault, fired ? FAULT_FULL : FAULT_NONE);
        if (fired) {
            check_books(&k, "full", 0, 0);
            assert_true(ledger_is_full(k.ledger) && !exists(&k, "reserve"));
            assert_int_equal(batch(&k, &m), FAULT_NONE); /* what the reserve is for */
            assert_true(ledger_is_full(k.ledger));
        }
        ledger_tidy(k.ledger);
        assert_true(!ledger_is_full(k.ledger) && exists(&k, "reserve"));
        kit_close(&k);
        check_books(&k, "after the full disk", BATCH_CLAIMS, BATCH_CLAIMS);
        kit_end(&k);
    }
}

static void
torture_batch(enum shim_failure failure, const char *name)
{
    bool fired = true;
    for (int n = 0; fired; n++) {
        struct kit k;
        struct moves m;
        start(&k, &m);
        shim_arm(failure, n);
        enum fault fault = batch(&k, &m);
        fired = shim_disarm();
        assert_int_equal(fault, fired ? FAULT_IO : FAULT_NONE);
        if (fired) assert_int_equal(ledger_begin(k.ledger), FAULT_IO); /* it stays shut */
        kit_close(&k);
        kit_open(&k);
        check_books(&k, name, fired ? 0 : BATCH_CLAIMS, BATCH_CLAIMS);
        kit_end(&k);
    }
}

static void
test_failing_disk_is_all_or_nothing(void **state)
{
    (void)state;
    torture_batch(SHIM_WRITE, "write");
    torture_batch(SHIM_SYNC, "sync");
}

static void
torture_opening(enum shim_failure failure, enum fault want)
{
    bool fired = true;
    for (int n = 0; fired; n++) {
        struct kit k;
        kit_make_dir(&k);
        k.settings.vfs = "shim";
        shim_arm(failure, n);
        enum fault fault = kit_try_open(&k);
        fired = shim_disarm();
        if (!fired) assert_int_equal(fault, FAULT_NONE);
        if (fault != FAULT_NONE) {
            assert_int_equal(fault, want);
            assert_null(k.ledger);
            kit_open(&k);
        }
        check_books(&k, "opened again", 0, 0);
        kit_end(&k);
    }
}

static void
test_opening_may_fail_anywhere(void **state)
{
    (void)state;
    torture_opening(SHIM_FULL, FAULT_FULL);
    torture_opening(SHIM_WRITE, FAULT_IO);
    torture_opening(SHIM_SYNC, FAULT_IO);
}

/* The last connection checkpoints when it closes. */
static void
torture_closing(enum shim_failure failure)
{
    bool fired = true;
    for (int n = 0; fired; n++) {
        struct kit k;
        struct moves m;
        start(&k, &m);
        assert_int_equal(batch(&k, &m), FAULT_NONE);
        shim_arm(failure, n);
        kit_close(&k);
        fired = shim_disarm();
        kit_open(&k);
        check_books(&k, "closed", BATCH_CLAIMS, BATCH_CLAIMS);
        kit_end(&k);
    }
}

static void
test_closing_may_fail_anywhere(void **state)
{
    (void)state;
    torture_closing(SHIM_FULL);
    torture_closing(SHIM_WRITE);
    torture_closing(SHIM_SYNC);
}

/* Enough pages that tidying checkpoints. */
static void
grow_log(struct kit *k, struct moves *m)
{
    static char reply[65536];
    memset(reply, 'x', sizeof reply);
    for (int i = 0; i < 300; i++) {
        struct idempotency_row row = { .caller = moves_id(m, 11),
                                       .key = "a-key",
                                       .status = 200,
                                       .reply = { reply, sizeof reply } };
        KIT_BATCH(k)
        {
            kit_store(k, (struct effect){ .kind = EFFECT_IDEMPOTENCY, .idempotency = &row });
        }
    }
}

static int64_t
file_size(const struct kit *k, const char *name)
{
    char path[512];
    kit_path(k, name, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    int64_t size = ftell(file);
    (void)fclose(file);
    return size;
}

static void
test_tidying(void **state)
{
    static const struct {
        const char *name;
        enum shim_failure failure;
        enum fault next;
        bool grows;
    } rows[] = {
        { "checkpoint", SHIM_NOTHING, FAULT_NONE, true },
        { "no room for the checkpoint", SHIM_FULL, FAULT_NONE, false },
        { "checkpoint cannot write", SHIM_WRITE, FAULT_IO, false },
        { "checkpoint cannot sync", SHIM_SYNC, FAULT_IO, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct kit k;
        struct moves m;
        start(&k, &m);
        grow_log(&k, &m);
        assert_true(file_size(&k, "huiquan.db") < 1 << 20); /* all lies in the log */
        shim_arm(rows[i].failure, 0);
        ledger_tidy(k.ledger);
        (void)shim_disarm();
        ROW_CHECK(rows[i].name, (file_size(&k, "huiquan.db") > 16 << 20) == rows[i].grows);
        ROW_CHECK(rows[i].name, batch(&k, &m) == rows[i].next);
        kit_close(&k);
        kit_open(&k);
        int64_t claims = rows[i].next == FAULT_NONE ? BATCH_CLAIMS : 0;
        check_books(&k, rows[i].name, claims, claims);
        kit_end(&k);
    }
}

static void
test_reserve_larger_than_the_disk(void **state)
{
    struct kit k;
    (void)state;
    kit_make_dir(&k);
    k.settings.reserve_mib = INT64_C(1) << 40;
    kit_open(&k);
    assert_true(ledger_is_full(k.ledger));
    assert_false(exists(&k, "reserve"));
    ledger_tidy(k.ledger);
    assert_true(ledger_is_full(k.ledger));
    row_passed();
    kit_end(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disk_stores_nothing),
        cmocka_unit_test(test_failing_disk_is_all_or_nothing),
        cmocka_unit_test(test_opening_may_fail_anywhere),
        cmocka_unit_test(test_closing_may_fail_anywhere),
        cmocka_unit_test(test_tidying),
        cmocka_unit_test(test_reserve_larger_than_the_disk),
    };
    shim_register();
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
