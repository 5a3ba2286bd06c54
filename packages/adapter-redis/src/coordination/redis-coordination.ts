import type { CoordinationEntry, CoordinationStore } from "@jobs/core/broker";
import type { RedisLink } from "../connection/redis-link.ts";
import {
  CLAIM_ENTRY,
  COUNT_ENTRIES,
  LIST_ENTRIES,
  PUT_ENTRY,
  REMOVE_ENTRY,
} from "../scripts/coordination.lua.ts";
import type { Script } from "../scripts/script.ts";

/** A coordination store in Redis, by the clock of its server, under keys with `prefix`. */
export function redisCoordination(link: RedisLink, prefix: string): CoordinationStore {
  /** The same text in braces puts both keys of a set on one node of a cluster. */
  const run = (script: Script, set: string, ...args: readonly (string | number)[]) => {
    const key = `${prefix}:mark:{${set}}`;
    return link.script(script, { keys: [key, `${key}:until`] }, args);
  };
  return {
    async put({ set, name, value }, ttlMs) {
      await run(PUT_ENTRY, set, name, value, wholeTtl(ttlMs));
    },
    async claim({ set, name, value }, ttlMs) {
      return (await run(CLAIM_ENTRY, set, name, value, wholeTtl(ttlMs))) as string;
    },
    async list(set) {
      const values = new Map<string, string>();
      let from = "0";
      do {
        const [next, found] = (await run(LIST_ENTRIES, set, from)) as readonly [string, readonly string[]];
        for (let at = 0; at < found.length; at += 2) values.set(found[at] ?? "", found[at + 1] ?? "");
        from = next;
      } while (from !== "0");
      return [...values]
        .map(([name, value]): CoordinationEntry => ({ set, name, value }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async count(set) {
      return (await run(COUNT_ENTRIES, set)) as number;
    },
    async remove(set, name) {
      await run(REMOVE_ENTRY, set, name);
    },
  };
}

/** A time that Redis can add to its clock; an entry without an end stays for about 3,000 years. */
function wholeTtl(ttlMs: number): number {
  return Math.min(Math.ceil(ttlMs), 1e14);
}
