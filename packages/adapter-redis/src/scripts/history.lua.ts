import { defineScript } from "./script.ts";

/*
 * All scripts of the history: KEYS[1] the stream of events, which selects the node. ARGV[1] is what all keys begin with,
 * ARGV[2] a JSON document. All keys have the same text in braces, so a cluster has them on one node. An answer
 * `wrong, key, found, expected` names a key of another type. Nothing is written before all keys are checked.
 */
const CHECK = `
local stream, base, asked = KEYS[1], ARGV[1], cjson.decode(ARGV[2])
local wrong
local function is(kind, key)
  local found = redis.call('TYPE', key).ok
  if found == 'none' or found == kind then return true end
  wrong = wrong or { 'wrong', key, found, kind }
  return false
end
is('stream', stream)
`;

/** `events`: pairs of a job's key of events and an event's id. `jobs`: ids. Answers flags of known events, and texts. */
export const READ_BEFORE_WRITE = defineScript(`${CHECK}
local known, texts = {}, {}
for index, event in ipairs(asked.events) do
  known[index] = is('hash', base .. event[1]) and redis.call('HEXISTS', base .. event[1], event[2]) or 0
end
for index, id in ipairs(asked.jobs) do
  texts[index] = is('string', base .. 'job:' .. id) and redis.call('GET', base .. 'job:' .. id) or false
end
return wrong or { 'ok', known, texts }`);

/**
 * Writes what follows from a {@link READ_BEFORE_WRITE}, if nobody has written the same jobs or events meanwhile; else the
 * answer is `again`. `events`: key, id, time, text. `jobs`: id, digest of the text before, text, time, indexes that the
 * job leaves, and that it enters. `totals`: minute, field, counters.
 */
export const WRITE_EVENTS = defineScript(`${CHECK}
is('zset', base .. 'jobs') is('zset', base .. 'minutes') is('zset', base .. 'other-times')
for _, event in ipairs(asked.events) do
  if is('hash', base .. event[1]) and redis.call('HEXISTS', base .. event[1], event[2]) == 1 then return { 'again' } end
end
for _, job in ipairs(asked.jobs) do
  local key = base .. 'job:' .. job[1]
  if is('string', key) and redis.sha1hex(redis.call('GET', key) or '') ~= job[2] then return { 'again' } end
  for _, index in ipairs(job[5]) do is('zset', base .. index) end
  for _, index in ipairs(job[6]) do is('zset', base .. index) end
end
for _, sum in ipairs(asked.totals) do is('hash', base .. 'totals:' .. sum[1]) end
if wrong then return wrong end
for _, event in ipairs(asked.events) do
  local at = redis.call('XADD', stream, '*', 'event', event[4])
  redis.call('HSET', base .. event[1], event[2], at)
  if event[1] == 'other' then redis.call('ZADD', base .. 'other-times', event[3], event[2]) end
end
for _, job in ipairs(asked.jobs) do
  redis.call('SET', base .. 'job:' .. job[1], job[3])
  for _, index in ipairs(job[5]) do redis.call('ZREM', base .. index, job[1]) end
  for _, index in ipairs(job[6]) do redis.call('ZADD', base .. index, job[4], job[1]) end
end
for _, sum in ipairs(asked.totals) do
  local key, added, at = base .. 'totals:' .. sum[1], {}, 0
  for number in string.gmatch(redis.call('HGET', key, sum[2]) or '', '%S+') do
    at = at + 1
    added[at] = tonumber(number) or 0
  end
  for index, number in ipairs(sum[3]) do added[index] = string.format('%.17g', (added[index] or 0) + number) end
  redis.call('HSET', key, sum[2], table.concat(added, ' ', 1, #sum[3]))
  redis.call('ZADD', base .. 'minutes', sum[1], sum[1])
end
return { 'ok' }`);

/** `id`: of a job. Answers its text and the events of it: their positions and texts in turn. */
export const READ_JOB = defineScript(`${CHECK}
local job, positions = base .. 'job:' .. asked.id, base .. 'of:' .. asked.id
local text = is('string', job) and redis.call('GET', job)
local events = {}
if is('hash', positions) and not wrong then
  for _, at in ipairs(redis.call('HVALS', positions)) do
    local entry = redis.call('XRANGE', stream, at, at)[1]
    if entry then
      events[#events + 1] = at
      events[#events + 1] = entry[2][2]
    end
  end
end
return wrong or { 'ok', text, events }`);

/** `after`: the position before; `count`. Answers positions and texts in turn; without `after` the last position. */
export const READ_FEED = defineScript(`${CHECK}
if wrong then return wrong end
if not asked.after then
  if redis.call('EXISTS', stream) == 0 then return { 'ok', '0-0' } end
  local about = redis.call('XINFO', 'STREAM', stream)
  for at = 1, #about, 2 do
    if about[at] == 'last-generated-id' then return { 'ok', about[at + 1] } end
  end
end
local events = {}
for _, entry in ipairs(redis.call('XRANGE', stream, '(' .. asked.after, '+', 'COUNT', asked.count)) do
  events[#events + 1] = entry[1]
  events[#events + 1] = entry[2][2]
end
return { 'ok', events }`);

/** Redis sorts members of the same score by their bytes. Lua's own order may depend on the locale. */
const ORDER = `
local function is_before(one, other)
  for at = 1, math.min(#one, #other) do
    local left, right = string.byte(one, at), string.byte(other, at)
    if left ~= right then return left < right end
  end
  return #one < #other
end
`;

/**
 * The next jobs of a list, the latest change first. `choices`: lists of indexes that together have all wanted jobs; the
 * smallest is read. `min` and `max`: scores; `after`: time and id of the job before, or false; `count`. Answers id, time
 * and text in turn.
 */
export const LIST_JOBS = defineScript(`${CHECK}${ORDER}
local best, least
for _, choice in ipairs(asked.choices) do
  local size = 0
  for _, index in ipairs(choice) do
    if is('zset', base .. index) then size = size + redis.call('ZCOUNT', base .. index, asked.min, asked.max) end
  end
  if not least or size < least then best, least = choice, size end
end
if wrong then return wrong end
local found = {}
for _, index in ipairs(best) do
  local offset, taken, page = 0, 0, nil
  repeat
    page = redis.call('ZREVRANGEBYSCORE', base .. index, asked.max, asked.min, 'WITHSCORES', 'LIMIT', offset, asked.count)
    for at = 1, #page, 2 do
      local is_seen = asked.after and tonumber(page[at + 1]) == tonumber(asked.after[1])
        and not is_before(page[at], asked.after[2])
      if not is_seen then
        taken = taken + 1
        found[#found + 1] = { page[at], page[at + 1] }
      end
    end
    offset = offset + asked.count
  until taken >= asked.count or #page < 2 * asked.count
end
if #best > 1 then
  table.sort(found, function(one, other)
    local left, right = tonumber(one[2]), tonumber(other[2])
    if left ~= right then return left > right end
    return is_before(other[1], one[1])
  end)
end
local jobs = {}
for at = 1, math.min(#found, asked.count) do
  local key = base .. 'job:' .. found[at][1]
  jobs[#jobs + 1] = found[at][1]
  jobs[#jobs + 1] = found[at][2]
  jobs[#jobs + 1] = is('string', key) and redis.call('GET', key) or false
end
return wrong or { 'ok', jobs }`);

/** `since`, `until`: scores. Answers for each minute: the minute, then its fields and values in turn. */
export const READ_TOTALS = defineScript(`${CHECK}
if not is('zset', base .. 'minutes') then return wrong end
local found = {}
for _, minute in ipairs(redis.call('ZRANGEBYSCORE', base .. 'minutes', asked.since, asked['until'])) do
  local key = base .. 'totals:' .. minute
  if is('hash', key) then found[#found + 1] = { minute, redis.call('HGETALL', key) } end
end
return wrong or { 'ok', found }`);

/** `max`: a score; `count`. Answers the oldest jobs: ids and texts in turn. */
export const OLDEST_JOBS = defineScript(`${CHECK}
if not is('zset', base .. 'jobs') then return wrong end
local jobs = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'jobs', '-inf', asked.max, 'LIMIT', 0, asked.count)) do
  jobs[#jobs + 1] = id
  jobs[#jobs + 1] = is('string', base .. 'job:' .. id) and redis.call('GET', base .. 'job:' .. id) or false
end
return wrong or { 'ok', jobs }`);

/** `jobs`: id, digest of its text, its indexes. Removes those that have not changed. Answers their number. */
export const REMOVE_JOBS = defineScript(`${CHECK}
for _, job in ipairs(asked.jobs) do
  is('string', base .. 'job:' .. job[1])
  is('hash', base .. 'of:' .. job[1])
  for _, index in ipairs(job[3]) do is('zset', base .. index) end
end
if wrong then return wrong end
local removed = 0
for _, job in ipairs(asked.jobs) do
  local key, positions = base .. 'job:' .. job[1], base .. 'of:' .. job[1]
  if redis.sha1hex(redis.call('GET', key) or '') == job[2] then
    for _, at in ipairs(redis.call('HVALS', positions)) do redis.call('XDEL', stream, at) end
    for _, index in ipairs(job[3]) do redis.call('ZREM', base .. index, job[1]) end
    redis.call('DEL', key, positions)
    removed = removed + 1
  end
end
return { 'ok', removed }`);

/** `max`: a score of events without a job; `minute`: a score of totals; `count`. Answers how many were found of both. */
export const REMOVE_OTHERS = defineScript(`${CHECK}
local times, others, minutes = base .. 'other-times', base .. 'other', base .. 'minutes'
is('zset', times) is('hash', others) is('zset', minutes)
if wrong then return wrong end
local old = redis.call('ZRANGEBYSCORE', times, '-inf', asked.max, 'LIMIT', 0, asked.count)
for _, id in ipairs(old) do
  local at = redis.call('HGET', others, id)
  if at then redis.call('XDEL', stream, at) end
  redis.call('HDEL', others, id)
  redis.call('ZREM', times, id)
end
local over = redis.call('ZRANGEBYSCORE', minutes, '-inf', asked.minute, 'LIMIT', 0, asked.count)
for _, minute in ipairs(over) do
  redis.call('DEL', base .. 'totals:' .. minute)
  redis.call('ZREM', minutes, minute)
end
return { 'ok', math.max(#old, #over) }`);

/** Answers the number of jobs. */
export const COUNT_JOBS = defineScript(`${CHECK}
if not is('zset', base .. 'jobs') or wrong then return wrong end
return { 'ok', redis.call('ZCARD', base .. 'jobs') }`);
