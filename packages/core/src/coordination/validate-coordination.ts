import type { OpenTarget } from "../broker/adapter-call.ts";
import { wrongAnswer } from "../broker/check-answers.ts";
import { isObject } from "../options/is-object.ts";
import type { CoordinationEntry, CoordinationStore } from "./coordination-store.ts";

/** A coordination store with checks of its answers. It refuses every call once `open` is closed. */
export function validateCoordination(coordination: CoordinationStore, open: OpenTarget): CoordinationStore {
  const { target } = open;
  return {
    put: (mark, ttlMs) => open.run(() => coordination.put(mark, ttlMs)),
    claim: (mark, ttlMs) =>
      open.ask(
        () => coordination.claim(mark, ttlMs),
        (value) => {
          if (typeof value === "string") return value;
          throw wrongAnswer(target, "coordination.claim", "the value that is stored", value);
        },
      ),
    list: (set) =>
      open.ask(
        () => coordination.list(set),
        (entries) => {
          if (Array.isArray(entries) && entries.every(isEntry)) return entries;
          throw wrongAnswer(
            target,
            "coordination.list",
            "an array of entries with set, name and value",
            entries,
          );
        },
      ),
    count: (set) =>
      open.ask(
        () => coordination.count(set),
        (count) => {
          if (typeof count === "number" && count >= 0) return count;
          throw wrongAnswer(target, "coordination.count", "a number, 0 or more", count);
        },
      ),
    remove: (set, name) => open.run(() => coordination.remove(set, name)),
  };
}

function isEntry(one: unknown): one is CoordinationEntry {
  return isObject(one) && [one.set, one.name, one.value].every((text) => typeof text === "string");
}
