import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTelemetry } from "../src/index.ts";
import { registerTelemetry } from "./telemetry-rig.ts";

const work = defineTask("work", { mode: "string" }, { maxAttempts: 2, backoff: 1 });
const unknown = defineTask("unknown", {});

const JOB = { "messaging.system": "memory", "messaging.destination.name": "default", "jobs.task": "work" };

/** A producer and a worker; the worker does not know the task `unknown`. */
function openApps(options: { readonly traces: boolean }) {
  const telemetry = registerTelemetry();
  const storage = createMemoryStorage();
  const instrumentation = openTelemetry(options);
  const producer = createApp({ broker: memory({ storage }), tasks: [work, unknown], instrumentation });
  const worker = createApp({
    broker: memory({ storage }),
    tasks: [work],
    handlers: [
      handle(work, ({ mode }, ctx) => {
        if (mode === "fail" || (mode === "once" && ctx.attempt === 1)) throw new RangeError("no");
      }),
    ],
    instrumentation,
  });
  onTestFinished(async () => {
    await Promise.all([producer.close(), worker.close()]);
    await telemetry[Symbol.asyncDispose]();
  });
  return { telemetry, producer, worker };
}

describe.each([true, false])("metrics, with traces: %s", (traces) => {
  it("count what is sent, run, retried and dead, and measure how long it took", async () => {
    const { telemetry, producer, worker } = openApps({ traces });
    await producer.enqueue(work, { mode: "succeed" });
    await producer.enqueue(work, { mode: "once" });
    await producer.enqueueMany([
      [work, { mode: "fail" }],
      [work, { mode: "succeed" }],
    ]);
    await worker.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    const valuesOf = async (name: string) =>
      (await telemetry.points(name)).map(({ attributes, value }) => ({
        attributes,
        value: typeof value === "number" ? value : value.count,
      }));
    const operation = (name: string, type = name) => ({
      "messaging.operation.name": name,
      "messaging.operation.type": type,
    });
    expect(await valuesOf("messaging.client.sent.messages")).toEqual([
      { attributes: { ...JOB, ...operation("send") }, value: 4 },
    ]);
    expect(await valuesOf("messaging.client.consumed.messages")).toEqual([
      { attributes: { ...JOB, ...operation("process") }, value: 6 },
    ]);
    expect(await valuesOf("messaging.process.duration")).toEqual(
      expect.arrayContaining([
        { attributes: { ...JOB, ...operation("process") }, value: 3 },
        { attributes: { ...JOB, ...operation("process"), "error.type": "RangeError" }, value: 3 },
      ]),
    );
    expect(await valuesOf("messaging.client.operation.duration")).toEqual(
      expect.arrayContaining([
        { attributes: { ...JOB, ...operation("send") }, value: 2 },
        { attributes: { ...JOB, ...operation("ack", "settle") }, value: 3 },
        { attributes: { ...JOB, ...operation("retry", "settle") }, value: 2 },
        { attributes: { ...JOB, ...operation("dead_letter", "settle") }, value: 1 },
      ]),
    );
    expect(await valuesOf("jobs.retries")).toEqual([{ attributes: JOB, value: 2 }]);
    expect(await valuesOf("jobs.dead_letters")).toEqual([
      { attributes: { ...JOB, "jobs.reason": "exhausted" }, value: 1 },
    ]);
    expect(await valuesOf("jobs.runs.active")).toEqual([{ attributes: JOB, value: 0 }]);
  });

  it("count holds without the name of a task that is not known", async () => {
    const { telemetry, producer, worker } = openApps({ traces });
    const held = new Promise<void>((resolve) =>
      worker.observe(({ type }) => void (type === "job.held" && resolve())),
    );
    await producer.enqueue(unknown, {});
    const running = worker.worker({ ownsProcess: false });
    const report = running.run();
    await held;
    await running.stop();
    await report;
    const { "jobs.task": _, ...queue } = JOB;
    expect(await telemetry.points("jobs.holds")).toMatchObject([
      { attributes: { ...queue, "jobs.reason": "unknown_task" }, value: 1 },
    ]);
  });
});
