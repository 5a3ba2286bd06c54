import { describe, expect, test } from "vitest";
import { chain, defineTask, handle, step, type Task, upcast } from "../../src/index.ts";
import { exportForOldWorkers, renamed, sendEmail } from "../changing-a-task-guide.ts";
import { createRig } from "../rig.ts";

const first = defineTask("mail", { address: "string" });
const second = defineTask(
  "mail",
  { to: "string", kind: "string" },
  {
    version: 2,
    from: { 1: upcast({ address: "string" }, ({ address }) => ({ to: address, kind: "plain" })) },
    to: { 1: ({ to }) => ({ address: to }) },
  },
);
/** The names of version 2, and another meaning. */
const third = defineTask(
  "mail",
  { to: "string", kind: "string" },
  {
    version: 3,
    from: {
      1: upcast({ address: "string" }, ({ address }) => ({ to: address, kind: "plain" })),
      2: upcast({ to: "string", kind: "string" }, ({ to, kind }) => ({ to, kind: kind.toUpperCase() })),
    },
    to: { 2: ({ to, kind }) => ({ to, kind: kind.toLowerCase() }), 1: ({ to }) => ({ address: to }) },
  },
);

const MINUTE = 60_000;

/** A worker of one release, and producers of others on the same broker. */
function world(task: Task) {
  const seen: unknown[] = [];
  const rig = createRig({ tasks: [task], handlers: [handle(task, (params) => void seen.push(params))] });
  const dead = async () =>
    (await (await rig.app.queue("default")).peek({ state: "dead", limit: 10 })).messages;
  const bodies = async () =>
    (await (await rig.app.queue("default")).peek({ state: "ready", limit: 10 })).messages.map(({ body }) =>
      JSON.parse(body),
    );
  return {
    rig,
    seen,
    dead,
    bodies,
    drain: async () => {
      const { report } = rig.start({ until: { type: "drained" } });
      await rig.clock.advance(1_000);
      return report;
    },
  };
}

describe("versions of a task between releases", () => {
  test("old jobs run on a new worker, step by step", async () => {
    const { rig, seen, drain } = world(third);
    await rig.other({ tasks: [first] }).enqueue(first, { address: "a" });
    await rig.other({ tasks: [second] }).enqueue(second, { to: "b", kind: "x" });
    await rig.app.enqueueByName("mail", { to: "c", kind: "x" } as never);
    expect(await drain()).toMatchObject({ succeeded: 3, postponed: 0, dead: 0 });
    expect(seen).toEqual([
      { to: "a", kind: "PLAIN" },
      { to: "b", kind: "X" },
      { to: "c", kind: "x" },
    ]);
  });

  test("a new job with the same names is held by an old worker, and runs on a new one", async () => {
    const { rig, seen } = world(second);
    await rig.other({ tasks: [third] }).enqueue(third, { to: "a", kind: "x" });
    const old = rig.start();
    await rig.clock.advance(MINUTE);
    expect(rig.events.filter(({ type }) => type === "job.held")).toMatchObject([
      { reason: "signature_mismatch" },
      {},
    ]);
    await old.worker.stop();
    const after: unknown[] = [];
    const handlers = [handle(third, (params) => void after.push(params))];
    const worker = rig
      .other({ tasks: [third], handlers })
      .worker({ ownsProcess: false, until: { type: "drained" } });
    const report = worker.run();
    await rig.clock.advance(10 * MINUTE);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect([seen, after]).toEqual([[], [{ to: "a", kind: "x" }]]);
  });

  test("a step that fails makes a dead letter at once, which names it and can be retried after the fix", async () => {
    const broken = defineTask(
      "mail",
      { to: "string", kind: "string" },
      {
        version: 2,
        from: {
          1: upcast({ address: "string" }, ({ address }) => ({
            to: address,
            kind: JSON.parse(address) as string,
          })),
        },
      },
    );
    const { rig, seen, dead, drain } = world(broken);
    await rig.other({ tasks: [first] }).enqueue(first, { address: "s3cret" });
    expect(await drain()).toMatchObject({ dead: 1, postponed: 0 });
    expect(seen).toEqual([]);
    const [letter] = await dead();
    expect(letter?.dead).toMatchObject({
      reason: "signature_mismatch",
      error: { code: "signature_mismatch" },
    });
    expect(letter?.dead?.error?.message).toContain(
      'task "mail" refused by the worker: the step from version 1 to 2 threw SyntaxError.',
    );
    expect(JSON.stringify(letter?.dead) + JSON.stringify(rig.logs)).not.toContain("s3cret");
    await (await rig.app.queue("default")).redrive({ limit: 1 });
    const fixed = rig.other({
      tasks: [second],
      handlers: [handle(second, (params) => void seen.push(params))],
    });
    const report = fixed.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect(seen).toEqual([{ to: "s3cret", kind: "plain" }]);
  });

  test("a producer sends an older form on request, which old workers run", async () => {
    const { rig, seen, bodies, drain } = world(first);
    const { enqueue } = rig.other({ tasks: [third] });
    await enqueue(third, { to: "a", kind: "X" }, { version: 1 });
    await enqueue(third, { to: "a", kind: "X" }, { version: 2 });
    await enqueue(third, { to: "a", kind: "X" }, { version: 3 });
    const [one, two, three] = await bodies();
    expect(one).toMatchObject({ params: { address: "a" }, sig: "address" });
    expect(one).not.toHaveProperty("taskVersion");
    expect(two).toMatchObject({ params: { to: "a", kind: "x" }, taskVersion: 2 });
    expect(three).toMatchObject({ params: { to: "a", kind: "X" }, taskVersion: 3 });
    await (await rig.app.queue("default")).remove([two.id, three.id]);
    expect(await drain()).toMatchObject({ succeeded: 1, dead: 0 });
    expect(seen).toEqual([{ address: "a" }]);
  });

  test("a form without a step, or one that a step misses, is refused and not sent", async () => {
    const { rig, bodies } = world(second);
    const wrong = defineTask(
      "mail",
      { to: "string" },
      {
        version: 2,
        from: { 1: upcast({ address: "string" }, ({ address }) => ({ to: address })) },
        to: { 1: ({ to }) => ({ address: to, more: 1 }) },
      },
    );
    const app = rig.other({ tasks: [wrong] });
    await expect(app.enqueue(wrong, { to: "a" }, { version: 3 })).rejects.toThrow(
      'task "mail" cannot be sent as version 3.',
    );
    await expect(app.enqueue(wrong, { to: "a" }, { version: 1 })).rejects.toThrow(
      'task "mail" refused at enqueue: the step from version 2 to 1 returned parameters that version 1 refuses: unexpected more.',
    );
    await expect(
      rig.other({ tasks: [first] }).enqueue(first, { address: "a" }, { version: 2 }),
    ).rejects.toThrow('task "mail" cannot be sent as version 2.');
    expect(await bodies()).toEqual([]);
  });

  test("a step of a flow keeps the version with which the flow was started", async () => {
    const fetch = defineTask("fetch", {});
    const seen: unknown[] = [];
    const rig = createRig({
      tasks: [fetch, third],
      handlers: [
        handle(fetch, () => ({ address: "a", kind: "x" })),
        handle(third, (params) => void seen.push(params)),
      ],
    });
    const before = rig.other({ tasks: [fetch, second] });
    await before.start(chain([step(fetch, {}), step(second, { to: "b", kind: "y" })]));
    await before.start(chain([step(fetch, {}), step(second, { to: "c" }, { takes: { kind: "kind" } })]));
    const older = rig.other({ tasks: [fetch, first] });
    await older.start(chain([step(fetch, {}), step(first, {}, { takes: { address: "address" } })]));
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(2_000);
    expect(await report).toMatchObject({ succeeded: 6, dead: 0, postponed: 0 });
    expect(seen).toEqual([
      { to: "b", kind: "Y" },
      { to: "c", kind: "X" },
      { to: "a", kind: "PLAIN" },
    ]);
  });

  test("the guide's tasks do what it says", async () => {
    const seen: unknown[] = [];
    const tasks = [sendEmail, renamed];
    const rig = createRig({
      tasks,
      handlers: tasks.map((task) => handle(task, (params: unknown) => void seen.push(params))),
    });
    const oldest = defineTask("send_email", { mail: "string", size: "number" });
    await rig.other({ tasks: [oldest] }).enqueue(oldest, { mail: "a", size: 3_000 });
    await exportForOldWorkers(rig.app, "roads");
    const { messages } = await (await rig.app.queue("default")).peek({ state: "ready", limit: 10 });
    expect(messages.map(({ body }) => JSON.parse(body).params)).toEqual([
      { mail: "a", size: 3_000 },
      { table: "roads" },
    ]);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 2 });
    expect(seen).toEqual([{ to: "a", sizeKb: 3 }, { layer: "roads" }]);
  });
});
