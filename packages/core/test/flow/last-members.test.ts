import { memory, memoryResults } from "@jobs/adapter-memory";
import { expect, test } from "vitest";
import type { CoordinationStore } from "../../src/entries/broker.ts";
import { chain, createApp, defineTask, group, handle, step } from "../../src/index.ts";
import { notingBroker } from "./noting-broker.ts";

const member = defineTask("member", {});
const after = defineTask("after", { values: "array" });

/** Each value of a group is stored only when all `size` are, so that every member finds the group complete. */
function meetingStore(store: CoordinationStore, size: number): CoordinationStore {
  let arrived = 0;
  let release = () => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    put: async (mark, ttlMs) => {
      await store.put(mark, ttlMs);
      if (!mark.set.includes("group/")) return;
      if (++arrived === size) release();
      await all;
    },
    claim: (mark, ttlMs) => store.claim(mark, ttlMs),
    list: (set) => store.list(set),
    count: (set) => store.count(set),
    remove: (set, name) => store.remove(set, name),
  };
}

test("members that end at the same time send the next job once [P12]", async () => {
  const sent: string[] = [];
  const results = memoryResults();
  const { coordination } = results;
  if (coordination === undefined) throw new Error("results without coordination store");
  Object.defineProperty(results, "coordination", { value: meetingStore(coordination, 3) });
  await using app = createApp({
    tasks: [member, after],
    handlers: [handle(member, () => 1), handle(after, ({ values }) => values.length)],
    broker: notingBroker(memory(), ({ label }) => sent.push(label)),
    results,
  });
  const worker = app.worker({ concurrency: 4, ownsProcess: false, until: { type: "drained" } });
  const { lastId } = await app.start(
    chain([
      group([step(member, {}), step(member, {}), step(member, {})]),
      step(after, {}, { takes: { values: "." } }),
    ]),
  );
  expect(await worker.run()).toMatchObject({ succeeded: 4, dead: 0 });
  expect(sent).toEqual(["member", "member", "member", "after"]);
  expect(await results.get(lastId)).toMatchObject({ status: "succeeded", value: 3 });
});
