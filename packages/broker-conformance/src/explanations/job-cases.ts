import { chain, group, step } from "@jobs/core";
import type { JobCause, JobExplanation } from "@jobs/core/runtime";
import { expect } from "vitest";
import { type ExplanationStage, workTask } from "./explanation-stage.ts";

/** A situation of a job, and the only right answer about it. */
export interface JobCase {
  readonly title: string;
  readonly cause: JobCause;
  /** Whether the answer needs a broker that shows waiting jobs. On the others it is `unknown`. Default true. */
  readonly needsPeek?: boolean;
  /** The answer from a history store where the broker shows no waiting jobs. Default `unknown`. */
  readonly recorded?: JobCause;
  /** Whether the broker can have this situation. Default: each can. */
  readonly isPossible?: (stage: ExplanationStage) => boolean;
  /** Makes the situation and resolves with the id of the job. */
  set(stage: ExplanationStage): Promise<string>;
  /** Further checks of the right answer. */
  check?(explanation: JobExplanation): void;
}

const work = workTask();

function expectUntil({ until = 0 }: JobExplanation): void {
  expect(until).toBeGreaterThan(Date.now());
}

function evidenceOf({ evidence }: JobExplanation): string {
  return evidence.map(({ statement }) => statement).join("\n");
}

/** The order is that of the causes. */
export const JOB_CASES: readonly JobCase[] = [
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
    check: expectUntil,
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
    check: expectUntil,
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
  {
    title: "a worker has it, and has not said yet that its handler runs",
    cause: "leased",
    recorded: "running",
    async set(stage) {
      await stage.start();
      const id = await stage.enqueue("wait");
      await stage.handlersWait(1);
      return id;
    },
  },
  {
    title: "its handler runs",
    cause: "running",
    needsPeek: false,
    async set(stage) {
      const app = await stage.start();
      const id = await stage.enqueue("wait");
      await stage.handlersWait(1);
      // It writes a heartbeat when it begins to drain.
      void app.close();
      return id;
    },
    check: ({ summary }) => expect(summary).toMatch(/^It runs on stage:1:w for \d+s/),
  },
  {
    title: "the worker that has it is gone, and its lease ends",
    cause: "worker_lost",
    recorded: "no_worker",
    async set(stage) {
      const id = await stage.enqueue("return");
      await stage.leaseToNobody();
      return id;
    },
    check: expectUntil,
  },
  {
    title: "it waits for an earlier step of its chain",
    cause: "earlier_step",
    async set(stage) {
      const { stepIds } = await stage.asker.start(
        chain([step(work, { do: "return" }), step(work, { do: "return" })]),
      );
      return stepIds[1] ?? "";
    },
    check: (explanation) => expect(evidenceOf(explanation)).toContain("No living worker serves queue"),
  },
  {
    title: "it waits for a member of a group",
    cause: "earlier_step",
    async set(stage) {
      const members = [step(work, { do: "return" }), step(work, { do: "fail" })];
      const { lastId } = await stage.asker.start(chain([group(members), step(work, { do: "return" })]));
      await stage.work(2);
      return lastId;
    },
    check: (explanation) => expect(evidenceOf(explanation)).toContain("1 of 2 members of the group"),
  },
  {
    title: "it is a dead letter",
    cause: "dead",
    needsPeek: false,
    async set(stage) {
      const id = await stage.enqueue("die");
      await stage.work(1);
      return id;
    },
    check: (explanation) => expect(evidenceOf(explanation)).toContain("never"),
  },
  {
    title: "an earlier step of its flow is dead",
    cause: "dead",
    needsPeek: false,
    async set(stage) {
      const { lastId } = await stage.asker.start(
        chain([step(work, { do: "die" }), step(work, { do: "return" })]),
      );
      await stage.work(1);
      return lastId;
    },
    check: ({ hint }) => expect(hint).toContain("jobs dlq retry"),
  },
  {
    title: "it is done, and its result is kept until then",
    cause: "succeeded",
    needsPeek: false,
    async set(stage) {
      const id = await stage.enqueue("return");
      await stage.work(1);
      return id;
    },
    check: expectUntil,
  },
  {
    title: "it was cancelled while it waited",
    cause: "cancelled",
    needsPeek: false,
    async set(stage) {
      const id = await stage.enqueue("return");
      await stage.asker.cancel(id);
      if (!stage.isOpen) await stage.work(1);
      return id;
    },
  },
  {
    title: "it was cancelled while its handler runs",
    cause: "cancelled",
    recorded: "cancelled",
    async set(stage) {
      await stage.start();
      const id = await stage.enqueue("wait");
      await stage.handlersWait(1);
      await stage.asker.cancel(id);
      return id;
    },
  },
  {
    title: "it was never there",
    cause: "not_found",
    set: async () => "never-sent",
  },
];
