import { defineScript } from "./script.ts";

/**
 * KEYS[1] a set's values by name, KEYS[2] the end of each. Both keys expire with the entry that lasts longest. Each
 * access to a set, but for a removal, first deletes up to 1,000 expired entries.
 */
const FORGET = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1000)
if #over > 0 then
  redis.call('HDEL', KEYS[1], unpack(over))
  redis.call('ZREM', KEYS[2], unpack(over))
end
`;

const PUT = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
redis.call('PEXPIREAT', KEYS[1], last)
redis.call('PEXPIREAT', KEYS[2], last)
`;

/** ARGV: name, value, ms to keep it. */
export const PUT_ENTRY = defineScript(`${FORGET}${PUT}return 1`);

/** ARGV: name, value, ms to keep it. Returns the value that is stored now. */
export const CLAIM_ENTRY = defineScript(`${FORGET}
local standing = redis.call('HGET', KEYS[1], ARGV[1])
local until_ms = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0)
if standing and standing ~= ARGV[2] and until_ms > now then return standing end
${PUT}return ARGV[2]`);

/**
 * ARGV: the cursor, '0' at first. Returns the next cursor, '0' after the last part, then names and values in turn. A
 * large set comes in parts, in which a name may come twice.
 */
export const LIST_ENTRIES = defineScript(`${FORGET}
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 1000)
local found, entries = page[2], {}
for at = 1, #found, 2 do
  if tonumber(redis.call('ZSCORE', KEYS[2], found[at]) or 0) > now then
    entries[#entries + 1] = found[at]
    entries[#entries + 1] = found[at + 1]
  end
end
return { page[1], entries }`);

export const COUNT_ENTRIES = defineScript(
  `${FORGET}return redis.call('ZCOUNT', KEYS[2], '(' .. now, '+inf')`,
);

/** ARGV: name. */
export const REMOVE_ENTRY = defineScript(`
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`);
