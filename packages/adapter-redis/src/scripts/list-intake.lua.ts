import { PRIORITY_LEVELS } from "../capabilities.ts";
import { RESERVED_IDS, toStoredId } from "../queue/message-key.ts";
import { ENTERED, keys, LEAN_LAYOUT, ORDER, WAKE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** A list that other programs push to, by the end of its key, and BullMQ's priority of its messages. */
interface IntakeList {
  readonly end: string;
  readonly priority: number;
}

/** kombu's lists of one queue: the first is read first. Its priority 0 is the highest. */
const KOMBU_LISTS: readonly IntakeList[] = [
  { end: "", priority: 0 },
  ...[3, 6, 9].map((priority) => ({ end: `\\006\\022${priority}`, priority: PRIORITY_LEVELS + priority })),
];

/**
 * The id of kombu's message, which belongs to one send. The id of the task would make two messages one, since a task
 * that Celery sends again keeps it. A digest stands for an id that is missing, or that no message may have.
 */
const KOMBU_MESSAGE = `
local function message_id(fields, text)
  local properties = type(fields) == 'table' and fields.properties
  local id = type(properties) == 'table' and properties.delivery_tag
  if type(id) ~= 'string' or #id > 64 or not string.find(id, '^[%w][%w-]*$') then id = redis.sha1hex(text) end
  return unused('celery-' .. id)
end
local function task_of(fields)
  local headers = type(fields) == 'table' and fields.headers
  return type(headers) == 'table' and type(headers.task) == 'string' and headers.task or ''
end
`;

/** The id of an envelope is that of its job. Another text is stored too, so that its worker says what is wrong. */
const ENVELOPE_MESSAGE = `
local stored_ids = { ${RESERVED_IDS.map((id) => `['${id}'] = '${toStoredId(id)}'`).join(", ")} }
local function message_id(fields, text)
  local is_envelope = type(fields) == 'table' and type(fields.v) == 'number'
  local id = is_envelope and fields.id
  if type(id) ~= 'string' or #id > 128 or not string.find(id, '^[%w_.-]+$') then
    return unused('list-' .. redis.sha1hex(text))
  end
  return stored_ids[id] or id
end
local function task_of(fields)
  return type(fields) == 'table' and type(fields.task) == 'string' and fields.task or ''
end
`;

/**
 * A script that moves messages from lists into the queue, as they are. ARGV: prefix, the key of the list, how many at
 * most. Returns how many it took. A message leaves its list after it is stored. A message whose id is stored already
 * only leaves it.
 */
function defineIntake(lists: readonly IntakeList[], message: string) {
  return defineScript(
    LEAN_LAYOUT,
    `
${keys("wait", "active", "prioritized", "delayed", "counter")}
${ORDER}
local function unused(id)
  while call('EXISTS', prefix .. id) == 1 do id = id .. '-' end
  return id
end
${message}
call('LLEN', wait)
call('ZCARD', prioritized)
local taken, moved, most = 0, 0, tonumber(ARGV[3])
for _, source in ipairs({ ${lists.map(({ end, priority }) => `{ '${end}', '${priority}' }`).join(", ")} }) do
  local list = ARGV[2] .. source[1]
  local text = taken < most and call('LINDEX', list, -1)
  while text do
    local is_json, fields = pcall(cjson.decode, text)
    if not is_json then fields = nil end
    local id, task = message_id(fields, text), task_of(fields)
    if call('EXISTS', prefix .. id) == 1 then
      call('RPOP', list)
      emit('duplicated', id)
    else
      call('HSET', prefix .. id, 'name', task, 'data', text, 'timestamp', stamp, 'delay', '0', 'priority', source[2])
      to_back(id)
      call('RPOP', list)
      emit('added', id, 'name', task)
      emit('waiting', id)
      moved = moved + 1
    end
    taken = taken + 1
    text = taken < most and call('LINDEX', list, -1)
  end
end
if moved > 0 then
  try('INCRBY', ${ENTERED}, moved)
  ${WAKE}
end
return taken
`,
  );
}

/** Moves messages of Celery's producers. */
export const CELERY_INTAKE = defineIntake(KOMBU_LISTS, KOMBU_MESSAGE);

/** Moves envelopes that any program has pushed. */
export const ENVELOPE_INTAKE = defineIntake([{ end: "", priority: 0 }], ENVELOPE_MESSAGE);
