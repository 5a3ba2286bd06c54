import { LAYOUT, ORDER, RESUME_LEASE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** ARGV: prefix, ms of lease, then for each lease id and token. Returns 1 for each extended, 0 for each lost. */
export const EXTEND = defineScript(
  LAYOUT,
  ORDER,
  RESUME_LEASE,
  `
local answers = {}
for at = 3, #ARGV, 2 do
  local id, token = ARGV[at], ARGV[at + 1]
  local lock = prefix .. id .. ':lock'
  local is_held = try('GET', lock) == token
  if is_held then call('PEXPIRE', lock, ARGV[2])
  elseif resume_lease(id, token) then
    call('LPUSH', active, id)
    call('SET', lock, token, 'PX', ARGV[2])
    is_held = true
  end
  if is_held then try('SREM', stalled, id) end
  answers[#answers + 1] = is_held and 1 or 0
end
return answers
`,
);
