/** A function by name for each kind of value that can be thrown. */
export function hostileValues(): Record<string, () => unknown>;
