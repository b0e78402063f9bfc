/* tests/test_limiter_lies.c: the door before a Redis that lies, stammers, is silent or hangs up.
 * The worst that it can do is to be ignored. */
#include "tests/limiter_kit.h"

#define ALLOWED "*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:10000000\r\n"
#define REFUSED "*5\r\n:0\r\n:0\r\n:0\r\n:10000000\r\n:60000000\r\n"

struct world {
    struct event_base *base;
    struct fake_redis fake;
    struct limiter *l;
};

static const struct gcra_rate six = { 6, MINUTE }, many = { 20000, SECOND };

static void
world_set_up(struct world *w, int64_t timeout_ms)
{
    w->base = event_base_new();
    fake_redis_open(&w->fake, w->base);
    w->fake.reply = TEXT(ALLOWED);
    w->l = kit_open(w->base, w->fake.socket, timeout_ms);
}

static void
world_end(struct world *w)
{
    limiter_close(w->l);
    fake_redis_close(&w->fake);
    event_base_free(w->base);
}

/* Two rules, so that a wrong index of the rule shows. */
static const struct limit_ask *
world_ask(struct world *w, struct asked *a, uint8_t who)
{
    kit_begin(a, "cmp_A");
    kit_add(a, "resident", who, six);
    kit_add(a, "campaign", 9, many);
    return kit_ask(w->base, w->l, a);
}

/* What an ask is answered with. After each the door must still work. */
static const struct {
    const char *name;
    struct text reply;
    bool believed; /* else the table decides */
    bool allowed; /* what is believed */
    bool drops; /* the connection is given up */
} rows[] = {
    { "allowed", TEXT(ALLOWED), true, true, false },
    { "refused", TEXT(REFUSED), true, false, false },
    { "the other rule", TEXT("*5\r\n:1\r\n:1\r\n:19999\r\n:0\r\n:50\r\n"), true, true, false },
    { "least retry", TEXT("*5\r\n:0\r\n:0\r\n:0\r\n:1\r\n:0\r\n"), true, false, false },

    { "an error", TEXT("-ERR no\r\n"), false, false, false },
    { "loading", TEXT("-LOADING Redis is loading the dataset in memory\r\n"), false, false, false },
    { "read only", TEXT("-READONLY You can't write against a read only replica.\r\n"), false, false,
      false },
    { "out of memory", TEXT("-OOM command not allowed when used memory > 'maxmemory'.\r\n"), false,
      false, false },
    { "busy", TEXT("-BUSY Redis is busy running a script.\r\n"), false, false, false },
    { "no login", TEXT("-NOAUTH Authentication required.\r\n"), false, false, false },
    { "moved", TEXT("-MOVED 3999 127.0.0.1:6381\r\n"), false, false, false },
    { "script forgotten again and again", TEXT("-NOSCRIPT No matching script.\r\n"), false, false,
      false },
    { "empty error", TEXT("-\r\n"), false, false, false },

    { "a status", TEXT("+OK\r\n"), false, false, true },
    { "one integer", TEXT(":1\r\n"), false, false, true },
    { "nil", TEXT("$-1\r\n"), false, false, true },
    { "nil array", TEXT("*-1\r\n"), false, false, true },
    { "empty array", TEXT("*0\r\n"), false, false, true },
    { "a bulk", TEXT("$1\r\n1\r\n"), false, false, true },
    { "four numbers", TEXT("*4\r\n:1\r\n:0\r\n:5\r\n:0\r\n"), false, false, true },
    { "six numbers", TEXT("*6\r\n:1\r\n:0\r\n:5\r\n:0\r\n:10000000\r\n:0\r\n"), false, false,
      true },
    { "nine numbers", TEXT("*9\r\n:1\r\n:0\r\n:5\r\n:0\r\n:1\r\n:0\r\n:0\r\n:0\r\n:0\r\n"), false,
      false, true },
    { "numbers as text", TEXT("*5\r\n$1\r\n1\r\n$1\r\n0\r\n$1\r\n5\r\n$1\r\n0\r\n$1\r\n9\r\n"),
      false, false, true },
    { "one of them an error", TEXT("*5\r\n:1\r\n:0\r\n-ERR\r\n:0\r\n:10000000\r\n"), false, false,
      true },
    { "one of them nil", TEXT("*5\r\n:1\r\n:0\r\n$-1\r\n:0\r\n:10000000\r\n"), false, false, true },
    { "one of them an array", TEXT("*5\r\n*1\r\n:1\r\n:0\r\n:5\r\n:0\r\n:10000000\r\n"), false,
      false, true },
    { "allowed twice over", TEXT("*5\r\n:2\r\n:0\r\n:5\r\n:0\r\n:10000000\r\n"), false, false,
      true },
    { "allowed below zero", TEXT("*5\r\n:-1\r\n:0\r\n:5\r\n:0\r\n:10000000\r\n"), false, false,
      true },
    { "a rule that was not asked", TEXT("*5\r\n:1\r\n:2\r\n:5\r\n:0\r\n:10000000\r\n"), false,
      false, true },
    { "a rule below zero", TEXT("*5\r\n:1\r\n:-1\r\n:5\r\n:0\r\n:10000000\r\n"), false, false,
      true },
    { "a rule beyond all", TEXT("*5\r\n:1\r\n:9223372036854775807\r\n:5\r\n:0\r\n:1\r\n"), false,
      false, true },
    { "more left than there is", TEXT("*5\r\n:1\r\n:0\r\n:6\r\n:0\r\n:10000000\r\n"), false, false,
      true },
    { "less than nothing left", TEXT("*5\r\n:1\r\n:0\r\n:-1\r\n:0\r\n:10000000\r\n"), false, false,
      true },
    { "allowed, yet wait", TEXT("*5\r\n:1\r\n:0\r\n:5\r\n:1\r\n:10000000\r\n"), false, false,
      true },
    { "allowed, nothing used", TEXT("*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:0\r\n"), false, false, true },
    { "refused, no wait", TEXT("*5\r\n:0\r\n:0\r\n:0\r\n:0\r\n:60000000\r\n"), false, false, true },
    { "refused, some left", TEXT("*5\r\n:0\r\n:0\r\n:1\r\n:10000000\r\n:60000000\r\n"), false,
      false, true },
    { "refused for a year", TEXT("*5\r\n:0\r\n:0\r\n:0\r\n:31536000000000\r\n:60000000\r\n"), false,
      false, true },
    { "refused until yesterday", TEXT("*5\r\n:0\r\n:0\r\n:0\r\n:-5\r\n:60000000\r\n"), false, false,
      true },
    { "reset after the period", TEXT("*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:60000001\r\n"), false, false,
      true },
    { "reset before now", TEXT("*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:-1\r\n"), false, false, true },

    { "no RESP", TEXT("HTTP/1.1 400 Bad Request\r\n\r\n"), false, false, true },
    { "NUL bytes", TEXT("\0\0\0\0"), false, false, true },
    { "RESP3 map", TEXT("%1\r\n:1\r\n:2\r\n"), false, false, true },
    { "a number too large", TEXT(":99999999999999999999\r\n"), false, false, true },
    { "no number", TEXT("*5\r\n:one\r\n"), false, false, true },
    { "leading zero", TEXT("*5\r\n:01\r\n"), false, false, true },
    { "2^31 - 1 elements", TEXT("*2147483647\r\n"), false, false, true },
    { "2^31 elements", TEXT("*2147483648\r\n"), false, false, true },
    { "elements below zero", TEXT("*-2\r\n"), false, false, true },
    { "arrays within arrays", TEXT("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"), false,
      false, true },
    { "a bulk below zero", TEXT("$-2\r\n"), false, false, true },
    { "a bulk of all memory", TEXT("$9223372036854775808\r\n"), false, false, true },
    { "two answers for one", TEXT(ALLOWED ALLOWED), true, true, true },
    { "an answer and rubbish", TEXT(REFUSED "?"), true, false, true },
};

static void
test_lies(void **state)
{
    struct world w;
    struct asked a;
    (void)state;
    world_set_up(&w, PATIENT_MS);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *name = rows[i].name;
        uint64_t connects = limiter_figures(w.l)->connects;
        w.fake.reply = rows[i].reply;
        const struct limit_ask *ask = world_ask(&w, &a, (uint8_t)i);
        ROW_CHECK(name, (ask->source == LIMIT_REDIS) == rows[i].believed);
        ROW_CHECK(name, ask->allowed == (rows[i].believed ? rows[i].allowed : true));
        w.fake.reply = TEXT(ALLOWED);
        loop_until(w.base, kit_is_up, w.l);
        ROW_CHECK(name, world_ask(&w, &a, (uint8_t)(100 + i))->source == LIMIT_REDIS);
        bool dropped = limiter_figures(w.l)->connects > connects;
        ROW_CHECK(name, dropped == rows[i].drops);
        row_passed();
    }
    assert_int_equal(w.fake.by_text_count, 1); /* only where the script was forgotten */
    world_end(&w);
}

/* Beginnings of an answer that never ends: the deadline decides, and nothing grows for ever. */
static const struct {
    const char *name;
    struct text reply;
} silent_rows[] = {
    { "silence", { NULL, 0 } },
    { "the first byte", TEXT("*") },
    { "an array's head", TEXT("*5\r\n:1\r\n:0\r\n") },
    { "all but the last byte", TEXT("*5\r\n:1\r\n:0\r\n:5\r\n:0\r\n:10000000\r") },
    { "no line feed", TEXT("*5\r:1\r:0\r:5\r:0\r:10000000\r") },
    { "2 GB announced", TEXT("$2147483647\r\nabc") },
    { "2^63 - 1 bytes announced", TEXT("$9223372036854775807\r\nabc") },
};

static void
test_silence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(silent_rows); i++) {
        struct world w;
        struct asked a;
        world_set_up(&w, IMPATIENT_MS);
        w.fake.reply = silent_rows[i].reply;
        for (uint8_t k = 0; k < 3; k++) {
            loop_until(w.base, kit_is_up, w.l);
            const struct limit_ask *ask = world_ask(&w, &a, k);
            ROW_CHECK(silent_rows[i].name, ask->allowed && ask->source == LIMIT_LOCAL);
            ROW_CHECK(silent_rows[i].name, ask->redis_us > 0);
        }
        ROW_CHECK(silent_rows[i].name, limiter_figures(w.l)->redis_late >= 1);
        ROW_CHECK(silent_rows[i].name, limiter_figures(w.l)->breaker_opens >= 1);
        world_end(&w);
        row_passed();
    }
}

static bool
has_reconnected(void *at)
{
    struct limiter *l = at;
    return limiter_figures(l)->connects >= 2 && limiter_figures(l)->redis_up;
}

/* A line without end costs the connection, not the memory. */
static void
test_endless_line(void **state)
{
    struct world w;
    struct asked a;
    static char line[40000];
    (void)state;
    world_set_up(&w, PATIENT_MS);
    memset(line, 'a', sizeof line);
    line[0] = '+';
    w.fake.once = (struct text){ line, sizeof line };
    assert_int_equal(world_ask(&w, &a, 1)->source, LIMIT_LOCAL);
    loop_until(w.base, has_reconnected, w.l);
    assert_int_equal(world_ask(&w, &a, 2)->source, LIMIT_REDIS);
    world_end(&w);
    row_passed();
}

/* hiredis' own client ends the process here. */
static void
test_unasked_replies(void **state)
{
    static const struct text unasked[] = { TEXT("+OK\r\n"), TEXT(ALLOWED), TEXT("-ERR bye\r\n"),
                                           TEXT("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n") };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(unasked); i++) {
        struct world w;
        struct asked a;
        world_set_up(&w, PATIENT_MS);
        fake_redis_send(&w.fake, unasked[i]);
        loop_until(w.base, has_reconnected, w.l);
        assert_int_equal(world_ask(&w, &a, 1)->source, LIMIT_REDIS);
        world_end(&w);
        row_passed();
    }
}

/* The late answer to the first ask must not be taken for the second's. */
static void
test_late_reply_is_dropped(void **state)
{
    struct world w;
    struct asked a;
    (void)state;
    world_set_up(&w, 100);
    w.fake.reply = (struct text){ 0 };
    const struct limit_ask *ask = world_ask(&w, &a, 1);
    assert_true(ask->allowed && ask->source == LIMIT_LOCAL);
    assert_true(limiter_figures(w.l)->redis_up); /* one is not enough for the breaker */
    assert_int_equal(limiter_figures(w.l)->in_flight, 1);
    w.fake.reply = TEXT(REFUSED ALLOWED); /* the first ask's, then the second's */
    ask = world_ask(&w, &a, 2);
    assert_true(ask->allowed && ask->source == LIMIT_REDIS);
    assert_int_equal(limiter_figures(w.l)->in_flight, 0);
    assert_int_equal(limiter_figures(w.l)->connects, 1);
    world_end(&w);
    row_passed();
}

static void
test_breaker(void **state)
{
    struct world w;
    struct asked a;
    (void)state;
    w.base = event_base_new();
    fake_redis_open(&w.fake, w.base);
    struct limiter_settings settings = kit_settings(w.fake.socket, PATIENT_MS);
    settings.backoff_ms_min = settings.backoff_ms_max = 3600 * 1000;
    settings.failures_max = 4;
    assert_int_equal(limiter_open(&w.l, w.base, &settings), FAULT_NONE);
    loop_until(w.base, kit_is_up, w.l);
    for (int i = 0; i < 11; i++) {
        /* A good answer in between starts the count anew: 3 bad, 1 good, 4 bad, open. */
        w.fake.reply = i == 3 ? TEXT(ALLOWED) : TEXT("-ERR no\r\n");
        const struct limit_ask *ask = world_ask(&w, &a, (uint8_t)i);
        assert_int_equal(ask->source, i == 3 ? LIMIT_REDIS : LIMIT_LOCAL);
    }
    assert_int_equal(w.fake.asked_count, 8);
    assert_int_equal(limiter_figures(w.l)->redis_failed, 7);
    assert_int_equal(limiter_figures(w.l)->breaker_opens, 1);
    assert_false(limiter_figures(w.l)->redis_up);
    world_end(&w);
    row_passed();
}

static bool
has_tried_thrice(void *at)
{
    const struct fake_redis *f = at;
    return f->connected_count >= 3;
}

/* Connections whose probe is not answered as it should be: never up, tried again. */
static const struct {
    const char *name;
    struct text loaded;
    bool hangs_up;
} probe_rows[] = {
    { "silence", { NULL, 0 }, false },
    { "hangs up", { NULL, 0 }, true },
    { "an error", TEXT("-NOAUTH Authentication required.\r\n"), false },
    { "a status", TEXT("+OK\r\n"), false },
    { "too short", TEXT("$39\r\n0123456789abcdef0123456789abcdef0123456\r\n"), false },
    { "too long", TEXT("$41\r\n0123456789abcdef0123456789abcdef012345678\r\n"), false },
    { "no hexadecimal", TEXT("$40\r\n0123456789abcdef0123456789abcdef0123456\n\r\n"), false },
    { "a NUL in it",
      TEXT("$40\r\n0123456789abcdef\0"
           "123456789abcdef01234567\r\n"),
      false },
    { "nil", TEXT("$-1\r\n"), false },
    { "numbers", TEXT("*1\r\n:1\r\n"), false },
    { "answered twice", TEXT("$-1\r\n$-1\r\n"), false },
};

static void
test_probes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(probe_rows); i++) {
        struct world w;
        struct asked a;
        w.base = event_base_new();
        fake_redis_open(&w.fake, w.base);
        w.fake.loaded = probe_rows[i].loaded;
        w.fake.hangs_up_on_connect = probe_rows[i].hangs_up;
        struct limiter_settings settings = kit_settings(w.fake.socket, IMPATIENT_MS);
        settings.probe_ms = probe_rows[i].loaded.size > 0 ? PATIENT_MS : IMPATIENT_MS;
        assert_int_equal(limiter_open(&w.l, w.base, &settings), FAULT_NONE);
        loop_until(w.base, has_tried_thrice, &w.fake);
        ROW_CHECK(probe_rows[i].name, !limiter_figures(w.l)->redis_up);
        const struct limit_ask *ask = world_ask(&w, &a, 1);
        ROW_CHECK(probe_rows[i].name, ask->source == LIMIT_LOCAL && ask->redis_us == 0);
        ROW_CHECK(probe_rows[i].name, w.fake.asked_count == 0);
        ROW_CHECK(probe_rows[i].name, limiter_figures(w.l)->breaker_opens == 0);
        world_end(&w);
        row_passed();
    }
}

/* Whoever is given back an ask may ask again at once, and cancel another. */
struct chain {
    struct limiter *l;
    struct asked first, second, cancelled;
};

static void
chain_answered(void *owner, struct limit_ask *ask)
{
    struct chain *c = owner;
    assert_true(ask == &c->first.ask && ask->source == LIMIT_LOCAL);
    c->first.answer_count++;
    limiter_cancel(&c->cancelled.ask);
    kit_begin(&c->second, "cmp_A");
    kit_add(&c->second, "resident", 2, six);
    limiter_ask(c->l, &c->second.ask);
}

static void
test_asking_while_answered(void **state)
{
    struct world w;
    struct chain c = { 0 };
    (void)state;
    for (int round = 0; round < 3; round++) {
        world_set_up(&w, round == 0 ? IMPATIENT_MS : PATIENT_MS);
        c.l = w.l;
        w.fake.reply = round == 0 ? (struct text){ 0 } : round == 1 ? TEXT("-ERR\r\n") : TEXT("?");
        kit_begin(&c.first, "cmp_A");
        c.first.ask.owner = &c;
        c.first.ask.answered = chain_answered;
        kit_add(&c.first, "resident", 1, six);
        limiter_ask(w.l, &c.first.ask);
        kit_begin(&c.cancelled, "cmp_A");
        kit_add(&c.cancelled, "resident", 3, six);
        limiter_ask(w.l, &c.cancelled.ask);
        c.second.answer_count = 0;
        loop_until(w.base, kit_is_answered, &c.second);
        assert_int_equal(c.first.answer_count, 1);
        assert_int_equal(c.second.answer_count, 1);
        assert_int_equal(c.cancelled.answer_count, 0);
        assert_true(c.second.ask.allowed);
        world_end(&w);
        row_passed();
    }
}

static void
test_hangs_up_amid_asks(void **state)
{
    struct world w;
    struct asked a;
    (void)state;
    world_set_up(&w, PATIENT_MS);
    w.fake.hangs_up_after_reply = true;
    w.fake.reply = TEXT("*5\r\n:1\r\n");
    for (uint8_t i = 0; i < 3; i++) {
        loop_until(w.base, kit_is_up, w.l);
        const struct limit_ask *ask = world_ask(&w, &a, i);
        assert_true(ask->allowed && ask->source == LIMIT_LOCAL);
    }
    assert_true(limiter_figures(w.l)->breaker_opens >= 1);
    world_end(&w);
    row_passed();
}

static void
test_over_tcp(void **state)
{
    struct world w;
    struct asked a;
    (void)state;
    w.base = event_base_new();
    fake_redis_open_tcp(&w.fake, w.base);
    w.fake.reply = TEXT(ALLOWED);
    w.l = kit_open(w.base, w.fake.socket, PATIENT_MS);
    for (uint8_t i = 0; i < 20; i++) {
        assert_int_equal(world_ask(&w, &a, i)->source, LIMIT_REDIS);
    }
    assert_int_equal(w.fake.connected_count, 1);
    world_end(&w);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_endless_line),
        cmocka_unit_test(test_unasked_replies),
        cmocka_unit_test(test_late_reply_is_dropped),
        cmocka_unit_test(test_breaker),
        cmocka_unit_test(test_probes),
        cmocka_unit_test(test_asking_while_answered),
        cmocka_unit_test(test_hangs_up_amid_asks),
        cmocka_unit_test(test_over_tcp),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
