import { LAYOUT, UNREADABLE } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** The most entries of lists that one script reads, so that other commands do not wait long. */
const MOST_PLACES = 1_000_000;

/**
 * ARGV: prefix, then ids. Returns 1 for each removed, 0 for each not found, -1 for each leased. It returns results for
 * the first ids only when more would take too long.
 */
export const REMOVE = defineScript(
  LAYOUT,
  `
local answers, places, most = {}, call('LLEN', wait) + call('LLEN', active), ${MOST_PLACES}
for at = 2, #ARGV do
  if most <= 0 then break end
  local id = ARGV[at]
  if call('EXISTS', prefix .. id .. ':lock') == 1 then answers[at - 1] = -1
  else
    local found = call('ZREM', prioritized, id) + call('ZREM', delayed, id) + call('ZREM', failed, id)
      + call('ZREM', completed, id)
    if found == 0 then
      most = most - places
      found = call('LREM', wait, -1, id)
    end
    if found > 0 then
      call('UNLINK', prefix .. id, prefix .. id .. ':logs', prefix .. id .. '${UNREADABLE}')
      emit('removed', id)
    elseif call('LPOS', active, id) then found = -1 end
    answers[at - 1] = found
  end
end
return answers
`,
);
