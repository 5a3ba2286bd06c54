import { LAYOUT } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** ARGV: prefix, '1' to pause, '0' to resume. */
export const PAUSE = defineScript(
  LAYOUT,
  `
if ARGV[2] == '1' then
  call('HSET', KEYS[1], 'paused', 1)
  call('DEL', marker)
  return call('XADD', events, 'MAXLEN', '~', settings[3] or '10000', '*', 'event', 'paused')
end
call('HDEL', KEYS[1], 'paused')
paused = false
if call('LLEN', wait) + call('ZCARD', prioritized) > 0 then wake() end
return call('XADD', events, 'MAXLEN', '~', settings[3] or '10000', '*', 'event', 'resumed')
`,
);
