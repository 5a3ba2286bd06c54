import { parseDuration } from "@jobs/core/config";

/** Whether a text is a number above 0 without a unit, such as `5`: people mean seconds by it, and a setting ms. */
export function lacksUnit(written: string): boolean {
  return /^\d+(\.\d+)?$/.test(written.trim()) && Number(written) > 0;
}

/** A duration on the command line, in ms: with its unit, unless it is 0. `undefined` for anything else. */
export function readDuration(written: string): number | undefined {
  return lacksUnit(written) ? undefined : parseDuration(written);
}
