import { ENTERED, FIRST_DELAYED, keys, LEAN_LAYOUT, ORDER, PRIORITY_STEP, PROMOTE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** How many arguments a message takes: id, label, body; with delay and priority where one of them has either. */
export const PLAIN_FIELDS = 3;
export const PLACED_FIELDS = 5;

/** Stores what has a delay or a priority: `placed` are the places of its arguments. Behind {@link ORDER}. */
const PLACE = `
for _, at in ipairs(placed) do
  local id, delay, priority = ARGV[at], tonumber(ARGV[at + 3]), ARGV[at + 4]
  local job = prefix .. id
  if priority ~= '0' then call('HSET', job, 'priority', priority, 'opts', '{"attempts":1,"priority":' .. priority .. '}') end
  if delay > 0 then
    local due = due_after(delay)
    call('HSET', job, 'delay', ARGV[at + 3], 'due', whole(due))
    to_delayed(id, due)
    tell('delayed', id, 'delay', whole(due))
  else
    call('ZADD', prioritized, whole(priority * ${PRIORITY_STEP} + call('INCR', counter) % ${PRIORITY_STEP}), id)
    tell('waiting', id)
    is_ready = true
  end
end
`;

/**
 * ARGV: prefix, how many arguments each message takes, then for each message id, label, body, and then, if they take
 * five, ms of delay and priority as BullMQ has it. Answers which of them, counted from 1, are duplicates.
 */
export const SEND = defineScript(
  LEAN_LAYOUT,
  `
${keys("wait", "delayed")}
local fields = tonumber(ARGV[2])
local first = ${FIRST_DELAYED}
-- What has fallen due before was there first.
if first and first / TIME_STEP < now + 1 then
  ${keys("prioritized", "counter")}
  -- At its limit of memory Redis refuses a script by its first write: this one, so that nothing is stored by halves.
  call('INCRBY', counter, '0')
  ${ORDER}
  ${PROMOTE}
  promote()
end
local duplicates, line, placed, is_ready = {}, {}, {}, false
for at = 3, #ARGV, fields do
  local id, label = ARGV[at], ARGV[at + 1]
  local job = prefix .. id
  if call('EXISTS', job) == 1 then
    duplicates[#duplicates + 1] = (at - 3) / fields + 1
    tell('duplicated', id)
  else
    call('HSET', job, 'name', label, 'data', ARGV[at + 2], 'timestamp', stamp, 'delay', '0', 'priority', '0')
    tell('added', id, 'name', label)
    if fields == ${PLAIN_FIELDS} or ARGV[at + 3] == '0' and ARGV[at + 4] == '0' then
      line[#line + 1] = id
      tell('waiting', id)
    else placed[#placed + 1] = at end
  end
end
if #line + #placed > 0 then call('INCRBY', ${ENTERED}, #line + #placed) end
if #line > 0 then
  call('LPUSH', wait, unpack(line))
  is_ready = true
end
if #placed > 0 then
  ${keys("prioritized", "counter")}
  ${ORDER}
  ${PLACE}
end
if is_ready then wake() end
return duplicates
`,
);
