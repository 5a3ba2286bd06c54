import { defineScript } from "./script.ts";

/**
 * KEYS[1] a result's key. ARGV: status, text, ms to keep it ('' for ever), time of the enqueue ('' if unknown). A kept
 * success stays until another job with its id ends: a second run must not change it.
 */
export const KEEP_RESULT = defineScript(`
local kept = redis.call('HMGET', KEYS[1], 'status', 'enqueuedAt')
if kept[1] == 'succeeded' and kept[2] == ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'result', ARGV[2], 'enqueuedAt', ARGV[4])
if ARGV[3] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
`);
