/* storage/limiter_script.h: what Redis runs for one ask; the same arithmetic as storage/gcra.c. It
 * is Lua 5.1 of Redis 5 or later (effects are replicated, so TIME may come before a write).
 *
 *   KEYS[i]             state of rule i: tat_us and early, two doubles of 8 bytes each (written and
 *                       read in a third of the time of decimals); all under one Cluster tag
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
    "local call, ceil = redis.call, math.ceil\n"
    "local t = call('TIME')\n"
    "local now = tonumber(t[1]) * 1000000 + tonumber(t[2])\n"
    "local function keep(key, tat, early)\n"
    "  call('SET', key, struct.pack('>dd', tat, early), 'PX', ceil((tat - now) / 1000) + 1)\n"
    "end\n"
    "local states = {}\n"
    "local best, best_left, best_reset = 0, -1, 0\n"
    "local worst, worst_wait, worst_reset = 0, 0, 0\n"
    "for i = 1, #KEYS do\n"
    "  local count, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])\n"
    "  local raw, tat, early = call('GET', KEYS[i]), 0, 0\n"
    "  if raw and #raw == 16 then tat, early = struct.unpack('>dd', raw) end\n"
    "  if not (tat >= 0 and tat < 2 ^ 53 and early >= 0 and early < 2 ^ 53) then\n"
    "    tat, early = 0, 0\n"
    "  end\n"
    "  local cut = tat - now > period\n"
    "  if cut then tat, early = now + period, 0 end\n"
    "  local level = 0\n"
    "  if tat > now then level = (tat - now) * count end\n"
    "  if tat > now and early < count then level = level - early end\n"
    "  local after, capacity = level + period, count * period\n"
    "  if after > capacity then\n"
    "    if cut then keep(KEYS[i], tat, early) end\n"
    "    local wait = ceil((after - capacity) / count)\n"
    "    if wait > worst_wait then\n"
    "      worst, worst_wait, worst_reset = i - 1, wait, ceil(level / count)\n"
    "    end\n"
    "  else\n"
    "    local reset = ceil(after / count)\n"
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
