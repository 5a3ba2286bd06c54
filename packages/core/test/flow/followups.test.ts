import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import type { NextStep } from "../../src/entries/broker.ts";
import { chain, defineTask, group, handle, step } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const fetch = defineTask("fetch", { url: "string" }, { maxAttempts: 1 });
const parse = defineTask("parse", { html: "string", strict: "boolean?" });
const rest = [
  step(parse, { strict: true }, { takes: { html: "body" } }),
  step(fetch, { url: "last" }, { priority: 0 }),
];

/** A chain whose first handler takes the rest. */
function world() {
  const taken: (readonly NextStep[])[] = [];
  const parsed: unknown[] = [];
  const rig = createRig({
    tasks: [fetch, parse],
    results: memoryResults(),
    handlers: [
      handle(fetch, ({ url }, ctx) => {
        if (url !== "last") taken.push(ctx.followups.take());
        return { body: "<a>" };
      }),
      handle(parse, (params) => void parsed.push(params)),
    ],
  });
  return { rig, taken, parsed };
}

describe("follow-ups that a handler takes", () => {
  test("it gets the steps as data, and nothing follows by itself [T23]", async () => {
    const { rig, taken, parsed } = world();
    await rig.app.start(chain([step(fetch, { url: "a" }), ...rest]));
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 0 });
    expect(parsed).toEqual([]);
    expect(taken).toMatchObject([
      [
        { task: "parse", params: { strict: true }, takes: { html: "body" }, queue: "default" },
        { task: "fetch", params: { url: "last" } },
      ],
    ]);
  });

  test("delivered again, the job takes the same steps, and still none follows [T23]", async () => {
    const { rig, taken, parsed } = world();
    const flow = chain([step(fetch, { url: "a" }), ...rest]);
    for (let time = 0; time < 2; time++) {
      await rig.app.start(flow, { id: "again" });
      const { report } = rig.start({ until: { type: "drained" } });
      await rig.clock.advance(1_000);
      await report;
    }
    expect(parsed).toEqual([]);
    expect(taken).toHaveLength(2);
    expect(taken[1]).toEqual(taken[0]);
  });

  test("a member of a group is refused: the others wait for its value [T23]", async () => {
    const { rig, taken } = world();
    await rig.app.start(group([step(fetch, { url: "a" }), step(fetch, { url: "last" })]));
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 1 });
    expect(taken).toEqual([]);
    const [dead] = rig.events.filter(({ type }) => type === "job.dead");
    expect(JSON.stringify(dead)).toContain("a job of a group");
  });
});
