import { LAST_DUE, LAYOUT, ORDER, PROMOTE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";
import { READABLE } from "./unreadable.lua.ts";

/** The returned fields of a message, in this order. */
export const PEEKED_FIELDS = [
  "name",
  "data",
  "ats",
  "failures",
  "stc",
  "priority",
  "due",
  "timestamp",
  "delay",
  "redrives",
  "lastError",
  "deadReason",
  "deadError",
  "finishedOn",
  "failedReason",
  "returnvalue",
  "atm",
  "opts",
] as const;

/** Names of fields as arguments of a command. */
function quoted(fields: readonly string[]): string {
  return fields.map((field) => `'${field}'`).join(", ");
}

const DUE = PEEKED_FIELDS.indexOf("due") + 1;

/** Between two pages this many messages may come to the front or leave it, until the last one is searched for. */
const NEAR = 1_000;

/**
 * Defines `ids`, the messages of a page, and `start`, the number of messages before it. ARGV: prefix, state, limit, the
 * last message of the previous page ('' for none), its position then, the only message to find ('' for all).
 */
const PAGE = `
promote()
local limit, after, start, only = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6]

-- A state is a list, whose first is at its right end, and then parts of sorted sets. A due job counts as ready,
-- though it is still among the delayed.
local due, total = call('ZCOUNT', delayed, '-inf', ${LAST_DUE}), call('ZCARD', delayed)
local function list(key) return { key = key, size = call('LLEN', key) } end
local function set(key) return { key = key, first = 0, size = call('ZCARD', key) } end
local parts = ({
  ready = { list(wait), set(prioritized), { key = delayed, first = 0, size = due } },
  leased = { list(active) },
  delayed = { { key = delayed, first = due, size = total - due } },
  dead = { set(failed) },
  succeeded = { set(completed) },
})[ARGV[2]]

-- A search through a list of a million takes 15 ms, and every page would begin with one. So it looks first at the old
-- position, and then near it: workers have taken some messages before it.
local function position_near(list, id, position)
  if position < 0 then return end
  if call('LINDEX', list.key, -position - 1) == id then return position end
  local last = math.min(position + ${NEAR}, list.size) - 1
  local first = math.max(0, position - ${NEAR})
  if last < first then return end
  local near = call('LRANGE', list.key, -last - 1, -first - 1)
  for index = #near, 1, -1 do
    if near[index] == id then return first + #near - index end
  end
end

local function position_in(part, id, position)
  if part.first then
    local rank = call('ZRANK', part.key, id)
    return rank and rank >= part.first and rank < part.first + part.size and rank - part.first
  end
  local near = position_near(part, id, position)
  if near then return near end
  local from_left = call('LPOS', part.key, id)
  return from_left and part.size - 1 - from_left
end

-- Sorted sets first, where a search is quick.
local function place_of(id, position)
  for _, is_list in ipairs({ false, true }) do
    local before = 0
    for _, part in ipairs(parts) do
      local found = not part.first == is_list and position_in(part, id, position - before)
      if found then return before + found end
      before = before + part.size
    end
  end
end

local function rename(part, position, id, name)
  if part.first then
    local score = call('ZSCORE', part.key, id)
    call('ZREM', part.key, id)
    call('ZADD', part.key, score, name)
  else call('LSET', part.key, part.size - 1 - position, name) end
end

-- Returns up to this many ids from a position on, each as a readable id.
local function ids_of(part, position, most)
  local last, ids = math.min(position + most, part.size) - 1, {}
  if last < position then return ids end
  if part.first then ids = call('ZRANGE', part.key, part.first + position, part.first + last)
  else
    local turned = call('LRANGE', part.key, -last - 1, -position - 1)
    for index = #turned, 1, -1 do ids[#ids + 1] = turned[index] end
  end
  for index, id in ipairs(ids) do
    local name = readable(id)
    if name ~= id then rename(part, position + index - 1, id, name) end
    ids[index] = name
  end
  return ids
end

local ids = {}
if only ~= '' then
  start = 0
  if place_of(only, -1) then ids[1] = only end
else
  -- After the last message of the previous page, or its old position if it is gone.
  local last = after ~= '' and place_of(after, start - 1)
  if last then start = last + 1 end
  local before = 0
  for _, part in ipairs(parts) do
    for _, id in ipairs(ids_of(part, math.max(0, start + #ids - before), limit - #ids)) do ids[#ids + 1] = id end
    before = before + part.size
  end
end
`;

/**
 * ARGV as for {@link PAGE}. Returns for each message its id, its position, its {@link PEEKED_FIELDS}, the token of its
 * lease ('' for none), and the end of the lease in ms since 1970 (0 for none).
 */
export const PEEK = defineScript(
  LAYOUT,
  ORDER,
  PROMOTE,
  READABLE,
  PAGE,
  `
local found = {}
for index, id in ipairs(ids) do
  local stored = try('HMGET', prefix .. id, ${quoted(PEEKED_FIELDS)})
  if stored.err then
    local text = try('GET', prefix .. id)
    stored = { false, type(text) == 'string' and text }
  end
  -- BullMQ's tools change when a job is due, and do not know our field.
  local due_at = ARGV[2] == 'delayed' and call('ZSCORE', delayed, id)
  if due_at then stored[${DUE}] = whole(math.floor(due_at / TIME_STEP))
  elseif ARGV[2] == 'ready' and count_of(stored[${DUE}]) > now then stored[${DUE}] = stamp end
  local token = ARGV[2] == 'leased' and try('GET', prefix .. id .. ':lock')
  local until_ms = 0
  if type(token) == 'string' then until_ms = now + math.max(0, call('PTTL', prefix .. id .. ':lock')) end
  found[index] = { id, start + index, stored, type(token) == 'string' and token or '', until_ms }
end
return found
`,
);

/** The returned fields of a scanned message, behind its id. */
export const SCANNED_FIELDS = ["data", "name", "opts", "timestamp"] as const;

/**
 * The same with only what makes its body: the position of the last message, then for each its id and its
 * {@link SCANNED_FIELDS}. All fields, a list for each message and its lease would take three times as long.
 */
export const SCAN = defineScript(
  LAYOUT,
  ORDER,
  PROMOTE,
  READABLE,
  PAGE,
  `
local found, size = { start + #ids }, 1
for _, id in ipairs(ids) do
  local stored = try('HMGET', prefix .. id, ${quoted(SCANNED_FIELDS)})
  if stored.err then
    local text = try('GET', prefix .. id)
    stored = { type(text) == 'string' and text }
  end
  found[size + 1] = id
  for index = 1, ${SCANNED_FIELDS.length} do found[size + 1 + index] = stored[index] or '' end
  size = size + 1 + ${SCANNED_FIELDS.length}
end
return found
`,
);
