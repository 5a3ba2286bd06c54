import { PRIORITY_LEVELS } from "../capabilities.ts";
import {
  COUNT_OF,
  FIRST_DELAYED,
  keys,
  LEAN_LAYOUT,
  ORDER,
  OTHER_VERSION,
  PRIORITY_STEP,
  PROMOTE,
  SWEEP,
} from "./layout.lua.ts";
import { defineScript } from "./script.ts";
import { SETTLE } from "./settle.lua.ts";
import { BEYOND_ASCII, MAKE_JOB, READABLE } from "./unreadable.lua.ts";

/** The number of values of each delivery. */
export const DELIVERY_FIELDS = 5;

/** The beginning of a notice about a job of a flow, a job scheduler or a deduplication of BullMQ. */
export const FOREIGN_JOB = "job:";

/**
 * BullMQ's limits of a queue: so many starts in a time (`setGlobalRateLimit`), and none for a time (`rateLimit`). Its
 * counter holds the starts of the current time, and a huge number where nothing may start.
 */
const RATE_LIMIT = `
local rate, limiter = tonumber(settings[4]), prefix .. 'limiter'
local used = try('GET', limiter)
if rate or used then
  local left = (rate or 9007199254740991) - (tonumber(used) or 0)
  if left <= 0 then
    limited_ms = call('PTTL', limiter)
    if limited_ms > 0 then return {} end
    -- A counter without an end is not BullMQ's.
    call('DEL', limiter)
    limited_ms = 0
    left = rate or 9007199254740991
  end
  max = math.min(max, left)
end
`;

/** Counts jobs that start. */
const USE_RATE = `
if rate and #deliveries > 0 then
  local jobs, duration = #deliveries / ${DELIVERY_FIELDS}, tonumber(settings[5]) or 0
  if call('INCRBY', limiter, jobs) == jobs and duration >= 1 then call('PEXPIRE', limiter, math.floor(duration)) end
end
`;

/** Puts jobs back that only BullMQ's own scripts can finish. They stay first in their line. */
const PUT_BACK = `
for index = #foreign, 1, -1 do
  call('LREM', active, 1, foreign[index])
  local priority = count_of(try('HGET', prefix .. foreign[index], 'priority'))
  if priority == 0 then call('RPUSH', wait, foreign[index])
  else call('ZADD', prioritized, string.format('%.0f', priority * ${PRIORITY_STEP}), foreign[index]) end
end
`;

/**
 * Leases the first ready messages. The order is: our priorities above 0, priority 0, then lower priorities of BullMQ's
 * producers.
 */
const TAKE = `
${COUNT_OF}
local function first_in_line(max)
  local ids, has_priorities = {}, call('EXISTS', prioritized) == 1
  if has_priorities then
    call('LLEN', wait)
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

local foreign, limited_ms = {}, 0
local function take(max)
  local most = tonumber(settings[2])
  ${RATE_LIMIT}
  if most or not has_settled then
    local leased = call('LLEN', active)
    if most then max = math.min(max, math.floor(most) - leased) end
  end
  if paused or max < 1 then return {} end
  local ids, deliveries = first_in_line(max), {}
  for _, id in ipairs(ids) do
    if string.find(id, '${BEYOND_ASCII}') then
      ${READABLE}
      local name = readable(id)
      if name ~= id then
        call('LREM', active, 1, id)
        call('LPUSH', active, name)
        id = name
      end
    end
    local job = prefix .. id
    local stored = try('HMGET', job, 'data', 'ats', 'failures', 'stc', 'atm', 'parentKey', 'rjk', 'deid', 'deadReason')
    if stored.err then
      ${MAKE_JOB}
      stored = { make_job(id) }
    end
    if stored[6] or stored[7] or stored[8] then
      foreign[#foreign + 1] = id
    else
      -- BullMQ's tools put a dead letter back with our fields. Its old crashes would end it again before it runs.
      if stored[9] then
        call('HDEL', job, 'deadReason', 'deadError', 'stc', 'crashed', 'crashedBefore')
        stored[4] = false
      end
      local leases = (stored[2] and count_of(stored[2]) or 0) + 1
      call('SET', job .. ':lock', ARGV[3], 'PX', ARGV[4])
      local lease = ARGV[3] .. ':' .. leases
      if ARGV[7] == '' then call('HSET', job, 'processedOn', stamp, 'ats', leases, 'lease', lease)
      else call('HSET', job, 'processedOn', stamp, 'ats', leases, 'lease', lease, 'pb', ARGV[7]) end
      emit('active', id, 'prev', 'waiting')
      local last = #deliveries
      deliveries[last + 1], deliveries[last + 2], deliveries[last + 3] = id, stored[1] or '', leases
      -- A failure of BullMQ's worker counts too, and it knows only its own count.
      deliveries[last + 4] = (stored[3] or stored[5]) and math.max(count_of(stored[3]), count_of(stored[5])) or 0
      deliveries[last + 5] = stored[4] and count_of(stored[4]) or 0
    end
  end
  if #foreign > 0 then
    ${PUT_BACK}
  end
  ${USE_RATE}
  -- Only one consumer gets the marker, so it sets the marker again while there are more jobs.
  if #ids == max and has_mark and #foreign == 0 then wake() end
  return deliveries
end
`;

/** Continues the sweep, and returns whether there is more to check. */
const SWEEP_ON = `
local sweep_key = prefix .. 'jobs:sweep-from'
local from = sweep(count_of(try('GET', sweep_key)))
if from >= 0 then
  call('SET', sweep_key, whole(from), 'PX', 60000)
  call('DEL', swept)
  has_more = 1
else call('DEL', sweep_key) end
`;

/**
 * One batch of a consumer: settles, then receives.
 *
 * ARGV begins with prefix, how many to take, token, ms of lease, ms between sweeps, finished jobs to keep, and the name
 * of the worker, '' for none. The ms between sweeps are 0 while no sweep is due and the marker was not taken. Then comes
 * the number of arguments for each settlement, 2 or 6. Then for each settlement its id and token, and with six arguments also action and up to three
 * more.
 *
 * Returns the indexes, from 1, of the lost settlements. Then for each delivery its id, body, deliveries, failures and
 * crashes. Then the ms until the next delayed message (-1: none), and 1 when the sweep is to continue. Then, where
 * there is something to report, BullMQ's version on this queue, or a job that only BullMQ's scripts can finish.
 *
 * At its memory limit Redis refuses a script whose first write could need more memory. Here each branch begins with a
 * removal, so that work that frees memory continues.
 */
export const RECEIVE_BATCH = defineScript(
  LEAN_LAYOUT,
  `
${keys("wait", "active", "prioritized", "delayed")}
local has_mark = ARGV[5] ~= '0'
${SETTLE}
${TAKE}
local max, has_more = tonumber(ARGV[2]), 0
if max == 0 then return { lost, {}, -1, 0 } end
${OTHER_VERSION}
local notice = version
if not is_known then return { lost, {}, -1, 0, notice } end
local function receive()
  local swept, is_sweeping = prefix .. 'jobs:swept', false
  if has_mark then
    try('ZREM', marker, '0')
    is_sweeping = call('SET', swept, '1', 'NX', 'PX', ARGV[5])
    -- A key without an end is not ours, and would stop all sweeps. It is rarely checked.
    if not is_sweeping and now % 16 == 0 and call('PTTL', swept) == -1 then call('DEL', swept) end
  end
  local first = ${FIRST_DELAYED}
  if is_sweeping or first and first / TIME_STEP < now + 1 then
    ${keys("stalled", "counter")}
    ${ORDER}
    ${PROMOTE}
    ${SWEEP}
    promote()
    if is_sweeping then
      ${SWEEP_ON}
    end
  end
  local taken = take(max)
  if #foreign > 0 then notice = '${FOREIGN_JOB}' .. foreign[1] end
  if #taken > 0 then return { lost, taken, -1, has_more, notice } end
  -- BullMQ's counter starts again only while the queue is empty. Otherwise new jobs would go before stored ones.
  if not paused and not settings[2] or call('EXISTS', prioritized) == 0 then call('DEL', prefix .. 'pc') end
  try('ZREM', marker, '0')
  if has_more == 1 then return { lost, {}, 0, 1, notice } end
  first = ${FIRST_DELAYED}
  local due = first and math.max(0, math.floor(first / TIME_STEP) - now) or -1
  -- Jobs that wait for the limit are tried again when it ends.
  if limited_ms > 0 and (due < 0 or limited_ms < due) then due = limited_ms end
  return { lost, {}, due, 0, notice }
end
if not has_settled then return receive() end
-- Settlements are answered, even if the next job fails: the next batch reports that error.
local is_done, answer = pcall(receive)
return is_done and answer or { lost, {}, -1, 0 }
`,
);
