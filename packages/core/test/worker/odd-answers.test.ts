import { setImmediate } from "node:timers/promises";
import { memory } from "@jobs/adapter-memory";
import { describe, expect, onTestFinished, test } from "vitest";
import { createApp, defineTask, handle, type Logger, type TaskOptions } from "../../src/index.ts";
import { createRig, recordingLogger } from "../rig.ts";

const rejectOnce = (_: unknown, reject: (fault: Error) => void) => reject(new Error("no flags today"));

/** Answers of plain JavaScript, or of an async function, which fits the type of a listener. */
const ODD: readonly (readonly [what: string, answer: () => unknown])[] = [
  ["a promise of false", async () => false],
  ["a promise that rejects", () => Promise.reject(new Error("no flags today"))],
  // biome-ignore lint/suspicious/noThenProperty: the thenable of another library of promises
  ["a thenable that rejects", () => Object.fromEntries([["then", rejectOnce]])],
  ["nothing", () => undefined],
  ["null", () => null],
  ["a number", () => 1],
  ["a text", () => "secret"],
  ["an object", () => ({ secret: true })],
];

/** A rejection that nobody hears would end a worker's process. */
function noUnheardRejection(): () => Promise<void> {
  const unheard: unknown[] = [];
  const note = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  return async () => {
    await setImmediate();
    expect(unheard).toEqual([]);
  };
}

/** Runs two jobs that throw each time, three times at most. */
async function failing(options: TaskOptions) {
  const task = defineTask("act", {}, { maxAttempts: 3, ...options });
  const rig = createRig({
    tasks: [task],
    handlers: [
      handle(task, () => {
        throw new Error("not now");
      }),
    ],
  });
  for (let count = 0; count < 2; count++) await rig.app.enqueue(task, {});
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(3_600_000);
  return { logs: rig.logs, report: await report };
}

describe.each(ODD)("%s is no answer", (_what, answer) => {
  test("of a predicate in nonRetryable: the job is retried, and one line says why", async () => {
    const check = noUnheardRejection();
    const { logs, report } = await failing({ nonRetryable: [answer as () => boolean] });
    expect(report).toMatchObject({ dead: 2, retried: 4 });
    const told = logs.filter(({ message }) => message.includes("nonRetryable"));
    expect(told).toMatchObject([{ level: "warn", fields: { task: "act", err: { code: "invalid_config" } } }]);
    expect(String(told[0]?.fields.err)).toMatch(
      /must return true or false at once; it returned (?!.*secret)/,
    );
    await check();
  });

  test("of isPaused: the task is paused, and one line says why", async () => {
    const check = noUnheardRejection();
    const task = defineTask("act", {}, { isPaused: answer as () => boolean });
    let runs = 0;
    const rig = createRig({ tasks: [task], handlers: [handle(task, () => void runs++)] });
    await rig.app.enqueue(task, {});
    rig.start();
    await rig.clock.advance(10_000);
    expect(runs).toBe(0);
    const told = rig.logs.filter(({ message }) => message.startsWith("isPaused gave no answer"));
    expect(told).toMatchObject([{ fields: { task: "act", err: { code: "invalid_config" } } }]);
    await check();
  });
});

test("a predicate that throws is told too, and the ones after it are asked", async () => {
  const broken = () => {
    throw new TypeError("not an object");
  };
  const { logs, report } = await failing({ nonRetryable: [broken, (error) => error instanceof Error] });
  expect(report).toMatchObject({ dead: 2, retried: 0 });
  const told = logs.filter(({ message }) => message.includes("nonRetryable"));
  expect(told).toMatchObject([{ level: "warn", fields: { err: { message: "not an object" } } }]);
});

test("an async logger and async fields of a line may reject without ending the process", async () => {
  const check = noUnheardRejection();
  const task = defineTask("act", {});
  let calls = 0;
  const rejecting = () => Promise.reject(new Error(`the disk is full, ${++calls}`));
  const logger: Logger = { ...recordingLogger([]), info: rejecting };
  await using app = createApp({
    broker: memory(),
    tasks: [task],
    runtime: { logger },
    instrumentation: () => ({ logFields: rejecting as never }),
    handlers: [handle(task, (_, ctx) => ctx.log.info("it runs"))],
  });
  await app.enqueue(task, {});
  expect(await app.worker({ ownsProcess: false, until: { type: "drained" } }).run()).toMatchObject({
    succeeded: 1,
  });
  expect(calls).toBeGreaterThanOrEqual(2);
  await check();
});

test("an async instrumentation is refused, since its hooks would not be found", async () => {
  const check = noUnheardRejection();
  const task = defineTask("act", {});
  const late = () => Promise.reject(new Error("no tracer"));
  const rig = createRig({ tasks: [task], instrumentation: late as never });
  await expect(rig.app.enqueue(task, {})).rejects.toMatchObject({
    code: "invalid_config",
    message: expect.stringContaining("it returned a promise"),
  });
  await check();
});
