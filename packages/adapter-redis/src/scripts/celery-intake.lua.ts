import { PRIORITY_LEVELS } from "../capabilities.ts";
import { ENTERED, keys, LEAN_LAYOUT, ORDER, WAKE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** kombu's lists of one queue, by the ends of their keys: the first is read first. Its priority 0 is the highest. */
const LISTS = [
  { end: "", priority: 0 },
  ...[3, 6, 9].map((priority) => ({ end: `\\006\\022${priority}`, priority: PRIORITY_LEVELS + priority })),
];

/**
 * The id of kombu's message, which belongs to one send. The id of the task would make two messages one, since a task
 * that Celery sends again keeps it. A digest stands for an id that is missing, or that no message may have.
 */
const MESSAGE_ID = `
local function message_id(fields, text)
  local properties = type(fields) == 'table' and fields.properties
  local id = type(properties) == 'table' and properties.delivery_tag
  if type(id) ~= 'string' or #id > 64 or not string.find(id, '^[%w][%w-]*$') then id = redis.sha1hex(text) end
  id = 'celery-' .. id
  while call('EXISTS', prefix .. id) == 1 do id = id .. '-' end
  return id
end
local function task_of(fields)
  local headers = type(fields) == 'table' and fields.headers
  return type(headers) == 'table' and type(headers.task) == 'string' and headers.task or ''
end
`;

/**
 * Moves messages of Celery's producers from kombu's lists into the queue, as they are. ARGV: prefix, Celery's queue,
 * how many at most. Returns how many it moved. A message leaves its list after it is stored.
 */
export const CELERY_INTAKE = defineScript(
  LEAN_LAYOUT,
  `
${keys("wait", "active", "prioritized", "delayed", "counter")}
${ORDER}
${MESSAGE_ID}
call('LLEN', wait)
call('ZCARD', prioritized)
local moved, most = 0, tonumber(ARGV[3])
for _, source in ipairs({ ${LISTS.map(({ end, priority }) => `{ '${end}', '${priority}' }`).join(", ")} }) do
  local list = ARGV[2] .. source[1]
  local text = moved < most and call('LINDEX', list, -1)
  while text do
    local is_json, fields = pcall(cjson.decode, text)
    if not is_json then fields = nil end
    local id, task = message_id(fields, text), task_of(fields)
    call('HSET', prefix .. id, 'name', task, 'data', text, 'timestamp', stamp, 'delay', '0', 'priority', source[2])
    to_back(id)
    call('RPOP', list)
    emit('added', id, 'name', task)
    emit('waiting', id)
    moved = moved + 1
    text = moved < most and call('LINDEX', list, -1)
  end
end
if moved > 0 then
  try('INCRBY', ${ENTERED}, moved)
  ${WAKE}
end
return moved
`,
);
