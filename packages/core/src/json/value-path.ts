/**
 * One step of a path in JavaScript's notation. Keys that are not identifiers are quoted, so that none looks like a
 * path.
 */
export function stepInto(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
