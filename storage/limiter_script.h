/* storage/limiter_script.h: what Redis runs for one ask; the same arithmetic as storage/gcra.c. It
 * is Lua 5.1 of Redis 5 or later (effects are replicated, so TIME may come before a write).
 *
 *   KEYS[i]             state of rule i: "tat_us early" in decimal; all under one Cluster tag
 *   ARGV[2i-1], [2i]    its count and period_us; their product is at most 2^50, so that every
 * number here is a whole one below 2^53, and every quotient rounds as it should answer { allowed,
 * rule from 0, remaining, retry_after_us, reset_us }
 *
 * All rules are looked at before one is consumed. The clock is Redis's own. A key lives until its
 * burst is back. What is not such a state counts as unseen; one too far ahead (the clock went back)
 * is cut to one period even when it refuses, or it would refuse until the clock has caught up. */
#ifndef HUIQUAN_STORAGE_LIMITER_SCRIPT_H
#define HUIQUAN_STORAGE_LIMITER_SCRIPT_H

static const char limiter_script[] =
    "local t = redis.call('TIME')\n"
    "local now = tonumber(t[1]) * 1000000 + tonumber(t[2])\n"
    "local function keep(key, tat, early)\n"
    "  redis.call('SET', key, string.format('%.0f %.0f', tat, early),\n"
    "             'PX', math.ceil((tat - now) / 1000) + 1)\n"
    "end\n"
    "local states = {}\n"
    "local best, best_left, best_reset = 0, -1, 0\n"
    "local worst, worst_wait, worst_reset = 0, 0, 0\n"
    "for i = 1, #KEYS do\n"
    "  local count, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])\n"
    "  local a, b = string.match(redis.call('GET', KEYS[i]) or '', '^(%d+) (%d+)$')\n"
    "  local tat, early = tonumber(a or 0), tonumber(b or 0)\n"
    "  local cut = tat - now > period\n"
    "  if cut then tat, early = now + period, 0 end\n"
    "  local level = 0\n"
    "  if tat > now then level = (tat - now) * count end\n"
    "  if tat > now and early < count then level = level - early end\n"
    "  local after, capacity = level + period, count * period\n"
    "  if after > capacity then\n"
    "    if cut then keep(KEYS[i], tat, early) end\n"
    "    local wait = math.ceil((after - capacity) / count)\n"
    "    if wait > worst_wait then\n"
    "      worst, worst_wait, worst_reset = i - 1, wait, math.ceil(level / count)\n"
    "    end\n"
    "  else\n"
    "    local reset = math.ceil(after / count)\n"
    "    local left = math.floor((capacity - after) / period)\n"
    "    states[i] = { now + reset, reset * count - after }\n"
    "    if best_left < 0 or left < best_left then\n"
    "      best, best_left, best_reset = i - 1, left, reset\n"
    "    end\n"
    "  end\n"
    "end\n"
    "if worst_wait > 0 then return { 0, worst, 0, worst_wait, worst_reset } end\n"
    "for i = 1, #KEYS do keep(KEYS[i], states[i][1], states[i][2]) end\n"
    "return { 1, best, best_left, 0, best_reset }\n";

#endif
