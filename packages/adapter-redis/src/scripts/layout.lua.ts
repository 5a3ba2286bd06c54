/** Between the scores of two of BullMQ's priorities: 2^32, the range of its counter. */
export const PRIORITY_STEP = 0x100000000;

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
 */
export const LEAN_LAYOUT = `
local call = redis.call
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
  if is_cut then return call('XADD', events, '*', 'event', event, 'jobId', id, ...) end
  is_cut = true
  call('XADD', events, 'MAXLEN', '~', settings[3] or '10000', '*', 'event', event, 'jobId', id, ...)
end

local function wake() if not paused then call('ZADD', marker, '0', '0') end end

-- BullMQ keeps the order of messages that are due in the same millisecond in 12 more bits.
local TIME_STEP = 0x1000
`;

/** What scripts that are seldom run begin with. */
export const LAYOUT = `
${LEAN_LAYOUT}
${keys("wait", "active", "prioritized", "delayed", "failed", "completed", "stalled", "counter")}
`;

/** The score of what falls due next; `nil` where nothing is delayed. */
export const FIRST_DELAYED = "call('ZRANGE', delayed, '0', '0', 'WITHSCORES')[2]";

/** How many jobs ever came in: BullMQ counts them here when its producers add some, to number those without an id. */
export const ENTERED = "prefix .. 'id'";

/** BullMQ's way of ordering. */
export const ORDER = `
-- Whole numbers above 10^14 lose digits when Lua writes them as text.
local function whole(number) return string.format('%.0f', number) end

local micros = time[1] * 1000000 + time[2]
-- A delay never ends early: what is left of a millisecond counts as one.
local function due_after(delay) return math.min(math.ceil(micros / 1000 + delay), 9007199254740991) end

local function priority_of(id) return tonumber(call('HGET', prefix .. id, 'priority')) or 0 end

-- BullMQ orders by priority first, then by a counter of 32 bits; what has no priority has a list of its own.
local function to_back(id)
  local priority = priority_of(id)
  if priority == 0 then return call('LPUSH', wait, id) end
  call('ZADD', prioritized, whole(priority * ${PRIORITY_STEP} + call('INCR', counter) % ${PRIORITY_STEP}), id)
end
-- Before the first of its priority stands what was released, and behind that what has lost its lease.
local RELEASED, EXPIRED = 0, 0.5
local function to_front(id, place)
  local priority = priority_of(id)
  if priority == 0 then
    -- Until it is leased again, these two numbers tell that it was released.
    if place == RELEASED then call('HSET', prefix .. id, 'released', call('HGET', prefix .. id, 'ats')) end
    return call('RPUSH', wait, id)
  end
  call('ZADD', prioritized, string.format('%.1f', priority * ${PRIORITY_STEP} + place), id)
end

local function to_delayed(id, due)
  local last = call('ZREVRANGEBYSCORE', delayed, whole((due + 1) * TIME_STEP - 1), whole(due * TIME_STEP), 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local score = due * TIME_STEP
  if last then score = math.min(tonumber(last) + 1, score + TIME_STEP - 1) end
  call('ZADD', delayed, whole(score), id)
  call('ZADD', marker, whole(${FIRST_DELAYED} / TIME_STEP), '1')
end
`;

/** Makes ready what is due, a thousand at most at a time so that nobody waits long for Redis. Behind {@link ORDER}. */
export const PROMOTE = `
local function promote()
  local due = call('ZRANGEBYSCORE', delayed, '-inf', whole((now + 1) * TIME_STEP - 1), 'LIMIT', 0, 1000)
  if #due == 0 then return false end
  call('ZREM', delayed, unpack(due))
  for _, id in ipairs(due) do
    to_back(id)
    call('HSET', prefix .. id, 'delay', '0')
    tell('waiting', id, 'prev', 'delayed')
  end
  wake()
  return true
end
`;

/**
 * Makes ready again what is leased without a lock: its lease has expired. Takes and locks are one step, for BullMQ's
 * workers too, so that one look is enough. Behind {@link ORDER}.
 */
export const SWEEP = `
local function is_released(id)
  local stored = call('HMGET', prefix .. id, 'released', 'ats')
  return stored[1] and stored[1] == stored[2]
end

local function sweep()
  local expired = {}
  for _, id in ipairs(call('LRANGE', active, 0, -1)) do
    if call('EXISTS', prefix .. id .. ':lock') == 0 then expired[#expired + 1] = id end
  end
  if #expired == 0 then return end
  local released = {}
  local first = call('LINDEX', wait, -1)
  while first and is_released(first) do
    released[#released + 1] = call('RPOP', wait)
    first = call('LINDEX', wait, -1)
  end
  for _, id in ipairs(expired) do
    call('LREM', active, -1, id)
    call('SREM', stalled, id)
    call('HINCRBY', prefix .. id, 'stc', 1)
    to_front(id, EXPIRED)
    tell('waiting', id, 'prev', 'active')
    tell('stalled', id)
  end
  for index = #released, 1, -1 do call('RPUSH', wait, released[index]) end
  wake()
end
`;
