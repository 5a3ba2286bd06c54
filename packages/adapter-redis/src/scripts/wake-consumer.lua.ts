import { defineScript } from "./script.ts";

/** KEYS[1] the mark of one wait, which takes it away; one that comes too late is soon gone by itself. */
export const WAKE_CONSUMER = defineScript(`
redis.call('ZADD', KEYS[1], 0, '0')
return redis.call('PEXPIRE', KEYS[1], 1000)
`);
