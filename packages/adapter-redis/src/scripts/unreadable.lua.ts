import { UNREADABLE } from "./layout.lua.ts";

/** A text of ASCII alone, as a pattern of Lua. Faster than a search for other bytes, which begins anew at each byte. */
export const ASCII = "^[\\1-\\127]*$";

/** A byte beyond ASCII, as a pattern of Lua. */
const BEYOND_ASCII = "[\\128-\\255]";

/** The characters of UTF-8 beyond ASCII, by their first bytes. */
const WIDE_CHARACTERS = [
  "[\\194-\\223][\\128-\\191]",
  "\\224[\\160-\\191][\\128-\\191]",
  "[\\225-\\236\\238\\239][\\128-\\191][\\128-\\191]",
  "\\237[\\128-\\159][\\128-\\191]",
  "\\240[\\144-\\191][\\128-\\191][\\128-\\191]",
  "[\\241-\\243][\\128-\\191][\\128-\\191][\\128-\\191]",
  "\\244[\\128-\\143][\\128-\\191][\\128-\\191]",
];

/**
 * Gives a job a new id when its own is not UTF-8, and returns the current id. The driver changes such bytes, so no
 * receipt could contain them. The bytes are kept in the job.
 */
export const READABLE = `
local function readable(id)
  if string.find(id, '${ASCII}') then return id end
  local rest = id
  for _, character in ipairs({ ${WIDE_CHARACTERS.map((pattern) => `'${pattern}'`).join(", ")} }) do
    rest = string.gsub(rest, character, ' ')
  end
  if not string.find(rest, '${BEYOND_ASCII}') then return id end
  local name = 'bytes-' .. redis.sha1hex(id)
  while call('EXISTS', prefix .. name) == 1 do name = name .. '-' end
  if call('EXISTS', prefix .. id) == 1 then call('RENAME', prefix .. id, prefix .. name) end
  try('HSET', prefix .. name, 'rawId', id)
  return name
end
`;

/**
 * Makes a job from another value under its key, and returns its body. A text becomes the body. Anything else moves to
 * another key, and the job gets an empty body, which makes it a dead letter.
 */
export const MAKE_JOB = `
local function make_job(id)
  local job = prefix .. id
  local text = try('GET', job)
  if type(text) == 'string' then call('DEL', job)
  else
    call('RENAME', job, job .. '${UNREADABLE}')
    text = ''
  end
  call('HSET', job, 'name', '', 'data', text, 'timestamp', stamp)
  return text
end
`;
