/* tests/test_limiter_door.c: what stands in Redis and what is made of it, logins, addresses; and
 * the door where there is no Redis at all. */
#include "tests/limiter_kit.h"

#include <netinet/in.h>

#include "storage/redis_command.h"

#define KEY_A "hq:{cmp_A}:resident:01010101010101010101010101010101"

static const struct gcra_rate six = { 6, MINUTE };

/* ---- what stands in Redis ---- */

struct world {
    struct event_base *base;
    struct redis_server redis;
    struct limiter *l;
    char said[4096];
};

static void
world_set_up(struct world *w, const char *password)
{
    memset(w, 0, sizeof *w);
    w->base = event_base_new();
    redis_server_open(&w->redis, password);
}

static int
world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *state = w;
    world_set_up(w, NULL);
    w->l = kit_open(w->base, w->redis.socket, PATIENT_MS);
    return 0;
}

static int
world_close(void **state)
{
    struct world *w = *state;
    limiter_close(w->l);
    redis_server_close(&w->redis);
    event_base_free(w->base);
    free(w);
    return 0;
}

static const char *
world_say(struct world *w, const char *words)
{
    redis_server_say(&w->redis, words, w->said, sizeof w->said);
    return w->said;
}

/* Only the tag, the rule's name and the key given; all of an ask in one slot of a Cluster; each
 * gone by itself when its burst is back. */
static void
test_keys(void **state)
{
    struct world *w = *state;
    struct asked a;
    kit_begin(&a, "cmp_A");
    kit_add(&a, "resident", 0x01, six);
    kit_add(&a, "address", 0xfe, (struct gcra_rate){ 60, MINUTE });
    assert_true(kit_ask(w->base, w->l, &a)->allowed);
    assert_non_null(strstr(world_say(w, "KEYS *"), "*2\r\n"));
    assert_non_null(strstr(w->said, "$52\r\n" KEY_A "\r\n"));
    assert_non_null(strstr(w->said, "\r\nhq:{cmp_A}:address:fefefefefefefefefefefefefefefefe\r\n"));
    assert_int_equal(world_say(w, "PTTL " KEY_A)[0], ':');
    assert_in_range(strtol(w->said + 1, NULL, 10), 1, 10001);
    (void)kit_ask(w->base, w->l, &a);
    (void)world_say(w, "PTTL " KEY_A);
    assert_in_range(strtol(w->said + 1, NULL, 10), 1, 20001);
    row_passed();
}

/* A refusal changes nothing, not even a key's life. */
static void
test_refusal_writes_nothing(void **state)
{
    struct world *w = *state;
    struct asked a;
    char before[64];
    struct limiter *fresh = kit_open(w->base, w->redis.socket, PATIENT_MS);
    static const struct gcra_rate one = { 1, HOUR };
    assert_true(kit_ask_resident(w->base, w->l, &a, 1, one)->allowed);
    (void)snprintf(before, sizeof before, "%.60s", world_say(w, "GET " KEY_A));
    assert_int_equal(before[0], '$');
    for (int i = 0; i < 3; i++) {
        const struct limit_ask *ask = kit_ask_resident(w->base, fresh, &a, 1, one);
        assert_true(!ask->allowed && ask->source == LIMIT_REDIS);
    }
    assert_string_equal(world_say(w, "GET " KEY_A), before);
    limiter_close(fresh);
    row_passed();
}

/* 4,000,000,000,000,000 us and 0, as doubles, in the escapes of an inline command. */
#define NEXT_YEAR "\\x43\\x2c\\x6b\\xf5\\x26\\x34\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"

/* What somebody else may have left under our key. */
static const struct {
    const char *name, *command;
    bool allowed;
    enum limit_source source;
} left_rows[] = {
    { "a word", "SET " KEY_A " word", true, LIMIT_REDIS },
    { "decimals, as once", "SET " KEY_A " '4000000000000000 0'", true, LIMIT_REDIS },
    { "nothing", "SET " KEY_A " ''", true, LIMIT_REDIS },
    { "sixteen letters", "SET " KEY_A " AAAAAAAAAAAAAAAA", true, LIMIT_REDIS },
    { "a byte too many", "SET " KEY_A " \"" NEXT_YEAR "x\"", true, LIMIT_REDIS },
    { "below zero",
      "SET " KEY_A
      " \"\\xc0\\x14\\x00\\x00\\x00\\x00\\x00\\x00\\xc0\\x14\\x00\\x00\\x00\\x00\\x00\\x00\"",
      true, LIMIT_REDIS },
    { "a fraction",
      "SET " KEY_A
      " \"\\x3f\\xf8\\x00\\x00\\x00\\x00\\x00\\x00\\x40\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
      true, LIMIT_REDIS },
    { "long ago",
      "SET " KEY_A
      " \"\\x3f\\xf0\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
      true, LIMIT_REDIS },
    { "infinite",
      "SET " KEY_A
      " \"\\x7f\\xf0\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
      true, LIMIT_REDIS },
    { "no number",
      "SET " KEY_A
      " \"\\x7f\\xf8\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
      true, LIMIT_REDIS },
    { "beyond 53 bits",
      "SET " KEY_A
      " \"\\x43\\x40\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"",
      true, LIMIT_REDIS },
    { "early is no number",
      "SET " KEY_A
      " \"\\x43\\x2c\\x6b\\xf5\\x26\\x34\\x00\\x00\\x7f\\xf8\\x00\\x00\\x00\\x00\\x00\\x00\"",
      true, LIMIT_REDIS },
    { "next year", "SET " KEY_A " \"" NEXT_YEAR "\"", false, LIMIT_REDIS },
    { "a list", "LPUSH " KEY_A " 1", true, LIMIT_LOCAL },
    { "a hash", "HSET " KEY_A " a 1", true, LIMIT_LOCAL },
};

static void
test_left_over_states(void **state)
{
    struct world *w = *state;
    struct asked a;
    for (size_t i = 0; i < COUNT_OF(left_rows); i++) {
        const char *name = left_rows[i].name;
        struct limiter *fresh = kit_open(w->base, w->redis.socket, PATIENT_MS);
        (void)world_say(w, "FLUSHALL");
        ROW_CHECK(name, world_say(w, left_rows[i].command)[0] != '-');
        const struct limit_ask *ask = kit_ask_resident(w->base, fresh, &a, 1, six);
        ROW_CHECK(name, ask->allowed == left_rows[i].allowed);
        ROW_CHECK(name, ask->source == left_rows[i].source);
        limiter_close(fresh);
        row_passed();
    }
}

/* Redis' clock went back by years: refused for one step, not for years. */
struct locked_out {
    struct limiter *l;
    struct asked a;
    unsigned refused_count;
};

static bool
is_let_in(void *at)
{
    struct locked_out *o = at;
    if (o->a.answer_count == 0) return false;
    assert_int_equal(o->a.ask.source, LIMIT_REDIS);
    if (o->a.ask.allowed) return true;
    o->refused_count++;
    kit_begin(&o->a, "cmp_A");
    kit_add(&o->a, "resident", 1, (struct gcra_rate){ 20, SECOND });
    limiter_ask(o->l, &o->a.ask);
    return false;
}

static void
test_backward_clock_locks_nobody_out(void **state)
{
    struct world *w = *state;
    struct locked_out o = { .l = w->l };
    (void)world_say(w, "SET " KEY_A " \"" NEXT_YEAR "\"");
    kit_begin(&o.a, "cmp_A");
    kit_add(&o.a, "resident", 1, (struct gcra_rate){ 20, SECOND });
    limiter_ask(w->l, &o.a.ask);
    loop_until(w->base, is_let_in, &o);
    assert_true(o.refused_count > 0);
    row_passed();
}

/* ---- logins ---- */

static const struct {
    const char *name, *servers, *ours;
    bool comes_up;
} login_rows[] = {
    { "the right one", "sesame", "sesame", true }, { "a wrong one", "sesame", "poppy", false },
    { "none given", "sesame", NULL, false },       { "an empty one given", "sesame", "", false },
    { "none needed", NULL, "sesame", true },
};

/* Its own count of commands that came without a login: our probes. */
static bool
has_failed_thrice(void *at)
{
    const char *count = strstr(world_say(at, "INFO errorstats"), "errorstat_NOAUTH:count=");
    return count != NULL && strtol(strchr(count, '=') + 1, NULL, 10) >= 3;
}

static void
test_logins(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(login_rows); i++) {
        struct world w;
        struct asked a;
        world_set_up(&w, login_rows[i].servers);
        struct limiter_settings settings = kit_settings(w.redis.socket, PATIENT_MS);
        settings.password = login_rows[i].ours;
        assert_int_equal(limiter_open(&w.l, w.base, &settings), FAULT_NONE);
        if (login_rows[i].comes_up)
            loop_until(w.base, kit_is_up, w.l);
        else
            loop_until(w.base, has_failed_thrice, &w);
        ROW_CHECK(login_rows[i].name, limiter_figures(w.l)->redis_up == login_rows[i].comes_up);
        const struct limit_ask *ask = kit_ask_resident(w.base, w.l, &a, 1, six);
        ROW_CHECK(login_rows[i].name, ask->allowed);
        ROW_CHECK(login_rows[i].name, (ask->source == LIMIT_REDIS) == login_rows[i].comes_up);
        limiter_close(w.l);
        redis_server_close(&w.redis);
        event_base_free(w.base);
        row_passed();
    }
}

/* ---- addresses ---- */

static const struct {
    const char *name, *text;
    enum fault fault;
    int family;
} peer_rows[] = {
    { "a socket", "/run/redis.sock", FAULT_NONE, AF_UNIX },
    { "an address", "127.0.0.1:6379", FAULT_NONE, AF_INET },
    { "IPv6", "[::1]:6379", FAULT_NONE, AF_INET6 },
    { "the last port", "127.0.0.1:65535", FAULT_NONE, AF_INET },
    { "nothing", "", FAULT_CONFIG, 0 },
    { "no port", "127.0.0.1", FAULT_CONFIG, 0 },
    { "an empty port", "127.0.0.1:", FAULT_CONFIG, 0 },
    { "port none", "127.0.0.1:0", FAULT_CONFIG, 0 },
    { "one port too many", "127.0.0.1:65536", FAULT_CONFIG, 0 },
    { "port of six digits", "127.0.0.1:006379", FAULT_CONFIG, 0 },
    { "a port with a sign", "127.0.0.1:+6379", FAULT_CONFIG, 0 },
    { "a port with a tail", "127.0.0.1:6379x", FAULT_CONFIG, 0 },
    { "no host", ":6379", FAULT_CONFIG, 0 },
    { "IPv6 without brackets", "::1:6379", FAULT_CONFIG, 0 },
    { "empty brackets", "[]:6379", FAULT_CONFIG, 0 },
    { "one bracket", "[:6379", FAULT_NONE, 0 },
    { "no such name", "no-such-name.invalid:6379", FAULT_NONE, 0 },
};

static void
test_peers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(peer_rows); i++) {
        struct redis_peer peer;
        enum fault fault = redis_peer_read(&peer, peer_rows[i].text);
        ROW_CHECK(peer_rows[i].name, fault == peer_rows[i].fault);
        ROW_CHECK(peer_rows[i].name, (peer.size > 0) == (peer_rows[i].family != 0));
        ROW_CHECK(peer_rows[i].name, peer.address.ss_family == peer_rows[i].family);
        row_passed();
    }
    char path[300];
    struct redis_peer peer;
    memset(path, 'p', sizeof path);
    path[0] = '/';
    path[107] = '\0';
    assert_int_equal(redis_peer_read(&peer, path), FAULT_NONE);
    path[107] = 'p';
    path[108] = '\0';
    assert_int_equal(redis_peer_read(&peer, path), FAULT_CONFIG);
    memset(path, 'h', sizeof path);
    memcpy(path + 280, ":6379", 6);
    assert_int_equal(redis_peer_read(&peer, path), FAULT_CONFIG);
    row_passed();
}

/* A Redis that is not there is no fault; an address that cannot be is one. */
static void
test_nobody_there(void **state)
{
    static const char *const addresses[] = { "/nowhere/redis.sock", "127.0.0.1:1",
                                             "no-such-name.invalid:6379" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct event_base *base = event_base_new();
        struct limiter *l;
        struct asked a;
        struct limiter_settings settings = kit_settings(addresses[i], PATIENT_MS);
        assert_int_equal(limiter_open(&l, base, &settings), FAULT_NONE);
        ROW_CHECK(addresses[i], kit_ask_resident(base, l, &a, 1, six)->source == LIMIT_LOCAL);
        ROW_CHECK(addresses[i], limiter_figures(l)->redis_named && !limiter_figures(l)->redis_up);
        settings.redis = "nowhere";
        limiter_close(l);
        ROW_CHECK(addresses[i], limiter_open(&l, base, &settings) == FAULT_CONFIG && l == NULL);
        event_base_free(base);
        row_passed();
    }
}

/* Chance is drawn once per try. Doubling from 1 ms, thirty tries would take days. */
struct tries {
    struct seams seams;
    unsigned count;
};

static void
tries_fill(void *owner, void *out, size_t size)
{
    struct tries *t = owner;
    t->count++;
    memset(out, 0, size);
}

static bool
has_tried_often(void *at)
{
    const struct tries *t = at;
    return t->count >= 30;
}

static void
test_nobody_there_is_tried_often(void **state)
{
    static const char *const addresses[] = { "/nowhere/redis.sock", "127.0.0.1:1" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct event_base *base = event_base_new();
        struct limiter *l;
        struct tries t = { kit_seams, 0 };
        struct limiter_settings settings = kit_settings(addresses[i], PATIENT_MS);
        t.seams.owner = &t;
        t.seams.random_fill = tries_fill;
        settings.seams = &t.seams;
        settings.backoff_ms_max = INT64_C(1) << 40;
        assert_int_equal(limiter_open(&l, base, &settings), FAULT_NONE);
        loop_until(base, has_tried_often, &t);
        limiter_close(l);
        event_base_free(base);
        row_passed();
    }
}

/* ---- without Redis ---- */

struct alone {
    struct event_base *base;
    struct limiter *l;
    struct asked a;
};

static int
alone_open(void **state)
{
    struct alone *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *state = w;
    w->base = event_base_new();
    w->l = kit_open(w->base, NULL, PATIENT_MS); /* a share of one in eight */
    return 0;
}

static int
alone_close(void **state)
{
    struct alone *w = *state;
    limiter_close(w->l);
    event_base_free(w->base);
    free(w);
    return 0;
}

/* How many of ten asks of a new key go through. */
static const struct {
    const char *name, *rule;
    struct gcra_rate rate;
    int want;
} alone_rows[] = {
    { "a resident's full rate", "resident", { 6, HOUR }, 6 },
    { "an address' full rate", "address", { 9, HOUR }, 9 },
    { "a campaign's eighth", "campaign", { 40, HOUR }, 5 },
    { "a campaign's eighth, rounded down", "campaign", { 31, HOUR }, 3 },
    { "less than one each is one", "campaign", { 3, HOUR }, 1 },
};

static void
test_alone(void **state)
{
    struct alone *w = *state;
    for (size_t i = 0; i < COUNT_OF(alone_rows); i++) {
        int allowed = 0;
        for (int k = 0; k < 10; k++) {
            kit_begin(&w->a, "cmp_A");
            kit_add(&w->a, alone_rows[i].rule, (uint8_t)i, alone_rows[i].rate);
            allowed += kit_ask(w->base, w->l, &w->a)->allowed;
            ROW_CHECK(alone_rows[i].name, w->a.ask.source == LIMIT_LOCAL);
        }
        ROW_CHECK(alone_rows[i].name, allowed == alone_rows[i].want);
        row_passed();
    }
    assert_false(limiter_figures(w->l)->redis_named);
    assert_int_equal(limiter_figures(w->l)->asks, 50);
    assert_int_equal(limiter_figures(w->l)->local_allowed, 24);
    assert_int_equal(limiter_figures(w->l)->local_refused, 26);
}

/* As in Redis, the same person counts anew in another campaign and under another rule. */
static void
test_tags_and_names_count_apart(void **state)
{
    struct alone *w = *state;
    static const struct gcra_rate one = { 1, HOUR };
    static const struct {
        const char *tag, *name;
        bool allowed;
    } asks[] = {
        { "cmp_A", "resident", true }, { "cmp_A", "resident", false },
        { "cmp_B", "resident", true }, { "cmp_A", "address", true },
        { "cmp_A", "address", false }, { "cmp_B", "resident", false },
        { "cmp_Ar", "esident", true }, { "cmp_Aresiden", "t", true },
    };
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        kit_begin(&w->a, asks[i].tag);
        kit_add(&w->a, asks[i].name, 1, one);
        assert_int_equal(kit_ask(w->base, w->l, &w->a)->allowed, asks[i].allowed);
    }
    row_passed();
}

/* What one rule refuses is not counted by the others. */
static void
test_alone_all_or_none(void **state)
{
    struct alone *w = *state;
    static const struct gcra_rate one = { 1, HOUR }, nine = { 9, HOUR };
    for (int i = 0; i < 5; i++) {
        kit_begin(&w->a, "cmp_A");
        kit_add(&w->a, "address", 1, nine);
        kit_add(&w->a, "resident", 2, one);
        assert_int_equal(kit_ask(w->base, w->l, &w->a)->allowed, i == 0);
        assert_int_equal(w->a.ask.rule, 1);
    }
    kit_begin(&w->a, "cmp_A");
    kit_add(&w->a, "address", 1, nine);
    assert_int_equal(kit_ask(w->base, w->l, &w->a)->numbers.remaining, 7);
    row_passed();
}

int
main(void)
{
#define WITH_REDIS(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)
#define ALONE(test) cmocka_unit_test_setup_teardown(test, alone_open, alone_close)
    const struct CMUnitTest tests[] = {
        WITH_REDIS(test_keys),
        WITH_REDIS(test_refusal_writes_nothing),
        WITH_REDIS(test_left_over_states),
        WITH_REDIS(test_backward_clock_locks_nobody_out),
        cmocka_unit_test(test_logins),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_nobody_there_is_tried_often),
        ALONE(test_alone),
        ALONE(test_tags_and_names_count_apart),
        ALONE(test_alone_all_or_none),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
