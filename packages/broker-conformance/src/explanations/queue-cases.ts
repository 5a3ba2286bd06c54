import type { QueueCause, QueueExplanation } from "@jobs/core/runtime";
import { expect } from "vitest";
import type { ExplanationStage } from "./explanation-stage.ts";

/** A situation of a queue, and the only right answer about it. */
export interface QueueCase {
  readonly title: string;
  readonly cause: QueueCause;
  /** Whether the answer needs a broker that shows waiting jobs. Default false. */
  readonly needsPeek?: boolean;
  /** Whether the broker can have this situation. Default: each can. */
  readonly isPossible?: (stage: ExplanationStage) => boolean;
  /** Makes the situation. */
  set(stage: ExplanationStage): Promise<unknown>;
  /** Further checks of the right answer. */
  check?(explanation: QueueExplanation): void;
}

export const QUEUE_CASES: readonly QueueCase[] = [
  { title: "nothing waits", cause: "empty", set: (stage) => stage.start() },
  {
    title: "all its jobs wait for their time",
    cause: "delayed",
    isPossible: ({ capabilities }) => capabilities.delay !== false,
    set: (stage) => stage.enqueue("return", { delayMs: 60_000 }),
    check: ({ summary }) => expect(summary).toContain("1 wait for their time"),
  },
  {
    title: "it is paused",
    cause: "queue_paused",
    async set(stage) {
      await stage.enqueue("return");
      await stage.asker.pause("work", { by: "ops@desk" });
    },
    check: ({ summary }) => expect(summary).toContain("by ops@desk"),
  },
  { title: "no living worker serves it", cause: "no_worker", set: (stage) => stage.enqueue("return") },
  {
    title: "all its workers drain",
    cause: "workers_unavailable",
    async set(stage) {
      const app = await stage.startBusy();
      void app.close();
      await stage.enqueue("return");
    },
  },
  {
    title: "no worker knows the task of any job",
    cause: "unknown_task",
    needsPeek: true,
    async set(stage) {
      await stage.startBusy({ work: false });
      await stage.enqueue("return");
    },
  },
  {
    title: "the concurrency of its task is used up",
    cause: "concurrency_limit",
    needsPeek: true,
    async set(stage) {
      await stage.start({ work: { concurrency: 1 }, hasBeside: false });
      await stage.enqueue("wait");
      await stage.handlersWait(1);
      await stage.enqueue("return");
    },
  },
  {
    title: "all slots of its workers are used",
    cause: "workers_busy",
    async set(stage) {
      await stage.startBusy();
      await stage.enqueue("return");
    },
  },
  {
    title: "all its jobs are with workers",
    cause: "running",
    async set(stage) {
      await stage.start();
      await stage.enqueue("wait");
      await stage.handlersWait(1);
    },
  },
  {
    title: "nothing keeps its jobs",
    cause: "moving",
    async set(stage) {
      await stage.announceIdle();
      await stage.enqueue("return");
    },
  },
];
