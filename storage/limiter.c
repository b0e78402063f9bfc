/* storage/limiter.c: Redis where it answers, the worker's own table where it does not. */
#include "storage/limiter.h"

#include "crypto/encode.h"
#include "storage/limiter_script.h"
#include "voucher/decimal.h"
#include "voucher/torture.h"

#define KEY_TEXT_SIZE (8 + LIMIT_TAG_SIZE + LIMIT_NAME_SIZE_MAX + 2 * GCRA_KEY_SIZE)
#define ANSWER_NUMBERS 5

struct limiter {
    struct limiter_settings settings;
    struct redis *redis; /* NULL: none is configured */
    struct gcra_table *table;
    struct limiter_figures figures;
};

/* What the table says to each rule of an ask, nothing being consumed yet. */
struct look {
    uint8_t keys[LIMIT_RULES_MAX][GCRA_KEY_SIZE];
    struct gcra_state states[LIMIT_RULES_MAX]; /* after the ask, where it is allowed */
    struct gcra_answer answers[LIMIT_RULES_MAX];
};

static int64_t
limiter_now_us(const struct limiter *l)
{
    return l->settings.seams->monotonic_us(l->settings.seams->owner);
}

/* ---- the table ---- */

static uint64_t
hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3); /* FNV-1a */
    }
    return (hash ^ 0xff) * UINT64_C(0x100000001b3); /* where one text ends and the next begins */
}

/* As in Redis, a key counts anew under another tag or name. Keys are digests or random ids: that
 * the difference of two is that of two hashes is as unlikely as that two are equal. */
static void
look_key(uint8_t out[GCRA_KEY_SIZE], const struct limit_ask *ask, const struct limit_rule *rule)
{
    uint64_t halves[2] = { UINT64_C(0xcbf29ce484222325), UINT64_C(0x9ae16a3b2f90404f) };
    _Static_assert(sizeof halves == GCRA_KEY_SIZE, "a key is two halves");
    for (size_t i = 0; i < COUNT_OF(halves); i++) {
        uint64_t half;
        memcpy(&half, rule->key + i * sizeof half, sizeof half);
        half ^= hash_text(hash_text(halves[i], ask->tag), rule->name);
        memcpy(out + i * sizeof half, &half, sizeof half);
    }
}

static void
look_at(struct look *look, const struct limiter *l, const struct limit_ask *ask)
{
    int64_t now_us = limiter_now_us(l);
    for (size_t i = 0; i < ask->rule_count; i++) {
        const struct limit_rule *rule = &ask->rules[i];
        struct gcra_rate rate = rule->rate;
        if (rule->shared) rate = gcra_rate_share(rate, l->settings.share);
        look_key(look->keys[i], ask, rule);
        look->states[i] = gcra_table_get(l->table, look->keys[i]);
        look->answers[i] = gcra_ask_exactly(rate, &look->states[i], now_us);
    }
}

/* A refusal of one rule does not keep the others from counting: the ask was let through. */
static void
look_consume(const struct look *look, struct limiter *l, size_t rule_count)
{
    must(rule_count > 0 && rule_count <= LIMIT_RULES_MAX);
    for (size_t i = 0; i < rule_count; i++) {
        if (look->answers[i].allowed) gcra_table_put(l->table, look->keys[i], look->states[i]);
    }
}

static void
ask_set_local(struct limit_ask *ask, const struct look *look, size_t rule)
{
    must(rule < ask->rule_count);
    ask->source = LIMIT_LOCAL;
    ask->rule = rule;
    ask->numbers = look->answers[rule];
    ask->allowed = ask->numbers.allowed;
}

/* True: refused, the longest wait is in ask. Shared rules refuse only where the table decides. */
static bool
look_refuses(const struct look *look, struct limit_ask *ask, bool decides)
{
    int64_t longest_us = 0;
    for (size_t i = 0; i < ask->rule_count; i++) {
        const struct gcra_answer *answer = &look->answers[i];
        if (ask->rules[i].shared && !decides) continue;
        if (answer->allowed || answer->retry_after_us <= longest_us) continue;
        longest_us = answer->retry_after_us;
        ask_set_local(ask, look, i);
    }
    return longest_us > 0;
}

/* ---- answering ---- */

static void
limiter_answer(struct limiter *l, struct limit_ask *ask)
{
    struct limiter_figures *f = &l->figures;
    must(ask->limiter == l && ask->numbers.allowed == ask->allowed);
    ask->waits = false;
    if (ask->source == LIMIT_REDIS) {
        f->redis_allowed += ask->allowed;
        f->redis_refused += !ask->allowed;
    } else {
        f->local_allowed += ask->allowed;
        f->local_refused += !ask->allowed;
    }
    ask->answered(ask->owner, ask); /* the ask is gone from here on */
}

/* True: let in. */
static bool
table_decides(struct limiter *l, struct limit_ask *ask)
{
    struct look look;
    size_t tightest = 0;
    look_at(&look, l, ask);
    if (look_refuses(&look, ask, true)) return false;
    for (size_t i = 1; i < ask->rule_count; i++) {
        if (look.answers[i].remaining < look.answers[tightest].remaining) tightest = i;
    }
    ask_set_local(ask, &look, tightest);
    look_consume(&look, l, ask->rule_count);
    return true;
}

static void
limiter_decide(struct limiter *l, struct limit_ask *ask)
{
    (void)table_decides(l, ask);
    limiter_answer(l, ask);
}

/* ---- asking Redis ---- */

static bool
is_within(int64_t number, int64_t least, int64_t most)
{
    must(least <= most);
    return number >= least && number <= most;
}

/* Numbers that the script cannot have written are no answer. */
static bool
numbers_are_sound(const struct limit_ask *ask)
{
    const int64_t *n = ask->redis.numbers;
    if (torture_mutant("redis-trusted")) return true;
    if (ask->redis.number_count != ANSWER_NUMBERS) return false;
    if (!is_within(n[1], 0, (int64_t)ask->rule_count - 1)) return false;
    struct gcra_rate rate = ask->rules[n[1]].rate;
    if (!is_within(n[4], 0, rate.period_us)) return false;
    if (n[0] == 1) return is_within(n[2], 0, rate.count - 1) && n[3] == 0 && n[4] > 0;
    int64_t longest_us = rate.period_us / rate.count + 1;
    return n[0] == 0 && n[2] == 0 && is_within(n[3], 1, longest_us);
}

static void
limiter_take_numbers(struct limiter *l, struct limit_ask *ask)
{
    const int64_t *n = ask->redis.numbers;
    ask->source = LIMIT_REDIS;
    ask->allowed = n[0] == 1;
    ask->rule = (size_t)n[1];
    ask->numbers = (struct gcra_answer){ ask->allowed, n[2], n[3], n[4] };
    if (ask->allowed) {
        struct look look;
        look_at(&look, l, ask);
        look_consume(&look, l, ask->rule_count);
    }
    limiter_answer(l, ask);
}

static bool limiter_send(struct limiter *l, struct limit_ask *ask);

static bool
limiter_replied(void *owner, struct redis_ask *redis)
{
    struct limit_ask *ask = owner;
    struct limiter *l = ask->limiter;
    must(redis == &ask->redis && ask->waits);
    if (redis->outcome == REDIS_NO_SCRIPT) {
        ask->by_text = true;
        if (limiter_send(l, ask)) return true;
    }
    ask->redis_us = limiter_now_us(l) - ask->asked_us;
    bool sound = redis->outcome == REDIS_ANSWERED && numbers_are_sound(ask);
    bool trusted = sound || redis->outcome != REDIS_ANSWERED;
    if (sound)
        limiter_take_numbers(l, ask);
    else
        limiter_decide(l, ask);
    return trusted;
}

/* hq:{tag}:name:key in hexadecimal; whoever looks into Redis learns no person from it. */
static struct text
write_key(char out[KEY_TEXT_SIZE], const struct limit_ask *ask, const struct limit_rule *rule)
{
    const struct text parts[] = { TEXT("hq:{"), text_of(ask->tag), TEXT("}:"), text_of(rule->name),
                                  TEXT(":") };
    size_t size = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        must(size + parts[i].size + 2 * GCRA_KEY_SIZE < KEY_TEXT_SIZE);
        memcpy(out + size, parts[i].at, parts[i].size);
        size += parts[i].size;
    }
    size += encode_hex(rule->key, sizeof rule->key, out + size);
    return (struct text){ out, size };
}

/* False: Redis is not to be asked now. */
static bool
limiter_send(struct limiter *l, struct limit_ask *ask)
{
    char keys[LIMIT_RULES_MAX][KEY_TEXT_SIZE], numbers[2 * LIMIT_RULES_MAX][DECIMAL_SIZE];
    struct text texts[3 * LIMIT_RULES_MAX];
    size_t key_count = ask->rule_count;
    if (l->redis == NULL || !redis_is_up(l->redis)) return false;
    for (size_t i = 0; i < key_count; i++) {
        const struct limit_rule *rule = &ask->rules[i];
        texts[i] = write_key(keys[i], ask, rule);
        texts[key_count + 2 * i] = decimal_write((uint64_t)rule->rate.count, numbers[2 * i]);
        texts[key_count + 2 * i + 1] =
            decimal_write((uint64_t)rule->rate.period_us, numbers[2 * i + 1]);
    }
    struct redis_arguments arguments = {
        .key_count = key_count, .count = 3 * key_count, .at = texts, .by_text = ask->by_text
    };
    ask->redis.answered = limiter_replied;
    ask->redis.owner = ask;
    return redis_ask(l->redis, &ask->redis, &arguments);
}

/* The asker's mistakes stop here, before they are a key in Redis. */
static void
ask_check(const struct limit_ask *ask)
{
    must(ask->rule_count > 0 && ask->rule_count <= LIMIT_RULES_MAX);
    size_t tag_size = strnlen(ask->tag, sizeof ask->tag);
    must(tag_size > 0 && tag_size < sizeof ask->tag);
    must(strcspn(ask->tag, "{}") == tag_size);
    for (size_t i = 0; i < ask->rule_count; i++) {
        must(gcra_rate_is_sound(ask->rules[i].rate));
        must(strlen(ask->rules[i].name) <= LIMIT_NAME_SIZE_MAX);
    }
}

void
limiter_ask(struct limiter *l, struct limit_ask *ask)
{
    struct look look;
    ask_check(ask);
    must(ask->answered != NULL);
    ask->limiter = l;
    ask->waits = ask->by_text = false;
    ask->redis_us = 0;
    l->figures.asks++;
    look_at(&look, l, ask);
    if (look_refuses(&look, ask, false)) {
        limiter_answer(l, ask);
        return;
    }
    ask->asked_us = limiter_now_us(l);
    ask->waits = true;
    if (!limiter_send(l, ask)) limiter_decide(l, ask);
}

void
limiter_ask_here(struct limiter *l, struct limit_ask *ask)
{
    ask_check(ask);
    ask->limiter = l;
    ask->waits = ask->by_text = false;
    ask->redis_us = 0;
    l->figures.asks++;
    bool allowed = table_decides(l, ask);
    l->figures.local_allowed += allowed;
    l->figures.local_refused += !allowed;
}

void
limiter_cancel(struct limit_ask *ask)
{
    if (!ask->waits) return;
    must(ask->limiter != NULL);
    ask->waits = false;
    ask->limiter->figures.cancelled++;
    redis_cancel(ask->limiter->redis, &ask->redis);
}

/* ---- opening and closing ---- */

static enum fault
limiter_open_redis(struct limiter *l, struct event_base *base)
{
    const struct limiter_settings *s = &l->settings;
    if (s->redis == NULL || s->redis[0] == '\0') return FAULT_NONE;
    struct redis_settings redis = { .address = s->redis,
                                    .password = s->password,
                                    .script = limiter_script,
                                    .timeout_ms = s->timeout_ms,
                                    .probe_ms = s->probe_ms,
                                    .backoff_ms_min = s->backoff_ms_min,
                                    .backoff_ms_max = s->backoff_ms_max,
                                    .in_flight_max = s->in_flight_max,
                                    .failures_max = s->failures_max,
                                    .seams = s->seams };
    return redis_open(&l->redis, base, &redis);
}

enum fault
limiter_open(struct limiter **out, struct event_base *base, const struct limiter_settings *settings)
{
    *out = NULL;
    must(settings->share >= 1 && settings->seams != NULL);
    struct limiter *l = calloc(1, sizeof *l);
    if (l == NULL) return FAULT_MEMORY;
    l->settings = *settings;
    enum fault fault = gcra_table_open(&l->table, settings->table_capacity);
    if (fault == FAULT_NONE) fault = limiter_open_redis(l, base);
    l->settings.redis = NULL; /* read by now, not kept */
    if (fault != FAULT_NONE) {
        limiter_close(l);
        return fault;
    }
    l->figures.redis_named = l->redis != NULL;
    *out = l;
    return FAULT_NONE;
}

void
limiter_close(struct limiter *l)
{
    if (l == NULL) return;
    redis_close(l->redis);
    gcra_table_close(l->table);
    free(l);
}

const struct limiter_figures *
limiter_figures(struct limiter *l)
{
    struct limiter_figures *f = &l->figures;
    must(f->redis_named == (l->redis != NULL));
    if (l->redis == NULL) return f;
    const struct redis_figures *redis = redis_figures(l->redis);
    f->redis_up = redis_is_up(l->redis);
    f->redis_late = redis->late;
    f->redis_failed = redis->failed;
    f->breaker_opens = redis->opens;
    f->connects = redis->connects;
    f->in_flight = redis->in_flight;
    return f;
}
