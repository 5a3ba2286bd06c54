import { defineScript } from "./script.ts";

/**
 * A job that arrives alone is handed to a consumer that waits: the script that stores it also leases it. So a start
 * needs one script, and the consumer is woken by the job itself.
 *
 * The set `jobs:waiting` names the consumers that wait. While a consumer waits, its score is the server's time at which
 * the wait ends, in ms. When it was handed a job, the score is the time by which it has to take the job, below zero. The
 * job is in the consumer's own set `jobs:handed:…`, from where `BZPOPMIN` takes it. If it is still there later, nobody
 * has seen it, and a sweep takes the lease back.
 */
const WAITING = "prefix .. 'jobs:waiting'";

/** The key of the job that was handed to a consumer. Its name begins its entry among the waiting. */
const HANDED = "prefix .. 'jobs:handed:' .. string.match(member, '^[^:]*')";

/** The entry of a consumer among those that wait. None of its parts but the last contains a colon. */
export interface WaitingConsumer {
  readonly consumerId: string;
  readonly leaseMs: number;
  /** How long a job may lie there untaken, in ms. */
  readonly graceMs: number;
  /** The end of its tokens. */
  readonly holder: string;
  /** Its name for BullMQ's tools, '' for none. */
  readonly workerName: string;
}

export function writeWaiting(consumer: WaitingConsumer): string {
  const { consumerId, leaseMs, graceMs, holder, workerName } = consumer;
  return [consumerId, leaseMs, graceMs, holder, workerName].join(":");
}

/** The key of the jobs that are handed to a consumer, behind the prefix of its queue. */
export function handedKey(consumerId: string): string {
  return `jobs:handed:${consumerId}`;
}

/**
 * Defines `waiter`, the consumer to hand the job to. Pause and limits of the queue hold for it, and a job that is ready
 * before this one goes first. The consumer with the latest end is the most likely to live.
 */
export const FIND_WAITER = `
if not settings[1] and not settings[2] and not settings[4] then
  local last = try('ZREVRANGE', ${WAITING}, '0', '0', 'WITHSCORES')
  if last[1] and tonumber(last[2]) > now and call('EXISTS', prefix .. 'wait', prefix .. 'prioritized', prefix .. 'limiter') == 0 then
    waiter = last[1]
  end
end
`;

/** Leases a job that is stored and in the list of active ones, and hands it to `waiter`. */
export const HAND_OVER = `
local member = waiter
local consumer, lease_ms, grace_ms, holder, worker = string.match(member, '^([^:]*):([^:]*):([^:]*):([^:]*):(.*)$')
local token = consumer .. '.' .. stamp .. string.sub('00' .. time[2], -3) .. holder
call('PSETEX', job .. ':lock', lease_ms, token)
if worker == '' then call('HSET', job, 'processedOn', stamp, 'ats', '1', 'lease', token .. ':1')
else call('HSET', job, 'processedOn', stamp, 'ats', '1', 'lease', token .. ':1', 'pb', worker) end
try('XADD', events, '*', 'event', 'active', 'jobId', id, 'prev', 'waiting')
call('ZADD', ${WAITING}, -now - grace_ms, member)
call('ZADD', ${HANDED}, '0', table.concat({ token, id, made, kept_options, ARGV[3], ARGV[4] }, '\\n'))
`;

/**
 * Reads `ARGV[8]`, which is '' for a consumer that does not wait. Else it begins with '1' if the consumer is among the
 * waiting, and with '0' if not. Then follow for how many ms it waits if there is no job, and its entry. Defines `handed`, a
 * job that was handed to it after its last wait.
 */
export const READ_WAITER = `
local is_waiting, wait_ms, member = string.match(ARGV[8], '^(%d)(%d*):(.*)$')
local handed = is_waiting == '1' and try('ZPOPMIN', ${HANDED})[1] or false
if handed then
  max = max - 1
  -- No job is looked for, so another consumer has to.
  if max < 1 and has_mark and not paused then try('ZADD', marker, '0', '0') end
end
`;

/** Takes a consumer with jobs out of those that wait. After {@link READ_WAITER}. */
export const LEAVE_WAITING = `
if is_waiting == '1' then try('ZREM', ${WAITING}, member) end
`;

/** Adds a consumer without jobs to those that wait. After {@link READ_WAITER}. */
export const JOIN_WAITING = `
if is_waiting and wait_ms ~= '0' then try('ZADD', ${WAITING}, now + wait_ms, member)
elseif is_waiting == '1' then try('ZREM', ${WAITING}, member) end
`;

/**
 * Takes jobs back that their consumers have not taken in time, as if they had never been leased. Such a consumer has lost
 * its connection. After `ORDER`.
 */
export const TAKE_BACK = `
local function take_back()
  local waiting, is_back = ${WAITING}, false
  for _, member in ipairs(try('ZRANGEBYSCORE', waiting, -now, '(0', 'LIMIT', '0', '1000')) do
    call('ZREM', waiting, member)
    local handed = try('ZPOPMIN', ${HANDED})[1]
    local token, id = string.match(handed or '', '^([^\\n]*)\\n([^\\n]*)\\n')
    local job = prefix .. (id or '')
    local lease = id and try('HGET', job, 'lease')
    local holder = id and try('GET', job .. ':lock')
    local is_held = id and lease == token .. ':1' and (holder == token or not holder)
    if is_held and call('LREM', active, '1', id) == 1 then
      call('DEL', job .. ':lock')
      call('HDEL', job, 'processedOn', 'ats', 'lease', 'pb')
      to_front(id, RELEASED)
      emit('waiting', id, 'prev', 'active')
      is_back = true
    end
  end
  -- Consumers that ended without leaving.
  try('ZREMRANGEBYSCORE', waiting, '0', now)
  if is_back and not paused then try('ZADD', marker, '0', '0') end
end
`;

/**
 * Ends the wait of one consumer, which leaves those that wait. KEYS[1] is its own marker, ARGV the prefix and its entry. A
 * job that was handed to it has ended the wait already. A marker that comes too late soon expires.
 */
export const END_WAIT = defineScript(`
local prefix, member = ARGV[1], ARGV[2]
if redis.call('EXISTS', ${HANDED}) == 1 then return end
redis.call('ZREM', ${WAITING}, member)
redis.call('ZADD', KEYS[1], 0, '0')
redis.call('PEXPIRE', KEYS[1], 1000)
`);
