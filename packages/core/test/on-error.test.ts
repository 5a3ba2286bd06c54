import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { memoryResults } from "@jobs/adapter-memory";
import { expect, onTestFinished, test } from "vitest";
import {
  BrokerUnavailableError,
  defineTask,
  type ErrorContext,
  handle,
  type OnError,
  TaskExecutor,
} from "../src/index.ts";
import { createRig } from "./rig.ts";

const OUTSIDE = fileURLToPath(new URL("processes/uncaught-outside.mjs", import.meta.url));

const work = defineTask(
  "work",
  { card: "string" },
  { maxAttempts: 2, backoff: { type: "exponential", baseMs: 10, maxMs: 10 } },
);

interface Told {
  readonly error: Error;
  readonly where: ErrorContext;
}

/** An `onError` that notes what it is told, and what it was told from one source. */
function recorder() {
  const told: Told[] = [];
  const onError: OnError = (error, where) => void told.push({ error, where });
  return { told, onError, from: (source: string) => told.filter(({ where }) => where.source === source) };
}

const away = () => new BrokerUnavailableError({ broker: "memory", queue: "default" }, "away");

test("onError hears of each failed run with job, attempt and whether it runs again, then of the dead letter [T22]", async () => {
  const { told, onError, from } = recorder();
  const thrown = new RangeError("over the limit");
  const handlers = [
    handle(work, () => {
      throw thrown;
    }),
  ];
  const rig = createRig({ tasks: [work], handlers, onError });
  const { id, enqueuedAt } = await rig.app.enqueue(work, { card: "4111-secret" });
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(60_000);
  expect(await report).toMatchObject({ retried: 1, dead: 1 });
  const job = { id, task: "work", queue: "default", enqueuedAt };
  expect(told.map(({ where }) => where)).toEqual([
    { source: "run", job: { ...job, attempt: 1 }, willRetry: true },
    { source: "run", job: { ...job, attempt: 2 }, willRetry: false },
    { source: "dead_letter", job: { ...job, attempt: 2 }, reason: "exhausted" },
  ]);
  expect(from("run").every(({ error }) => error === thrown)).toBe(true);
  expect(JSON.stringify(told)).not.toContain("4111-secret");
});

test.each([
  ["a text", "no", "no"],
  ["nothing", undefined, "undefined was thrown instead of an Error"],
  ["a revoked proxy", revoked(), "a value that cannot be shown was thrown instead of an Error"],
])("onError gets an Error where a handler threw %s [T22]", async (_, thrown, message) => {
  const { told, onError } = recorder();
  const handlers = [handle(work, () => Promise.reject(thrown))];
  const rig = createRig({ tasks: [work], handlers, onError });
  await rig.app.enqueue(work, { card: "1" }, { maxAttempts: 1 });
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(1_000);
  expect(await report).toMatchObject({ dead: 1 });
  expect(told.length).toBe(2);
  for (const { error } of told) expect(error).toMatchObject({ message });
  for (const { error } of told) expect(error).toBeInstanceOf(Error);
});

test.each<[string, OnError]>([
  [
    "throws",
    () => {
      throw new Error("tracker down");
    },
  ],
  ["rejects", () => Promise.reject(new Error("tracker down"))],
  ["never answers", () => new Promise(() => {})],
  [
    "gives a thenable that throws",
    () => {
      const fail = () => {
        throw new Error("tracker down");
      };
      // biome-ignore lint/suspicious/noThenProperty: this thenable is the subject of the test.
      return Object.defineProperty({}, "then", { get: fail });
    },
  ],
  [
    "changes what it is given",
    (error, where) => {
      error.message = "changed";
      if ("job" in where) Object.assign(where.job, { attempt: 99, id: "x" });
    },
  ],
])("no outcome depends on an onError that %s [T22]", async (_, onError) => {
  const quick = defineTask("quick", {});
  const handlers = [
    handle(work, () => {
      throw new Error("no");
    }),
    handle(quick, () => {}),
  ];
  const rig = createRig({ tasks: [work, quick], handlers, onError });
  const { id } = await rig.app.enqueue(work, { card: "1" });
  await rig.app.enqueue(quick, {});
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(60_000);
  expect(await report).toMatchObject({ succeeded: 1, retried: 1, dead: 1, cause: "drained" });
  const died = rig.events.find(({ type }) => type === "job.dead");
  expect(died).toMatchObject({ job: { id, attempt: 2 }, error: { message: "no" } });
});

test("onError hears of hooks, observers and functions of settings that threw, and the job goes on [T22]", async () => {
  const { onError, from } = recorder();
  class Broken extends TaskExecutor {
    override onStart(): void {
      throw new TypeError("hook");
    }
  }
  const paused = defineTask(
    "paused",
    {},
    {
      isPaused: () => {
        throw new Error("pause");
      },
    },
  );
  const rig = createRig({
    tasks: [work, paused],
    handlers: [handle(work, () => {}), handle(paused, () => {})],
    executor: new Broken(),
    observers: [
      ({ type }) => {
        if (type === "job.succeeded") throw new TypeError("observer");
      },
    ],
    onError,
  });
  await rig.app.enqueue(work, { card: "1" });
  const { report } = rig.start({ until: { type: "idle", forMs: 1_000 } });
  await rig.clock.advance(30_000);
  expect(await report).toMatchObject({ succeeded: 1 });
  expect(
    from("hook")
      .map(({ error }) => error.message)
      .sort(),
  ).toEqual(["hook", "pause"]);
  expect(from("hook").find(({ error }) => error.message === "hook")?.where).toMatchObject({
    hook: "onStart",
  });
  expect(from("observer").map(({ error }) => error.message)).toEqual(["observer"]);
});

test("onError hears once that a broker is away, with its queue [T22]", async () => {
  const { onError, from } = recorder();
  const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})], onError });
  const { worker, report } = rig.start();
  await rig.clock.advance(1_000);
  rig.faults.receive = away;
  await rig.clock.advance(120_000);
  expect(from("broker").map(({ where }) => where)).toMatchObject([{ source: "broker", queue: "default" }]);
  delete rig.faults.receive;
  await rig.clock.advance(60_000);
  void worker.stop();
  await rig.clock.advance(30_000);
  await report;
});

test("onError hears that results and the monitor's events do not get through [T22]", async () => {
  const { onError, from } = recorder();
  const results = memoryResults();
  const { put } = results;
  results.put = () => Promise.reject(new Error("store"));
  const rig = createRig({
    tasks: [work],
    handlers: [handle(work, () => 1)],
    results,
    monitor: "monitor",
    onError,
  });
  await rig.app.enqueue(work, { card: "1" });
  rig.faults.send = away;
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(5_000);
  expect(from("completion_step").map(({ error, where }) => [error.message, where])).toMatchObject([
    ["store", { step: "result", job: { task: "work" } }],
  ]);
  expect(from("monitor").map(({ where }) => where)).toMatchObject([
    { message: "events do not reach the monitor; jobs go on" },
  ]);
  results.put = put;
  delete rig.faults.send;
  await rig.clock.advance(60_000);
  await report;
});

test("lines that a handler logs itself are no errors of onError [T22]", async () => {
  const { told, onError } = recorder();
  const handlers = [
    handle(work, (_, ctx) => ctx.log.error("own", { err: new Error("own"), source: "store" })),
  ];
  const rig = createRig({ tasks: [work], handlers, onError });
  await rig.app.enqueue(work, { card: "1" });
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(1_000);
  await report;
  expect(told).toEqual([]);
});

test("onError of each app hears once of an error outside any job, and gets an Error for it [T22]", async () => {
  const child = spawn(process.execPath, [OUTSIDE], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(code).toBe(0);
  const message = "an uncaught exception outside of any job; the worker drains and ends";
  const heard = [{ isError: true, text: "outside", where: { source: "process", message } }];
  expect(JSON.parse(printed)).toEqual({
    causes: ["uncaught_exception", "uncaught_exception", "uncaught_exception"],
    told: { first: heard, second: heard },
    events: [
      { app: "first", isOfJob: false },
      { app: "second", isOfJob: false },
    ],
  });
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
