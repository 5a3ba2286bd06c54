import { parseDuration } from "@jobs/core/config";

/**
 * Whether a text is a number above 0 without a unit, such as `5`. People mean seconds by it, but a setting means ms.
 */
export function lacksUnit(written: string): boolean {
  return /^\d+(\.\d+)?$/.test(written.trim()) && Number(written) > 0;
}

/** What to write instead of a number without a unit. `undefined` for anything else. */
export function unitHint(written: string): string | undefined {
  const number = written.trim();
  return lacksUnit(written) ? `Write the unit: ${number}ms, ${number}s or ${number}m.` : undefined;
}

/** A duration on the command line, in ms. It needs a unit, unless it is 0. `undefined` for anything else. */
export function readDuration(written: string): number | undefined {
  return lacksUnit(written) ? undefined : parseDuration(written);
}
