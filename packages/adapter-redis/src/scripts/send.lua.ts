import { LAYOUT, PROMOTE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** How many arguments a message takes. */
const SEND_FIELDS = 5;

/** ARGV: prefix, then for each message id, label, body, delay, priority as BullMQ has it. Answers 1 for each stored, 0 for each duplicate. */
export const SEND = defineScript(
  LAYOUT,
  PROMOTE,
  `
-- At its limit of memory Redis refuses a script by its first write: this one, so that nothing is stored by halves.
call('INCRBY', counter, 0)
-- What has fallen due before was there first.
promote()
local answers, line = {}, {}
local total = (#ARGV - 1) / ${SEND_FIELDS}
local last = call('INCRBY', counter, total)
for index = 1, total do
  local at = (index - 1) * ${SEND_FIELDS} + 2
  local id, label, delay, priority = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 3]), ARGV[at + 4]
  local job = prefix .. id
  if call('EXISTS', job) == 1 then
    answers[index] = 0
    tell('duplicated', id)
  else
    answers[index] = 1
    call('HSET', job, 'name', label, 'data', ARGV[at + 2], 'opts', '{"attempts":1,"priority":' .. priority .. '}',
      'timestamp', now, 'delay', ARGV[at + 3], 'priority', priority)
    tell('added', id, 'name', label)
    if delay > 0 then
      local due = due_after(delay)
      call('HSET', job, 'due', whole(due))
      to_delayed(id, due)
      tell('delayed', id, 'delay', whole(due))
    else
      line[#line + 1] = whole(priority * PRIORITY_STEP + (last - total + index) % PRIORITY_STEP)
      line[#line + 1] = id
      tell('waiting', id)
    end
  end
end
if #line > 0 then
  call('ZADD', prioritized, unpack(line))
  wake()
end
return answers
`,
);
