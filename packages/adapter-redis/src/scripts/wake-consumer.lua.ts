import { defineScript } from "./script.ts";

/** KEYS[1] the mark of one wait, which removes it. A mark that comes too late soon expires. */
export const WAKE_CONSUMER = defineScript(`
redis.call('ZADD', KEYS[1], 0, '0')
return redis.call('PEXPIRE', KEYS[1], 1000)
`);
