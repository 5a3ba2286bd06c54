/**
 * What every script begins with: BullMQ's names of keys and its way of ordering, of marking and of telling, so that its
 * own classes read what these scripts write.
 *
 * KEYS[1] is the queue's hash of settings, ARGV[1] the beginning of all its keys. Time is the server's: producers and
 * workers whose clocks differ agree all the same.
 */
export const LAYOUT = `
local call = redis.call
local prefix = ARGV[1]
local wait, active, prioritized = prefix .. 'wait', prefix .. 'active', prefix .. 'prioritized'
local delayed, failed, completed = prefix .. 'delayed', prefix .. 'failed', prefix .. 'completed'
local stalled, marker, counter = prefix .. 'stalled', prefix .. 'marker', prefix .. 'pc'
local events = prefix .. 'events'

local settings = call('HMGET', KEYS[1], 'paused', 'concurrency', 'opts.maxLenEvents')
local paused, concurrency = settings[1], tonumber(settings[2])
local longest_stream = settings[3] or 10000

local time = call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Whole numbers above 10^14 lose digits when Lua writes them as text.
local function whole(number) return string.format('%.0f', number) end

local function lock_of(id) return prefix .. id .. ':lock' end

-- The stream is cut once a script, before what it tells: never away from under those who read.
local is_cut = false
local function tell(event, id, ...)
  if not is_cut then
    call('XTRIM', events, 'MAXLEN', '~', longest_stream)
    is_cut = true
  end
  call('XADD', events, '*', 'event', event, 'jobId', id, ...)
end

local function wake() if not paused then call('ZADD', marker, 0, '0') end end

-- A delay never ends early: what is left of a millisecond counts as one.
local function due_after(delay) return math.min(math.ceil(micros / 1000 + delay), 9007199254740991) end

local function priority_of(id) return tonumber(call('HGET', prefix .. id, 'priority')) or 0 end

-- BullMQ orders by priority first, then by a counter of 32 bits; what has no priority has a list of its own.
local PRIORITY_STEP = 0x100000000
local function to_back(id)
  local priority = priority_of(id)
  if priority == 0 then return call('LPUSH', wait, id) end
  call('ZADD', prioritized, whole(priority * PRIORITY_STEP + call('INCR', counter) % PRIORITY_STEP), id)
end
-- Before the first of its priority stands what was released, and behind that what has lost its lease.
local RELEASED, EXPIRED = 0, 0.5
local function to_front(id, place)
  local priority = priority_of(id)
  if priority == 0 then return call('RPUSH', wait, id) end
  call('ZADD', prioritized, string.format('%.1f', priority * PRIORITY_STEP + place), id)
end

-- BullMQ keeps the order of messages that are due in the same millisecond in 12 more bits.
local TIME_STEP = 0x1000
local function to_delayed(id, due)
  local last = call('ZREVRANGEBYSCORE', delayed, whole((due + 1) * TIME_STEP - 1), whole(due * TIME_STEP), 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local score = due * TIME_STEP
  if last then score = math.min(tonumber(last) + 1, score + TIME_STEP - 1) end
  call('ZADD', delayed, whole(score), id)
  call('ZADD', marker, whole(call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2] / TIME_STEP), '1')
end

local function next_due()
  local first = call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  return first and math.floor(first / TIME_STEP)
end
`;

/** Makes ready what is due, a thousand at most at a time so that nobody waits long for Redis. */
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
 * workers too, so that one look is enough.
 */
export const SWEEP = `
local function sweep()
  local expired = {}
  for _, id in ipairs(call('LRANGE', active, 0, -1)) do
    if call('EXISTS', lock_of(id)) == 0 then expired[#expired + 1] = id end
  end
  for _, id in ipairs(expired) do
    call('LREM', active, -1, id)
    call('SREM', stalled, id)
    call('HINCRBY', prefix .. id, 'stc', 1)
    to_front(id, EXPIRED)
    tell('waiting', id, 'prev', 'active')
    tell('stalled', id)
  end
  if #expired > 0 then wake() end
end
`;
