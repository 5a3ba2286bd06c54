import { ENTERED, LAYOUT, ORDER, PRIORITY_STEP, PROMOTE, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** Answers the numbers of ready, delayed, leased and dead, whether paused, since when the oldest has been ready (-1: none is), and how many ever came in. */
export const STATS = defineScript(
  LAYOUT,
  ORDER,
  PROMOTE,
  SWEEP,
  `
while promote() do end
sweep()
local oldest = -1
local function consider(id)
  local stored = call('HMGET', prefix .. id, 'due', 'timestamp', 'delay')
  local since = tonumber(stored[1]) or (tonumber(stored[2]) or now) + (tonumber(stored[3]) or 0)
  if oldest == -1 or since < oldest then oldest = since end
end
-- What was put in front is younger than what it stands before.
for _, id in ipairs(call('LRANGE', wait, -100, -1)) do consider(id) end
-- Of each priority the first in line is the oldest, but for those that were put in front of it.
local at = call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')[2]
while at do
  local front = math.floor(at / ${PRIORITY_STEP}) * ${PRIORITY_STEP}
  for _, id in ipairs(call('ZRANGEBYSCORE', prioritized, whole(front), string.format('%.1f', front + EXPIRED), 'LIMIT', 0, 100)) do consider(id) end
  for _, id in ipairs(call('ZRANGEBYSCORE', prioritized, whole(front + 1), '+inf', 'LIMIT', 0, 1)) do consider(id) end
  at = call('ZRANGEBYSCORE', prioritized, whole(front + ${PRIORITY_STEP}), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
end
return {
  call('LLEN', wait) + call('ZCARD', prioritized), call('ZCARD', delayed), call('LLEN', active), call('ZCARD', failed),
  paused and 1 or 0, oldest == -1 and -1 or math.max(0, now - oldest),
  tonumber(call('GET', ${ENTERED}) or 0),
}
`,
);
