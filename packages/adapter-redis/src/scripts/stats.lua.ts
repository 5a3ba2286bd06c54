import { ENTERED, LAST_DUE, LAYOUT, ORDER, PRIORITY_STEP, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** The most priorities that are searched for the oldest message: we have ten, BullMQ has two million. */
const MOST_PRIORITIES = 64;

/**
 * Returns the numbers of ready, delayed, leased and dead, and whether it is paused. Then for how many ms the oldest
 * is ready (-1: none), and how many ever arrived (-1: unknown). Due messages count as ready without being moved,
 * which could take long.
 */
export const STATS = defineScript(
  LAYOUT,
  ORDER,
  `
local oldest = -1
local function consider(id)
  local stored = try('HMGET', prefix .. id, 'due', 'timestamp', 'delay')
  local since = stored[1] and count_of(stored[1]) or stored[2] and count_of(stored[2]) + count_of(stored[3]) or now
  if oldest == -1 or since < oldest then oldest = since end
end
-- Jobs that were put in front are newer than the jobs behind them.
for _, id in ipairs(call('LRANGE', wait, -100, -1)) do consider(id) end
-- The first job of each priority is the oldest, except for those that were put in front.
local at = call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')[2]
for _ = 1, ${MOST_PRIORITIES} do
  if not at then break end
  local front = math.floor(at / ${PRIORITY_STEP}) * ${PRIORITY_STEP}
  for _, id in ipairs(call('ZRANGEBYSCORE', prioritized, whole(front), string.format('%.1f', front + EXPIRED), 'LIMIT', 0, 100)) do consider(id) end
  for _, id in ipairs(call('ZRANGEBYSCORE', prioritized, whole(front + 1), '+inf', 'LIMIT', 0, 1)) do consider(id) end
  at = call('ZRANGEBYSCORE', prioritized, whole(front + ${PRIORITY_STEP}), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
end
local due = call('ZCOUNT', delayed, '-inf', ${LAST_DUE})
for _, id in ipairs(due > 0 and call('ZRANGE', delayed, 0, 0) or {}) do consider(id) end
return {
  call('LLEN', wait) + call('ZCARD', prioritized) + due, call('ZCARD', delayed) - due, call('LLEN', active), call('ZCARD', failed),
  paused and 1 or 0, oldest == -1 and -1 or math.max(0, now - oldest),
  tonumber(try('GET', ${ENTERED}) or 0) or -1,
}
`,
);

/**
 * ARGV: prefix, how many of the oldest leases to skip. One step of a sweep; returns the start of the next, -1 after the
 * last.
 */
export const SWEEP_STEP = defineScript(LAYOUT, ORDER, SWEEP, "return sweep(tonumber(ARGV[2]))");
