import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import type { Broker, Reach, ResultStore } from "../../src/entries/broker.ts";
import {
  type AppOptions,
  chain,
  createApp,
  defineSchedule,
  defineTask,
  group,
  handle,
  step,
  type Task,
} from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { type LogLine, recordingLogger } from "../rig.ts";

const page = defineTask("page", { url: "string" });
const count = defineTask("count", { pages: "array" });
const flow = chain([
  group([step(page, { url: "a" }), step(page, { url: "b" })]),
  step(count, {}, { takes: { pages: "." } }),
]);

/** A store in memory that says how far it reaches. */
function storeOf(reach: Reach, kind = "local"): ResultStore {
  const store = memoryResults();
  return {
    kind,
    reach,
    coordination: store.coordination,
    put: (result, ttlMs) => store.put(result, ttlMs),
    get: (id) => store.get(id),
    prune: () => store.prune(),
    close: () => store.close(),
  };
}

/** Queues that other machines see; `machine()` is an app on one of them. */
function network({ hasMarks }: { readonly hasMarks: boolean }) {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  const logs: LogLine[] = [];
  const open = (): Broker => {
    const { coordination, ...broker } = memory({ storage, capabilities: { pause: false } });
    return {
      ...broker,
      kind: "shared",
      reach: "network",
      ...(hasMarks && coordination ? { coordination } : {}),
    };
  };
  const machine = (options: Partial<AppOptions<readonly Task[]>> = {}) =>
    createApp({
      tasks: [page, count],
      handlers: [handle(page, ({ url }) => url), handle(count, ({ pages }) => pages.length)],
      broker: open(),
      runtime: { clock, logger: recordingLogger(logs) },
      ...options,
    });
  return { clock, logs, machine };
}

const REFUSAL = {
  code: "unsupported",
  message: expect.stringMatching(
    /results are kept in local, which only this machine sees, but jobs in shared, which other machines see too/,
  ),
  hint: expect.stringMatching(/redis or postgres; or set allowLocalResults: true/),
};

describe("a result store that fewer processes see than the jobs", () => {
  test("refuses a group, whose members could not meet, and names both stores and the way out", async () => {
    const app = network({ hasMarks: false }).machine({ results: storeOf("machine") });
    await expect(app.start(flow)).rejects.toMatchObject({ ...REFUSAL, feature: "group" });
  });

  test.each<Reach>(["machine", "process"])(
    "seen by one %s, it refuses to pause, cancel and list workers, which others would not hear",
    async (reach) => {
      const app = network({ hasMarks: false }).machine({ results: storeOf(reach) });
      const code = "unsupported";
      await expect(app.pause("default")).rejects.toMatchObject({ code, feature: "pause" });
      await expect(app.resume("default")).rejects.toMatchObject({ code, feature: "pause" });
      await expect(app.cancel("a-job")).rejects.toMatchObject({ code, feature: "cancel" });
      await expect(app.workers()).rejects.toMatchObject({ code, feature: "workers" });
    },
  );

  test("keeps a worker with schedules or shared rates from starting, which each machine would run for itself", async () => {
    const { machine } = network({ hasMarks: false });
    const nightly = defineSchedule("nightly", { everyMs: 1_000, task: page, params: { url: "a" } });
    const scheduled = machine({ results: storeOf("machine"), schedules: [nightly] });
    const run = scheduled.worker({ ownsProcess: false }).run();
    await expect(run).rejects.toMatchObject({ ...REFUSAL, feature: "schedules" });
    await expect(scheduled.schedules.pause("nightly")).rejects.toMatchObject(REFUSAL);
    const limited = defineTask("limited", {}, { sharedRatePerSecond: 1 });
    const sharing = machine({
      results: storeOf("machine"),
      tasks: [limited],
      handlers: [handle(limited, () => {})],
    });
    await expect(sharing.worker({ ownsProcess: false }).run()).rejects.toMatchObject({
      ...REFUSAL,
      feature: "sharedRate",
    });
  });

  test("sets a member of a group aside with the reason, where a worker could keep its value only for itself", async () => {
    const { machine, clock } = network({ hasMarks: false });
    await machine({ results: storeOf("network") }).start(flow);
    const app = machine({ results: storeOf("machine") });
    const run = app.worker({ ownsProcess: false, until: { type: "settled", jobs: 2 } }).run();
    await clock.advance(60_000);
    expect(await run).toMatchObject({ succeeded: 0, dead: 2 });
    const { messages } = await (await app.queue("default")).peek({ state: "dead", limit: 2 });
    expect(JSON.stringify(messages)).toContain("results are kept in local");
  });

  test("leaves the coordination store to the broker where that has one: a group spread over two machines goes on", async () => {
    const { machine, clock } = network({ hasMarks: true });
    const here = machine({ results: storeOf("machine") });
    const there = machine({ results: storeOf("machine") });
    await here.start(flow);
    for (const app of [here, there]) {
      const until = { type: "settled", jobs: 1 } as const;
      const run = app.worker({ ownsProcess: false, concurrency: 1, until }).run();
      await clock.advance(1_000);
      expect(await run).toMatchObject({ succeeded: 1 });
    }
    const run = here.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await clock.advance(1_000);
    expect(await run).toMatchObject({ succeeded: 1 });
    await here.pause("default");
    expect(await there.stats("default")).toMatchObject({ isPaused: true });
  });

  test("is warned of when a worker starts, once, and not where all see it", async () => {
    const { machine, clock, logs } = network({ hasMarks: true });
    const start = async (options: Partial<AppOptions<readonly Task[]>>) => {
      const run = machine(options)
        .worker({ ownsProcess: false, until: { type: "drained" } })
        .run();
      await clock.advance(1_000);
      await run;
      return logs.splice(0).filter(({ message }) => message.includes("results are kept in"));
    };
    const hint = expect.stringContaining("allowLocalResults");
    expect(await start({ results: storeOf("machine") })).toMatchObject([{ level: "warn", fields: { hint } }]);
    expect(await start({ results: storeOf("process") })).toMatchObject([{ level: "warn" }]);
    expect(await start({ results: storeOf("network") })).toEqual([]);
    expect(await start({ results: storeOf("machine"), allowLocalResults: true })).toEqual([]);
  });

  test("serves where allowLocalResults says that all run on this machine; one process alone never does", async () => {
    const { machine, clock } = network({ hasMarks: false });
    const app = machine({ results: storeOf("machine"), allowLocalResults: true });
    await app.start(flow);
    const run = app.worker({ ownsProcess: false, until: { type: "settled", jobs: 3 } }).run();
    await clock.advance(1_000);
    expect(await run).toMatchObject({ succeeded: 3 });
    const alone = machine({ results: storeOf("process"), allowLocalResults: true });
    await expect(alone.pause("default")).rejects.toMatchObject({
      code: "unsupported",
      hint: "Keep results where all machines see them, in redis or postgres.",
    });
  });
});
