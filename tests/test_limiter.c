/* tests/test_limiter.c: the door before a real Redis that is shared, flushed, frozen, killed and
 * started again; and without one. */
#include "tests/limiter_kit.h"

struct world {
    struct event_base *base;
    struct redis_server redis;
};

static const struct gcra_rate six = { 6, MINUTE };

static int
world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *state = w;
    w->base = event_base_new();
    redis_server_open(&w->redis, NULL);
    return 0;
}

static int
world_close(void **state)
{
    struct world *w = *state;
    redis_server_close(&w->redis);
    event_base_free(w->base);
    free(w);
    return 0;
}

static void
test_seventh_is_refused_over_two_daemons(void **state)
{
    struct world *w = *state;
    struct asked a;
    struct limiter *daemons[2];
    daemons[0] = kit_open(w->base, w->redis.socket, PATIENT_MS);
    daemons[1] = kit_open(w->base, w->redis.socket, PATIENT_MS);
    for (int i = 0; i < 6; i++) {
        const struct limit_ask *ask = kit_ask_resident(w->base, daemons[i % 2], &a, 1, six);
        assert_true(ask->allowed && ask->source == LIMIT_REDIS && ask->redis_us > 0);
        assert_int_equal(ask->numbers.remaining, 5 - i);
    }
    for (int i = 0; i < 2; i++) {
        const struct limit_ask *ask = kit_ask_resident(w->base, daemons[i], &a, 1, six);
        assert_true(!ask->allowed && ask->source == LIMIT_REDIS);
        assert_in_range(ask->numbers.retry_after_us, 1, 10 * SECOND);
        assert_in_range(ask->numbers.reset_us, 1, MINUTE);
        assert_true(kit_ask_resident(w->base, daemons[i], &a, 2, six)->allowed);
    }
    assert_int_equal(limiter_figures(daemons[0])->redis_refused, 1);
    assert_int_equal(limiter_figures(daemons[1])->redis_allowed, 4);
    limiter_close(daemons[0]);
    limiter_close(daemons[1]);
    row_passed();
}

/* One worker that has let the whole burst through need not ask; nor does a flushed Redis matter. */
static void
test_early_refusal_outlives_a_flush(void **state)
{
    struct world *w = *state;
    struct asked a;
    char said[256];
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    struct limiter *other = kit_open(w->base, w->redis.socket, PATIENT_MS);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(kit_ask_resident(w->base, l, &a, 1, six)->source, LIMIT_REDIS);
    }
    assert_false(kit_ask_resident(w->base, other, &a, 1, six)->allowed);
    redis_server_say(&w->redis, "FLUSHALL", said, sizeof said);
    const struct limit_ask *ask = kit_ask_resident(w->base, l, &a, 1, six);
    assert_true(!ask->allowed && ask->source == LIMIT_LOCAL && ask->redis_us == 0);
    assert_true(kit_ask_resident(w->base, other, &a, 1, six)->allowed);
    assert_true(limiter_figures(l)->redis_up);
    limiter_close(l);
    limiter_close(other);
    row_passed();
}

/* The seventh of a person must not use up the campaign, nor the other way round. */
static void
test_all_rules_or_none(void **state)
{
    struct world *w = *state;
    struct asked a;
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    struct limiter *fresh = kit_open(w->base, w->redis.socket, PATIENT_MS);
    static const struct gcra_rate one = { 1, HOUR }, hundred = { 100, HOUR }, ten = { 10, MINUTE };
    for (int i = 0; i < 4; i++) {
        kit_begin(&a, "cmp_A");
        kit_add(&a, "address", 7, ten);
        kit_add(&a, "resident", 1, one);
        kit_add(&a, "campaign", 9, hundred);
        const struct limit_ask *ask = kit_ask(w->base, i < 2 ? l : fresh, &a);
        assert_int_equal(ask->allowed, i == 0);
        assert_int_equal(ask->rule, 1);
    }
    kit_begin(&a, "cmp_A");
    kit_add(&a, "address", 7, ten);
    assert_int_equal(kit_ask(w->base, fresh, &a)->numbers.remaining, 8);
    kit_begin(&a, "cmp_A");
    kit_add(&a, "campaign", 9, hundred);
    assert_int_equal(kit_ask(w->base, fresh, &a)->numbers.remaining, 98);
    limiter_close(l);
    limiter_close(fresh);
    row_passed();
}

/* Both rules refuse: the longer wait is told, here and by Redis. */
static void
test_longest_wait_is_told(void **state)
{
    struct world *w = *state;
    struct asked a;
    static const struct gcra_rate rates[] = { { 1, MINUTE }, { 1, HOUR }, { 1, SECOND } };
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    struct limiter *other = kit_open(w->base, w->redis.socket, PATIENT_MS);
    struct limiter *asks[] = { l, l, other };
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        kit_begin(&a, "cmp_A");
        kit_add(&a, "address", 1, rates[0]);
        kit_add(&a, "resident", 2, rates[1]);
        kit_add(&a, "terminal", 3, rates[2]);
        const struct limit_ask *ask = kit_ask(w->base, asks[i], &a);
        assert_int_equal(ask->allowed, i == 0);
        if (ask->allowed) continue;
        assert_int_equal(ask->rule, 1);
        assert_in_range(ask->numbers.retry_after_us, 2 * MINUTE, HOUR);
        assert_int_equal(ask->source, i == 1 ? LIMIT_LOCAL : LIMIT_REDIS);
    }
    limiter_close(l);
    limiter_close(other);
    row_passed();
}

static void
test_script_flush_goes_on(void **state)
{
    struct world *w = *state;
    struct asked a;
    char said[256];
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    for (int i = 0; i < 6; i++) {
        if (i % 2 == 0) redis_server_say(&w->redis, "SCRIPT FLUSH", said, sizeof said);
        const struct limit_ask *ask = kit_ask_resident(w->base, l, &a, 1, six);
        assert_true(ask->allowed && ask->source == LIMIT_REDIS);
        assert_int_equal(ask->numbers.remaining, 5 - i);
    }
    assert_int_equal(limiter_figures(l)->redis_failed, 0);
    assert_int_equal(limiter_figures(l)->breaker_opens, 0);
    limiter_close(l);
    row_passed();
}

/* Asks until Redis is the one who answers. */
struct recovery {
    struct limiter *l;
    struct asked a;
    bool waits;
};

static bool
recovery_is_there(void *at)
{
    struct recovery *r = at;
    if (r->waits && r->a.answer_count == 0) return false;
    if (r->waits && r->a.ask.source == LIMIT_REDIS) return true;
    kit_begin(&r->a, "cmp_A");
    kit_add(&r->a, "resident", 200, (struct gcra_rate){ 1000000, SECOND });
    limiter_ask(r->l, &r->a.ask);
    r->waits = true;
    return false;
}

static void
await_redis(struct world *w, struct limiter *l)
{
    struct recovery r = { .l = l };
    loop_until(w->base, kit_is_up, l);
    loop_until(w->base, recovery_is_there, &r);
}

static void
test_frozen_then_thawed(void **state)
{
    struct world *w = *state;
    struct asked a;
    struct limiter_settings settings = kit_settings(w->redis.socket, IMPATIENT_MS);
    struct limiter *l;
    settings.probe_ms = 50;
    assert_int_equal(limiter_open(&l, w->base, &settings), FAULT_NONE);
    await_redis(w, l);
    redis_server_freeze(&w->redis);
    for (int i = 0; i < 6; i++) {
        const struct limit_ask *ask = kit_ask_resident(w->base, l, &a, 1, six);
        assert_true(ask->allowed && ask->source == LIMIT_LOCAL);
    }
    assert_false(kit_ask_resident(w->base, l, &a, 1, six)->allowed);
    const struct limiter_figures *figures = limiter_figures(l);
    assert_true(figures->redis_late >= 3);
    assert_true(figures->breaker_opens >= 1 && !figures->redis_up);
    /* The breaker is open: connect() succeeds still, the probe's deadline does not. */
    uint64_t connects = figures->connects;
    assert_int_equal(kit_ask_resident(w->base, l, &a, 2, six)->redis_us, 0);
    assert_int_equal(limiter_figures(l)->connects, connects);
    redis_server_thaw(&w->redis);
    await_redis(w, l);
    assert_true(limiter_figures(l)->connects > connects);
    limiter_close(l);
    row_passed();
}

static void
test_killed_then_restarted(void **state)
{
    struct world *w = *state;
    struct asked a;
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kit_ask_resident(w->base, l, &a, 1, six)->source, LIMIT_REDIS);
    }
    redis_server_kill(&w->redis);
    /* What was let through before counts on: three more, not six. */
    for (int i = 0; i < 4; i++) {
        const struct limit_ask *ask = kit_ask_resident(w->base, l, &a, 1, six);
        assert_int_equal(ask->source, LIMIT_LOCAL);
        assert_int_equal(ask->allowed, i < 3);
    }
    loop_until(w->base, kit_is_down, l);
    redis_server_start(&w->redis);
    await_redis(w, l);
    assert_false(kit_ask_resident(w->base, l, &a, 1, six)->allowed);
    assert_int_equal(limiter_figures(l)->connects, 2);
    limiter_close(l);
    row_passed();
}

/* Asks of one turn go out together; exactly the burst of them is let through. */
static const struct {
    const char *name;
    struct gcra_rate rate;
    size_t asks;
} burst_rows[] = {
    { "one an hour", { 1, HOUR }, 5 },
    { "seven an hour, no whole step", { 7, HOUR }, 20 },
    { "a hundred of five hundred", { 100, HOUR }, 500 },
    { "999 an hour", { 999, HOUR }, 1024 },
};

struct crowd {
    struct asked *asks;
    size_t count;
};

static bool
crowd_is_answered(void *at)
{
    const struct crowd *c = at;
    for (size_t i = 0; i < c->count; i++) {
        if (c->asks[i].answer_count == 0) return false;
    }
    return true;
}

static void
test_bursts(void **state)
{
    struct world *w = *state;
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    struct crowd c = { calloc(1024, sizeof *c.asks), 0 };
    assert_non_null(c.asks);
    for (size_t row = 0; row < COUNT_OF(burst_rows); row++) {
        const struct gcra_rate rate = burst_rows[row].rate;
        int64_t allowed = 0;
        c.count = burst_rows[row].asks;
        for (size_t i = 0; i < c.count; i++) {
            kit_begin(&c.asks[i], "cmp_B");
            kit_add(&c.asks[i], "resident", (uint8_t)row, rate);
            limiter_ask(l, &c.asks[i].ask);
        }
        ROW_CHECK(burst_rows[row].name, limiter_figures(l)->in_flight == c.count);
        loop_until(w->base, crowd_is_answered, &c);
        for (size_t i = 0; i < c.count; i++) {
            const struct limit_ask *ask = &c.asks[i].ask;
            ROW_CHECK(burst_rows[row].name, ask->source == LIMIT_REDIS);
            if (ask->allowed) allowed++;
            if (ask->allowed) {
                ROW_CHECK(burst_rows[row].name, ask->numbers.remaining == rate.count - allowed);
            }
        }
        ROW_CHECK(burst_rows[row].name, allowed == rate.count);
        row_passed();
    }
    free(c.asks);
    limiter_close(l);
}

static void
test_in_flight_cap(void **state)
{
    struct world *w = *state;
    struct limiter *l;
    struct limiter_settings settings = kit_settings(w->redis.socket, PATIENT_MS);
    struct asked asks[10];
    struct crowd c = { asks, COUNT_OF(asks) };
    settings.in_flight_max = 5; /* not a power of two, as the ring is */
    assert_int_equal(limiter_open(&l, w->base, &settings), FAULT_NONE);
    loop_until(w->base, kit_is_up, l);
    for (int turn = 0; turn < 3; turn++) {
        size_t by_redis = 0;
        for (size_t i = 0; i < c.count; i++) {
            kit_begin(&asks[i], "cmp_C");
            kit_add(&asks[i], "resident", 1, (struct gcra_rate){ 100000, SECOND });
            limiter_ask(l, &asks[i].ask);
        }
        loop_until(w->base, crowd_is_answered, &c);
        for (size_t i = 0; i < c.count; i++) {
            assert_int_equal(asks[i].answer_count, 1);
            by_redis += asks[i].ask.source == LIMIT_REDIS;
        }
        assert_int_equal(by_redis, 5);
    }
    limiter_close(l);
    row_passed();
}

/* A cancelled ask may be gone when its reply comes; what Redis counted stays counted. */
static void
test_cancel(void **state)
{
    struct world *w = *state;
    struct asked *gone = malloc(sizeof *gone), stays;
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    kit_begin(gone, "cmp_A");
    kit_add(gone, "resident", 1, six);
    limiter_ask(l, &gone->ask);
    limiter_cancel(&gone->ask);
    limiter_cancel(&gone->ask);
    assert_int_equal(gone->answer_count, 0);
    memset(gone, 0xdb, sizeof *gone);
    free(gone);
    assert_int_equal(kit_ask_resident(w->base, l, &stays, 1, six)->numbers.remaining, 4);
    limiter_cancel(&stays.ask); /* answered long since */
    assert_int_equal(stays.answer_count, 1);
    assert_int_equal(limiter_figures(l)->cancelled, 1);
    assert_int_equal(limiter_figures(l)->in_flight, 0);
    limiter_close(l);
    row_passed();
}

static void
test_closing_answers(void **state)
{
    struct world *w = *state;
    struct asked a;
    struct limiter *l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    kit_begin(&a, "cmp_A");
    kit_add(&a, "resident", 1, six);
    limiter_ask(l, &a.ask);
    assert_int_equal(a.answer_count, 0);
    limiter_close(l);
    assert_int_equal(a.answer_count, 1);
    assert_true(a.ask.allowed && a.ask.source == LIMIT_LOCAL);
    limiter_close(NULL);
    row_passed();
}

int
main(void)
{
#define WITH_REDIS(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        WITH_REDIS(test_seventh_is_refused_over_two_daemons),
        WITH_REDIS(test_early_refusal_outlives_a_flush),
        WITH_REDIS(test_all_rules_or_none),
        WITH_REDIS(test_longest_wait_is_told),
        WITH_REDIS(test_script_flush_goes_on),
        WITH_REDIS(test_frozen_then_thawed),
        WITH_REDIS(test_killed_then_restarted),
        WITH_REDIS(test_bursts),
        WITH_REDIS(test_in_flight_cap),
        WITH_REDIS(test_cancel),
        WITH_REDIS(test_closing_answers),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
