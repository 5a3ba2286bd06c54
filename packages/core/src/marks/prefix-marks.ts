import type { Marks } from "./marks.ts";

/** The same notebook with sets of its own: applications that share a server and differ in their prefix do not meet. */
export function prefixMarks(marks: Marks, prefix: string): Marks {
  const own = (set: string) => `${prefix}${set}`;
  return {
    put: (mark, ttlMs) => marks.put({ ...mark, set: own(mark.set) }, ttlMs),
    claim: (mark, ttlMs) => marks.claim({ ...mark, set: own(mark.set) }, ttlMs),
    list: async (set) => (await marks.list(own(set))).map((mark) => ({ ...mark, set })),
    count: (set) => marks.count(own(set)),
    remove: (set, name) => marks.remove(own(set), name),
  };
}
