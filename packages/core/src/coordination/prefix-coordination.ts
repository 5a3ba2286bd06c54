import type { CoordinationStore } from "./coordination-store.ts";

/**
 * The same coordination store with prefixed sets, so that applications with different prefixes on one server stay
 * separate.
 */
export function prefixCoordination(coordination: CoordinationStore, prefix: string): CoordinationStore {
  const own = (set: string) => `${prefix}${set}`;
  return {
    put: (mark, ttlMs) => coordination.put({ ...mark, set: own(mark.set) }, ttlMs),
    claim: (mark, ttlMs) => coordination.claim({ ...mark, set: own(mark.set) }, ttlMs),
    list: async (set) => (await coordination.list(own(set))).map((mark) => ({ ...mark, set })),
    count: (set) => coordination.count(own(set)),
    remove: (set, name) => coordination.remove(own(set), name),
  };
}
