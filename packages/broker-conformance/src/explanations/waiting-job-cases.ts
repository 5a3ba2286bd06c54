import { expect } from "vitest";
import { evidenceOf, expectUntil, type JobCase } from "./job-case.ts";

/** Situations of a job that waits in its queue, one for each cause. */
export const WAITING_JOB_CASES: readonly JobCase[] = [
  {
    title: "it waits for its time",
    cause: "delayed",
    recorded: "delayed",
    set: (stage) => stage.enqueue("return", stage.capabilities.delay === false ? {} : { delayMs: 60_000 }),
    isPossible: ({ capabilities }) => capabilities.delay !== false,
    check: expectUntil,
  },
  {
    title: "it has failed and waits for its retry",
    cause: "delayed",
    recorded: "delayed",
    async set(stage) {
      const id = await stage.enqueue("fail");
      await stage.work(1);
      return id;
    },
    check(explanation) {
      expectUntil(explanation);
      expect(evidenceOf(explanation)).toContain("no luck");
    },
  },
  {
    title: "it is held for a deploy",
    cause: "held",
    recorded: "held",
    async set(stage) {
      const id = await stage.enqueue("return");
      await stage.start({ work: false });
      return id;
    },
    check(explanation) {
      expectUntil(explanation);
      expect(explanation.summary).toContain(
        'Its signature (do) of task "work" is known to no living worker, but',
      );
    },
  },
  {
    title: "it is held for a deploy, and a worker knows its signature",
    cause: "held",
    isPossible: ({ isOpen }) => isOpen,
    async set(stage) {
      const id = await stage.enqueue("return");
      await stage.start({ work: false });
      await stage.why(id, "held");
      await stage.start();
      return id;
    },
    check: ({ summary }) => expect(summary).toContain('(do) of task "work" is known to stage:2:w.'),
  },
  {
    title: "its queue is paused, by somebody, since then",
    cause: "queue_paused",
    recorded: "queue_paused",
    async set(stage) {
      await stage.asker.pause("work", { by: "ops@desk" });
      await stage.start();
      return stage.enqueue("return");
    },
    check(explanation) {
      expect(explanation.summary).toMatch(/paused by ops@desk, since \d{4}-/);
    },
  },
  {
    title: "its task is paused, alone in its queue",
    cause: "task_paused",
    recorded: "task_paused",
    async set(stage) {
      const id = await stage.enqueue("return");
      await stage.start({ work: { isPaused: true }, hasBeside: false });
      return id;
    },
  },
  {
    title: "its task is paused, beside others in its queue",
    cause: "task_paused",
    // A worker refuses it where each delivery counts.
    isPossible: ({ capabilities }) => capabilities.maxDeliveries === null,
    async set(stage) {
      const id = await stage.enqueue("return");
      await stage.start({ work: { isPaused: true } });
      return id;
    },
    // Between two deliveries it is ready, and no moment is known.
    check: (explanation) =>
      explanation.until === undefined
        ? expect(explanation.summary).toContain("by the settings of the workers")
        : expectUntil(explanation),
  },
  {
    title: "no living worker serves its queue",
    cause: "no_worker",
    recorded: "no_worker",
    set: (stage) => stage.enqueue("return"),
  },
  {
    title: "all workers of its queue drain",
    cause: "workers_unavailable",
    recorded: "workers_unavailable",
    async set(stage) {
      const app = await stage.startBusy();
      void app.close();
      return stage.enqueue("return");
    },
  },
  {
    title: "no worker of its queue knows its task",
    cause: "unknown_task",
    recorded: "unknown_task",
    async set(stage) {
      await stage.startBusy({ work: false });
      return stage.enqueue("return");
    },
    check: (explanation) => expect(evidenceOf(explanation)).toContain("beside"),
  },
  {
    title: "no worker of its queue has its signature",
    cause: "signature_mismatch",
    recorded: "workers_busy",
    async set(stage) {
      await stage.startBusy();
      return stage.enqueueEarlier();
    },
    check: (explanation) => expect(evidenceOf(explanation)).toMatch(/\(did\)[^(]*\(do\)/),
  },
  {
    title: "the rate of its task is used up, alone in its queue",
    cause: "rate_limit",
    recorded: "rate_limit",
    async set(stage) {
      const first = await stage.enqueue("return");
      await stage.start({ work: { ratePerSecond: 0.01 }, hasBeside: false });
      await stage.asker.result(first, { waitMs: 20_000 });
      return stage.enqueue("return");
    },
    check: expectUntil,
  },
  {
    title: "the rate of its task is used up, beside others in its queue",
    cause: "rate_limit",
    // Its worker holds it and names it in its heartbeat.
    needsPeek: false,
    async set(stage) {
      await stage.start({ work: { ratePerSecond: 0.01 }, concurrency: 5 });
      await stage.enqueue("wait");
      await stage.handlersWait(1);
      return stage.enqueue("return");
    },
    check: expectUntil,
  },
  {
    title: "the concurrency of its task is used up, alone in its queue",
    cause: "concurrency_limit",
    recorded: "concurrency_limit",
    async set(stage) {
      await stage.start({ work: { concurrency: 1 }, hasBeside: false });
      await stage.enqueue("wait");
      await stage.handlersWait(1);
      return stage.enqueue("return");
    },
  },
  {
    title: "the concurrency of its task is used up, beside others in its queue",
    cause: "concurrency_limit",
    needsPeek: false,
    async set(stage) {
      await stage.start({ work: { concurrency: 1 }, concurrency: 5 });
      await stage.enqueue("wait");
      await stage.handlersWait(1);
      return stage.enqueue("return");
    },
  },
  {
    title: "jobs of higher priority are before it",
    cause: "behind",
    isPossible: ({ capabilities }) => capabilities.priority !== false,
    async set(stage) {
      await stage.startBusy();
      const id = await stage.enqueue("return");
      for (let jobs = 0; jobs < 3; jobs++) await stage.enqueueBeside("return", { priority: 1 });
      return id;
    },
    check: ({ summary }) => expect(summary).toContain("behind 3 ready jobs, 3 of them of higher priority"),
  },
  {
    title: "all slots of its workers are used",
    cause: "workers_busy",
    recorded: "workers_busy",
    async set(stage) {
      await stage.startBusy();
      return stage.enqueue("return");
    },
  },
  {
    title: "nothing keeps it from its start",
    cause: "ready",
    async set(stage) {
      await stage.announceIdle();
      return stage.enqueue("return");
    },
  },
];
