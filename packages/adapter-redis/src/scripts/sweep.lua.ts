import { LAYOUT, ORDER, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/** ARGV: prefix, how many of the oldest leases to pass over. One step of a sweep; answers where the next begins, -1 after the last. */
export const SWEEP_STEP = defineScript(LAYOUT, ORDER, SWEEP, "return sweep(tonumber(ARGV[2]))");
