import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AccessDeniedError, type Broker } from "../../src/entries/broker.ts";
import { bindApp } from "../../src/entries/config.ts";
import { isSubstituted } from "../../src/entries/runtime.ts";
import { FAKE_ADVICE, substituteApp } from "../../src/entries/testing.ts";
import {
  type App,
  BrokerUnavailableError,
  createApp,
  defineTask,
  type LifecycleEvent,
} from "../../src/index.ts";

const work = defineTask("work", {});

/** Counts what is opened and closed. */
function countingBroker() {
  const calls = { opened: 0, closed: 0 };
  const inner = memory();
  const broker: Broker = {
    kind: "counting",
    reach: "network",
    openQueue(name) {
      calls.opened++;
      return inner.openQueue(name);
    },
    openConsumer: (name, options) => inner.openConsumer(name, options),
    async close() {
      calls.closed++;
    },
  };
  return { broker, calls };
}

/** Makes the app use the memory of a test. */
function substitute(app: App, storage = createMemoryStorage()) {
  const replaced = substituteApp(app, {
    replace: (definition) => definition.with({ broker: memory({ storage }) }),
  });
  return { ...replaced, storage };
}

describe("substituteApp", () => {
  it("opens and closes nothing of the app's own, and undo gives it back", async () => {
    const { broker, calls } = countingBroker();
    const app = createApp({ tasks: [work], broker });
    const { undo, close } = substitute(app);
    expect(await app.enqueue(work, {})).toMatchObject({ broker: "memory" });
    undo();
    await close();
    expect(calls).toEqual({ opened: 0, closed: 0 });
    expect(await app.enqueue(work, {})).toMatchObject({ broker: "counting" });
    await app.close();
    expect(calls).toEqual({ opened: 1, closed: 1 });
  });

  it("a package that would run a worker can see it", () => {
    const app = createApp({ tasks: [work] });
    expect(isSubstituted(app)).toBe(false);
    const { undo } = substitute(app);
    expect([isSubstituted(app), isSubstituted(app.with({}))]).toEqual([true, false]);
    undo();
    expect(isSubstituted(app)).toBe(false);
  });

  it("a second one starts anew, and undo of the first changes nothing then", async () => {
    const app = createApp({ tasks: [work] });
    const first = substitute(app);
    await app.enqueue(work, {});
    await app.close();
    const second = substitute(app);
    await app.enqueue(work, {});
    first.undo();
    await app.enqueue(work, {});
    expect(first.storage.leftovers()).toHaveLength(1);
    expect(second.storage.leftovers()).toHaveLength(2);
  });

  it("refuses an app that is open, with the call that opened it, and what is none", async () => {
    await using app = createApp({ tasks: [work], broker: memory() });
    await app.enqueue(work, {});
    expect(() => substitute(app)).toThrow("app.enqueue has already opened the app with its own broker");
    expect(() => substitute({} as App)).toThrow("expected an app made by createApp, got");
  });

  it("keeps settings that the app is bound to meanwhile, but not their broker", async () => {
    const { broker, calls } = countingBroker();
    const app = createApp({ tasks: [work] });
    substitute(app);
    bindApp(app, app.definition.with({ broker }));
    expect(await app.enqueue(work, {})).toMatchObject({ broker: "memory" });
    expect(calls.opened).toBe(0);
    // Each start may be bound again, as by a test that builds its server each time.
    const replace = vi.fn((definition) => definition.with({ broker: memory() }));
    substituteApp(app, { replace });
    expect(replace.mock.calls[0]?.[0].broker.kind).toBe("counting");
    bindApp(app, app.definition.with({}));
  });

  it("observers of the app get the events of each substitute, those of one only its own", async () => {
    const all: LifecycleEvent["type"][] = [];
    const own: LifecycleEvent["type"][] = [];
    const app = createApp({ tasks: [work], observers: [({ type }) => all.push(type)] });
    app.observe(({ type }) => all.push(type));
    const first = substitute(app);
    first.observe(({ type }) => own.push(type));
    await app.enqueue(work, {});
    expect(all).toEqual(["job.enqueued", "job.enqueued"]);
    substitute(app);
    await app.enqueue(work, {});
    expect(all).toHaveLength(4);
    expect(own).toEqual(["job.enqueued"]);
  });

  it("reaches an app of another copy of core", async () => {
    const app = createApp({ tasks: [work] });
    vi.resetModules();
    const copy = await import("../../src/entries/testing.ts");
    expect(copy.substituteApp).not.toBe(substituteApp);
    copy.substituteApp(app, { replace: (definition) => definition.with({ broker: memory() }) });
    expect(await app.enqueue(work, {})).toMatchObject({ broker: "memory" });
  });
});

describe("an enqueue under a test runner that does not reach its broker", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** An app on a broker that answers each open with an error. */
  function unreachable(
    error: () => Error = () =>
      new BrokerUnavailableError({ broker: "far" }, "refused.", { hint: "Start it." }),
  ) {
    const broker: Broker = {
      ...countingBroker().broker,
      openQueue: () => Promise.reject(error()),
    };
    return createApp({ tasks: [work], broker });
  }

  it("names fake(app) behind the broker's own hint, once", async () => {
    const app = unreachable();
    const error = await app.enqueue(work, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BrokerUnavailableError);
    expect(error).toMatchObject({ hint: `Start it. ${FAKE_ADVICE}` });
    const both = await Promise.allSettled([app.enqueue(work, {}), app.enqueue(work, {})]);
    for (const { reason } of both as PromiseRejectedResult[])
      expect(reason.hint).toBe(`Start it. ${FAKE_ADVICE}`);
    expect(await app.enqueueMany([[work, {}]])).toMatchObject([
      { error: { hint: `Start it. ${FAKE_ADVICE}` } },
    ]);
  });

  it("names it where credentials are missing, and where the app has no broker", async () => {
    const denied = unreachable(() => new AccessDeniedError({ broker: "far" }, "no credentials."));
    await expect(denied.enqueue(work, {})).rejects.toMatchObject({ hint: FAKE_ADVICE });
    const hint = expect.stringContaining(FAKE_ADVICE);
    await expect(createApp({ tasks: [work] }).enqueue(work, {})).rejects.toMatchObject({ hint });
  });

  it("does not name it for other errors, nor for a program that binds its app, nor without a runner", async () => {
    const wrong = unreachable().enqueue(work, { extra: 1 } as never);
    await expect(wrong).rejects.toMatchObject({ code: "signature_mismatch" });
    await expect(wrong).rejects.not.toMatchObject({ hint: expect.stringContaining(FAKE_ADVICE) });
    const bound = unreachable();
    bindApp(bound, bound.definition.with({}));
    await expect(bound.enqueue(work, {})).rejects.toMatchObject({ hint: "Start it." });
    for (const name of ["VITEST", "JEST_WORKER_ID", "NODE_TEST_CONTEXT"]) vi.stubEnv(name, undefined);
    await expect(unreachable().enqueue(work, {})).rejects.toMatchObject({ hint: "Start it." });
    for (const name of ["JEST_WORKER_ID", "NODE_TEST_CONTEXT"]) {
      vi.stubEnv(name, "1");
      await expect(unreachable().enqueue(work, {})).rejects.toMatchObject({
        hint: `Start it. ${FAKE_ADVICE}`,
      });
      vi.stubEnv(name, undefined);
    }
  });
});
