import { keys, ORDER, RESUME_LEASE, WAKE } from "./layout.lua.ts";

/** Number of arguments of an ack: id and token. Other settlements also have an action and up to three more. */
export const ACK_FIELDS = 2;
export const SETTLEMENT_FIELDS = 6;

/** The index of the first argument of the settlements. */
const FIRST_SETTLEMENT = 10;

/** How many kept jobs one batch removes beyond its own number, when too many are kept. */
const TRIMMED = 100;

/**
 * Removes a finished job, or keeps the last `keep` ones for BullMQ's tools. An ack never fails because it cannot keep
 * the job.
 */
const ACKNOWLEDGE = `
function acknowledge(id, value)
  local job = prefix .. id
  if keep == 0 then
    gone[removed + 1], gone[removed + 2] = job, job .. ':logs'
    removed = removed + 2
  else
    call('ZADD', completed, stamp, id)
    try('HINCRBY', job, 'atm', 1)
    try('HSET', job, 'returnvalue', value, 'finishedOn', stamp, 'lease', '')
  end
  emit('completed', id, 'returnvalue', value, 'prev', 'active')
end
`;

const TRIM_KEPT = `
if keep > 0 then
  local over = math.min(call('ZCARD', completed) - keep, count + ${TRIMMED})
  if over > 0 then
    local old = call('ZRANGE', completed, 0, over - 1)
    call('ZREM', completed, unpack(old))
    for _, id in ipairs(old) do
      gone[removed + 1], gone[removed + 2] = prefix .. id, prefix .. id .. ':logs'
      removed = removed + 2
    end
  end
end
`;

/**
 * The other settlements. A job that they put back sets `is_ready`, which wakes a worker. They stand after
 * {@link ORDER}.
 */
const GIVE_BACK = `
local function retry(id, delay, failures, reason)
  local due = due_after(delay)
  write(id, 'due', whole(due), 'delay', whole(delay), 'lease', '')
  if failures > 0 then
    count_up(id, 'failures', failures)
    count_up(id, 'atm', 1)
  end
  if reason == '' then call('HDEL', prefix .. id, 'lastError') else write(id, 'lastError', reason) end
  if delay > 0 then
    to_delayed(id, due)
    emit('delayed', id, 'delay', whole(due))
  else
    to_back(id)
    emit('waiting', id, 'prev', 'active')
  end
  is_ready = true
end

local function release(id)
  local leases = try('HGET', prefix .. id, 'ats')
  -- Until it is leased again, these two numbers show that it was released.
  write(id, 'lease', '', 'released', type(leases) == 'string' and leases or '')
  to_front(id, RELEASED)
  emit('waiting', id, 'prev', 'active')
  is_ready = true
end

local function dead_letter(id, reason, failures, shown, death)
  -- Microseconds, and the place in this call, keep the order of death.
  call('ZADD', failed, string.format('%.3f', micros / 1000), id)
  write(id, 'failedReason', shown, 'finishedOn', stamp, 'deadReason', reason, 'lease', '')
  if death ~= '' then
    write(id, 'deadError', death)
    -- Shown by BullMQ's tools in place of the reason.
    local is_read, thrown = pcall(cjson.decode, death)
    if is_read and type(thrown) == 'table' and type(thrown.stack) == 'string' then
      write(id, 'stacktrace', cjson.encode({ reason .. ': ' .. thrown.stack }))
    end
  end
  if failures > 0 then count_up(id, 'failures', failures) end
  count_up(id, 'atm', 1)
  emit('failed', id, 'failedReason', shown, 'prev', 'active')
  micros = micros + 1
end

function end_otherwise(id, at)
  local action = ARGV[at + 2]
  if action == 'ack' then acknowledge(id, ARGV[at + 3])
  elseif action == 'retry' then retry(id, tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), ARGV[at + 5])
  elseif action == 'release' then release(id)
  else dead_letter(id, action, tonumber(ARGV[at + 3]), ARGV[at + 4], ARGV[at + 5]) end
end
`;

/**
 * Takes all jobs out of the list of active ones at once, if they are the oldest there and all held: `have_left`. Nearly
 * always they are, since a worker settles jobs in about the order in which it took them. A command for each job costs
 * more than half an entry in the stream. Only for plain acks: nothing behind can fail, so no job is left without a list.
 */
const LEAVE_ACTIVE = `
local have_left = count > 1 and not acknowledge
for index = 1, count do
  if not have_left then break end
  have_left = holders[index] == ARGV[${FIRST_SETTLEMENT} + (index - 1) * fields + 1]
end
if have_left then
  local ids, oldest = {}, call('LRANGE', active, -count, '-1')
  have_left = #oldest == count
  for at = ${FIRST_SETTLEMENT}, #ARGV, fields do ids[ARGV[at]] = true end
  for index = 1, #oldest do
    local id = oldest[index]
    if not ids[id] then have_left = false end
    -- Each counts once: an id can be in this call or in the list twice.
    ids[id] = nil
  end
  if have_left then call('LTRIM', active, '0', -count - 1) end
end
`;

/**
 * Ends leases. The token in the lock of an active job identifies its holder; without a lock, the latest token does.
 * BullMQ's workers may also list active jobs in their set of stalled ones. These entries stay, since the workers check
 * the lock before they use them.
 */
export const SETTLE = `
local lost, has_settled = {}, false
if #ARGV >= ${FIRST_SETTLEMENT} then
  -- Counted, since Lua searches for the end of a table.
  local gone, removed, locks, is_ready, end_otherwise, resume = {}, 0, {}, false, nil, nil
  local fields, keep, completed, acknowledge = tonumber(ARGV[9]), tonumber(ARGV[6]), nil, nil
  if keep > 0 then
    completed = prefix .. 'completed'
    if type(try('ZCARD', completed)) ~= 'number' then keep = 0 end
  end
  if keep > 0 or fields > ${ACK_FIELDS} then
    ${ACKNOWLEDGE}
  end
  if fields > ${ACK_FIELDS} then
    ${keys("failed", "counter")}
    call('LLEN', wait)
    for _, set in ipairs({ prioritized, delayed, failed }) do call('ZCARD', set) end
    ${ORDER}
    ${GIVE_BACK}
  end
  local count = (#ARGV - ${FIRST_SETTLEMENT} + 1) / fields
  for index = 1, count do locks[index] = prefix .. ARGV[${FIRST_SETTLEMENT} + (index - 1) * fields] .. ':lock' end
  local holders = count == 1 and { try('GET', locks[1]) } or call('MGET', unpack(locks))
  ${LEAVE_ACTIVE}
  for index = 1, count do
    local at = ${FIRST_SETTLEMENT} + (index - 1) * fields
    local id, token = ARGV[at], ARGV[at + 1]
    -- A lease that is in this call twice is no longer among the active the second time.
    local is_held = have_left or holders[index] == token and call('LREM', active, '-1', id) == 1
    if not is_held then
      if not resume then
        ${keys("counter")}
        ${ORDER}
        ${RESUME_LEASE}
        resume = resume_lease
      end
      is_held = resume(id, token)
    end
    if is_held then
      has_settled = true
      removed = removed + 1
      gone[removed] = locks[index]
      if end_otherwise then end_otherwise(id, at)
      elseif acknowledge then acknowledge(id, 'null')
      else
        -- Nearly all settlements: an ack of a job that is not kept.
        local job = prefix .. id
        gone[removed + 1], gone[removed + 2] = job, job .. ':logs'
        removed = removed + 2
        emit('completed', id, 'returnvalue', 'null', 'prev', 'active')
      end
    else lost[#lost + 1] = index end
  end
  ${TRIM_KEPT}
  for from = 1, removed, 1000 do call('UNLINK', unpack(gone, from, math.min(from + 999, removed))) end
  if is_ready then ${WAKE} end
end
`;
