/** One step of a path as JavaScript would write it. Keys that are no identifiers are quoted, so none can pass for a path. */
export function stepInto(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
