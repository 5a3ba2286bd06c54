import { describe, expect, it } from "vitest";
import { type PeekOptions, readEnvelope, type StoredMessage } from "../../src/entries/broker.ts";
import {
  type ChangeParams,
  groupDeadLetters,
  type RetryLetters,
  type RetryStep,
  retryDeadLetters,
} from "../../src/entries/runtime.ts";
import { type App, chain, createApp, defineTask, FatalError, handle, type Task } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const oldMail = defineTask("mail", { to: "string" }, { maxAttempts: 1 });
const mail = defineTask("mail", { to: "string", zip: "string" }, { maxAttempts: 1 });
const after = defineTask("after", { got: "string" });
const gone = defineTask("gone", {}, { maxAttempts: 1 });

function fails<T extends Task>(task: T) {
  return handle(task, () => {
    throw new FatalError("as asked");
  });
}

/** The app of today, and dead letters that a release before it has made. */
function setUp() {
  const handled: unknown[] = [];
  const rig = createRig({
    tasks: [mail, after],
    handlers: [
      handle(mail, (params) => {
        handled.push(params);
        return params.to;
      }),
      handle(after, ({ got }) => void handled.push(got)),
    ],
  });
  const before = rig.other({
    tasks: [oldMail, gone, after],
    handlers: [fails(oldMail), fails(gone), handle(after, () => {})],
  });
  const die = async (jobs: number) => {
    const until = { type: "settled", jobs } as const;
    await before.worker({ ownsProcess: false, until }).run();
  };
  return { rig, before, die, handled };
}

async function retry(app: App, options?: RetryLetters): Promise<readonly RetryStep[]> {
  return collect(retryDeadLetters(app, "default", options));
}

async function collect(steps: AsyncIterable<RetryStep>): Promise<readonly RetryStep[]> {
  const all: RetryStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}

async function stored(app: App, state: "ready" | "dead"): Promise<readonly StoredMessage[]> {
  return (await (await app.queue("default")).peek({ state, limit: 100 })).messages;
}

const addZip: ChangeParams = (params) => ({ ...params, zip: "0000" });

describe("retryDeadLetters", () => {
  it("puts back what today's code accepts, and says why others stay", async () => {
    const { rig, before, die } = setUp();
    const old = await before.enqueue(oldMail, { to: "a" });
    const unknown = await before.enqueue(gone, {});
    const { id } = await before.enqueue(after, { got: "b" });
    const queue = await rig.app.queue("default");
    await die(3);
    const consumer = await rig.broker.openConsumer("default", { leaseMs: 60_000 });
    await before.enqueue(after, { got: "c" }, { id: "fine" });
    const signal = new AbortController().signal;
    const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal });
    await consumer.settle([{ delivery: delivery!, action: "dead", reason: "exhausted" }]);
    expect(await queue.stats()).toMatchObject({ dead: { n: 3 } });
    const [step] = await retry(rig.app);
    expect(step).toMatchObject({ seen: 3, fit: 1, changed: 0, moved: 1, skipped: 0 });
    expect(step?.unfit).toEqual([
      {
        id: old.id,
        task: "mail",
        reason: "signature_mismatch",
        message: expect.stringContaining("missing zip"),
      },
      { id: unknown.id, task: "gone", reason: "unknown_task", message: 'this app has no task "gone".' },
    ]);
    expect((await stored(rig.app, "ready")).map(({ messageId }) => messageId)).toEqual(["fine"]);
    expect(id).not.toBe("fine");
  });

  it("names those that were named and did not move, and what the broker hides", async () => {
    const message = { messageId: "kept", label: "after", body: "{}", state: "dead" } as StoredMessage;
    const hidden = { n: 2, forMs: 60_000 };
    const queue = {
      peek: async ({ id }: PeekOptions) =>
        id === "kept" ? { messages: [message] } : { messages: [], hidden },
      redrive: async () => ({ moved: 0 }),
    };
    const { rig } = setUp();
    const app = new Proxy(rig.app, {
      get: (target, name) => (name === "queue" ? async () => queue : Reflect.get(target, name, target)),
    });
    const steps = await retry(app, { ids: ["kept", "gone"], isUnchecked: true });
    expect(steps).toMatchObject([
      { seen: 1, moved: 0, missing: ["kept"] },
      { seen: 0, moved: 0, missing: ["gone"], hidden },
    ]);
  });

  it("changes parameters, and keeps id, priority, headers, tags and flow, whose next step then runs", async () => {
    const { rig, before, die, handled } = setUp();
    const { steps } = await startFlow(before);
    await die(1);
    const [dead] = await stored(rig.app, "dead");
    const kept = readEnvelope(dead!)!;
    const jobs: unknown[] = [];
    const change: ChangeParams = (params, job) => {
      jobs.push(job);
      return addZip(params, job);
    };
    expect(await retry(rig.app, { change })).toMatchObject([{ fit: 1, changed: 1, moved: 1, unfit: [] }]);
    expect(jobs).toMatchObject([
      { id: steps[0], task: "mail", queue: "default", reason: "fatal", signature: "to", tags: ["vip"] },
    ]);
    const [ready] = await stored(rig.app, "ready");
    expect(ready).toMatchObject({ messageId: dead?.messageId, redrives: 1, priority: dead?.priority });
    expect(readEnvelope(ready!)).toEqual({ ...kept, params: { to: "a", zip: "0000" }, sig: "to,zip" });
    await rig.app.worker({ ownsProcess: false, until: { type: "settled", jobs: 2 } }).run();
    expect(handled).toEqual([{ to: "a", zip: "0000" }, "a"]);
  });

  it("leaves jobs that the change skips, breaks, or cannot make fit, and stores nothing of them", async () => {
    const { rig, before, die } = setUp();
    await before.enqueue(oldMail, { to: "a" });
    await die(1);
    const date = new Date(0);
    const changes: readonly (readonly [ChangeParams, unknown])[] = [
      [() => undefined, { skipped: 1, unfit: [] }],
      [() => ({ to: "a", zip: 7 }), { unfit: [{ reason: "signature_mismatch" }] }],
      [() => ({ to: "a", zip: date }), { unfit: [{ reason: "not_changeable" }] }],
      [() => [] as never, { unfit: [{ reason: "not_changeable" }] }],
      [
        () => {
          throw new TypeError("no such field");
        },
        { unfit: [{ reason: "not_changeable", message: "the change failed: no such field" }] },
      ],
      [(params) => params as never, { unfit: [{ reason: "signature_mismatch" }] }],
    ];
    const [before1] = await stored(rig.app, "dead");
    for (const [change, expected] of changes)
      expect(await retry(rig.app, { change })).toMatchObject([
        { moved: 0, changed: 0, ...(expected as object) },
      ]);
    expect(await stored(rig.app, "dead")).toEqual([before1]);
  });

  it("does not put back a job that has expired, and rewrites no body of another system", async () => {
    const { rig, before, die } = setUp();
    await before.enqueue(oldMail, { to: "a" }, { expiresInMs: 1 });
    await rig.clock.advance(10);
    await die(1);
    expect(await retry(rig.app, { change: addZip })).toMatchObject([{ unfit: [{ reason: "expired" }] }]);
    const codec = createApp({
      broker: rig.broker,
      tasks: [mail],
      worker: { codecs: ["simple-worker"] },
    });
    const queue = await codec.queue("foreign");
    const body = JSON.stringify({ task_name: "mail", task_payload: { to: "a" } });
    await queue.send([{ id: "f", label: "mail", body }]);
    const consumer = await rig.broker.openConsumer("foreign", { leaseMs: 60_000 });
    const signal = new AbortController().signal;
    const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal });
    await consumer.settle([{ delivery: delivery!, action: "dead", reason: "fatal" }]);
    const steps = await collect(retryDeadLetters(codec, "foreign", { change: addZip }));
    expect(steps).toMatchObject([{ moved: 0, unfit: [{ id: "f", reason: "not_changeable" }] }]);
  });

  it("stops between two steps, and a second call goes on with the rest", async () => {
    const { rig, before, die } = setUp();
    for (const to of ["a", "b", "c", "d", "e"]) await before.enqueue(oldMail, { to });
    await die(5);
    const options = { change: addZip, stepSize: 2 };
    for await (const step of retryDeadLetters(rig.app, "default", options)) {
      expect(step.moved).toBe(2);
      break;
    }
    expect(await stored(rig.app, "dead")).toHaveLength(3);
    expect((await retry(rig.app, options)).map(({ moved }) => moved)).toEqual([2, 1]);
    const ready = (await stored(rig.app, "ready")).map((message) => readEnvelope(message)?.params.to);
    expect(ready.sort()).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("does not meet again what dies while it runs", async () => {
    const { rig, before, die } = setUp();
    for (const to of ["a", "b"]) await before.enqueue(oldMail, { to });
    await die(2);
    const seen: number[] = [];
    for await (const step of retryDeadLetters(before, "default", { stepSize: 1 })) {
      seen.push(step.moved);
      await die(1);
    }
    expect(seen).toEqual([1, 1]);
    expect(await stored(rig.app, "dead")).toHaveLength(2);
  });

  it("of a dry run counts the same, and changes nothing", async () => {
    const { rig, before, die } = setUp();
    await before.enqueue(oldMail, { to: "a" });
    await die(1);
    const dead = await stored(rig.app, "dead");
    expect(await retry(rig.app, { change: addZip, isDry: true })).toMatchObject([
      { fit: 1, changed: 1, moved: 0 },
    ]);
    expect(await stored(rig.app, "dead")).toEqual(dead);
  });

  it("takes only those of a group, by reason, task and signature", async () => {
    const { rig, before, die } = setUp();
    await before.enqueue(oldMail, { to: "a" });
    await before.enqueue(oldMail, { to: "b" });
    await before.enqueue(gone, {});
    await die(3);
    const { groups } = await groupDeadLetters(await rig.app.queue("default"), rig.app);
    expect(groups).toMatchObject([
      { reason: "fatal", task: "mail", signature: "to", count: 2, error: { name: "FatalError" } },
      { reason: "fatal", task: "gone", signature: "", count: 1 },
    ]);
    for (const filter of [{ task: "after" }, { reason: "expired" }, { task: "mail", signature: "zip" }])
      expect(await retry(rig.app, { filter })).toEqual([]);
    const filter = { reason: "fatal", task: "mail", signature: "to" };
    expect(await retry(rig.app, { filter, isUnchecked: true })).toMatchObject([{ seen: 2, moved: 2 }]);
    expect(await retry(rig.app, { isUnchecked: true })).toMatchObject([{ seen: 1, moved: 1 }]);
  });
});

/** A chain whose first job dies. */
async function startFlow(before: App): Promise<{ readonly steps: readonly string[] }> {
  const { step } = await import("../../src/index.ts");
  const first = step(oldMail, { to: "a" }, { priority: 3 });
  const last = step(after as Task, {} as never, { takes: { got: "." } } as never);
  const { stepIds } = await before.start(chain([first, last]), { tags: ["vip"] });
  return { steps: stepIds };
}
