import { CHECKED_VERSION, ENTERED, LAYOUT, ORDER, OTHER_VERSION, PROMOTE, WAKE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";
import { stampJob } from "./stamp-job.lua.ts";

/** The number of arguments of each message. */
const RESTORED_FIELDS = 16;

/**
 * Stores messages of another broker with their counts. ARGV begins with the prefix. For each message follow id, label,
 * data, the ms of its enqueue as in a send, delay in ms, BullMQ's priority, its options as JSON. Then come deliveries, failures, crashes, redrives and the
 * last error. The last four are of a dead letter: reason, time, the shown reason, the error as JSON. What is missing is
 * ''. Returns the indexes, from 1, of the duplicates; on a queue of another major version of BullMQ, that version.
 */
export const RESTORE = defineScript(
  LAYOUT,
  ORDER,
  PROMOTE,
  OTHER_VERSION,
  `
if not is_known then return version end
promote()
local duplicates, stored, is_ready = {}, 0, false

local function note(id, field, value)
  if value ~= '' and value ~= '0' then call('HSET', prefix .. id, field, value) end
end

local function restore_dead(id, at)
  local died_at = tonumber(ARGV[at + 13])
  -- The place in this call keeps the order of death within a millisecond.
  call('ZADD', failed, string.format('%.3f', died_at + math.min(stored, 999) / 1000), id)
  call('HSET', prefix .. id, 'deadReason', ARGV[at + 12], 'failedReason', ARGV[at + 14], 'finishedOn', whole(died_at))
  note(id, 'deadError', ARGV[at + 15])
  emit('failed', id, 'failedReason', ARGV[at + 14], 'prev', 'active')
end

for at = 2, #ARGV, ${RESTORED_FIELDS} do
  local id, delay = ARGV[at], tonumber(ARGV[at + 4])
  if call('EXISTS', prefix .. id) == 1 then
    duplicates[#duplicates + 1] = (at - 2) / ${RESTORED_FIELDS} + 1
    emit('duplicated', id)
  else
    stored = stored + 1
    ${stampJob("ARGV[at + 3]", "ARGV[at + 6]")}
    call('HSET', prefix .. id, 'name', ARGV[at + 1], 'data', ARGV[at + 2], 'opts', kept_options, 'timestamp', made,
      'delay', '0', 'priority', ARGV[at + 5])
    note(id, 'ats', ARGV[at + 7])
    note(id, 'failures', ARGV[at + 8])
    note(id, 'atm', ARGV[at + 8])
    note(id, 'stc', ARGV[at + 9])
    note(id, 'redrives', ARGV[at + 10])
    note(id, 'lastError', ARGV[at + 11])
    emit('added', id, 'name', ARGV[at + 1])
    if ARGV[at + 12] ~= '' then restore_dead(id, at)
    elseif delay > 0 then
      local due = due_after(delay)
      call('HSET', prefix .. id, 'delay', ARGV[at + 4], 'due', whole(due))
      to_delayed(id, due)
      emit('delayed', id, 'delay', whole(due))
    else
      to_back(id)
      emit('waiting', id)
      is_ready = true
    end
  end
end
if stored > 0 then
  try('INCRBY', ${ENTERED}, stored)
  if not settings[5] then call('HSET', KEYS[1], 'version', 'bullmq:${CHECKED_VERSION}') end
end
if is_ready then ${WAKE} end
return duplicates
`,
);
