import { chain, group, step } from "@jobs/core";
import { expect } from "vitest";
import { workTask } from "./explanation-stage.ts";
import { evidenceOf, expectUntil, type JobCase } from "./job-case.ts";

const work = workTask();

/** Situations of a job that a worker has, that waits for its flow, or that has ended: one for each cause. */
export const TAKEN_JOB_CASES: readonly JobCase[] = [
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
    title: "nobody knows its signature, so it was not held",
    cause: "dead",
    needsPeek: false,
    isPossible: ({ hasAnnouncements }) => hasAnnouncements,
    async set(stage) {
      const id = await stage.enqueueGone();
      await stage.work(1);
      return id;
    },
    check(explanation) {
      expect(evidenceOf(explanation)).toContain("no live worker or producer knows the signature (did)");
      expect(explanation.summary).toContain("No living worker or producer knows its signature (did)");
    },
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
