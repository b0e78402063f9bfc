#include "tests/support_clerk.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include "tests/rows.h"
#include "voucher/wire/campaign.h"

static const char definition[] =
    "{\"name\":\"n\",\"kind\":\"shopping\",\"budget_fen\":100000,"
    "\"claim_window\":{\"from\":\"2026-06-19T10:00:00+08:00\",\"to\":\"2026-06-22T00:00:00+08:00\"}"
    ",\"valid_days\":3,\"pools\":[{\"name\":\"a\",\"value_fen\":100,\"count\":37}]}";

static int64_t
clock_wall_us(void *owner)
{
    (void)owner;
    return OFFICE_T0 * 1000000;
}

static int64_t
clock_monotonic_us(void *owner)
{
    struct timespec now;
    (void)owner;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
random_fill(void *owner, void *out, size_t size)
{
    uint64_t *chance = owner;
    for (size_t i = 0; i < size; i++) {
        *chance = *chance * UINT64_C(6364136223846793005) + 1;
        ((uint8_t *)out)[i] = (uint8_t)(*chance >> 40);
    }
}

static int64_t
gate_wall_us(void *owner)
{
    struct gate *g = owner;
    must(pthread_mutex_lock(&g->mutex) == 0);
    while (g->shut) {
        must(pthread_cond_wait(&g->opened, &g->mutex) == 0);
    }
    int64_t ahead_s = g->ahead_s;
    must(pthread_mutex_unlock(&g->mutex) == 0);
    return clock_wall_us(NULL) + ahead_s * 1000000;
}

void
gate_set(struct gate *g, bool shut)
{
    must(pthread_mutex_lock(&g->mutex) == 0);
    g->shut = shut;
    must(pthread_cond_broadcast(&g->opened) == 0);
    must(pthread_mutex_unlock(&g->mutex) == 0);
}

void
gate_move_clock(struct gate *g, int64_t ahead_s)
{
    must(pthread_mutex_lock(&g->mutex) == 0);
    g->ahead_s = ahead_s;
    must(pthread_mutex_unlock(&g->mutex) == 0);
}

void
office_open_in(struct office *o, const char *dir, int64_t queue_max)
{
    *o = (struct office){ .gate = { 1, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false,
                                    0 } };
    (void)snprintf(o->dir, sizeof o->dir, "%s", dir);
    o->seams = (struct seams){ &o->gate, gate_wall_us, clock_monotonic_us, random_fill };
    struct clerk_settings settings = { .ledger = { .data_dir = o->dir, .busy_ms_max = 100 },
                                       .book = { .hold_s = 900, .offset_s = 28800 },
                                       .batch_max = 64,
                                       .queue_max = queue_max,
                                       .seams = &o->seams };
    assert_int_equal(clerk_open(&o->clerk, &settings), FAULT_NONE);
}

void
office_open(struct office *o, int64_t queue_max)
{
    char dir[] = "/tmp/huiquan-clerk-XXXXXX";
    assert_non_null(mkdtemp(dir));
    office_open_in(o, dir, queue_max);
}

void
office_remove(const struct office *o)
{
    char path[512];
    DIR *dir = opendir(o->dir);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        (void)snprintf(path, sizeof path, "%s/%s", o->dir, entry->d_name);
        if (entry->d_name[0] != '.') (void)unlink(path);
    }
    (void)closedir(dir);
    assert_int_equal(rmdir(o->dir), 0);
}

struct op *
op_make(enum op_kind kind, struct mailbox *reply, unsigned number)
{
    struct op *op = calloc(1, sizeof *op);
    must(op != NULL);
    op_start(op, kind);
    op->reply = reply;
    (void)snprintf(op->key, sizeof op->key, "key-%06u", number);
    memcpy(op->fingerprint.bytes, &number, sizeof number);
    op->fingerprint.bytes[31] = 1;
    return op;
}

void
op_free(struct op *op)
{
    op_end(op);
    free(op);
}

/* Posts one operation and waits for its answer. */
void
office_do(struct office *o, struct op *op)
{
    assert_true(clerk_post(o->clerk, op));
    struct mail *mail = mailbox_wait(op->reply, WAIT_MS_MAX);
    assert_ptr_equal(mail, &op->mail);
    assert_null(mail->next);
    assert_int_equal(op->verdict, VERDICT_OK);
}

void
office_act(struct office *o, struct mailbox *box, enum campaign_act act, uint8_t who)
{
    struct op *op = op_make(OP_CAMPAIGN_ACT, box, 900000 + (unsigned)act);
    op->caller = (struct caller){ .kind = CALLER_ADMIN, .id = { { who } } };
    op->campaign.campaign = o->campaign;
    op->campaign.act = act;
    office_do(o, op);
    op_free(op);
}

void
office_campaign(struct office *o)
{
    struct mailbox *box;
    struct view *view;
    struct campaign_row row;
    struct uuid after = { 0 };
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    struct op *op = op_make(OP_CAMPAIGN_CREATE, box, 800000);
    op->caller = (struct caller){ .kind = CALLER_ADMIN, .id = { { 1 } } };
    assert_int_equal(wire_campaign_parse(TEXT(definition), &op->campaign.rules), FAULT_NONE);
    office_do(o, op);
    campaign_rules_free(op->campaign.rules);
    op_free(op);
    assert_int_equal(view_open(&view, o->dir), FAULT_NONE);
    assert_int_equal(view_campaigns(view, &after, &o->campaign, 1), 1);
    office_act(o, box, ACT_SUBMIT, 1);
    office_act(o, box, ACT_APPROVE, 2);
    assert_true(view_campaign(view, &o->campaign, &row));
    o->pool = row.pools[0].id;
    view_close(view);
    mailbox_close(box);
}

struct op *
op_claim(const struct office *o, struct mailbox *box, unsigned number)
{
    struct op *op = op_make(OP_CLAIM, box, number);
    op->caller = (struct caller){ .kind = CALLER_RESIDENT, .assurance = ASSURANCE_ISSUER };
    op->caller.id.bytes[0] = 0x77;
    memcpy(op->caller.id.bytes + 1, &number, sizeof number);
    op->claim.campaign = o->campaign;
    op->claim.pool = o->pool;
    return op;
}
