import { PRIORITY_LEVELS } from "../capabilities.ts";
import { JOIN_WAITING, LEAVE_WAITING, READ_WAITER } from "./hand-off.lua.ts";
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
  WAKE,
} from "./layout.lua.ts";
import { defineScript } from "./script.ts";
import { SETTLE } from "./settle.lua.ts";
import { ASCII, MAKE_JOB, READABLE } from "./unreadable.lua.ts";

/** The number of values of each delivery. */
export const DELIVERY_FIELDS = 5;

/** The number of values of each form, and of each count of a message that was leased before. */
export const FORM_FIELDS = 2;
export const COUNT_FIELDS = 3;

/** The beginning of a notice about a job of a flow, a job scheduler or a deduplication of BullMQ. */
export const FOREIGN_JOB = "job:";

/**
 * BullMQ's limits of a queue: so many starts in a time (`setGlobalRateLimit`), and none for a time (`rateLimit`). Its
 * counter holds the starts of the current time, and a huge number where nothing may start.
 */
const RATE_LIMIT = `
local rate, used = tonumber(settings[4]), nil
if rate or found > 0 then
  used = try('GET', limiter)
  if rate or used then
    local most = rate or 9007199254740991
    local left = most - (tonumber(used) or 0)
    if left <= 0 then
      limited_ms, left = call('PTTL', limiter), 0
      if limited_ms <= 0 then
        -- A counter without an end is not BullMQ's.
        call('DEL', limiter)
        limited_ms, left = 0, most
      end
    end
    max = math.min(max, left)
  end
end
`;

/** Counts jobs that start. */
const USE_RATE = `
if rate and size > 0 then
  local jobs, duration = size / ${DELIVERY_FIELDS}, tonumber(try('HGET', KEYS[1], 'duration')) or 0
  if call('INCRBY', limiter, jobs) == jobs and duration >= 1 then call('PEXPIRE', limiter, math.floor(duration)) end
end
`;

/** Puts jobs back that only BullMQ's own scripts can finish. They stay first in their line. */
const PUT_BACK = `
${COUNT_OF}
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
 *
 * Every job of BullMQ has six fields. One that has no more, and no leases, was never leased, and nothing else is to be
 * read of it. Such jobs are nearly all.
 */
const TAKE = `
local deliveries, size, foreign, limited_ms = {}, 0, {}, 0
local name, opts, form = nil, nil, 0
${RATE_LIMIT}
local most = tonumber(settings[2])
if most or not has_settled then
  local leased = call('LLEN', active)
  if most then max = math.min(max, math.floor(most) - leased) end
end
if not paused and max >= 1 then
  local ids, has_priorities = {}, found > 0 and call('EXISTS', prioritized) == 1
  if max == 1 and has_settled and not has_priorities then
    -- One command instead of two. It may need memory, so that it cannot be the first that writes.
    ids[1] = call('RPOPLPUSH', wait, active) or nil
  elseif not has_priorities then
    ids = call('RPOP', wait, max) or ids
    if #ids > 0 then call('LPUSH', active, unpack(ids)) end
  else
    call('LLEN', wait)
    ids = call('ZRANGEBYSCORE', prioritized, '-inf', '(${PRIORITY_LEVELS * PRIORITY_STEP}', 'LIMIT', 0, max)
    if #ids > 0 then call('ZREM', prioritized, unpack(ids)) end
    if #ids < max then
      for _, id in ipairs(call('RPOP', wait, max - #ids) or {}) do ids[#ids + 1] = id end
    end
    if #ids < max then
      local popped = call('ZPOPMIN', prioritized, max - #ids)
      for at = 1, #popped, 2 do ids[#ids + 1] = popped[at] end
    end
    if #ids > 0 then call('LPUSH', active, unpack(ids)) end
  end
  local token, lease_ms, worker = ARGV[3], ARGV[4], ARGV[7] ~= '' and ARGV[7]
  local first_lease = token .. ':1'
  for _, id in ipairs(ids) do
    if not string.find(id, '${ASCII}') then
      ${READABLE}
      local name = readable(id)
      if name ~= id then
        call('LREM', active, 1, id)
        call('LPUSH', active, name)
        id = name
      end
    end
    local job = prefix .. id
    local stored, past = try('HMGET', job, 'data', 'name', 'opts', 'timestamp', 'ats'), nil
    if stored.err then
      ${MAKE_JOB}
      stored = { make_job(id) }
    elseif stored[5] or call('HLEN', job) ~= 6 then
      past = call('HMGET', job, 'failures', 'stc', 'atm', 'deadReason', 'parentKey', 'rjk', 'deid')
    end
    if past and (past[5] or past[6] or past[7]) then
      foreign[#foreign + 1] = id
    else
      local counted, count, lease = 0, '1', first_lease
      if past then
        -- BullMQ's tools put a dead letter back with our fields. Its old crashes would end it again before it runs.
        if past[4] then
          call('HDEL', job, 'deadReason', 'deadError', 'stc', 'crashed', 'crashedBefore')
          past[2] = false
        end
        ${COUNT_OF}
        local leases = count_of(stored[5]) + 1
        count = string.format('%.0f', leases)
        lease = token .. ':' .. count
        counted = #counts / ${COUNT_FIELDS} + 1
        counts[#counts + 1] = leases
        -- A failure of BullMQ's worker counts too, and it knows only its own count.
        counts[#counts + 1] = math.max(count_of(past[1]), count_of(past[3]))
        counts[#counts + 1] = count_of(past[2])
      end
      call('PSETEX', job .. ':lock', lease_ms, token)
      if worker then call('HSET', job, 'processedOn', stamp, 'ats', count, 'lease', lease, 'pb', worker)
      else call('HSET', job, 'processedOn', stamp, 'ats', count, 'lease', lease) end
      emit('active', id, 'prev', 'waiting')
      if form == 0 or stored[2] ~= name or stored[3] ~= opts then
        name, opts, form = stored[2], stored[3], form + 1
        forms[#forms + 1] = name or ''
        forms[#forms + 1] = opts or ''
      end
      deliveries[size + 1], deliveries[size + 2], deliveries[size + 3] = id, stored[1] or '', stored[4] or ''
      deliveries[size + 4], deliveries[size + 5] = form, counted
      size = size + ${DELIVERY_FIELDS}
    end
  end
  if #foreign > 0 then
    ${PUT_BACK}
  end
  ${USE_RATE}
  -- Only one consumer gets the marker, so it sets the marker again while there are more jobs.
  if #ids == max and has_mark and #foreign == 0 then ${WAKE} end
end
`;

/**
 * What a receive needs of the script. Arguments, since each variable that a function captures is one more object of
 * Lua, and this function is made for each batch.
 */
const SHARED =
  "call, try, emit, prefix, settings, paused, time, stamp, now, TIME_STEP, wait, active, prioritized, delayed, marker, has_mark, has_settled, lost, max, notice";

/** Continues the sweep, and returns whether there is more to check. */
const SWEEP_ON = `
local sweep_key = prefix .. 'jobs:sweep-from'
local from = sweep(count_of(try('GET', sweep_key)))
if from >= 0 then
  call('SET', sweep_key, whole(from), 'PX', 60000)
  call('DEL', prefix .. 'jobs:swept')
  has_more = 1
else call('DEL', sweep_key) end
`;

/**
 * One batch of a consumer: settles, then receives.
 *
 * ARGV begins with prefix, how many to take, token, ms of lease, ms between sweeps, finished jobs to keep, the name of the
 * worker, '' for none, and what {@link READ_WAITER} reads. The ms between sweeps are 0 while no sweep is due and the
 * marker was not taken. Then comes the number of arguments for each settlement, 2 or 6. Then for each settlement its id
 * and token, and with six arguments also action and up to three more.
 *
 * Returns the indexes, from 1, of the lost settlements. Then for each delivery its id, data, timestamp, and the numbers
 * of its form and of its counts: 0 where it was never leased before. Then the ms until the next delayed message (-1:
 * none), and 1 when the sweep is to continue. Then what there is to report, else nothing: BullMQ's version on this
 * queue, or a job that only BullMQ's scripts can finish. Then the forms, each a name and options, and the counts:
 * deliveries, failures and crashes. Nearly all jobs of a batch have the same form, and each value takes time to read.
 * The last value is a job that was handed to this consumer, or nothing.
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
local max = tonumber(ARGV[2])
if max == 0 then return { lost, {}, -1, 0 } end
${OTHER_VERSION}
local notice = version
if not is_known then return { lost, {}, -1, 0, notice } end
local function receive(${SHARED})
  local is_sweeping, has_more, forms, counts = false, 0, {}, {}
  if has_mark then
    local swept = prefix .. 'jobs:swept'
    try('ZREM', marker, '0')
    is_sweeping = call('SET', swept, '1', 'NX', 'PX', ARGV[5])
    -- A key without an end is not ours, and would stop all sweeps. It is rarely checked.
    if not is_sweeping and now % 16 == 0 and call('PTTL', swept) == -1 then call('DEL', swept) end
  end
  -- One command for three keys that most queues lack.
  local limiter = prefix .. 'limiter'
  local found = call('EXISTS', prioritized, limiter, delayed)
  local first = found > 0 and ${FIRST_DELAYED}
  if is_sweeping or first and first / TIME_STEP < now + 1 then
    ${keys("stalled", "counter")}
    ${ORDER}
    ${PROMOTE}
    ${SWEEP}
    promote()
    if is_sweeping then
      ${SWEEP_ON}
    end
    found = 1
  end
  ${READ_WAITER}
  ${TAKE}
  if #foreign > 0 then notice = '${FOREIGN_JOB}' .. foreign[1] end
  if size > 0 or handed then
    ${LEAVE_WAITING}
    return { lost, deliveries, -1, has_more, notice or false, forms, counts, handed }
  end
  -- BullMQ's counter starts again only while the queue is empty. Otherwise new jobs would go before stored ones.
  if not paused and not settings[2] or call('EXISTS', prioritized) == 0 then call('DEL', prefix .. 'pc') end
  try('ZREM', marker, '0')
  if has_more == 1 then return { lost, {}, 0, 1, notice } end
  first = ${FIRST_DELAYED}
  ${JOIN_WAITING}
  local due = first and math.max(0, math.floor(first / TIME_STEP) - now) or -1
  -- Jobs that wait for the limit are tried again when it ends.
  if limited_ms > 0 and (due < 0 or limited_ms < due) then due = limited_ms end
  return { lost, {}, due, 0, notice }
end
if not has_settled then return receive(${SHARED}) end
-- Settlements are answered, even if the next job fails: the next batch reports that error.
local is_done, answer = pcall(receive, ${SHARED})
return is_done and answer or { lost, {}, -1, 0 }
`,
);
