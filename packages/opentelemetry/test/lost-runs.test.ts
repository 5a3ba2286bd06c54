import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle, type LifecycleEvent } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTelemetry } from "../src/index.ts";
import { registerTelemetry } from "./telemetry-rig.ts";

const work = defineTask("work", { mode: "string" });

/** A broker that has given each lease to somebody else by the time it is settled. */
function losingBroker(): Broker {
  const broker = memory({ storage: createMemoryStorage() });
  return {
    kind: broker.kind,
    reach: broker.reach,
    openQueue: (name) => broker.openQueue(name),
    async openConsumer(name, options) {
      const consumer = await broker.openConsumer(name, options);
      return {
        queue: consumer.queue,
        capabilities: consumer.capabilities,
        receive: (wanted) => consumer.receive(wanted),
        extend: (deliveries, leaseMs) => consumer.extend(deliveries, leaseMs),
        settle: async (settlements) => settlements.map(() => ({ status: "lost" as const })),
        close: () => consumer.close(),
      };
    },
    close: () => broker.close(),
  };
}

/** Runs one job until there is an event of the type. */
async function runUntil(type: LifecycleEvent["type"], mode: string, broker: Broker) {
  const telemetry = registerTelemetry();
  const app = createApp({
    broker,
    tasks: [work],
    handlers: [
      handle(work, ({ mode: as }) => {
        if (as === "fail") throw new Error("no");
        return as === "hang" ? new Promise(() => {}) : undefined;
      }),
    ],
    instrumentation: openTelemetry(),
  });
  onTestFinished(async () => {
    await app.close();
    await telemetry[Symbol.asyncDispose]();
  });
  const seen = new Promise<void>((resolve) =>
    app.observe((event) => void (event.type === type && resolve())),
  );
  await app.enqueue(work, { mode });
  const worker = app.worker({ ownsProcess: false });
  const report = worker.run();
  await Promise.race([seen, report]);
  await worker.force();
  await report;
  const active = await telemetry.points("jobs.runs.active");
  expect(active).toMatchObject([{ value: 0 }]);
  return telemetry;
}

describe("a run whose settlement nobody has confirmed", () => {
  it("has ended as lease_lost where a failure came too late", async () => {
    const telemetry = await runUntil("job.lease_lost", "fail", losingBroker());
    expect(telemetry.span("process default")).toMatchObject({
      attributes: { "jobs.outcome": "lease_lost" },
      status: { code: 2 },
    });
    expect(await telemetry.points("jobs.leases.lost")).toMatchObject([{ value: 1 }]);
  });

  it("has ended as ack_lost where a success came too late", async () => {
    const telemetry = await runUntil("job.ack_lost", "succeed", losingBroker());
    expect(telemetry.span("process default")).toMatchObject({
      attributes: { "jobs.outcome": "ack_lost" },
      status: { code: 0 },
    });
    expect(telemetry.span("ack default")).toMatchObject({
      attributes: { "error.type": "ack_lost" },
      status: { code: 2 },
    });
    expect(await telemetry.points("jobs.acks.lost")).toMatchObject([{ value: 1 }]);
  });

  it("ends with its worker, where that was forced to stop", async () => {
    const broker = memory({ storage: createMemoryStorage() });
    const telemetry = await runUntil("job.started", "hang", broker);
    const { attributes, ended } = telemetry.span("process default");
    expect(ended).toBe(true);
    expect(["released", "abandoned"]).toContain(attributes["jobs.outcome"]);
  });
});
