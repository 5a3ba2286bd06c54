import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { hostileValues } from "../../../../test-servers/hostile-values.mjs";
import { defineTask, handle, TaskExecutor, type TaskOptions } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const VALUES = Object.entries(hostileValues());

/** Runs one job that goes wrong in some way and tells how it ended. */
async function endOf(parts: {
  readonly run?: () => unknown;
  readonly options?: TaskOptions;
  readonly around?: () => Promise<unknown>;
  readonly executor?: TaskExecutor;
  readonly onEvent?: () => void;
  readonly results?: ReturnType<typeof memoryResults>;
}) {
  const task = defineTask("act", {}, { maxAttempts: 1, ...parts.options });
  const rig = createRig({
    tasks: [task],
    handlers: [handle(task, (parts.run ?? (() => "done")) as () => unknown)],
    ...(parts.around && { around: [parts.around] }),
    ...(parts.executor && { executor: parts.executor }),
    ...(parts.results && { results: parts.results }),
  });
  if (parts.onEvent) rig.app.observe(parts.onEvent);
  await rig.app.enqueue(task, {});
  const { report } = rig.start({ until: { type: "drained" } });
  await rig.clock.advance(60_000);
  const { succeeded, dead, retried } = await report;
  const lines = rig.logs.map(({ fields }) => fields.err).filter((error) => error !== undefined);
  expect(lines.every((error) => error instanceof Error && typeof error.message === "string")).toBe(true);
  return { succeeded, dead, retried };
}

const throws = (make: () => unknown) => () => {
  throw make();
};
const rejects = (make: () => unknown) => async () => {
  throw make();
};

describe.each(VALUES)("whatever is thrown ends only what threw it: %s", (_name, make) => {
  it.each([
    ["a handler throws it", () => endOf({ run: throws(make) })],
    ["a handler rejects with it", () => endOf({ run: rejects(make) })],
    ["middleware throws it", () => endOf({ around: rejects(make) })],
    [
      "a rule for what is not retried throws it too",
      () => endOf({ run: throws(make), options: { nonRetryable: [throws(make)] } }),
    ],
  ])("the job is dead when %s", async (_what, end) => {
    expect(await end()).toEqual({ succeeded: 0, dead: 1, retried: 0 });
  });

  it("a backoff that throws it does not lose the retry", async () => {
    const backoff = throws(make) as () => number;
    const end = await endOf({ run: throws(make), options: { maxAttempts: 2, backoff } });
    expect(end).toEqual({ succeeded: 0, dead: 1, retried: 1 });
  });

  it("hooks and observers that throw it change nothing", async () => {
    class Hooks extends TaskExecutor {
      override onStart = throws(make);
      override onSuccess = rejects(make);
    }
    expect(await endOf({ executor: new Hooks() })).toMatchObject({ succeeded: 1 });
    expect(await endOf({ onEvent: throws(make) })).toMatchObject({ succeeded: 1 });
    expect(await endOf({ onEvent: rejects(make) })).toMatchObject({ succeeded: 1 });
  });

  it("a result store that rejects with it is asked again", async () => {
    let puts = 0;
    const results = memoryResults();
    const put = results.put.bind(results);
    results.put = async (...args) => {
      if (puts++ === 0) throw make();
      return put(...args);
    };
    expect(await endOf({ results })).toMatchObject({ succeeded: 1 });
    expect(puts).toBe(2);
  });

  it("a handler that returns it has succeeded, or has failed while it was looked at", async () => {
    const { succeeded, dead } = await endOf({ run: make });
    expect(succeeded + dead).toBe(1);
  });

  it("a logger that throws it changes nothing", async () => {
    const task = defineTask("log", {});
    const rig = createRig({
      tasks: [task],
      handlers: [handle(task, (_, ctx) => ctx.log.info("line"))],
    });
    const logger = { debug: throws(make), info: throws(make), warn: throws(make), error: throws(make) };
    const app = rig.app.with({ runtime: { logger, clock: rig.clock } });
    await app.enqueue(task, {});
    const report = app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ succeeded: 1 });
  });

  it("a schema that throws it refuses the parameters", async () => {
    const checked = z.object({ n: z.number().refine(throws(make) as () => boolean) });
    const task = defineTask("checked", checked);
    const { app } = createRig({ tasks: [task], handlers: [handle(task, () => {})] });
    await expect(app.enqueue(task, { n: 1 })).rejects.toMatchObject({ code: "signature_mismatch" });
  });

  it("a broker that rejects with it is unavailable", async () => {
    const task = defineTask("sent", {});
    const { app, faults } = createRig({ tasks: [task], handlers: [] });
    faults.send = () => Promise.reject(make());
    const refused = await app.enqueue(task, {}).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "broker_unavailable", message: expect.any(String) });
  });
});
