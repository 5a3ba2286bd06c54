import { LAYOUT } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** ARGV: prefix, '1' to pause, '0' to resume. */
export const PAUSE = defineScript(
  LAYOUT,
  `
if ARGV[2] == '1' then
  call('HSET', KEYS[1], 'paused', 1)
  call('DEL', marker)
  try('XADD', events, '*', 'event', 'paused')
  return 1
end
call('HDEL', KEYS[1], 'paused')
paused = false
if call('LLEN', wait) + call('ZCARD', prioritized) > 0 then wake() end
try('XADD', events, '*', 'event', 'resumed')
return 1
`,
);
