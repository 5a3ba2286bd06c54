import { defineScript } from "./script.ts";

/**
 * KEYS[1] a result's key, ARGV: status, text, ms to keep it ('' for ever). A success that is kept is never replaced: a
 * second run of the same job must not change what was seen.
 */
export const KEEP_RESULT = defineScript(`
if redis.call('HGET', KEYS[1], 'status') == 'succeeded' then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'result', ARGV[2])
if ARGV[3] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
`);
