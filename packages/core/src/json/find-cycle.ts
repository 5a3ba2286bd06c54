import { stepInto } from "./value-path.ts";

/**
 * The path where plain data first contains itself; `undefined` when it is only deeper than `maxDepth`. It reads
 * properties, so the caller must know that they are plain up to that place.
 */
export function findCycle(root: unknown, maxDepth: number): string | undefined {
  const ancestors = new Set<unknown>();
  return search(root);

  function search(value: unknown): string | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    if (ancestors.has(value)) return "";
    if (ancestors.size === maxDepth) return undefined;
    ancestors.add(value);
    for (const [key, member] of Object.entries(value)) {
      const found = search(member);
      if (found !== undefined) return (Array.isArray(value) ? `[${key}]` : stepInto(key)) + found;
    }
    ancestors.delete(value);
    return undefined;
  }
}
