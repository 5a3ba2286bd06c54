import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { encodeEnvelope } from "../../src/entries/broker.ts";
import { type App, createApp, defineTask, handle, type Task } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { createRig, type Rig } from "../rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const oldTask = defineTask("task", { a: "number" });
const newTask = defineTask("task", { a: "number", b: "number" });
const bothTask = defineTask("task", { a: "number", b: "number?" });
const textTask = defineTask("task", { a: "string" });
const otherTask = defineTask("other", { a: "number" });
const NEW = { a: 1, b: 2 } as never;

/** A rig whose worker knows the old signature only. */
function oldRig() {
  return createRig({ tasks: [oldTask], handlers: [handle(oldTask, () => {})] });
}

function appOf(rig: Rig<readonly Task[]>, ...tasks: readonly Task[]): App {
  return rig.other({ tasks, handlers: tasks.map((task) => handle(task, () => {})) });
}

/** Sends a job of the new release, whose processes are all gone then. */
async function sendAndLeave(rig: Rig<readonly Task[]>, task: Task = newTask, params: unknown = NEW) {
  const app = appOf(rig, task);
  await app.enqueueByName(task.name, params as never);
  await rig.clock.advance(0);
  await app.close();
}

function heldAndDead({ events }: Rig<readonly Task[]>) {
  const held = events.filter(({ type }) => type === "job.held").length;
  const dead = events.flatMap((event) => (event.type === "job.dead" ? [event] : []));
  return {
    held,
    reasons: dead.map(({ reason }) => reason),
    messages: dead.map(({ error }) => error?.message),
  };
}

describe("a job whose signature this worker does not know", () => {
  test.each([
    ["signature_mismatch", newTask, NEW, 'knows the signature (a,b) of task "task": task "task" refused'],
    ["unknown_task", otherTask, { a: 1 }, 'knows the signature (a) of task "other"'],
  ] as const)("is set aside at once as %s when nobody knows it", async (reason, task, params, message) => {
    const rig = oldRig();
    await sendAndLeave(rig, task, params);
    await rig.clock.advance(16 * MINUTE);
    rig.start();
    await rig.clock.advance(SECOND);
    expect(heldAndDead(rig)).toEqual({
      held: 0,
      reasons: [reason],
      messages: [expect.stringContaining(`no live worker or producer ${message}`)],
    });
  });

  test("is held as long as ever while a producer knows it", async () => {
    const rig = oldRig();
    await appOf(rig, newTask).enqueueByName("task", NEW);
    rig.start();
    await rig.clock.advance(16 * MINUTE);
    expect(heldAndDead(rig)).toMatchObject({ held: 5, reasons: ["signature_mismatch"] });
    expect(heldAndDead(rig).messages[0]).not.toContain("no live worker");
  });

  test("is held for as long as workers need to come after a process that only enqueues", async () => {
    const rig = oldRig();
    await sendAndLeave(rig);
    await rig.clock.advance(10 * MINUTE);
    rig.start();
    await rig.clock.advance(MINUTE);
    expect(heldAndDead(rig)).toMatchObject({ held: 2, reasons: [] });
    await rig.clock.advance(7 * MINUTE);
    expect(heldAndDead(rig)).toMatchObject({ held: 4, reasons: ["signature_mismatch"] });
  });

  test("is held once while it is young: its producer may not have announced itself yet", async () => {
    const rig = oldRig();
    await sendAndLeave(rig);
    await rig.clock.advance(16 * MINUTE);
    const queue = await rig.app.queue("default");
    await queue.purge();
    await queue.send([{ id: "1", label: "task", body: envelope("task", "a,b", NEW, rig.clock.now()) }]);
    rig.start();
    await rig.clock.advance(29 * SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 1, reasons: [] });
    await rig.clock.advance(2 * SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 1, reasons: ["signature_mismatch"] });
  });

  test("is set aside a minute after the last process of a release that was rolled back", async () => {
    const rig = oldRig();
    const app = appOf(rig, newTask);
    await app.enqueueByName("task", NEW);
    await rig.clock.advance(5 * MINUTE);
    await app.close();
    rig.start();
    await rig.clock.advance(61 * SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 2, reasons: [] });
    await rig.clock.advance(30 * SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 2, reasons: ["signature_mismatch"] });
  });

  test.each([
    ["has its signature", newTask],
    ["knows it by an alias", defineTask("renamed", { a: "number", b: "number" }, { aliases: ["task"] })],
    ["has a signature that may accept it", bothTask],
  ])("is held while a worker of another queue %s", async (_title, task) => {
    const rig = oldRig();
    await sendAndLeave(rig);
    await rig.clock.advance(16 * MINUTE);
    const running = appOf(rig, task).worker({ ownsProcess: false, queues: ["elsewhere"] });
    void running.run();
    await rig.clock.advance(SECOND);
    rig.start();
    await rig.clock.advance(SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 1, reasons: [] });
    void running.stop();
    await rig.clock.advance(SECOND);
  });

  test("is held while the only worker that knows it is started again", async () => {
    const rig = oldRig();
    await sendAndLeave(rig);
    await rig.clock.advance(16 * MINUTE);
    const app = appOf(rig, newTask);
    void app.worker({ ownsProcess: false, queues: ["elsewhere"] }).run();
    await rig.clock.advance(SECOND);
    const closed = app.close();
    await rig.clock.advance(SECOND);
    await closed;
    expect(await rig.app.workers()).toEqual([]);
    rig.start();
    await rig.clock.advance(59 * SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 2, reasons: [] });
    await rig.clock.advance(MINUTE);
    expect(heldAndDead(rig)).toMatchObject({ held: 2, reasons: ["signature_mismatch"] });
  });

  test("is not held for workers that refuse it in the same way", async () => {
    const rig = oldRig();
    await sendAndLeave(rig);
    await rig.clock.advance(16 * MINUTE);
    rig.start({ identity: "one" });
    rig.start({ identity: "two" });
    await rig.clock.advance(10 * SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 0, reasons: ["signature_mismatch"] });
  });

  test("is held where only the types differ, since a signature has none", async () => {
    const rig = oldRig();
    await sendAndLeave(rig, textTask, { a: "text" });
    await rig.clock.advance(16 * MINUTE);
    rig.start();
    await rig.clock.advance(SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 1, reasons: [] });
  });
});

describe("is held as long as ever", () => {
  test("where a worker has more tasks than it announces", async () => {
    const rig = oldRig();
    await sendAndLeave(rig);
    await rig.clock.advance(16 * MINUTE);
    const many = Array.from({ length: 101 }, (_, index) => defineTask(`many_${index}`, {}));
    const worker = appOf(rig, ...many).worker({ ownsProcess: false, queues: ["elsewhere"] });
    void worker.run();
    await rig.clock.advance(SECOND);
    rig.start();
    await rig.clock.advance(SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 1, reasons: [] });
    void worker.stop();
    await rig.clock.advance(SECOND);
  });

  test.each([
    ["fails", () => new Error("disk full")],
    ["does not answer", () => new Promise<never>(() => {})],
  ])("where the coordination store %s, which is logged once", async (_title, fault) => {
    const rig = oldRig();
    await sendAndLeave(rig);
    await rig.clock.advance(16 * MINUTE);
    rig.faults.list = (set) => (set === "signatures" ? fault() : undefined);
    rig.start();
    await rig.clock.advance(5 * MINUTE);
    expect(heldAndDead(rig)).toMatchObject({ held: 4, reasons: [] });
    expect(rig.logs.filter(({ message }) => message.startsWith("who knows"))).toHaveLength(1);
  });

  test.each([
    ["of another system has no signature", ""],
    ["has a signature that nobody has ever announced, as of a producer in another language", "a,b,c"],
  ])("where the job %s", async (_title, sig) => {
    const rig = oldRig();
    const queue = await rig.app.queue("default");
    await queue.send([{ id: "1", label: "task", body: envelope("task", sig, NEW, 0) }]);
    rig.start();
    await rig.clock.advance(SECOND);
    expect(heldAndDead(rig)).toMatchObject({ held: 1, reasons: [] });
  });

  test("where the broker has no coordination store, since producers need no result store", async () => {
    const clock = createVirtualClock();
    const { coordination: _, ...broker } = memory({ storage: createMemoryStorage({ clock }) });
    const results = memoryResults({ clock });
    const events: string[] = [];
    const gone = createApp({ broker, results, tasks: [newTask], runtime: { clock } });
    await gone.enqueue(newTask, NEW);
    await clock.advance(16 * MINUTE);
    const app = createApp({
      broker,
      results,
      tasks: [oldTask],
      handlers: [handle(oldTask, () => {})],
      runtime: { clock },
      observers: [({ type }) => events.push(type)],
    });
    const worker = app.worker({ ownsProcess: false });
    void worker.run();
    await clock.advance(SECOND);
    expect(events).toContain("job.held");
    void worker.stop();
    await clock.advance(SECOND);
  });
});

describe("announcing signatures", () => {
  test("a worker asks the coordination store once for many jobs", async () => {
    const rig = oldRig();
    const app = appOf(rig, newTask);
    await app.enqueueMany(Array.from({ length: 50 }, () => [newTask, NEW] as const));
    await rig.clock.advance(0);
    await app.close();
    await rig.clock.advance(16 * MINUTE);
    let looks = 0;
    rig.faults.list = (set) => {
      if (set === "signatures") looks++;
      return undefined;
    };
    rig.start({ concurrency: 5 });
    await rig.clock.advance(4 * SECOND);
    expect(heldAndDead(rig).reasons).toHaveLength(50);
    expect(looks).toBe(1);
  });

  test("an app that enqueues nothing announces nothing, and one entry stands for all processes of a release", async () => {
    const rig = oldRig();
    const [first, second, idle] = [appOf(rig, newTask), appOf(rig, newTask), appOf(rig, otherTask)];
    await idle.stats("default");
    await Promise.all([first.enqueueByName("task", NEW), second.enqueueByName("task", NEW)]);
    await rig.clock.advance(MINUTE);
    const entries = await rig.broker.coordination?.list("signatures");
    expect(entries?.map(({ value }) => JSON.parse(value))).toMatchObject([
      { tasks: [{ name: "task", sig: "a,b" }] },
    ]);
  });

  test("a store that fails or hangs delays no enqueue, and the close of the app by a second at most", async () => {
    const rig = oldRig();
    rig.faults.mark = () => new Error("disk full");
    await rig.app.enqueue(oldTask, { a: 1 });
    await rig.clock.advance(MINUTE);
    expect(rig.logs.filter(({ message }) => message.startsWith("the signatures of this app"))).toHaveLength(
      1,
    );
    rig.faults.mark = () => new Promise(() => {});
    await rig.clock.advance(20 * SECOND);
    await rig.app.enqueue(oldTask, { a: 1 });
    const closed = rig.app.close();
    await rig.clock.advance(1_100);
    await closed;
  });
});

function envelope(task: string, sig: string, params: Record<string, number>, at: number): string {
  return encodeEnvelope({ v: 1, task, params, id: "1", sig, enqueuedAt: new Date(at).toISOString() });
}
