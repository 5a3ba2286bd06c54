import { memoryResults } from "@jobs/adapter-memory";
import { expect, it } from "vitest";
import { BrokerUnavailableError, defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const act = defineTask("act", {}, { maxAttempts: 1, timeoutMs: 600_000 });
const away = () => new BrokerUnavailableError({ broker: "memory" }, "away.");

/** Lines of `level`s that may wake somebody, by text. */
function alarms(
  logs: readonly { readonly level: string; readonly message: string }[],
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { level, message } of logs)
    if (level === "warn" || level === "error") counts[message] = (counts[message] ?? 0) + 1;
  return counts;
}

it("a result store that is away for two minutes is told of at once, then every 30 s, however many jobs wait", async () => {
  const results = memoryResults();
  results.put = () => Promise.reject(new Error("the store is away"));
  const { app, clock, start, logs } = createRig({ tasks: [act], handlers: [handle(act, () => 1)], results });
  for (let job = 0; job < 20; job++) await app.enqueue(act, {});
  start({ concurrency: 20 });
  await clock.advance(120_000);
  const counts = Object.values(alarms(logs));
  expect(counts.length).toBeGreaterThan(0);
  for (const count of counts) expect(count).toBeLessThanOrEqual(5);
  const told = logs.filter(({ fields }) => typeof fields.repeated === "number");
  expect(told.length).toBeGreaterThan(0);
});

it("a broker that refuses every extension and every ack is told of by a few lines, not by some for each job", async () => {
  const { app, clock, start, logs, faults } = createRig({
    tasks: [act],
    handlers: [
      handle(act, (_, ctx) => new Promise((resolve) => ctx.signal.addEventListener("abort", resolve))),
    ],
  });
  for (let job = 0; job < 50; job++) await app.enqueue(act, {});
  const { worker, report } = start({ concurrency: 50, leaseMs: 10_000, shutdownTimeoutMs: 10_000 });
  await clock.advance(1_000);
  faults.extend = away;
  faults.settle = away;
  await clock.advance(60_000);
  const stopped = worker.stop();
  await clock.advance(60_000);
  await Promise.all([stopped, report]);
  for (const [text, count] of Object.entries(alarms(logs))) expect([text, count <= 5]).toEqual([text, true]);
});
