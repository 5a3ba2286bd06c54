import { LAYOUT, ORDER, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** ARGV: prefix, then ids. Answers 1 for each removed, 0 for each not found, -1 for each leased. */
export const REMOVE = defineScript(
  LAYOUT,
  ORDER,
  SWEEP,
  `
sweep()
local answers = {}
for at = 2, #ARGV do
  local id = ARGV[at]
  if call('EXISTS', prefix .. id .. ':lock') == 1 then answers[at - 1] = -1
  else
    local found = call('ZREM', prioritized, id) + call('ZREM', delayed, id) + call('ZREM', failed, id)
      + call('ZREM', completed, id)
    if found == 0 then found = call('LREM', wait, 1, id) end
    if found > 0 then
      call('DEL', prefix .. id, prefix .. id .. ':logs')
      tell('removed', id)
    end
    answers[at - 1] = found > 0 and 1 or 0
  end
end
return answers
`,
);
