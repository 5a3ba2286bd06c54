import { FIND_WAITER, HAND_OVER } from "./hand-off.lua.ts";
import { CHECKED_VERSION, ENTERED, MOST_EVENTS, OTHER_VERSION, READ_CLOCK } from "./layout.lua.ts";
import { defineScript } from "./script.ts";
import { isNearClock, stampJob } from "./stamp-job.lua.ts";

/** The answers of {@link SEND_ONE} beside 0 and a version of BullMQ: the message is stored already. */
export const DUPLICATE = 1;
/** Nothing was done, since jobs have become due, which come first. The general script makes them ready. */
export const NOT_DONE = 2;

/**
 * Stores one message without delay and priority. A caller that awaits each enqueue needs little else, so this script
 * has no functions and no tables, each of which costs Redis as much as a command.
 *
 * ARGV: prefix, id, label, data, the ms since 1970 of its enqueue, '' for a whole body, and options. Only the data may
 * have a line break.
 * Returns 0 for a stored message, one of the answers above, or BullMQ's version on a queue of another major version.
 */
export const SEND_ONE = defineScript(`
local call, try = redis.call, redis.pcall
local prefix, id = ARGV[1], ARGV[2]
local settings = call('HMGET', KEYS[1], 'paused', 'concurrency', 'opts.maxLenEvents', 'max', 'version')
${OTHER_VERSION}
if not is_known then return version end
local job, events = prefix .. id, prefix .. 'events'
local most = ${MOST_EVENTS}
local time, stamp, now, waiter
-- One command for three keys: on a busy queue nearly always none of them exists.
if call('EXISTS', job, prefix .. 'delayed', prefix .. 'jobs:waiting') > 0 then
  if call('EXISTS', job) == 1 then
    try('XADD', events, 'MAXLEN', '~', most, '*', 'event', 'duplicated', 'jobId', id)
    return ${DUPLICATE}
  end
  ${READ_CLOCK}
  local first = call('ZRANGE', prefix .. 'delayed', '0', '0', 'WITHSCORES')[2]
  if first and first / 0x1000 < now + 1 then return ${NOT_DONE} end
  ${FIND_WAITER}
end
-- First into a list: Redis may refuse that, and no job is stored outside of a list.
call('LPUSH', prefix .. (waiter and 'active' or 'wait'), id)
local entry = try('XADD', events, 'MAXLEN', '~', most, '*', 'event', 'added', 'jobId', id, 'name', ARGV[3])
if not now then
  -- The id of an entry begins with the server's time. Where the producer's clock agrees, no other command is needed.
  now = type(entry) == 'string' and tonumber(string.sub(entry, 1, 13))
  if not now or ARGV[5] == '' or not (${isNearClock("ARGV[5]")}) then
    ${READ_CLOCK}
  end
end
${stampJob("ARGV[5]", "ARGV[6]")}
call('HSET', job, 'name', ARGV[3], 'data', ARGV[4], 'opts', kept_options, 'timestamp', made, 'delay', '0', 'priority', '0')
try('XADD', events, '*', 'event', 'waiting', 'jobId', id)
try('INCR', ${ENTERED})
if not settings[5] then call('HSET', KEYS[1], 'version', 'bullmq:${CHECKED_VERSION}') end
if waiter then
  ${HAND_OVER}
elseif not settings[1] then try('ZADD', prefix .. 'marker', '0', '0') end
return 0
`);
