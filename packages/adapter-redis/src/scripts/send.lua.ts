import {
  CHECKED_VERSION,
  ENTERED,
  FIRST_DELAYED,
  keys,
  LEAN_LAYOUT,
  ORDER,
  OTHER_VERSION,
  PROMOTE,
  WAKE,
} from "./layout.lua.ts";
import { defineScript } from "./script.ts";
import { stampJob } from "./stamp-job.lua.ts";

/**
 * The number of arguments of each message: id, label, data and time. If a message has a delay or a priority, or if
 * their options differ, each also has delay, priority and options.
 */
export const PLAIN_FIELDS = 4;
export const PLACED_FIELDS = 7;

/** The index of the first argument of the messages. */
const FIRST_MESSAGE = 4;

/**
 * Adds messages with a delay or a priority to their sets: `placed` are the indexes of their arguments. After
 * {@link ORDER}.
 */
const PLACE = `
for _, at in ipairs(placed) do
  local id, delay, priority = ARGV[at], tonumber(ARGV[at + 4]), ARGV[at + 5]
  if delay > 0 then
    due[id] = due_after(delay)
    to_delayed(id, due[id])
  else
    call('ZADD', prioritized, last_of(priority), id)
    is_ready = true
  end
end
`;

/**
 * Stores the messages after adding them to lists. Redis may refuse to add them, so no message is stored outside of a
 * list.
 */
const STORE = `
local is_plain, opts, priority = fields == ${PLAIN_FIELDS}, ARGV[3], '0'
for _, at in ipairs(fresh) do
  local id, label = ARGV[at], ARGV[at + 1]
  local job = prefix .. id
  if not is_plain then priority, opts = ARGV[at + 5], ARGV[at + 6] end
  ${stampJob("ARGV[at + 3]", "opts")}
  call('HSET', job, 'name', label, 'data', ARGV[at + 2], 'opts', kept_options, 'timestamp', made, 'delay', '0', 'priority', priority)
  emit('added', id, 'name', label)
  if due and due[id] then
    local at_ms = string.format('%.0f', due[id])
    call('HSET', job, 'delay', ARGV[at + 4], 'due', at_ms)
    emit('delayed', id, 'delay', at_ms)
  else emit('waiting', id) end
end
`;

/**
 * ARGV: prefix, number of arguments for each message, the options of all. Then follow id, label and data of each
 * message, and the ms since 1970 of its enqueue, '' for a whole body. With seven arguments come also the delay in ms,
 * BullMQ's priority and the message's own options, which are BullMQ's as JSON.
 * Returns the indexes, from 1, of the duplicates. On a queue of another major version of BullMQ it stores nothing,
 * and returns that version.
 */
export const SEND = defineScript(
  LEAN_LAYOUT,
  `
${keys("wait", "delayed")}
${OTHER_VERSION}
if not is_known then return version end
local fields = tonumber(ARGV[2])
-- One command for all keys: nearly always none of them exists.
local names, last = { delayed }, 1
for at = ${FIRST_MESSAGE}, #ARGV, fields do
  last = last + 1
  names[last] = prefix .. ARGV[at]
end
local found = call('EXISTS', unpack(names))
local has_delayed = found > 0 and call('EXISTS', delayed) == 1
local has_duplicates = found > (has_delayed and 1 or 0)
local first = has_delayed and ${FIRST_DELAYED}
-- Jobs that became due before come first.
if first and first / TIME_STEP < now + 1 then
  ${keys("prioritized", "counter")}
  -- At its limit of memory Redis refuses a script by its first write: this one, which changes nothing.
  call('ZADD', delayed, 'XX', '0', '')
  ${ORDER}
  ${PROMOTE}
  promote()
end
local duplicates, fresh, line, placed, due, is_ready = {}, {}, {}, {}, nil, false
local stored, ready = 0, 0
local known = #ARGV >= ${FIRST_MESSAGE} + fields and {}
for at = ${FIRST_MESSAGE}, #ARGV, fields do
  local id = ARGV[at]
  if known and known[id] or has_duplicates and call('EXISTS', prefix .. id) == 1 then
    duplicates[#duplicates + 1] = (at - ${FIRST_MESSAGE}) / fields + 1
    emit('duplicated', id)
  else
    if known then known[id] = true end
    stored = stored + 1
    fresh[stored] = at
    if fields == ${PLAIN_FIELDS} or ARGV[at + 4] == '0' and ARGV[at + 5] == '0' then
      ready = ready + 1
      line[ready] = id
    else placed[#placed + 1] = at end
  end
end
local prioritized = #placed > 0 and prefix .. 'prioritized'
if prioritized then call('ZCARD', prioritized) end
if ready > 0 then
  call('LPUSH', wait, unpack(line))
  is_ready = true
end
if prioritized then
  ${keys("counter")}
  ${ORDER}
  due = {}
  ${PLACE}
end
${STORE}
if stored > 0 then
  if stored == 1 then try('INCR', ${ENTERED}) else try('INCRBY', ${ENTERED}, stored) end
  if not settings[5] then call('HSET', KEYS[1], 'version', 'bullmq:${CHECKED_VERSION}') end
end
if is_ready then ${WAKE} end
return duplicates
`,
);
