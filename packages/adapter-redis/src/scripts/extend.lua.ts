import { LAYOUT } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** ARGV: prefix, ms of lease, then for each lease id and token. Answers 1 for each extended, 0 for each lost. */
export const EXTEND = defineScript(
  LAYOUT,
  `
local answers = {}
for at = 3, #ARGV, 2 do
  local lock = prefix .. ARGV[at] .. ':lock'
  local is_held = call('GET', lock) == ARGV[at + 1]
  if is_held then
    call('PEXPIRE', lock, ARGV[2])
    call('SREM', stalled, ARGV[at])
  end
  answers[#answers + 1] = is_held and 1 or 0
end
return answers
`,
);
