import { chain, defineSchedule, defineTask, step } from "@jobs/core";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import type { JobsOptions } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { MAIL, SharedQueue, sendEmail } from "./shared-queue.ts";

const note = defineTask("note", {});

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "a queue of plain jobs of BullMQ $version",
  (version) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    describe("a job of BullMQ's producer, run by our worker", () => {
      /** Adds one, and runs it. */
      async function runOne(shared: SharedQueue, opts: JobsOptions = {}) {
        const job = await shared.queue.add("send_email", { to: "a@b.c" }, { jobId: "theirs", ...opts });
        const report = await shared.drain();
        return { job, report, kept: await shared.queue.getJob("theirs") };
      }

      it("has its data as parameters, and its value where BullMQ looks for it", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { kept, report } = await runOne(shared);
        expect(report).toMatchObject({ succeeded: 1, dead: 0 });
        expect(shared.calls).toMatchObject([
          { params: { to: "a@b.c" }, ctx: { id: "theirs", maxAttempts: 1 } },
        ]);
        expect(kept).toMatchObject({
          returnvalue: { sent: true },
          attemptsMade: 1,
          finishedOn: expect.any(Number),
        });
      });

      it("resolves waitUntilFinished with our value", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const job = await shared.queue.add("send_email", { to: "a@b.c" });
        const value = job.waitUntilFinished(shared.events, 20_000);
        await shared.drain();
        expect(await value).toEqual({ sent: true });
      });

      it("rejects waitUntilFinished with our error", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        shared.handler = () => Promise.reject(new Error("no such address"));
        const job = await shared.queue.add("send_email", { to: "a@b.c" });
        const value = job.waitUntilFinished(shared.events, 20_000).catch((error: Error) => error.message);
        await shared.drain();
        expect(await value).toContain("no such address");
      });

      it("runs as often as its producer asked, once without, at the pace that it asked for", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        shared.handler = () => Promise.reject(new Error("not today"));
        await shared.queue.add("send_email", { to: "once@b.c" });
        await shared.queue.add(
          "send_email",
          { to: "twice@b.c" },
          { attempts: 2, backoff: { type: "fixed", delay: 120 } },
        );
        const report = await shared.drain();
        expect(report).toMatchObject({ dead: 2, retried: 1 });
        expect(shared.calls.map(({ params }) => params).sort(byAddress)).toEqual([
          { to: "once@b.c" },
          { to: "twice@b.c" },
          { to: "twice@b.c" },
        ]);
        const failed = await shared.queue.getFailed();
        expect(failed.map(({ attemptsMade }) => attemptsMade).sort()).toEqual([1, 2]);
      });

      it("goes when its producer asked for that", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        expect((await runOne(shared, { removeOnComplete: true })).kept).toBeUndefined();
      });

      it("waits for its delay, and runs in BullMQ's order of priorities", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { queue } = shared;
        const later = await queue.add("send_email", { to: "later" }, { delay: 600_000 });
        await queue.add("send_email", { to: "low" }, { priority: 5 });
        await queue.add("send_email", { to: "high" }, { priority: 1 });
        await queue.add("send_email", { to: "none" });
        const app = shared.app();
        const run = (jobs: number) =>
          app.worker({ ownsProcess: false, concurrency: 1, until: { type: "settled", jobs } }).run();
        const ran = () => shared.calls.map(({ params }) => (params as { to: string }).to);
        await run(3);
        expect(ran()).toEqual(["none", "high", "low"]);
        expect(await queue.getDelayedCount()).toBe(1);
        await later.changeDelay(0);
        await run(1);
        expect(ran()).toEqual(["none", "high", "low", "later"]);
      });

      it("shows our progress and our log lines", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        shared.handler = (_, ctx) => {
          ctx.progress({ done: 1 });
          ctx.log.info("sending");
        };
        const { kept } = await runOne(shared);
        expect(kept?.progress).toEqual({ done: 1 });
        expect((await shared.queue.getJobLogs("theirs")).logs).toEqual([
          expect.stringContaining("info sending"),
        ]);
      });

      it("continues its parent, with our value", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { job } = await shared.flows.add({
          name: "send_email",
          queueName: MAIL,
          data: { to: "parent" },
          children: [{ name: "send_email", queueName: MAIL, data: { to: "child" } }],
        });
        await shared.drain();
        expect(shared.calls.map(({ params }) => params)).toEqual([{ to: "child" }, { to: "parent" }]);
        expect(Object.values(await job.getChildrenValues())).toEqual([{ sent: true }]);
      });

      it("fails its parent when it is dead, as BullMQ's worker would", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        shared.handler = () => Promise.reject(new Error("not today"));
        const { job } = await shared.flows.add({
          name: "send_email",
          queueName: MAIL,
          data: { to: "parent" },
          children: [
            {
              name: "send_email",
              queueName: MAIL,
              data: { to: "child" },
              opts: { failParentOnFailure: true },
            },
          ],
        });
        await shared.drain();
        await expect.poll(() => job.getState()).toBe("failed");
        expect(shared.calls.map(({ params }) => params)).toEqual([{ to: "child" }]);
      });

      it("has its scheduler go on", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { queue } = shared;
        await queue.upsertJobScheduler(
          "every",
          { every: 3_600_000 },
          { name: "send_email", data: { to: "tick" } },
        );
        const app = shared.app();
        await app.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
        expect(shared.calls).toHaveLength(1);
        expect(await queue.getDelayed()).toMatchObject([{ name: "send_email", repeatJobKey: "every" }]);
      });

      it("releases its deduplication", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const deduplication = { id: "one-at-a-time" };
        await runOne(shared, { deduplication });
        expect(await shared.queue.getDeduplicationJobId("one-at-a-time")).toBeNull();
        const again = await shared.queue.add("send_email", { to: "again" }, { deduplication });
        await shared.drain();
        expect(await again.getState()).toBe("completed");
      });

      it.each([[7], ["text"], [[1]], [null]])(
        "with the data %j is dead as undecodable, and shown as it is",
        async (data) => {
          await using shared = await SharedQueue.open(server.url, version);
          await shared.queue.add("send_email", data, { jobId: "odd" });
          expect(await shared.drain()).toMatchObject({ succeeded: 0, dead: 1 });
          const odd = await shared.queue.getJob("odd");
          expect(odd).toMatchObject({ data, failedReason: expect.stringContaining("undecodable") });
        },
      );
    });

    describe("a job of ours, run by BullMQ's worker", () => {
      it("is a plain job with name, data, attempts, pause and id", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { id } = await shared.app().enqueue(sendEmail, { to: "a@b.c" }, { delayMs: 60_000 });
        expect(await shared.queue.getJob(id)).toMatchObject({
          name: "send_email",
          data: { to: "a@b.c" },
          opts: { attempts: 3, backoff: { type: "fixed", delay: 50 }, delay: expect.any(Number) },
        });
      });

      it("brings its value into our result store", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { results } = shared;
        const app = shared.app({ results });
        shared.worker(async ({ name, data }) => ({ name, data }));
        const { id } = await app.enqueue(sendEmail, { to: "a@b.c" });
        const value = { name: "send_email", data: { to: "a@b.c" } };
        expect(await app.result(id, { waitMs: 20_000 })).toMatchObject({ status: "succeeded", value });
        expect(await results.get(id)).toMatchObject({ id, task: "send_email", value });
      });

      it("brings its error into our result store", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { results } = shared;
        const app = shared.app({ results });
        shared.worker(() => Promise.reject(new Error("no such address")));
        const { id } = await app.enqueue(sendEmail, { to: "a@b.c" }, { maxAttempts: 2 });
        const error = { message: "no such address" };
        expect(await app.result(id, { waitMs: 20_000 })).toMatchObject({ status: "dead", error, attempt: 2 });
      });

      it("shows the progress and the log lines that BullMQ's worker writes, and keeps them for the run of ours", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { id } = await shared.app().enqueue(sendEmail, { to: "a@b.c" });
        const worker = shared.worker(async (job) => {
          await job.updateProgress(50);
          await job.log("theirs");
          throw new Error("not today");
        });
        await new Promise<void>((resolve) => worker.once("failed", () => resolve()));
        await worker.close();
        shared.handler = (_, ctx) => ctx.log.info("ours");
        await shared.drain();
        expect(await shared.queue.getJob(id)).toMatchObject({ progress: 50 });
        const { logs } = await shared.queue.getJobLogs(id);
        expect(logs).toEqual(expect.arrayContaining(["theirs", expect.stringContaining("info ours")]));
      });

      it("is kept by BullMQ's worker as ours would keep it", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const app = shared.app({ broker: shared.broker({ keepFinished: 1 }) });
        const ids: string[] = [];
        for (const to of ["first", "second"]) ids.push((await app.enqueue(sendEmail, { to })).id);
        const ran: string[] = [];
        shared.worker(async (job) => job.data).on("completed", ({ id }) => ran.push(id ?? ""));
        await expect.poll(() => ran).toEqual(ids);
        expect(await shared.queue.getCompleted()).toMatchObject([{ id: ids[1] }]);
      });

      it("is the job of a schedule of ours, run by BullMQ's worker", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const yearly = defineSchedule("yearly", {
          cron: "0 0 1 1 *",
          task: sendEmail,
          params: { to: "a@b.c" },
        });
        const { results } = shared;
        const app = shared.app({ results, schedules: [yearly] });
        shared.worker(async ({ data }) => data);
        const { id } = await app.schedules.run("yearly");
        expect(await app.result(id, { waitMs: 20_000 })).toMatchObject({ value: { to: "a@b.c" } });
      });

      it("is sent once under one id, whoever sent it first", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { queue } = shared;
        const app = shared.app();
        await app.enqueue(sendEmail, { to: "ours" }, { id: "ours-first" });
        await queue.add("send_email", { to: "theirs" }, { jobId: "ours-first" });
        await queue.add("send_email", { to: "theirs" }, { jobId: "theirs-first" });
        await app.enqueue(sendEmail, { to: "ours" }, { id: "theirs-first" });
        await shared.drain();
        expect(shared.calls.map(({ params }) => params).sort(byAddress)).toEqual([
          { to: "ours" },
          { to: "theirs" },
        ]);
      });

      it("is retried by it, and counted on by ours", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const { id } = await shared.app().enqueue(sendEmail, { to: "a@b.c" });
        const worker = shared.worker(() => Promise.reject(new Error("not today")));
        await new Promise<void>((resolve) => worker.once("failed", () => resolve()));
        await worker.close();
        await shared.drain();
        expect(shared.calls).toMatchObject([
          { ctx: { id, maxAttempts: 3, attempt: expect.toSatisfy((n) => n >= 2) } },
        ]);
      });

      it("comes back to our worker with all that it had", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const options = { headers: { tenant: "acme" }, maxAttempts: 7, expiresInMs: 60_000 };
        await shared.app().enqueue(sendEmail, { to: "a@b.c", n: 1 }, options);
        await shared.drain();
        expect(shared.calls).toMatchObject([{ ctx: { headers: { tenant: "acme" }, maxAttempts: 7 } }]);
      });

      it("is refused with a priority, which BullMQ would run last", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const refused = { code: "unsupported", feature: "priority" };
        const sent = shared.app().enqueue(sendEmail, { to: "a@b.c" }, { priority: 5 });
        await expect(sent).rejects.toMatchObject(refused);
      });

      it("is the only message of a send, and refused by an answer if it is no job", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const ours = await shared.broker().openQueue(MAIL);
        const results = await ours.send([{ id: "no-job", label: "send_email", body: "no envelope" }]);
        expect(results).toMatchObject([{ status: "failed", error: { code: "malformed_message" } }]);
      });

      it("is refused as a step of a flow of ours", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const app = shared.app();
        const started = app.start(
          chain([step(sendEmail, { to: "first" }), step(sendEmail, { to: "second" })]),
        );
        await expect(started).rejects.toMatchObject({ code: "unsupported", feature: "flows" });
        expect(await shared.queue.getJobCounts("wait", "prioritized")).toEqual({ wait: 0, prioritized: 0 });
      });

      it("is refused as a step in the middle of a flow when that is started, and taken as its last", async () => {
        await using shared = await SharedQueue.open(server.url, version);
        const app = shared.app({ tasks: [sendEmail, note], handlers: [] });
        const [before, mail] = [step(note, {}), step(sendEmail, { to: "a@b.c" })];
        const refused = { code: "unsupported", feature: "flows", queue: MAIL };
        await expect(app.start(chain([before, mail, before]))).rejects.toMatchObject(refused);
        await app.start(chain([before, mail]));
        expect((await (await app.queue("default")).stats()).ready.n).toBe(1);
      });
    });

    it("is looked at, redriven and emptied by our own commands", async () => {
      await using shared = await SharedQueue.open(server.url, version);
      const { queue } = shared;
      await queue.add("send_email", { to: "a@b.c" }, { jobId: "theirs" });
      const broker = shared.broker();
      const ours = await broker.openQueue(MAIL);
      const body = expect.stringContaining('"task":"send_email","params":{"to":"a@b.c"},"id":"theirs"');
      expect((await ours.peek({ state: "ready", limit: 5 })).messages).toMatchObject([
        { label: "send_email", body },
      ]);
      shared.handler = () => Promise.reject(new Error("not today"));
      await shared.drain();
      expect((await ours.peek({ state: "dead", limit: 5 })).messages).toMatchObject([
        { body, dead: { reason: "exhausted" } },
      ]);
      expect(await ours.redrive({ limit: 5 })).toEqual({ moved: 1 });
      shared.handler = () => "sent";
      await shared.drain();
      const { messages } = await ours.peek({ state: "succeeded", limit: 5 });
      expect(messages).toMatchObject([{ body, succeeded: { value: '"sent"' } }]);
      await broker.close();
    });
  },
);

function byAddress(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
