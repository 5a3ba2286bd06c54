import { describe, expect, test } from "vitest";
import { defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const known = defineTask("known", { a: "number" });
const newer = defineTask("known", { a: "number", b: "number" });
const unknown = defineTask("unknown", {});

const MINUTE = 60_000;
const HOLDS = [30_000, MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE];

describe("jobs this worker cannot run", () => {
  test.each([
    ["unknown_task", () => unknown, {}],
    ["signature_mismatch", () => newer, { a: 1, b: 2 }],
  ] as const)(
    "%s is held 30 s, 1, 2, 4, 8 min, then a dead letter; never run, never failed [W6 W7 W33 F53]",
    async (reason, task, params) => {
      let runs = 0;
      const rig = createRig({ tasks: [known], handlers: [handle(known, () => void runs++)] });
      await rig.other({ tasks: [task()] }).enqueueByName(task().name, params);
      rig.start();
      await rig.clock.advance(16 * MINUTE);
      const held = rig.events.filter((event) => event.type === "job.held");
      expect(held.map(({ delayMs }) => delayMs)).toEqual(HOLDS);
      expect(rig.events.find((event) => event.type === "job.dead")).toMatchObject({ reason });
      expect(rig.trace()).not.toContain("job.failed");
      expect(runs).toBe(0);
    },
  );

  test("a held job runs as soon as a worker that knows it comes along [F53]", async () => {
    const rig = createRig({ tasks: [known], handlers: [handle(known, () => {})] });
    const seen: unknown[] = [];
    const deployed = rig.other({
      tasks: [newer],
      handlers: [handle(newer, (params) => void seen.push(params))],
    });
    await deployed.enqueue(newer, { a: 1, b: 2 });
    const old = rig.start();
    await rig.clock.advance(5 * MINUTE);
    await old.worker.stop();
    const report = deployed.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(10 * MINUTE);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect(seen).toEqual([{ a: 1, b: 2 }]);
  });

  test("onMismatch: dead skips the hold", async () => {
    const strict = defineTask("known", { a: "number" }, { onMismatch: "dead" });
    const rig = createRig({ tasks: [strict], handlers: [handle(strict, () => {})] });
    await rig.other({ tasks: [newer] }).enqueue(newer, { a: 1, b: 2 });
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ dead: 1, postponed: 0 });
  });

  test("an undecodable message is dead at once, raw body kept, and the job behind it runs [W33 F50]", async () => {
    const rig = createRig({ tasks: [known], handlers: [handle(known, () => {})] });
    const queue = await rig.broker.openQueue("default");
    await queue.send([{ id: "bad", label: "?", body: "not json {" }]);
    await rig.app.enqueue(known, { a: 1 });
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ dead: 1, succeeded: 1 });
    const { messages } = await queue.peek({ state: "dead", limit: 10 });
    expect(messages).toMatchObject([{ body: "not json {", dead: { reason: "undecodable" } }]);
    expect(JSON.stringify(rig.logs)).not.toContain("not json {");
  });

  test("an envelope of a newer version is held for a newer worker", async () => {
    const rig = createRig({ tasks: [known], handlers: [handle(known, () => {})] });
    const queue = await rig.broker.openQueue("default");
    await queue.send([{ id: "v2", label: "?", body: '{"v":2,"anything":true}' }]);
    rig.start();
    await rig.clock.advance(16 * MINUTE);
    expect(rig.events.filter((event) => event.type === "job.held")).toHaveLength(HOLDS.length);
    expect(rig.events.find((event) => event.type === "job.dead")).toMatchObject({
      reason: "envelope_version",
    });
  });

  test("an alias runs under its task's name", async () => {
    const renamed = defineTask("renamed", {}, { aliases: ["unknown"] });
    const names: string[] = [];
    const rig = createRig({
      tasks: [renamed],
      handlers: [handle(renamed, (_, ctx) => void names.push(ctx.task))],
    });
    await rig.other({ tasks: [unknown] }).enqueue(unknown, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect(names).toEqual(["renamed"]);
  });

  test("a missing handler is refused at start, naming the task", async () => {
    const rig = createRig({ tasks: [known, unknown], handlers: [handle(known, () => {})] });
    await expect(rig.start().report).rejects.toMatchObject({ code: "missing_handler", tasks: ["unknown"] });
  });

  test("a job that is due in 8,000 years gives its slot back, and waits [F53]", async () => {
    const seen: unknown[] = [];
    const rig = createRig({ tasks: [known], handlers: [handle(known, ({ a }) => void seen.push(a))] });
    await rig.app.enqueue(known, { a: 1 });
    const queue = await rig.app.queue("default");
    const [stored] = (await queue.peek({ state: "ready", limit: 1 })).messages;
    const far = { ...JSON.parse(stored?.body ?? ""), id: "far", notBefore: "9999-12-31T23:59:59.999Z" };
    await queue.remove([stored?.messageId ?? ""]);
    await queue.send([{ id: "far", label: "known", body: JSON.stringify(far) }]);
    rig.start({ concurrency: 1 });
    await rig.clock.advance(1_000);
    await rig.app.enqueue(known, { a: 2 });
    await rig.clock.advance(1_000);
    expect(seen).toEqual([2]);
    expect(await rig.app.stats("default")).toMatchObject({
      delayed: { n: 1 },
      leased: { n: 0 },
      dead: { n: 0 },
    });
  });
});
