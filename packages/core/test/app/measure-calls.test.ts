import { memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import type { MeasuredCall } from "../../src/entries/runtime.ts";
import { measureCalls } from "../../src/entries/runtime.ts";
import { createApp, defineTask, handle } from "../../src/index.ts";
import { type Faults, faultyBroker } from "../faulty-broker.ts";

const work = defineTask("work", {});
const WITHOUT_TIME = { durationMs: expect.any(Number) };

/** An app whose calls are written down. */
function measured(faults: Faults = {}) {
  const calls: MeasuredCall[] = [];
  const app = createApp({
    tasks: [work],
    handlers: [handle(work, () => "är")],
    broker: faultyBroker(memory(), faults),
    results: memoryResults(),
    queuePrefix: "p-",
  });
  const { broker, results } = measureCalls(app.definition, (call) => calls.push(call));
  return { calls, app: app.with({ ...(broker && { broker }), ...(results && { results }) }) };
}

const of = (calls: readonly MeasuredCall[], operation: MeasuredCall["operation"]) =>
  calls.filter((call) => call.operation === operation);

describe("measureCalls", () => {
  test("gets each call of a worker, with its messages and their sizes", async () => {
    const { app, calls } = measured();
    await using _ = app;
    await app.enqueue(work, {});
    await app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    const [sent] = of(calls, "send");
    expect(sent).toEqual({
      operation: "send",
      queue: "p-default",
      count: 1,
      failed: 0,
      bytes: [expect.any(Number)],
      ...WITHOUT_TIME,
    });
    const filled = of(calls, "receive").filter(({ count }) => count > 0);
    expect(filled).toMatchObject([{ queue: "p-default", count: 1, bytes: sent?.bytes }]);
    expect(of(calls, "settle")).toMatchObject([{ count: 1, failed: 0, bytes: [] }]);
    // "är" in quotes, of which ä has two bytes.
    expect(of(calls, "keep_result")).toMatchObject([{ task: "work", queue: "default", bytes: [5] }]);
  });

  test("gets what a failed call threw, and which messages of another one failed", async () => {
    const faults: Faults = { send: () => new Error("away") };
    const { app, calls } = measured(faults);
    await using _ = app;
    await expect(app.enqueue(work, {})).rejects.toThrow("away");
    expect(of(calls, "send")).toMatchObject([{ count: 1, failed: 1, error: { code: "broker_unavailable" } }]);
    delete faults.send;
    await app.enqueue(work, {});
    let failures = 1;
    faults.settle = () => (failures-- > 0 ? new Error("no ack") : undefined);
    await app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    const settled = of(calls, "settle");
    expect(settled[0]).toMatchObject({
      count: 1,
      failed: 1,
      error: { message: expect.stringMatching("no ack") },
    });
    expect(settled.at(-1)).toMatchObject({ count: 1, failed: 0 });
  });

  test("leaves everything else as it is, also what only the adapter knows", async () => {
    const { broker } = createApp({ tasks: [work], broker: memory() }).definition;
    const known = Symbol("known");
    Object.defineProperty(broker, known, { value: "by the adapter" });
    const app = createApp({ tasks: [work], ...(broker && { broker }) });
    const kept = measureCalls(app.definition, () => {}).broker;
    expect(kept).toMatchObject({ kind: "memory", reach: "process" });
    expect(Reflect.get(kept ?? {}, known)).toBe("by the adapter");
    expect(() => measureCalls(app.definition, undefined as never)).toThrow(/measureCalls: observe/);
  });
});
