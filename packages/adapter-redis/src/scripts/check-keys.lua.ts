import { defineScript } from "./script.ts";

/** The type of each key of a queue, by Redis's names. */
const TYPES = {
  wait: "list",
  active: "list",
  prioritized: "zset",
  delayed: "zset",
  failed: "zset",
  completed: "zset",
  stalled: "set",
  marker: "zset",
  events: "stream",
  id: "string",
  pc: "string",
};

/**
 * KEYS[1] a queue's hash of settings, ARGV[1] the prefix of its keys. Returns BullMQ's version, '' for none. For each
 * key of a wrong type it then returns its name, its type and the expected type.
 */
export const CHECK_KEYS = defineScript(`
local answer = { '' }
local function check(key, expected)
  local found = redis.call('TYPE', key).ok
  if found == expected or found == 'none' then return true end
  for _, word in ipairs({ key, found, expected }) do answer[#answer + 1] = word end
end
if check(KEYS[1], 'hash') then answer[1] = redis.call('HGET', KEYS[1], 'version') or '' end
${Object.entries(TYPES)
  .map(([name, type]) => `check(ARGV[1] .. '${name}', '${type}')`)
  .join("\n")}
return answer
`);
