import type { Mark, Marks } from "@jobs/core";
import type { RedisLink } from "../connection/redis-link.ts";
import { CLAIM_MARK, COUNT_MARKS, LIST_MARKS, PUT_MARK, REMOVE_MARK } from "../scripts/marks.lua.ts";
import type { Script } from "../scripts/script.ts";

/** Marks in Redis, on its clock, under keys that begin with `prefix`. */
export function redisMarks(link: RedisLink, prefix: string): Marks {
  /** The two keys of a set share what is in braces, which keeps them on one node of a cluster. */
  const run = (script: Script, set: string, ...args: readonly (string | number)[]) => {
    const key = `${prefix}:mark:{${set}}`;
    return link.script(script, { keys: [key, `${key}:until`] }, args);
  };
  return {
    async put({ set, name, value }, ttlMs) {
      await run(PUT_MARK, set, name, value, Math.ceil(ttlMs));
    },
    async claim({ set, name, value }, ttlMs) {
      return (await run(CLAIM_MARK, set, name, value, Math.ceil(ttlMs))) as string;
    },
    async list(set) {
      return marksOf(set, (await run(LIST_MARKS, set)) as readonly string[]);
    },
    async count(set) {
      return (await run(COUNT_MARKS, set)) as number;
    },
    async remove(set, name) {
      await run(REMOVE_MARK, set, name);
    },
  };
}

function marksOf(set: string, namesAndValues: readonly string[]): readonly Mark[] {
  const marks: Mark[] = [];
  for (let at = 0; at < namesAndValues.length; at += 2) {
    marks.push({ set, name: namesAndValues[at] ?? "", value: namesAndValues[at + 1] ?? "" });
  }
  return marks.sort((one, other) => (one.name < other.name ? -1 : 1));
}
