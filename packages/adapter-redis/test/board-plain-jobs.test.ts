import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { OpenBullBoard } from "./open-board.ts";
import { MAIL, SharedQueue, sendEmail } from "./shared-queue.ts";

/** Its button cleans what is older than 5 s. */
const CLEANED_AFTER_MS = 10_000;

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "Bull Board on a queue of plain jobs of BullMQ $version",
  (version) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());
    afterEach(() => void vi.useRealTimers());

    const fail = () => Promise.reject(new Error("no such address"));

    /** A queue, and the board on it. */
    async function open() {
      const shared = await SharedQueue.open(server.url, version);
      const board = new OpenBullBoard(shared.world, { name: MAIL, bullmq: version.bullmq });
      const sent = () => shared.calls.map(({ params }) => params);
      return {
        shared,
        board,
        sent,
        async [Symbol.asyncDispose]() {
          await board[Symbol.asyncDispose]();
          await shared[Symbol.asyncDispose]();
        },
      };
    }

    it("shows error, attempts, progress and log lines, and its retry runs the job again", async () => {
      await using world = await open();
      const { shared, board } = world;
      shared.handler = (_, ctx) => {
        ctx.progress({ done: 1 });
        ctx.log.info("sending");
        return fail();
      };
      await shared.app().enqueue(sendEmail, { to: "a@b.c" }, { id: "job", maxAttempts: 2 });
      await shared.drain();
      expect(await board.show("job")).toMatchObject({
        status: "failed",
        job: {
          attempts: 2,
          opts: { attempts: 2 },
          progress: { done: 1 },
          failedReason: expect.stringContaining("no such address"),
          stacktrace: [expect.stringContaining("no such address")],
        },
      });
      expect(await board.logs("job")).toEqual(Array(2).fill(expect.stringContaining("info sending")));
      shared.handler = () => "sent";
      await board.pressJob("retry", "job");
      expect(await shared.drain()).toMatchObject({ succeeded: 1 });
      expect(await board.show("job")).toMatchObject({ status: "completed", job: { returnValue: "sent" } });
    });

    it("changes delay and priority of what our workers run", async () => {
      await using world = await open();
      const { shared, board, sent } = world;
      const app = shared.app();
      await app.enqueue(sendEmail, { to: "later" }, { id: "later", delayMs: 3_600_000 });
      await shared.queue.add("send_email", { to: "low" }, { jobId: "low", priority: 5 });
      await shared.queue.add("send_email", { to: "high" }, { jobId: "high", priority: 9 });
      await board.edit("priority", "high", { priority: 1 });
      await board.edit("delay", "later", { runAt: Date.now() + 60_000 });
      const { messages } = await (await app.queue(MAIL)).peek({ state: "delayed", limit: 9 });
      expect(messages[0]!.dueAt).toBeLessThan(Date.now() + 120_000);
      await board.pressJob("promote", "later");
      await app.worker({ ownsProcess: false, concurrency: 1, until: { type: "drained" } }).run();
      expect(sent()).toEqual(expect.arrayContaining([{ to: "later" }]));
      expect(sent().filter((call) => (call as { to: string }).to !== "later")).toEqual([
        { to: "high" },
        { to: "low" },
      ]);
    });

    it("removes and cleans finished jobs that our worker has kept", async () => {
      await using world = await open();
      const { shared, board } = world;
      const app = shared.app();
      for (const id of ["one", "two"]) await app.enqueue(sendEmail, { to: id }, { id });
      await shared.drain();
      await board.pressJob("clean", "one");
      expect((await board.list("completed")).jobs.map(({ id }) => id)).toEqual(["two"]);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + CLEANED_AFTER_MS });
      await board.pressAll("clean", "completed");
      vi.useRealTimers();
      expect((await board.list("completed")).jobs).toEqual([]);
    });

    it("shows a flow that our worker runs, and its retry of a child continues the parent", async () => {
      await using world = await open();
      const { shared, board, sent } = world;
      await shared.flows.add({
        name: "send_email",
        queueName: MAIL,
        data: { to: "parent" },
        opts: { jobId: "parent" },
        children: [{ name: "send_email", queueName: MAIL, data: { to: "child" }, opts: { jobId: "child" } }],
      });
      shared.handler = fail;
      await shared.drain();
      expect(await board.show("parent")).toMatchObject({ status: "waiting-children" });
      expect(await board.flow("parent")).toMatchObject({
        flowRoot: { id: "parent", children: [{ id: "child", state: "failed" }] },
      });
      shared.handler = () => "sent";
      await board.pressJob("retry", "child");
      await shared.drain();
      expect(sent()).toEqual([{ to: "child" }, { to: "child" }, { to: "parent" }]);
      expect(await board.show("parent")).toMatchObject({ status: "completed" });
    });

    it("lists a job scheduler, and our worker runs what its button adds", async () => {
      await using world = await open();
      const { shared, board, sent } = world;
      const template = { name: "send_email", data: { to: "tick" } };
      await shared.queue.upsertJobScheduler("hourly", { every: 3_600_000 }, template);
      expect(await board.schedulers()).toMatchObject([{ id: "hourly", every: 3_600_000 }]);
      const app = shared.app();
      await app.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
      await board.pressScheduler("run", "hourly");
      await app.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
      expect(sent()).toEqual([{ to: "tick" }, { to: "tick" }]);
      await board.pressScheduler("remove", "hourly");
      expect(await board.schedulers()).toEqual([]);
      expect(await shared.drain()).toMatchObject({ succeeded: 0 });
    });

    it("shows a deduplication, and releases it with the removal of the job", async () => {
      await using world = await open();
      const { shared, board, sent } = world;
      const deduplication = { id: "one-at-a-time" };
      await shared.queue.add("send_email", { to: "first" }, { jobId: "first", deduplication });
      expect((await board.show("first")).job).toMatchObject({ deduplicationId: "one-at-a-time" });
      await board.pressJob("clean", "first");
      await shared.queue.add("send_email", { to: "second" }, { deduplication });
      await shared.drain();
      expect(sent()).toEqual([{ to: "second" }]);
    });
  },
);
