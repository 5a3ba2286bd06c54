import { LAYOUT, WAKE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** The most jobs that one resume puts back, so that other commands do not wait long. */
const STEP = 1_000;

/**
 * ARGV: prefix, '1' to pause, '0' to resume. BullMQ before 6 moved the waiting jobs of a paused queue to a list of their
 * own; resuming puts them back, as BullMQ 6 does. Returns how many are still to be put back by further calls.
 */
export const PAUSE = defineScript(
  LAYOUT,
  `
local set_aside = prefix .. 'paused'
local left = call('LLEN', set_aside)
if ARGV[2] == '1' then
  call('HSET', KEYS[1], 'paused', 1)
  call('DEL', marker)
  try('XADD', events, '*', 'event', 'paused')
  return 0
end
call('HDEL', KEYS[1], 'paused')
paused = false
if left > 0 then
  -- The oldest is the last of both lists, and is put back last.
  call('RPUSH', wait, unpack(call('LRANGE', set_aside, 0, ${STEP} - 1)))
  call('LTRIM', set_aside, ${STEP}, -1)
  left = math.max(0, left - ${STEP})
end
if call('LLEN', wait) + call('ZCARD', prioritized) > 0 then ${WAKE} end
if left == 0 then try('XADD', events, '*', 'event', 'resumed') end
return left
`,
);
