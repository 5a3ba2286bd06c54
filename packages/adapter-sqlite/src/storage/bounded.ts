/**
 * SQL for a whole number from 0 that JavaScript can represent. A larger one, written by hand, would fail every call
 * that reads it.
 */
export function bounded(column: string): string {
  return `min(max(${column}, 0), ${Number.MAX_SAFE_INTEGER})`;
}

/** SQL for a counter increased by `by`. Beyond the limit SQLite would refuse the whole statement with all its rows. */
export function raised(column: string, by = "1"): string {
  return `min(max(${column}, 0), ${Number.MAX_SAFE_INTEGER - 1}) + ${by}`;
}

/** `delayMs` after `nowAt`, rounded up to a whole number that SQLite and JavaScript both represent exactly. */
export function laterBy(nowAt: number, delayMs: number): number {
  return Math.min(Math.ceil(nowAt + delayMs), Number.MAX_SAFE_INTEGER);
}
