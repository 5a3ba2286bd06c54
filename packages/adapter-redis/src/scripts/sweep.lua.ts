import { LAYOUT, ORDER, SWEEP } from "./layout.lua.ts";
import { defineScript } from "./script.ts";

/**
 * ARGV: prefix, how many of the oldest leases to skip. One step of a sweep; returns the start of the next, -1 after the
 * last.
 */
export const SWEEP_STEP = defineScript(LAYOUT, ORDER, SWEEP, "return sweep(tonumber(ARGV[2]))");
