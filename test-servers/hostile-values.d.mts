/** Everything that can be thrown, by name: one way to make each value. */
export function hostileValues(): Record<string, () => unknown>;
