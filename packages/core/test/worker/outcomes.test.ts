import { describe, expect, test } from "vitest";
import type { BrokerQueue } from "../../src/entries/broker.ts";
import { defineTask, FatalError, handle, RetryLater } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", { n: "integer?" }, { maxAttempts: 3, backoff: 1_000 });

/** The dead letters of the default queue. */
async function deadLetters(rig: { app: { queue(name: string): Promise<BrokerQueue> } }) {
  const queue = await rig.app.queue("default");
  return (await queue.peek({ state: "dead", limit: 100 })).messages;
}

describe("what becomes of a run", () => {
  test("a success is acknowledged, and published only after the ack is confirmed", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => "done")] });
    let eventsAtAck: string[] = [];
    rig.faults.settle = () => {
      eventsAtAck = rig.trace();
      return undefined;
    };
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ cause: "drained", succeeded: 1, retried: 0, dead: 0 });
    expect(eventsAtAck).toEqual(["job.enqueued", "job.started"]);
    expect(rig.trace()).toEqual(["job.enqueued", "job.started", "job.succeeded"]);
  });

  test("events of a run name the trace of its producer, where it sent a readable one", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => "done")] });
    const trace = (traceId: string) => ({ headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    await rig.app.enqueue(work, {}, trace("4bf92f3577b34da6a3ce929d0e0e4736"));
    await rig.app.enqueue(work, {}, trace("0".repeat(32)));
    await rig.app.enqueue(work, {}, { headers: { traceparent: "nonsense" } });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 4 });
    const traced = rig.events.flatMap((event) => (event.type === "job.succeeded" ? [event.job.traceId] : []));
    expect(traced.filter((id) => id !== undefined)).toEqual(["4bf92f3577b34da6a3ce929d0e0e4736"]);
  });

  test("maxAttempts counts runs: three runs, then a dead letter with the last error [E5 E7 W14]", async () => {
    const attempts: number[] = [];
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, (_, ctx) => {
          attempts.push(ctx.attempt);
          throw new TypeError(`no luck ${ctx.attempt}`);
        }),
      ],
    });
    await rig.app.enqueue(work, { n: 7 });
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ succeeded: 0, retried: 2, dead: 1 });
    expect(attempts).toEqual([1, 2, 3]);
    expect(await deadLetters(rig)).toMatchObject([
      {
        failureCount: 3,
        dead: { reason: "exhausted", error: { name: "TypeError", message: "no luck 3", attempt: 3 } },
      },
    ]);
    expect(rig.trace().slice(1)).toEqual([
      ...["job.started", "job.failed", "job.retried"],
      ...["job.started", "job.failed", "job.retried"],
      ...["job.started", "job.failed", "job.dead"],
    ]);
  });

  test("the parameters of a retried job stay as they were; attempts live with the broker [E6]", async () => {
    const seen: unknown[] = [];
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, (params, ctx) => {
          seen.push(params);
          if (ctx.attempt === 1) throw new Error("once");
        }),
      ],
    });
    await rig.app.enqueue(work, { n: 7 });
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(5_000);
    expect(await report).toMatchObject({ succeeded: 1, retried: 1 });
    expect(seen).toEqual([{ n: 7 }, { n: 7 }]);
  });

  test("a retry waits for its backoff and is never early", async () => {
    const startedAt: number[] = [];
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, () => {
          startedAt.push(rig.clock.monotonic());
          throw new Error("always");
        }),
      ],
    });
    await rig.app.enqueue(work, {});
    rig.start();
    await rig.clock.advance(10_000);
    expect(startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0))).toEqual([1_000, 1_000]);
  });

  test("FatalError makes a dead letter at once", async () => {
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, () => {
          throw new FatalError("the account was closed");
        }),
      ],
    });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ dead: 1, retried: 0 });
    expect(await deadLetters(rig)).toMatchObject([
      { dead: { reason: "fatal", error: { message: "the account was closed" } } },
    ]);
  });

  test("nonRetryable errors are fatal, by class and by predicate", async () => {
    const byClass = defineTask("by_class", {}, { nonRetryable: [RangeError] });
    const byPredicate = defineTask(
      "by_predicate",
      {},
      { nonRetryable: [(error) => String(error).includes("404")] },
    );
    const rig = createRig({
      tasks: [byClass, byPredicate],
      handlers: [
        handle(byClass, () => {
          throw new RangeError("out");
        }),
        handle(byPredicate, () => {
          throw new Error("404");
        }),
      ],
    });
    await rig.app.enqueueMany([
      [byClass, {}],
      [byPredicate, {}],
    ]);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ dead: 2, retried: 0 });
  });

  test("RetryLater snoozes without a failure, at most 100 times [C2]", async () => {
    let runs = 0;
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, (_, ctx) => {
          runs++;
          expect(ctx.attempt).toBe(1);
          throw new RetryLater(60_000);
        }),
      ],
    });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(102 * 60_000);
    expect(await report).toMatchObject({ postponed: 100, dead: 1, retried: 0 });
    expect(runs).toBe(101);
  });

  test("RetryLater(NaN) is a failure like another, with the backoff of its task, and never a run at once", async () => {
    const startedAt: number[] = [];
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, () => {
          startedAt.push(rig.clock.monotonic());
          throw new RetryLater(Number.NaN);
        }),
      ],
    });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ postponed: 0, retried: 2, dead: 1 });
    expect(startedAt).toEqual([0, 1_000, 2_000]);
    expect(await deadLetters(rig)).toMatchObject([
      { dead: { reason: "exhausted", error: { message: expect.stringContaining("RetryLater must be") } } },
    ]);
  });

  test("a RetryLater whose delay was spoilt after it was made is a failure like another", async () => {
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, () => {
          throw Object.assign(new RetryLater(1), { delayMs: Number.NaN });
        }),
      ],
    });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ postponed: 0, retried: 2, dead: 1 });
  });

  test("a backoff that gives nonsense is reported once for its task, and its jobs wait by default", async () => {
    const failing = () => {
      throw new Error("no luck");
    };
    const one = defineTask("one", {}, { backoff: () => Number.NaN });
    const other = defineTask("other", {}, { backoff: (async () => 5) as never });
    const rig = createRig({
      tasks: [one, other],
      handlers: [handle(one, failing), handle(other, failing)],
    });
    await rig.app.enqueueMany([
      [one, {}],
      [one, {}],
      [other, {}],
    ]);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(600_000);
    expect(await report).toMatchObject({ dead: 3, retried: 12 });
    const said = rig.logs.filter(({ message }) => message.startsWith("the backoff of a task"));
    expect(said.map(({ level, fields }) => [level, fields.task])).toEqual([
      ["warn", "one"],
      ["warn", "other"],
    ]);
  });

  test.each([
    ["a string", "boom"],
    ["undefined", undefined],
    ["null", null],
    ["a number", 42],
    ["a symbol", Symbol("boom")],
    ["a frozen error", Object.freeze(new Error("cold"))],
    [
      "a value with throwing getters",
      Object.defineProperty({}, "message", {
        get: () => {
          throw new Error("no");
        },
      }),
    ],
    ["a 10 MB message", new Error("x".repeat(10_000_000))],
    ["a cyclic cause", cyclicError()],
    ["a null-prototype object", Object.create(null)],
  ])("throwing %s is recorded and counted once, and costs no slot [F36 E19]", async (_, thrown) => {
    const once = defineTask("once", {}, { maxAttempts: 1 });
    const rig = createRig({
      tasks: [once, work],
      handlers: [handle(once, () => Promise.reject(thrown)), handle(work, () => {})],
    });
    await rig.app.enqueue(once, {});
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" }, concurrency: 1 });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ dead: 1, succeeded: 1 });
    const [dead] = await deadLetters(rig);
    expect(dead?.dead?.reason).toBe("exhausted");
    expect(dead?.dead?.error?.message.length).toBeLessThan(9_000);
  });

  test("a job past its expiry becomes a dead letter without a run", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    await rig.app.enqueue(work, {}, { expiresInMs: 1_000 });
    await rig.clock.advance(2_000);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ dead: 1, succeeded: 0 });
    expect(await deadLetters(rig)).toMatchObject([{ dead: { reason: "expired" } }]);
  });
});

function cyclicError(): Error {
  const error = new Error("round");
  error.cause = error;
  return error;
}
