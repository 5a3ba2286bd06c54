import { LEAN_LAYOUT } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** How many log lines of one job are kept: as many as with its result, whose ten last runs have 100 each. */
export const KEPT_LINES = 1_000;

/**
 * Stores progress or a log line of a leased job, as BullMQ does. ARGV: prefix, id, token of the lease, `progress` or
 * `line`, and its text. Another holder's job is left as it is.
 */
export const NOTE = defineScript(
  LEAN_LAYOUT,
  `
local job = prefix .. ARGV[2]
if call('GET', job .. ':lock') ~= ARGV[3] then return 0 end
if ARGV[4] == 'progress' then
  call('HSET', job, 'progress', ARGV[5])
  emit('progress', ARGV[2], 'data', ARGV[5])
else
  call('RPUSH', job .. ':logs', ARGV[5])
  call('LTRIM', job .. ':logs', -${KEPT_LINES}, -1)
end
return 1
`,
);
