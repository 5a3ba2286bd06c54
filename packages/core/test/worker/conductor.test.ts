import { describe, expect, test } from "vitest";
import { defineTask, FatalError, handle, RetryLater } from "../../src/index.ts";
import { createRig } from "../rig.ts";

describe("what a Conductor worker can do", () => {
  test("one function of parameters and context serves several tasks [C1 C6]", async () => {
    const add = defineTask("add", { a: "number" });
    const more = defineTask("add_more", { a: "number" });
    const seen: string[] = [];
    const rig = createRig({
      tasks: [add, more],
      handlers: [handle([add, more] as const, ({ a }, { task }) => void seen.push(`${task} ${a}`))],
    });
    await rig.app.enqueue(add, { a: 1 });
    await rig.app.enqueue(more, { a: 2 });
    rig.start();
    await rig.clock.advance(100);
    expect(seen).toEqual(["add 1", "add_more 2"]);
  });

  test("a handler has four ends: it returns, throws, throws for good, or asks for another time [C2]", async () => {
    const ends = defineTask("ends", { how: "string" }, { maxAttempts: 2, backoff: 100 });
    const rig = createRig({
      tasks: [ends],
      handlers: [
        handle(ends, ({ how }, { attempt }) => {
          if (how === "fail") throw new Error("as any other");
          if (how === "fatal") throw new FatalError("never again");
          if (how === "snooze" && rig.events.filter(({ type }) => type === "job.snoozed").length === 0)
            throw new RetryLater(500);
          return attempt;
        }),
      ],
    });
    for (const how of ["return", "fail", "fatal", "snooze"]) await rig.app.enqueue(ends, { how });
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(5_000);
    expect(await report).toMatchObject({ succeeded: 2, retried: 1, postponed: 1, dead: 2 });
    const dead = rig.events.filter((event) => event.type === "job.dead");
    expect(dead.map(({ reason }) => reason).sort()).toEqual(["exhausted", "fatal"]);
  });

  test("each task has retries of its own [C4]", async () => {
    const once = defineTask("once", {}, { maxAttempts: 1 });
    const thrice = defineTask("thrice", {}, { maxAttempts: 3, backoff: 200 });
    const runs: string[] = [];
    const rig = createRig({
      tasks: [once, thrice],
      handlers: [
        handle([once, thrice] as const, (_, { task }) => {
          runs.push(task);
          throw new Error("no");
        }),
      ],
    });
    await rig.app.enqueueMany([
      [once, {}],
      [thrice, {}],
    ]);
    rig.start();
    await rig.clock.advance(2_000);
    expect(runs.toSorted()).toEqual(["once", "thrice", "thrice", "thrice"]);
  });

  test("one receive brings as many jobs as there are free slots [C28]", async () => {
    const work = defineTask("work", {});
    let receives = 0;
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => new Promise(() => {}))] });
    rig.faults.receive = () => {
      receives++;
      return undefined;
    };
    await rig.app.enqueueMany(Array.from({ length: 8 }, () => [work, {}] as const));
    const { worker } = rig.start({ concurrency: 8 });
    await rig.clock.advance(100);
    expect(worker.running).toBe(8);
    expect(receives).toBe(1);
  });
});
