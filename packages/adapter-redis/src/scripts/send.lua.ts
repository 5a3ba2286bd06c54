import { ENTERED, FIRST_DELAYED, keys, LEAN_LAYOUT, ORDER, PROMOTE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** How many arguments a message takes: id, label, body; with delay and priority where one of them has either. */
export const PLAIN_FIELDS = 3;
export const PLACED_FIELDS = 5;

/**
 * Adds messages with a delay or a priority to their sets: `placed` are the indexes of their arguments. After
 * {@link ORDER}.
 */
const PLACE = `
for _, at in ipairs(placed) do
  local id, delay, priority = ARGV[at], tonumber(ARGV[at + 3]), ARGV[at + 4]
  if delay > 0 then
    due[id] = due_after(delay)
    to_delayed(id, due[id])
  else
    call('ZADD', prioritized, last_of(priority), id)
    is_ready = true
  end
end
`;

/** Stores the messages after adding them to lists, which Redis may refuse: so each has an entry in a list. */
const STORE = `
for _, at in ipairs(fresh) do
  local id, label = ARGV[at], ARGV[at + 1]
  local job = prefix .. id
  call('HSET', job, 'name', label, 'data', ARGV[at + 2], 'timestamp', stamp, 'delay', '0', 'priority', '0')
  emit('added', id, 'name', label)
  local priority = fields == ${PLACED_FIELDS} and ARGV[at + 4] or '0'
  if priority ~= '0' then call('HSET', job, 'priority', priority, 'opts', '{"attempts":1,"priority":' .. priority .. '}') end
  if due[id] then
    local at_ms = string.format('%.0f', due[id])
    call('HSET', job, 'delay', ARGV[at + 3], 'due', at_ms)
    emit('delayed', id, 'delay', at_ms)
  else emit('waiting', id) end
end
`;

/**
 * ARGV: prefix, number of arguments for each message, then for each message id, label and body. With five arguments,
 * also the delay in ms and BullMQ's priority. Returns the indexes, from 1, of the duplicates.
 */
export const SEND = defineScript(
  LEAN_LAYOUT,
  `
${keys("wait", "delayed")}
local fields = tonumber(ARGV[2])
local first = ${FIRST_DELAYED}
-- Jobs that became due before come first.
if first and first / TIME_STEP < now + 1 then
  ${keys("prioritized", "counter")}
  -- At its limit of memory Redis refuses a script by its first write: this one, which changes nothing.
  call('ZADD', delayed, 'XX', '0', '')
  ${ORDER}
  ${PROMOTE}
  promote()
end
local duplicates, fresh, line, placed, due, is_ready = {}, {}, {}, {}, {}, false
local known = #ARGV > 2 + fields and {}
for at = 3, #ARGV, fields do
  local id = ARGV[at]
  if known and known[id] or call('EXISTS', prefix .. id) == 1 then
    duplicates[#duplicates + 1] = (at - 3) / fields + 1
    emit('duplicated', id)
  else
    if known then known[id] = true end
    fresh[#fresh + 1] = at
    if fields == ${PLAIN_FIELDS} or ARGV[at + 3] == '0' and ARGV[at + 4] == '0' then line[#line + 1] = id
    else placed[#placed + 1] = at end
  end
end
local prioritized = #placed > 0 and prefix .. 'prioritized'
if prioritized then call('ZCARD', prioritized) end
if #line > 0 then
  call('LPUSH', wait, unpack(line))
  is_ready = true
end
if prioritized then
  ${keys("counter")}
  ${ORDER}
  ${PLACE}
end
${STORE}
if #fresh > 0 then try('INCRBY', ${ENTERED}, #fresh) end
if is_ready then wake() end
return duplicates
`,
);
