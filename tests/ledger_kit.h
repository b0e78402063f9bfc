/* tests/ledger_kit.h: a ledger in a directory of its own, and rows to put into it. Test programs
 * are single-threaded; what they fork ends by _exit(). */
#ifndef HUIQUAN_TESTS_LEDGER_KIT_H
#define HUIQUAN_TESTS_LEDGER_KIT_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/journal.h"
#include "tests/rows.h"

#define KIT_NOW_S 1781834400 /* 2026-06-19T10:00+08:00 */

struct kit {
    char dir[256];
    struct seams seams;
    struct ledger_settings settings;
    struct ledger *ledger;
    struct view *view; /* the ledger's */
    int64_t now_s;
    uint64_t drawn;
};

static inline int64_t
kit_wall_us(void *owner)
{
    return ((struct kit *)owner)->now_s * 1000000;
}

static inline void
kit_random_fill(void *owner, void *out, size_t size)
{
    memset(out, (int)(++((struct kit *)owner)->drawn & 0xff), size);
}

/* Ids that grow, and differ in their last bytes. */
static inline struct uuid
kit_id(uint32_t family, uint32_t number)
{
    struct uuid id = { { 0x01, 0x97, 0, 0, 0, 0, 0x70, 0, 0x80 } };
    for (int i = 0; i < 4; i++) {
        id.bytes[2 + i] = (uint8_t)(number >> (24 - 8 * i));
        id.bytes[12 + i] = (uint8_t)((number * 2654435761u) >> (24 - 8 * i));
    }
    id.bytes[9] = (uint8_t)family;
    return id;
}

static inline struct digest
kit_digest(uint8_t value)
{
    struct digest d;
    memset(d.bytes, value, sizeof d.bytes);
    return d;
}

static inline void
kit_make_dir(struct kit *k)
{
    const char *base = getenv("TMPDIR");
    memset(k, 0, sizeof *k);
    (void)snprintf(k->dir, sizeof k->dir, "%s/huiquan-ledger-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(k->dir));
    k->now_s = KIT_NOW_S;
    k->seams = (struct seams){ k, kit_wall_us, kit_wall_us, kit_random_fill };
    k->settings = (struct ledger_settings){ .data_dir = k->dir };
}

static inline enum fault
kit_try_open(struct kit *k)
{
    enum fault fault = ledger_open(&k->ledger, &k->settings, &k->seams);
    k->view = fault == FAULT_NONE ? ledger_view(k->ledger) : NULL;
    return fault;
}

static inline void
kit_open(struct kit *k)
{
    assert_int_equal(kit_try_open(k), FAULT_NONE);
}

static inline void
kit_close(struct kit *k)
{
    ledger_close(k->ledger);
    k->ledger = NULL;
}

static inline void
kit_path(const struct kit *k, const char *name, char out[512])
{
    (void)snprintf(out, 512, "%s/%s", k->dir, name);
}

static inline void
kit_end(struct kit *k)
{
    char path[512];
    kit_close(k);
    DIR *dir = opendir(k->dir);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        kit_path(k, e->d_name, path);
        if (e->d_name[0] != '.') (void)unlink(path);
    }
    if (dir != NULL) (void)closedir(dir);
    assert_int_equal(rmdir(k->dir), 0);
}

static inline struct audit
kit_audit(const struct kit *k)
{
    struct view *v;
    struct audit audit;
    assert_int_equal(view_open(&v, k->dir), FAULT_NONE);
    assert_int_equal(view_audit(v, &audit), FAULT_NONE);
    view_close(v);
    return audit;
}

static inline void
kit_store(struct kit *k, struct effect e)
{
    ledger_store(k->ledger, &e);
}

#define KIT_BATCH(k)                                                                      \
    for (int once_ = (assert_int_equal(ledger_begin((k)->ledger), FAULT_NONE), 1); once_; \
         once_ = 0, assert_int_equal(ledger_seal((k)->ledger), FAULT_NONE))

#endif
