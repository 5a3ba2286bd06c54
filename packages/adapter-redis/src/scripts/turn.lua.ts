import { LAYOUT, PROMOTE, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** How many arguments a settlement takes. */
const SETTLEMENT_FIELDS = 6;

/** Ends leases: each of `LRANGE active` is held by the token in its lock and by no other. */
const SETTLE = `
local gone = {}

local function acknowledge(id, keep)
  local job = prefix .. id
  if keep == 0 then
    gone[#gone + 1] = job
    gone[#gone + 1] = job .. ':logs'
  else
    call('ZADD', completed, now, id)
    call('HINCRBY', job, 'atm', 1)
    call('HSET', job, 'returnvalue', 'null', 'finishedOn', now)
    local old = call('ZRANGE', completed, 0, -keep - 1)
    for _, one in ipairs(old) do gone[#gone + 1] = prefix .. one end
    if #old > 0 then call('ZREM', completed, unpack(old)) end
  end
  tell('completed', id, 'returnvalue', 'null', 'prev', 'active')
end

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
end

local function bury(id, reason, failures, shown, death)
  local job = prefix .. id
  -- Microseconds, and the place in this call, keep the order of death.
  call('ZADD', failed, string.format('%.3f', micros / 1000), id)
  call('HSET', job, 'failedReason', shown, 'finishedOn', now, 'deadReason', reason)
  if death ~= '' then call('HSET', job, 'deadError', death) end
  if failures > 0 then call('HINCRBY', job, 'failures', failures) end
  call('HINCRBY', job, 'atm', 1)
  tell('failed', id, 'failedReason', shown, 'prev', 'active')
  micros = micros + 1
end

local function settle(first, last, keep)
  local answers, locks, ids = {}, {}, {}
  for at = first, last, ${SETTLEMENT_FIELDS} do locks[#locks + 1] = lock_of(ARGV[at]) end
  if #locks == 0 then return answers end
  local holders = call('MGET', unpack(locks))
  local index, is_ready = 0, false
  for at = first, last, ${SETTLEMENT_FIELDS} do
    index = index + 1
    local id, token, action = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    -- A lease that is in this call twice is no longer among the active the second time.
    if holders[index] == token and call('LREM', active, -1, id) == 1 then
      answers[index] = 1
      gone[#gone + 1] = locks[index]
      ids[#ids + 1] = id
      if action == 'ack' then acknowledge(id, keep)
      elseif action == 'retry' then
        retry(id, tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), ARGV[at + 5])
        is_ready = true
      elseif action == 'release' then
        to_front(id, RELEASED)
        tell('waiting', id, 'prev', 'active')
        is_ready = true
      else bury(id, action, tonumber(ARGV[at + 3]), ARGV[at + 4], ARGV[at + 5]) end
    else answers[index] = 0 end
  end
  if #ids > 0 then call('SREM', stalled, unpack(ids)) end
  for from = 1, #gone, 1000 do call('DEL', unpack(gone, from, math.min(from + 999, #gone))) end
  if is_ready then wake() end
  return answers
end
`;

/** Leases the first messages in line. */
const TAKE = `
local function take(max, token, lease)
  if concurrency then max = math.min(max, concurrency - call('LLEN', active)) end
  if paused or max < 1 then return {} end
  local ids = call('RPOP', wait, max) or {}
  if #ids < max then
    local popped = call('ZPOPMIN', prioritized, max - #ids)
    for at = 1, #popped, 2 do ids[#ids + 1] = popped[at] end
  end
  if #ids == 0 then
    call('DEL', counter)
    return {}
  end
  call('LPUSH', active, unpack(ids))
  local deliveries = {}
  for index, id in ipairs(ids) do
    local job = prefix .. id
    local stored = call('HMGET', job, 'data', 'ats', 'failures', 'stc')
    local leases = (tonumber(stored[2]) or 0) + 1
    call('SET', lock_of(id), token, 'PX', lease)
    call('HSET', job, 'processedOn', now, 'ats', leases)
    tell('active', id, 'prev', 'waiting')
    deliveries[index] = { id, stored[1] or '', leases, tonumber(stored[3]) or 0, tonumber(stored[4]) or 0 }
  end
  -- The mark is for one; whoever takes it passes it on while there is more.
  if #ids == max then wake() end
  return deliveries
end
`;

/**
 * One turn of a consumer: settles, then takes. ARGV: prefix, how many to take, token, ms of lease, ms between sweeps (0:
 * none is due), finished jobs to keep, then for each settlement id, token, action and up to three more. Answers what
 * became of the settlements (1 settled, 0 lost), the deliveries, and, where there are none, in how many ms the next
 * delayed message falls due (-1: none is delayed).
 *
 * At its limit of memory Redis refuses a script whose first write could need more. Here each way begins with a removal,
 * so that what frees memory goes on.
 */
export const TURN = defineScript(
  LAYOUT,
  PROMOTE,
  SWEEP,
  SETTLE,
  TAKE,
  `
local settled = settle(7, #ARGV, tonumber(ARGV[6]))
local max = tonumber(ARGV[2])
if max == 0 then return { settled, {}, -1 } end
promote()
if ARGV[5] ~= '0' then
  call('ZREM', marker, '0')
  if call('SET', prefix .. 'jobs:swept', 1, 'NX', 'PX', ARGV[5]) then sweep() end
end
local taken = take(max, ARGV[3], ARGV[4])
if #taken > 0 then return { settled, taken, -1 } end
local due = next_due()
call('ZREM', marker, '0')
return { settled, taken, due and math.max(0, due - now) or -1 }
`,
);
