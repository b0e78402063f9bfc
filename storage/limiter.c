/* storage/limiter.c: Redis where it answers, the worker's own table where it does not. */
#include "storage/limiter.h"

#include "storage/redis.h"

#define IN_FLIGHT_MAX 4096
#define KEY_TEXT_SIZE (4 + LIMIT_TAG_SIZE + 2 + 2 * GCRA_KEY_SIZE + 4)
#define NUMBER_SIZE 24

/* All rules are looked at before one is consumed. The clock is Redis's own. */
static const char script[] =
    "local t = redis.call('TIME')\n"
    "local now = tonumber(t[1]) * 1000000 + tonumber(t[2])\n"
    "local n = #KEYS\n"
    "local nexts, best, left, reset = {}, 0, -1, 0\n"
    "for i = 1, n do\n"
    "  local count, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])\n"
    "  local step = math.max(1, math.floor(period / count))\n"
    "  local tat = math.max(now, tonumber(redis.call('GET', KEYS[i]) or '0') or 0)\n"
    "  if tat > now + period then tat = now + period end\n"
    "  local after = tat + step\n"
    "  if now < after - period then\n"
    "    return {0, i - 1, 0, after - period - now, tat - now}\n"
    "  end\n"
    "  nexts[i] = after\n"
    "  local remaining = math.floor((period - (after - now)) / step)\n"
    "  if left < 0 or remaining < left then best, left, reset = i - 1, remaining, after - now end\n"
    "end\n"
    "for i = 1, n do\n"
    "  redis.call('SET', KEYS[i], string.format('%.0f', nexts[i]), 'PX',\n"
    "             math.ceil((nexts[i] - now) / 1000) + 1)\n"
    "end\n"
    "return {1, best, left, 0, reset}\n";

struct limiter {
    struct limiter_settings settings;
    struct redis *redis; /* NULL: none is configured */
    struct gcra_table *table;
    struct limiter_figures figures;
};

/* An ask on its way to Redis, with the texts that it is made of. */
struct errand {
    struct redis_ask redis;
    struct limit_ask *ask;
    char keys[LIMIT_RULES_MAX][KEY_TEXT_SIZE];
    char numbers[2 * LIMIT_RULES_MAX][NUMBER_SIZE];
};

static int64_t
limiter_now_us(const struct limiter *l)
{
    return l->settings.seams->monotonic_us(l->settings.seams->owner) + 1;
}

/* Without Redis a campaign's rate is shared out among all workers of all daemons. */
static struct gcra_rate
rate_here(const struct limiter *l, const struct limit_rule *rule)
{
    struct gcra_rate rate = rule->rate;
    if (rule->shared && rate.count > l->settings.share)
        rate.count /= l->settings.share;
    else if (rule->shared)
        rate.period_us *= l->settings.share;
    return rate;
}

/* The key of Redis, tag and all, as this table knows it: a person counts anew in each campaign. The
 * tag is mixed in by FNV-1a. */
static void
rule_local_key(const struct limit_ask *ask, const struct limit_rule *rule,
               uint8_t out[GCRA_KEY_SIZE])
{
    uint64_t mixed = UINT64_C(0xcbf29ce484222325);
    for (const char *c = ask->tag; *c != '\0'; c++) {
        mixed = (mixed ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    }
    memcpy(out, rule->key, GCRA_KEY_SIZE);
    for (size_t i = 0; i < sizeof mixed; i++) {
        out[i] ^= (uint8_t)(mixed >> (8 * i));
    }
}

static struct gcra_answer
rule_look(struct limiter *l, const struct limit_ask *ask, size_t i, int64_t now_us, bool consume)
{
    uint8_t key[GCRA_KEY_SIZE];
    const struct limit_rule *rule = &ask->rules[i];
    rule_local_key(ask, rule, key);
    int64_t *tat_us = gcra_table_at(l->table, key);
    int64_t looked_us = *tat_us;
    return gcra_ask(rate_here(l, rule), consume ? tat_us : &looked_us, now_us);
}

static void
limiter_count(struct limiter *l, const struct limit_ask *ask)
{
    struct limiter_figures *f = &l->figures;
    if (ask->source == LIMIT_REDIS) {
        f->redis_allowed += ask->allowed;
        f->redis_refused += !ask->allowed;
    } else {
        f->local_allowed += ask->allowed;
        f->local_refused += !ask->allowed;
    }
}

static void
limiter_answer(struct limiter *l, struct limit_ask *ask)
{
    limiter_count(l, ask);
    ask->answered(ask->owner, ask);
}

/* True when a rule refuses here. Shared rules are asked only where this table decides. */
static bool
local_refuses(struct limiter *l, struct limit_ask *ask, bool decides, int64_t now_us)
{
    ask->source = LIMIT_LOCAL;
    ask->allowed = true;
    for (size_t i = 0; i < ask->rule_count; i++) {
        if (ask->rules[i].shared && !decides) continue;
        struct gcra_answer answer = rule_look(l, ask, i, now_us, false);
        if (answer.allowed) continue;
        ask->allowed = false;
        ask->rule = i;
        ask->numbers = answer;
        return true;
    }
    return false;
}

/* Counts what was let through; the tightest rule's numbers are shown. */
static void
local_consume(struct limiter *l, struct limit_ask *ask, int64_t now_us)
{
    for (size_t i = 0; i < ask->rule_count; i++) {
        struct gcra_answer answer = rule_look(l, ask, i, now_us, true);
        bool tighter = i == 0 || answer.remaining < ask->numbers.remaining;
        if (ask->source == LIMIT_REDIS || !tighter) continue;
        ask->rule = i;
        ask->numbers = answer;
    }
}

static void
local_decide(struct limiter *l, struct limit_ask *ask)
{
    int64_t now_us = limiter_now_us(l);
    if (!local_refuses(l, ask, true, now_us)) local_consume(l, ask, now_us);
    limiter_answer(l, ask);
}

static bool
within(int64_t value, int64_t most)
{
    return value >= 0 && value <= most;
}

/* Numbers that the script cannot have written are no answer. */
static bool
errand_is_sound(const struct errand *e)
{
    const int64_t *n = e->redis.numbers;
    if (e->redis.number_count != 5 || !within(n[0], 1)) return false;
    if (!within(n[1], (int64_t)e->ask->rule_count - 1)) return false;
    const struct gcra_rate *rate = &e->ask->rules[n[1]].rate;
    if (!within(n[2], rate->count) || !within(n[3], 2 * rate->period_us)) return false;
    return within(n[4], 2 * rate->period_us) && (n[0] == 1) == (n[3] == 0);
}

static void
limiter_replied(void *owner, struct redis_ask *redis)
{
    struct errand *e = owner;
    struct limit_ask *ask = e->ask;
    struct limiter *l = ask->limiter;
    must(redis == &e->redis);
    bool sound = errand_is_sound(e);
    if (sound) {
        const int64_t *n = e->redis.numbers;
        ask->source = LIMIT_REDIS;
        ask->allowed = n[0] == 1;
        ask->rule = (size_t)n[1];
        ask->numbers = (struct gcra_answer){ n[0] == 1, n[2], n[3], n[4] };
    }
    free(e);
    if (!sound) {
        local_decide(l, ask);
        return;
    }
    if (ask->allowed) local_consume(l, ask, limiter_now_us(l));
    limiter_answer(l, ask);
}

static void
errand_add(struct errand *e, const char *text)
{
    e->redis.arguments[e->redis.argument_count] = text;
    e->redis.sizes[e->redis.argument_count] = strlen(text);
    e->redis.argument_count++;
}

static void
errand_write_key(char out[KEY_TEXT_SIZE], const struct limit_ask *ask, size_t i)
{
    int size = snprintf(out, KEY_TEXT_SIZE, "hq:{%s}:", ask->tag);
    must(size > 0 && size + 2 * GCRA_KEY_SIZE < KEY_TEXT_SIZE);
    for (size_t k = 0; k < GCRA_KEY_SIZE; k++) {
        (void)snprintf(out + size + 2 * k, 3, "%02x", ask->rules[i].key[k]);
    }
}

static bool
limiter_send(struct limiter *l, struct limit_ask *ask)
{
    if (l->redis == NULL || !redis_is_up(l->redis)) return false;
    struct errand *e = calloc(1, sizeof *e);
    if (e == NULL) return false;
    e->ask = ask;
    e->redis.answered = limiter_replied;
    e->redis.owner = e;
    e->redis.key_count = ask->rule_count;
    for (size_t i = 0; i < ask->rule_count; i++) {
        errand_write_key(e->keys[i], ask, i);
        errand_add(e, e->keys[i]);
    }
    for (size_t i = 0; i < ask->rule_count; i++) {
        const struct gcra_rate *rate = &ask->rules[i].rate;
        (void)snprintf(e->numbers[2 * i], NUMBER_SIZE, "%lld", (long long)rate->count);
        (void)snprintf(e->numbers[2 * i + 1], NUMBER_SIZE, "%lld", (long long)rate->period_us);
        errand_add(e, e->numbers[2 * i]);
        errand_add(e, e->numbers[2 * i + 1]);
    }
    if (redis_ask(l->redis, &e->redis)) return true;
    free(e);
    return false;
}

void
limiter_ask(struct limiter *l, struct limit_ask *ask)
{
    must(ask->rule_count > 0 && ask->rule_count <= LIMIT_RULES_MAX);
    ask->limiter = l;
    /* This table has seen no more than Redis has: what it refuses for a person or an address,
     * Redis would refuse as well, and a round trip is spared. */
    if (local_refuses(l, ask, false, limiter_now_us(l))) {
        limiter_answer(l, ask);
        return;
    }
    if (!limiter_send(l, ask)) local_decide(l, ask);
}

enum fault
limiter_open(struct limiter **out, struct event_base *base, const struct limiter_settings *settings)
{
    *out = NULL;
    struct limiter *l = calloc(1, sizeof *l);
    if (l == NULL) return FAULT_MEMORY;
    must(settings->share >= 1);
    l->settings = *settings;
    enum fault fault = gcra_table_open(&l->table, settings->table_capacity);
    if (fault == FAULT_NONE && settings->redis != NULL && settings->redis[0] != '\0') {
        struct redis_settings redis = { .address = settings->redis,
                                        .password = settings->password,
                                        .script = script,
                                        .timeout_ms = settings->timeout_ms,
                                        .in_flight_max = IN_FLIGHT_MAX,
                                        .seams = settings->seams };
        fault = redis_open(&l->redis, base, &redis);
    }
    if (fault != FAULT_NONE) {
        limiter_close(l);
        return fault;
    }
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
    l->figures.redis_named = l->redis != NULL;
    l->figures.redis_up = l->redis != NULL && redis_is_up(l->redis);
    return &l->figures;
}
