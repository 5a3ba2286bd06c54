import { TAKE_BACK } from "./hand-off.lua.ts";

/** The newest version of BullMQ whose layout these scripts were checked with. */
export const CHECKED_VERSION = "6.7.0";

/** Its major version: another one has another layout. */
export const CHECKED_MAJOR = "6";

/**
 * Defines `version`, BullMQ's version in the settings of the queue, if it is not the checked one. And `is_known`:
 * whether these scripts know its layout.
 */
export const OTHER_VERSION = `
local version = settings[5] ~= 'bullmq:${CHECKED_VERSION}' and settings[5] or nil
local is_known = not version or (string.match(version, '^bullmq:(%d+)%.') or '${CHECKED_MAJOR}') == '${CHECKED_MAJOR}'
`;

/** The difference between the scores of two priorities of BullMQ: 2^32, the range of its counter. */
export const PRIORITY_STEP = 0x100000000;

/** The highest priority of BullMQ: 2^21. */
const MAX_PRIORITY = 0x200000;

/** The most jobs that one script moves, so that other commands do not wait long. */
const STEP = 1_000;

/** Suffix of the key for a value that was under the key of a job but is not a job. */
export const UNREADABLE = ":unreadable";

/** The time that a lock without an end gets, in ms. */
const ENDLESS_LOCK_MS = 30_000;

/** Replaces removed ids of a list within one script, so that one pass removes many. */
const HOLE = "jobs:hole";

/** BullMQ's names of a queue's keys, by their variables in scripts. */
const KEYS = {
  wait: "wait",
  active: "active",
  prioritized: "prioritized",
  delayed: "delayed",
  failed: "failed",
  completed: "completed",
  stalled: "stalled",
  marker: "marker",
  counter: "pc",
  events: "events",
};

type KeyVariable = keyof typeof KEYS;

/**
 * Defines these keys. Each costs Redis a quarter of a small command, so frequent scripts define only the keys that they
 * need.
 */
export function keys(...variables: readonly KeyVariable[]): string {
  const names = variables.map((variable) => `prefix .. '${KEYS[variable]}'`);
  return `local ${variables.join(", ")} = ${names.join(", ")}`;
}

/** The most entries of the stream of events, as text. */
export const MOST_EVENTS = "tonumber(settings[3]) and settings[3] or '10000'";

/** Reads the server's clock into `time`, `stamp` and `now`. As text both parts are exact and quick. */
export const READ_CLOCK = `
-- Seconds, and microseconds without leading zeros.
time = call('TIME')
stamp = time[1] .. string.sub('00000' .. time[2], -6, -4)
now = tonumber(stamp)
`;

/**
 * The beginning of every script: functions for markers and events in BullMQ's layout, which its classes can read. The
 * script itself defines its keys; {@link LAYOUT} defines all. KEYS[1] is the queue's hash of settings, ARGV[1] the
 * prefix of its keys. The time is the server's, so that producers and workers with different clocks agree.
 *
 * A function costs Redis about as much as a small command at each start of a script, and so do two variables that it
 * captures. So a script defines rare functions in the branch that needs them. Numbers are passed to commands as text, since Redis formats a number more
 * slowly than it copies text.
 *
 * Other programs can store anything under these keys, and Redis does not undo a failed script. So a script reads each
 * list and set, which tells its type, before it takes a job out of one. What no job depends on, events and the marker,
 * is written by `try`, which never fails. No script works on more than it was told to: what it finds can be of any
 * size.
 */
export const LEAN_LAYOUT = `
local call, try = redis.call, redis.pcall
local prefix = ARGV[1]
${keys("marker", "events")}

local settings = call('HMGET', KEYS[1], 'paused', 'concurrency', 'opts.maxLenEvents', 'max', 'version')
local paused = settings[1]

local time, stamp, now
${READ_CLOCK}

-- Each script trims the stream once. At most two fields follow the id: \`...\` would cost half as much as the command.
local is_cut = false
local function emit(event, id, field, value, field2, value2)
  if not is_cut then
    is_cut = true
    local most = ${MOST_EVENTS}
    if field2 then return try('XADD', events, 'MAXLEN', '~', most, '*', 'event', event, 'jobId', id, field, value, field2, value2) end
    if field then return try('XADD', events, 'MAXLEN', '~', most, '*', 'event', event, 'jobId', id, field, value) end
    return try('XADD', events, 'MAXLEN', '~', most, '*', 'event', event, 'jobId', id)
  end
  if field2 then return try('XADD', events, '*', 'event', event, 'jobId', id, field, value, field2, value2) end
  if field then return try('XADD', events, '*', 'event', event, 'jobId', id, field, value) end
  return try('XADD', events, '*', 'event', event, 'jobId', id)
end

-- BullMQ keeps the order of messages that are due in the same millisecond in 12 more bits.
local TIME_STEP = 0x1000
`;

/** Sets the marker, which a worker waits for. No function, which would cost as much as the command. */
export const WAKE = "if not paused then try('ZADD', marker, '0', '0') end";

/** The beginning of rare scripts. They stop here when a list or a set has another type. */
export const LAYOUT = `
${LEAN_LAYOUT}
${keys("wait", "active", "prioritized", "delayed", "failed", "completed", "stalled", "counter")}
for _, list in ipairs({ wait, active }) do call('LLEN', list) end
for _, set in ipairs({ prioritized, delayed, failed, completed }) do call('ZCARD', set) end
`;

/** The score of the next delayed job; `nil` without one. */
export const FIRST_DELAYED = "call('ZRANGE', delayed, '0', '0', 'WITHSCORES')[2]";

/** The highest score of a job that is due now. */
export const LAST_DUE = "string.format('%.0f', (now + 1) * TIME_STEP - 1)";

/** How many jobs ever arrived. BullMQ's producers count here too, to number jobs without an id. */
export const ENTERED = "prefix .. 'id'";

/** Reads a count from text; anything else is 0. */
export const COUNT_OF = `
local function count_of(text)
  local count = tonumber(text)
  return count and count >= 0 and count <= ${Number.MAX_SAFE_INTEGER} and count % 1 == 0 and count or 0
end
`;

/** Functions that order jobs as BullMQ does. */
export const ORDER = `
${COUNT_OF}
-- Whole numbers above 10^14 lose digits when Lua writes them as text.
local function whole(number) return string.format('%.0f', number) end

local micros = time[1] * 1000000 + time[2]
-- A delay never ends early: what is left of a millisecond counts as one.
local function due_after(delay) return math.min(math.ceil(micros / 1000 + delay), 9007199254740991) end

-- Another value under the key of a job is moved to another key, so that the job can continue.
local function write(id, ...)
  local job = prefix .. id
  local answer = try('HSET', job, ...)
  if type(answer) == 'number' then return end
  if call('TYPE', job).ok == 'hash' then error(answer) end
  call('RENAME', job, job .. '${UNREADABLE}')
  call('HSET', job, ...)
end

-- A count that is not a number starts again.
local function count_up(id, field, by)
  if type(try('HINCRBY', prefix .. id, field, by)) ~= 'number' then write(id, field, by) end
end

local function priority_of(id)
  local stored = try('HGET', prefix .. id, 'priority')
  return type(stored) == 'string' and math.min(count_of(stored), ${MAX_PRIORITY}) or 0
end

-- BullMQ orders by priority first, then by a counter of 32 bits. Jobs without a priority have their own list.
local function last_of(priority)
  local position = try('INCR', counter)
  if type(position) ~= 'number' then
    call('SET', counter, '0')
    position = call('INCR', counter)
  end
  return whole(priority * ${PRIORITY_STEP} + position % ${PRIORITY_STEP})
end
local function to_back(id)
  local priority = priority_of(id)
  if priority == 0 then return call('LPUSH', wait, id) end
  call('ZADD', prioritized, last_of(priority), id)
end
-- Released jobs are before the first of their priority, and after them the jobs with an expired lease.
local RELEASED, EXPIRED = 0, 0.5
local function to_front(id, position)
  local priority = priority_of(id)
  if priority == 0 then return call('RPUSH', wait, id) end
  call('ZADD', prioritized, string.format('%.1f', priority * ${PRIORITY_STEP} + position), id)
end

local function to_delayed(id, due)
  local last = call('ZREVRANGEBYSCORE', delayed, whole((due + 1) * TIME_STEP - 1), whole(due * TIME_STEP), 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local score = due * TIME_STEP
  if last then score = math.min(tonumber(last) + 1, score + TIME_STEP - 1) end
  call('ZADD', delayed, whole(score), id)
  try('ZADD', marker, whole(${FIRST_DELAYED} / TIME_STEP), '1')
end
`;

/** Makes due jobs ready, a limited number at a time so that others do not wait long. It stands after {@link ORDER}. */
export const PROMOTE = `
local function promote()
  call('LLEN', wait)
  call('ZCARD', prioritized)
  local due = call('ZRANGEBYSCORE', delayed, '-inf', ${LAST_DUE}, 'LIMIT', 0, ${STEP})
  if #due == 0 then return end
  call('ZREM', delayed, unpack(due))
  for _, id in ipairs(due) do
    to_back(id)
    write(id, 'delay', '0')
    emit('waiting', id, 'prev', 'delayed')
  end
  ${WAKE}
end
`;

/**
 * Makes leased jobs without a lock ready again: their lease has expired. A receive and its lock are one step, for
 * BullMQ's workers too, so one check is enough. One call checks a part of the leased jobs. It skips the oldest `from`
 * and returns how many the next call has to skip, -1 after the last. After {@link ORDER}.
 *
 * The expired lease counts as a crash, with its token: its holder may be alive and take that back.
 */
export const SWEEP = `
local function is_released(id)
  local stored = try('HMGET', prefix .. id, 'released', 'ats')
  return stored[1] and stored[1] == stored[2]
end

${TAKE_BACK}
local function sweep(from)
  if from == 0 then take_back() end
  local ids, expired = call('LRANGE', active, -from - ${STEP}, -from - 1), {}
  call('ZCARD', prioritized)
  local first = call('LINDEX', wait, -1)
  for index, id in ipairs(ids) do
    local lock = prefix .. id .. ':lock'
    local left = call('PTTL', lock)
    -- A lock that never ends is neither ours nor BullMQ's, and nothing would remove it.
    if left == -1 then call('PEXPIRE', lock, ${ENDLESS_LOCK_MS}) end
    if left == -2 then
      if #expired == 0 then try('SREM', stalled, id) end
      expired[#expired + 1] = id
      call('LSET', active, index - #ids - 1 - from, '${HOLE}')
    end
  end
  local next = #ids == ${STEP} and from + #ids - #expired or -1
  if #expired == 0 then return next end
  call('LREM', active, -#expired, '${HOLE}')
  try('SREM', stalled, unpack(expired))
  local released = {}
  while first and #released < ${STEP} and is_released(first) do
    released[#released + 1] = call('RPOP', wait)
    first = call('LINDEX', wait, -1)
  end
  for _, id in ipairs(expired) do
    local stored = try('HMGET', prefix .. id, 'lease', 'ats', 'crashed')
    local token, leases = string.match(stored[1] or '', '^([^:]*):(%d+)$')
    count_up(id, 'stc', 1)
    write(id, 'crashed', leases and leases == stored[2] and token or '', 'crashedBefore', stored[3] or '')
    to_front(id, EXPIRED)
    emit('waiting', id, 'prev', 'active')
    emit('stalled', id)
  end
  for index = #released, 1, -1 do call('RPUSH', wait, released[index]) end
  ${WAKE}
  return next
end
`;

/**
 * Takes a job out of its list if the token is of its latest lease, which has ended. Then its holder may continue with
 * it, and its lease does not count as a crash. The counts of leases show whether BullMQ's worker has taken the job,
 * since it does not store our token. After {@link ORDER}.
 */
export const RESUME_LEASE = `
local function resume_lease(id, token)
  local job = prefix .. id
  local stored = try('HMGET', job, 'lease', 'ats', 'crashed', 'crashedBefore')
  if stored.err or not stored[1] then return false end
  -- If nobody has taken the job since its last crash, the holder of the lease before may take its crash back too.
  local is_waiting = stored[3] and stored[3] ~= '' and stored[3] == string.match(stored[1], '^[^:]*')
  if stored[3] == token or is_waiting and stored[4] == token then
    call('HDEL', job, 'crashedBefore')
    if stored[3] == token then call('HSET', job, 'crashed', is_waiting and stored[4] or '') end
    count_up(id, 'stc', -1)
  end
  if stored[1] ~= token .. ':' .. (stored[2] or '') or call('EXISTS', job .. ':lock') == 1 then return false end
  if call('LREM', active, -1, id) == 1 then return true end
  return call('LREM', wait, -1, id) + call('ZREM', prioritized, id) > 0
end
`;
