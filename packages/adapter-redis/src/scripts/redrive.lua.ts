import { CARRIED } from "../codec/split-envelope.ts";
import { ENTERED, LAYOUT, ORDER, UNREADABLE, WAKE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** The number of arguments of a message that is chosen: its id and the parts of its new body. */
export const CHOSEN_FIELDS = 4;

/** Gives a job another body, as arguments of the script from `at` on. Its other options stay. After {@link ORDER}. */
const CHANGE_BODY = `
local function change_body(id, at)
  local data, name, carried = string.sub(ARGV[at], 2), ARGV[at + 1], ARGV[at + 2]
  local opts = try('HGET', prefix .. id, 'opts')
  opts = type(opts) == 'string' and opts or '{}'
  if string.find(opts, '"sig":', 1, true) then
    local is_read, kept = pcall(cjson.decode, opts)
    if not is_read or type(kept) ~= 'table' then kept = {} end
    for _, field in ipairs({ ${CARRIED.map((field) => `'${field}'`).join(", ")} }) do kept[field] = nil end
    opts = next(kept) == nil and '{}' or cjson.encode(kept)
  end
  if carried ~= '' then
    opts = '{' .. carried .. (string.find(opts, '^{%s*}$') and '}' or ',' .. string.sub(opts, 2))
    write(id, 'name', name)
  end
  write(id, 'data', data, 'opts', opts)
end
`;

/**
 * ARGV: prefix, prefix of the target queue, limit, how many of the oldest to skip, '1' to move only the ids that
 * follow. After each id are three parts of its new body: its data behind a '=', its name, and the options that carry the
 * rest. A body that is stored whole has only the first, and a job that keeps its body has none. Missing parts are ''.
 * Returns how many were moved, and how many stay because their id is already stored there.
 */
export const REDRIVE = defineScript(
  LAYOUT,
  ORDER,
  `
local source, target, limit, skip = prefix, ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local dead, bodies = {}, {}
if ARGV[5] == '1' then
  local deaths = {}
  for at = 6, #ARGV, ${CHOSEN_FIELDS} do
    if ARGV[at + 1] ~= '' then bodies[ARGV[at]] = at + 1 end
    local death = call('ZSCORE', failed, ARGV[at])
    if death then deaths[#deaths + 1] = { tonumber(death), ARGV[at] } end
  end
  table.sort(deaths, function(one, other) return one[1] < other[1] end)
  for index = 1, math.min(limit, #deaths) do dead[index] = deaths[index][2] end
elseif limit > 0 then dead = call('ZRANGE', failed, skip, skip + limit - 1) end

-- From here on the other queue is the one that is written to.
prefix, wait, prioritized = target, target .. 'wait', target .. 'prioritized'
counter, marker, events = target .. 'pc', target .. 'marker', target .. 'events'
paused = call('HEXISTS', target .. 'meta', 'paused') == 1
call('LLEN', wait)
call('ZCARD', prioritized)

${CHANGE_BODY}
local moved = {}
for _, id in ipairs(dead) do
  local is_free = source == target or call('EXISTS', target .. id) == 0
  if is_free and call('ZREM', failed, id) == 1 then
    if source ~= target then
      for _, part in ipairs({ '', ':logs', '${UNREADABLE}' }) do
        if call('EXISTS', source .. id .. part) == 1 then call('RENAME', source .. id .. part, target .. id .. part) end
      end
    end
    write(id, 'due', whole(now), 'delay', '0')
    if bodies[id] then change_body(id, bodies[id]) end
    call('HDEL', target .. id, 'ats', 'atm', 'stc', 'failures', 'lastError', 'deadReason', 'deadError', 'failedReason',
      'finishedOn', 'processedOn', 'stacktrace', 'lease', 'crashed', 'crashedBefore', 'released')
    count_up(id, 'redrives', 1)
    moved[#moved + 1] = id
  end
end
for _, id in ipairs(moved) do
  to_back(id)
  emit('waiting', id, 'prev', 'failed')
end
if #moved > 0 then
  try('INCRBY', ${ENTERED}, #moved)
  ${WAKE}
end
return { #moved, #dead - #moved }
`,
);
