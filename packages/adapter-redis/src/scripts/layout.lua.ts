/** Between the scores of two of BullMQ's priorities: 2^32, the range of its counter. */
export const PRIORITY_STEP = 0x100000000;

/** The highest priority that BullMQ knows: 2^21. */
const MAX_PRIORITY = 0x200000;

/** As many jobs as one script moves without keeping others waiting for long. */
const STEP = 1_000;

/** Ends the key of what lay under the key of a job and was none. */
export const UNREADABLE = ":unreadable";

/** A lock that would never end is given so long, in ms. */
const ENDLESS_LOCK_MS = 30_000;

/** Stands in a list, within one script, where an id was: taking out many is one pass then. */
const HOLE = "jobs:hole";

/** BullMQ's names of a queue's keys by the variables that scripts have them in. */
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

/** Defines these keys. Making one costs Redis a quarter of a small command, so scripts that are often run make what they need. */
export function keys(...variables: readonly KeyVariable[]): string {
  const names = variables.map((variable) => `prefix .. '${KEYS[variable]}'`);
  return `local ${variables.join(", ")} = ${names.join(", ")}`;
}

/**
 * What every script begins with: names of keys, and BullMQ's way of marking and of telling, so that its own classes read
 * what these scripts write. Leaves it to the script to define the keys that it works on; {@link LAYOUT} has all.
 *
 * KEYS[1] is the queue's hash of settings, ARGV[1] the beginning of all its keys. Time is the server's: producers and
 * workers whose clocks differ agree all the same.
 *
 * A function costs Redis about as much as a small command each time a script begins. What a script seldom needs, it
 * therefore defines in the branch that does. Numbers are given to commands as text: Redis takes longer to write one than
 * to copy it.
 *
 * Other programs can put anything under any of these keys, and Redis undoes nothing of a script that fails. So a script
 * reads each list and set, which tells its type, before it takes a job out of one. What no job depends on, events and
 * the mark, is written by `try`, which never fails. No script works on more than it was told to: what it finds can be of
 * any size.
 */
export const LEAN_LAYOUT = `
local call, try = redis.call, redis.pcall
local prefix = ARGV[1]
${keys("marker", "events")}

local settings = call('HMGET', KEYS[1], 'paused', 'concurrency', 'opts.maxLenEvents')
local paused = settings[1]

-- Seconds, and microseconds without leading zeros. As text both are exact and quick.
local time = call('TIME')
local stamp = time[1] .. string.sub('00000' .. time[2], -6, -4)
local now = tonumber(stamp)

-- The stream is cut once a script.
local is_cut = false
local function tell(event, id, ...)
  if is_cut then return try('XADD', events, '*', 'event', event, 'jobId', id, ...) end
  is_cut = true
  try('XADD', events, 'MAXLEN', '~', tonumber(settings[3]) and settings[3] or '10000', '*', 'event', event, 'jobId', id, ...)
end

local function wake() if not paused then try('ZADD', marker, '0', '0') end end

-- BullMQ keeps the order of messages that are due in the same millisecond in 12 more bits.
local TIME_STEP = 0x1000
`;

/** What scripts that are seldom run begin with. They stop here where a list or a set is something else. */
export const LAYOUT = `
${LEAN_LAYOUT}
${keys("wait", "active", "prioritized", "delayed", "failed", "completed", "stalled", "counter")}
for _, list in ipairs({ wait, active }) do call('LLEN', list) end
for _, set in ipairs({ prioritized, delayed, failed, completed }) do call('ZCARD', set) end
`;

/** The score of what falls due next; `nil` where nothing is delayed. */
export const FIRST_DELAYED = "call('ZRANGE', delayed, '0', '0', 'WITHSCORES')[2]";

/** The highest score of what is due by now. */
export const LAST_DUE = "string.format('%.0f', (now + 1) * TIME_STEP - 1)";

/** How many jobs ever came in: BullMQ counts them here when its producers add some, to number those without an id. */
export const ENTERED = "prefix .. 'id'";

/** Reads a count that is stored as text; what is no count is 0. */
export const COUNT_OF = `
local function count_of(text)
  local count = tonumber(text)
  return count and count >= 0 and count <= ${Number.MAX_SAFE_INTEGER} and count % 1 == 0 and count or 0
end
`;

/** BullMQ's way of ordering. */
export const ORDER = `
${COUNT_OF}
-- Whole numbers above 10^14 lose digits when Lua writes them as text.
local function whole(number) return string.format('%.0f', number) end

local micros = time[1] * 1000000 + time[2]
-- A delay never ends early: what is left of a millisecond counts as one.
local function due_after(delay) return math.min(math.ceil(micros / 1000 + delay), 9007199254740991) end

-- What lies under the key of a job and is none is kept under another, so that the job can go on.
local function write(id, ...)
  local job = prefix .. id
  local answer = try('HSET', job, ...)
  if type(answer) == 'number' then return end
  if call('TYPE', job).ok == 'hash' then error(answer) end
  call('RENAME', job, job .. '${UNREADABLE}')
  call('HSET', job, ...)
end

-- A count that is no number begins again.
local function count_up(id, field, by)
  if type(try('HINCRBY', prefix .. id, field, by)) ~= 'number' then write(id, field, by) end
end

local function priority_of(id)
  local stored = try('HGET', prefix .. id, 'priority')
  return type(stored) == 'string' and math.min(count_of(stored), ${MAX_PRIORITY}) or 0
end

-- BullMQ orders by priority first, then by a counter of 32 bits; what has no priority has a list of its own.
local function last_of(priority)
  local place = try('INCR', counter)
  if type(place) ~= 'number' then
    call('SET', counter, '0')
    place = call('INCR', counter)
  end
  return whole(priority * ${PRIORITY_STEP} + place % ${PRIORITY_STEP})
end
local function to_back(id)
  local priority = priority_of(id)
  if priority == 0 then return call('LPUSH', wait, id) end
  call('ZADD', prioritized, last_of(priority), id)
end
-- Before the first of its priority stands what was released, and behind that what has lost its lease.
local RELEASED, EXPIRED = 0, 0.5
local function to_front(id, place)
  local priority = priority_of(id)
  if priority == 0 then return call('RPUSH', wait, id) end
  call('ZADD', prioritized, string.format('%.1f', priority * ${PRIORITY_STEP} + place), id)
end

local function to_delayed(id, due)
  local last = call('ZREVRANGEBYSCORE', delayed, whole((due + 1) * TIME_STEP - 1), whole(due * TIME_STEP), 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local score = due * TIME_STEP
  if last then score = math.min(tonumber(last) + 1, score + TIME_STEP - 1) end
  call('ZADD', delayed, whole(score), id)
  try('ZADD', marker, whole(${FIRST_DELAYED} / TIME_STEP), '1')
end
`;

/** Makes ready what is due, so many at most at a time that nobody waits long for Redis. Behind {@link ORDER}. */
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
    tell('waiting', id, 'prev', 'delayed')
  end
  wake()
end
`;

/**
 * Makes ready again what is leased without a lock: its lease has expired. Takes and locks are one step, for BullMQ's
 * workers too, so that one look is enough. One step looks at a part of what is leased: it passes over the oldest `from`,
 * and answers how many the next step has to pass over, -1 after the last. Behind {@link ORDER}.
 *
 * The expired lease is noted as a crash, with its token: its holder may be alive, and take that back.
 */
export const SWEEP = `
local function is_released(id)
  local stored = try('HMGET', prefix .. id, 'released', 'ats')
  return stored[1] and stored[1] == stored[2]
end

local function sweep(from)
  local ids, expired = call('LRANGE', active, -from - ${STEP}, -from - 1), {}
  call('ZCARD', prioritized)
  local first = call('LINDEX', wait, -1)
  for index, id in ipairs(ids) do
    local lock = prefix .. id .. ':lock'
    local left = call('PTTL', lock)
    -- One that never ends is none of ours or of BullMQ's; nobody would take it away.
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
    tell('waiting', id, 'prev', 'active')
    tell('stalled', id)
  end
  for index = #released, 1, -1 do call('RPUSH', wait, released[index]) end
  wake()
  return next
end
`;

/**
 * Takes a job out of its list if a token is that of its latest lease, which has ended, and nobody has taken the job since:
 * its holder may go on with it. A lease that was noted as a crash is none, now that its holder is heard of. The counts of
 * leases tell that BullMQ's worker has taken it, which knows nothing of the token. Behind {@link ORDER}.
 */
export const HEAR_OF = `
local function hear_of(id, token)
  local job = prefix .. id
  local stored = try('HMGET', job, 'lease', 'ats', 'crashed', 'crashedBefore')
  if stored.err or not stored[1] then return false end
  -- While nobody has taken it since, the crash before the last is the last that stands.
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
