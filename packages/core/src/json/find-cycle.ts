import { stepInto } from "./value-path.ts";

/**
 * Where plain data first contains itself, as a path; `undefined` when it is merely deeper than `maxDepth`.
 * Only for data whose properties up to that place are known to be plain: it reads them.
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
