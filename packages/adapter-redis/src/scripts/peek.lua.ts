import { LAYOUT, ORDER, PROMOTE, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** The fields of a message that a look brings, in this order. */
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
] as const;

/**
 * ARGV: prefix, state, how many, the last message of the page before ('' for none), its place then, the only message to
 * look for ('' for all). Answers for each message its id, its place, its {@link PEEKED_FIELDS}, and the token of its lease
 * ('' for none).
 */
export const PEEK = defineScript(
  LAYOUT,
  ORDER,
  PROMOTE,
  SWEEP,
  `
while promote() do end
sweep()
local state, limit, after, start, only = ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6]

-- A state is a list, whose first is at its right end, then a sorted set; either may be missing.
local list = ({ ready = wait, leased = active })[state]
local set = ({ ready = prioritized, delayed = delayed, dead = failed })[state]
local in_list = list and call('LLEN', list) or 0

local function place_of(id)
  local from_left = list and call('LPOS', list, id)
  if from_left then return in_list - 1 - from_left end
  local rank = set and call('ZRANK', set, id)
  return rank and in_list + rank
end

local ids = {}
if only ~= '' then
  start = 0
  if place_of(only) then ids[1] = only end
else
  -- Behind the last message of the page before, or where that was if it has gone.
  local last = after ~= '' and place_of(after)
  if last then start = last + 1 end
  if start < in_list then
    local turned = call('LRANGE', list, -start - limit, -start - 1)
    for index = #turned, 1, -1 do ids[#ids + 1] = turned[index] end
  end
  if set and #ids < limit then
    local first = start + #ids - in_list
    for _, id in ipairs(call('ZRANGE', set, first, first + limit - #ids - 1)) do ids[#ids + 1] = id end
  end
end

local found = {}
for index, id in ipairs(ids) do
  local stored = call('HMGET', prefix .. id, ${PEEKED_FIELDS.map((field) => `'${field}'`).join(", ")})
  local token = state == 'leased' and call('GET', prefix .. id .. ':lock') or ''
  found[index] = { id, start + index, stored, token }
end
return found
`,
);
