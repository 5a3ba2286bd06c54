import { createMemoryCoordination } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import type { ResultStore } from "../../src/entries/broker.ts";
import { bindApp } from "../../src/entries/config.ts";
import { systemClock } from "../../src/entries/runtime.ts";
import {
  defineTask,
  handle,
  type JobContext,
  type JobResult,
  type Next,
  TaskExecutor,
} from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", { mode: "string?" }, { maxAttempts: 1, timeoutMs: 5_000 });

describe("the context of a run", () => {
  test("knows its job, carries trace headers to follow-up jobs, and logs with the job attached", async () => {
    const child = defineTask("child", {});
    const contexts: JobContext[] = [];
    const rig = createRig({
      tasks: [work, child],
      handlers: [
        handle(work, async (_, ctx) => {
          contexts.push(ctx);
          ctx.log.info("working", { step: 1 });
          ctx.progress({ done: 0.5 });
          await ctx.enqueue(child, {});
        }),
        handle(child, (_, ctx) => void contexts.push(ctx)),
      ],
    });
    const headers = {
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      tenant: "acme",
    };
    const job = await rig.app.enqueue(work, {}, { headers });
    rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    const [first, second] = contexts;
    expect(first).toMatchObject({
      id: job.id,
      idempotencyKey: job.id,
      task: "work",
      attempt: 1,
      queue: "default",
    });
    expect(first?.headers).toEqual(headers);
    expect(second?.headers).toEqual({ traceparent: headers.traceparent });
    expect(rig.logs.find(({ message }) => message === "working")?.fields).toMatchObject({
      job: job.id,
      step: 1,
    });
    expect(rig.events.find((event) => event.type === "job.progress")).toMatchObject({
      progress: { done: 0.5 },
    });
  });
});

describe("executor and middleware", () => {
  test.each(["return", "throw", "hang"])(
    "the executor's context wraps the run and its finally runs on %s [W11]",
    async (mode) => {
      const steps: string[] = [];
      class Wrapping extends TaskExecutor {
        override async context(job: JobContext, next: Next): Promise<unknown> {
          steps.push(`open ${job.task}`);
          try {
            return await next();
          } finally {
            steps.push("close");
          }
        }
      }
      const rig = createRig({
        tasks: [work],
        executor: new Wrapping(),
        handlers: [
          handle(work, () => {
            steps.push("run");
            if (mode === "throw") throw new Error("no");
            return mode === "hang" ? new Promise(() => {}) : undefined;
          }),
        ],
      });
      await rig.app.enqueue(work, {});
      rig.start();
      await rig.clock.advance(16_000);
      expect(steps).toEqual(["open work", "run", "close"]);
    },
  );

  test("the finally runs on shutdown too [W11]", async () => {
    const steps: string[] = [];
    const rig = createRig({
      tasks: [work],
      around: [
        async (_, next) => {
          try {
            return await next();
          } finally {
            steps.push("close");
          }
        },
      ],
      handlers: [handle(work, () => new Promise(() => {}))],
    });
    await rig.app.enqueue(work, {});
    const { worker } = rig.start({ shutdownTimeoutMs: 2_000 });
    await rig.clock.advance(100);
    void worker.stop();
    await rig.clock.advance(2_000);
    expect(steps).toEqual(["close"]);
  });

  test("middleware runs inside the executor, the first outermost, and may fail the run", async () => {
    const order: string[] = [];
    class Outer extends TaskExecutor {
      override context(_: JobContext, next: Next): Promise<unknown> {
        order.push("executor");
        return next();
      }
    }
    const rig = createRig({
      tasks: [work],
      executor: new Outer(),
      around: [
        (_, next) => {
          order.push("first");
          return next();
        },
        () => {
          order.push("second");
          return Promise.reject(new Error("not allowed"));
        },
      ],
      handlers: [handle(work, () => void order.push("handler"))],
    });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(order).toEqual(["executor", "first", "second"]);
    expect(await report).toMatchObject({ dead: 1 });
  });

  test("the hooks see start, success and failure [W12]", async () => {
    const seen: string[] = [];
    class Hooks extends TaskExecutor {
      override onStart(job: JobContext) {
        seen.push(`start ${job.task}`);
      }
      override onSuccess(_: JobContext, result: unknown) {
        seen.push(`success ${result}`);
      }
      override onFailure(_: JobContext, error: unknown) {
        seen.push(`failure ${(error as Error).message}`);
      }
    }
    const rig = createRig({
      tasks: [work],
      executor: new Hooks(),
      handlers: [
        handle(work, ({ mode }) => {
          if (mode === "throw") throw new Error("no");
          return 42;
        }),
      ],
    });
    await rig.app.enqueue(work, {});
    await rig.app.enqueue(work, { mode: "throw" });
    rig.start({ until: { type: "drained" }, concurrency: 1 });
    await rig.clock.advance(1_000);
    expect(seen).toEqual(["start work", "success 42", "start work", "failure no"]);
  });

  test("hooks, observers and loggers that throw, reject or never end change nothing [F37]", async () => {
    class Broken extends TaskExecutor {
      override onStart(): never {
        throw new Error("hook");
      }
      override onSuccess() {
        return Promise.reject(new Error("hook"));
      }
      override onFailure() {
        return new Promise(() => {});
      }
    }
    const explode = () => {
      throw new Error("logger");
    };
    const rig = createRig({
      tasks: [work],
      executor: new Broken(),
      observers: [explode, () => Promise.reject(new Error("observer")) as never],
      handlers: [
        handle(work, ({ mode }, ctx) => {
          ctx.log.info("hello");
          if (mode === "throw") throw new Error("no");
        }),
      ],
    });
    const logger = { debug: explode, info: explode, warn: explode, error: explode };
    bindApp(rig.app, rig.app.definition.with({ runtime: { logger } }));
    await rig.app.enqueue(work, {});
    await rig.app.enqueue(work, { mode: "throw" });
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 1 });
  });
});

describe("completion", () => {
  function recordingStore(failures: number): ResultStore & { puts: JobResult[] } {
    const puts: JobResult[] = [];
    let left = failures;
    return {
      kind: "recording",
      reach: "process",
      coordination: createMemoryCoordination(systemClock),
      puts,
      async put(result) {
        if (left-- > 0) throw new Error("store is down");
        puts.push(result);
      },
      get: async () => undefined,
      prune: async () => 0,
      close: async () => {},
    };
  }

  test("the result is stored before the ack [C3]", async () => {
    const results = recordingStore(0);
    const rig = createRig({ tasks: [work], results, handlers: [handle(work, () => ({ rows: 3 }))] });
    let storedAtAck = -1;
    rig.faults.settle = () => {
      storedAtAck = results.puts.length;
      return undefined;
    };
    const { id } = await rig.app.enqueue(work, {});
    rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(storedAtAck).toBe(1);
    expect(results.puts).toMatchObject([
      { id, task: "work", status: "succeeded", value: { rows: 3 }, attempt: 1 },
    ]);
  });

  test("a store that is down for a minute: the job is neither lost nor run again, its result is kept [F42 C23]", async () => {
    const results = recordingStore(20);
    let runs = 0;
    const rig = createRig({ tasks: [work], results, handlers: [handle(work, () => void runs++)] });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(120_000);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect(runs).toBe(1);
    expect(results.puts).toHaveLength(1);
  });

  test("without a lease no result is written unless the ack holds", async () => {
    const results = recordingStore(0);
    const endless = defineTask("endless", {});
    const ends: (() => void)[] = [];
    const rig = createRig({
      tasks: [endless],
      results,
      handlers: [handle(endless, () => new Promise<void>((resolve) => ends.push(resolve)))],
    });
    rig.faults.extend = (deliveries) => deliveries.map(() => ({ status: "lost" as const }));
    await rig.app.enqueue(endless, {});
    await rig.app.enqueue(endless, {});
    rig.start();
    await rig.clock.advance(15_000);
    rig.faults.settle = (settlements) => settlements.map(() => ({ status: "lost" as const }));
    ends[0]?.();
    await rig.clock.advance(100);
    expect(results.puts).toHaveLength(0);
    rig.faults.settle = () => undefined;
    ends[1]?.();
    await rig.clock.advance(100);
    expect(results.puts).toHaveLength(1);
  });

  test("a result that is not JSON is kept as null, and the job succeeds", async () => {
    const results = recordingStore(0);
    const rig = createRig({ tasks: [work], results, handlers: [handle(work, () => new Map())] });
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect(results.puts).toMatchObject([{ value: null }]);
  });
});
