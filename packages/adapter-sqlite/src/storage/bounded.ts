/** SQL for a whole number that JavaScript can hold, not below 0: a larger one, which only an editor can have stored, would end every call that reads it. */
export function bounded(column: string): string {
  return `min(max(${column}, 0), ${Number.MAX_SAFE_INTEGER})`;
}

/** SQL for a counter that is raised by `by`. Past its bounds SQLite would refuse the whole statement, and with it the rows beside it. */
export function raised(column: string, by = "1"): string {
  return `min(max(${column}, 0), ${Number.MAX_SAFE_INTEGER - 1}) + ${by}`;
}
