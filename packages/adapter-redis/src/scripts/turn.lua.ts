import { PRIORITY_LEVELS } from "../capabilities.ts";
import { FIRST_DELAYED, keys, LEAN_LAYOUT, ORDER, PRIORITY_STEP, PROMOTE, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** How many arguments a settlement takes: id, token; with action and up to three more where one of them is no ack. */
export const ACK_FIELDS = 2;
export const SETTLEMENT_FIELDS = 6;

/** Where the settlements begin among the arguments. */
const FIRST_SETTLEMENT = 8;

/** Takes a finished job away, or keeps the last `keep` of them for BullMQ's tools. */
const ACKNOWLEDGE = `
local keep = tonumber(ARGV[6])
local function acknowledge(id)
  local job = prefix .. id
  if keep == 0 then
    gone[#gone + 1] = job
    gone[#gone + 1] = job .. ':logs'
  else
    ${keys("completed")}
    call('ZADD', completed, stamp, id)
    call('HINCRBY', job, 'atm', 1)
    call('HSET', job, 'returnvalue', 'null', 'finishedOn', stamp)
    local old = call('ZRANGE', completed, 0, -keep - 1)
    for _, one in ipairs(old) do gone[#gone + 1] = prefix .. one end
    if #old > 0 then call('ZREM', completed, unpack(old)) end
  end
  tell('completed', id, 'returnvalue', 'null', 'prev', 'active')
end
`;

/** Settles in the other ways: what those put back in line is ready. Behind {@link ORDER}. */
const GIVE_BACK = `
${keys("failed")}
local function retry(id, delay, failures, reason)
  local job, due = prefix .. id, due_after(delay)
  call('HSET', job, 'due', whole(due), 'delay', whole(delay))
  if failures > 0 then
    call('HINCRBY', job, 'failures', failures)
    call('HINCRBY', job, 'atm', 1)
  end
  if reason == '' then call('HDEL', job, 'lastError') else call('HSET', job, 'lastError', reason) end
  if delay > 0 then
    to_delayed(id, due)
    tell('delayed', id, 'delay', whole(due))
  else
    to_back(id)
    tell('waiting', id, 'prev', 'active')
  end
  is_ready = true
end

local function release(id)
  to_front(id, RELEASED)
  tell('waiting', id, 'prev', 'active')
  is_ready = true
end

local function bury(id, reason, failures, shown, death)
  local job = prefix .. id
  -- Microseconds, and the place in this call, keep the order of death.
  call('ZADD', failed, string.format('%.3f', micros / 1000), id)
  call('HSET', job, 'failedReason', shown, 'finishedOn', stamp, 'deadReason', reason)
  if death ~= '' then call('HSET', job, 'deadError', death) end
  if failures > 0 then call('HINCRBY', job, 'failures', failures) end
  call('HINCRBY', job, 'atm', 1)
  tell('failed', id, 'failedReason', shown, 'prev', 'active')
  micros = micros + 1
end

function end_otherwise(id, at)
  local action = ARGV[at + 2]
  if action == 'ack' then acknowledge(id)
  elseif action == 'retry' then retry(id, tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), ARGV[at + 5])
  elseif action == 'release' then release(id)
  else bury(id, action, tonumber(ARGV[at + 3]), ARGV[at + 4], ARGV[at + 5]) end
end
`;

/**
 * Ends leases: each of `LRANGE active` is held by the token in its lock and by no other. What BullMQ's workers note of
 * active jobs in their set of stalled ones is left to them: they look for the lock before they believe it.
 */
const SETTLE = `
local lost, has_settled = {}, false
if #ARGV >= ${FIRST_SETTLEMENT} then
  local gone, locks, is_ready, end_otherwise = {}, {}, false, nil
  ${ACKNOWLEDGE}
  local fields = tonumber(ARGV[7])
  if fields > ${ACK_FIELDS} then
    ${keys("prioritized", "delayed", "counter")}
    ${ORDER}
    ${GIVE_BACK}
  end
  for at = ${FIRST_SETTLEMENT}, #ARGV, fields do locks[#locks + 1] = prefix .. ARGV[at] .. ':lock' end
  local holders = #locks == 1 and { call('GET', locks[1]) } or call('MGET', unpack(locks))
  for index, lock in ipairs(locks) do
    local at = ${FIRST_SETTLEMENT} + (index - 1) * fields
    local id = ARGV[at]
    -- A lease that is in this call twice is no longer among the active the second time.
    if holders[index] == ARGV[at + 1] and call('LREM', active, '-1', id) == 1 then
      has_settled = true
      gone[#gone + 1] = lock
      if end_otherwise then end_otherwise(id, at) else acknowledge(id) end
    else lost[#lost + 1] = index end
  end
  for from = 1, #gone, 1000 do call('DEL', unpack(gone, from, math.min(from + 999, #gone))) end
  if is_ready then wake() end
end
`;

/** Leases the first messages in line: our priorities above 0, what has none, and what BullMQ's own producers put behind that. */
const TAKE = `
local function first_in_line(max)
  local ids, has_priorities = {}, call('EXISTS', prioritized) == 1
  if has_priorities then
    ids = call('ZRANGEBYSCORE', prioritized, '-inf', '(${PRIORITY_LEVELS * PRIORITY_STEP}', 'LIMIT', 0, max)
    if #ids > 0 then call('ZREM', prioritized, unpack(ids)) end
  elseif max == 1 and has_settled then
    -- One command instead of two. It may need memory, so that it cannot be the first that writes.
    return { call('RPOPLPUSH', wait, active) or nil }
  end
  if #ids < max then
    for _, id in ipairs(call('RPOP', wait, max - #ids) or {}) do ids[#ids + 1] = id end
  end
  if has_priorities and #ids < max then
    local popped = call('ZPOPMIN', prioritized, max - #ids)
    for at = 1, #popped, 2 do ids[#ids + 1] = popped[at] end
  end
  if #ids > 0 then call('LPUSH', active, unpack(ids)) end
  return ids
end

local function take(max)
  if settings[2] then max = math.min(max, settings[2] - call('LLEN', active)) end
  if paused or max < 1 then return {} end
  local ids, deliveries = first_in_line(max), {}
  for _, id in ipairs(ids) do
    local job = prefix .. id
    local stored = call('HMGET', job, 'data', 'ats', 'failures', 'stc')
    local leases = (tonumber(stored[2]) or 0) + 1
    call('SET', job .. ':lock', ARGV[3], 'PX', ARGV[4])
    call('HSET', job, 'processedOn', stamp, 'ats', leases)
    tell('active', id, 'prev', 'waiting')
    local last = #deliveries
    deliveries[last + 1], deliveries[last + 2], deliveries[last + 3] = id, stored[1] or '', leases
    deliveries[last + 4], deliveries[last + 5] = tonumber(stored[3]) or 0, tonumber(stored[4]) or 0
  end
  -- The mark is for one: whoever may have taken it passes it on while there is more.
  if #ids == max and has_mark then wake() end
  return deliveries
end
`;

/**
 * One turn of a consumer: settles, then takes. ARGV: prefix, how many to take, token, ms of lease, ms between sweeps (0:
 * none is due, and the mark was not taken), finished jobs to keep, how many arguments each settlement takes, then for each settlement id and token,
 * and then, if they take six, action and up to three more. Answers which of the settlements, counted from 1, were lost,
 * of each delivery in turn id, body, deliveries, failures and crashes, and, where there are none, in how many ms the next
 * delayed message falls due (-1: none is delayed).
 *
 * At its limit of memory Redis refuses a script whose first write could need more. Here each way begins with a removal,
 * so that what frees memory goes on.
 */
export const TURN = defineScript(
  LEAN_LAYOUT,
  `
${keys("wait", "active", "prioritized", "delayed")}
local has_mark = ARGV[5] ~= '0'
${SETTLE}
${TAKE}
local max = tonumber(ARGV[2])
if max == 0 then return { lost, {}, -1 } end
local is_sweeping = false
if has_mark then
  call('ZREM', marker, '0')
  is_sweeping = call('SET', prefix .. 'jobs:swept', '1', 'NX', 'PX', ARGV[5])
end
local first = ${FIRST_DELAYED}
if is_sweeping or first and first / TIME_STEP < now + 1 then
  ${keys("stalled", "counter")}
  ${ORDER}
  ${PROMOTE}
  ${SWEEP}
  promote()
  if is_sweeping then sweep() end
end
local taken = take(max)
if #taken > 0 then return { lost, taken, -1 } end
-- The count begins anew for an empty queue only: what comes next would else go before what is stored.
if not paused and not settings[2] or call('EXISTS', prioritized) == 0 then call('DEL', prefix .. 'pc') end
call('ZREM', marker, '0')
first = ${FIRST_DELAYED}
return { lost, {}, first and math.max(0, math.floor(first / TIME_STEP) - now) or -1 }
`,
);
