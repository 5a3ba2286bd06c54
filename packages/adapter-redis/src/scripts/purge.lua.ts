import { LAYOUT, UNREADABLE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** ARGV: prefix, limit. Removes ready and delayed messages; returns how many. */
export const PURGE = defineScript(
  LAYOUT,
  `
local ids = call('RPOP', wait, ARGV[2]) or {}
-- Where BullMQ before 6 keeps the waiting jobs of a paused queue.
for _, id in ipairs(call('RPOP', prefix .. 'paused', ARGV[2]) or {}) do ids[#ids + 1] = id end
for _, key in ipairs({ prioritized, delayed }) do
  local popped = call('ZPOPMIN', key, ARGV[2])
  for at = 1, #popped, 2 do ids[#ids + 1] = popped[at] end
end
for _, id in ipairs(ids) do
  call('UNLINK', prefix .. id, prefix .. id .. ':logs', prefix .. id .. '${UNREADABLE}')
  emit('removed', id)
end
if #ids == 0 then call('DEL', counter, marker) end
return #ids
`,
);
