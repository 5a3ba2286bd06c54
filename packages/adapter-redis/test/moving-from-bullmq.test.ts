import { createApp, defineTask, handle } from "@jobs/core";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import type { Job } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRedisBroker } from "../src/create-broker.ts";
import { redisResults } from "../src/index.ts";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { RedisWorld } from "./redis-world.ts";

const MAIL = "mail";
/** Where jobs go once both sides have moved. */
const POST = "post";
const JOBS = 60;
const sendEmail = defineTask("send_email", { to: "string" }, { queue: MAIL });

/** The old and the new side of a system that moves, on one server. */
describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "a queue that moves from BullMQ $version",
  ({ bullmq, load }) => {
    const { Queue, QueueEvents, Worker } = bullmq;
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    async function sides() {
      const world = await RedisWorld.open(server.url, { load });
      const { url, prefix } = world;
      const connection = { connection: { url, maxRetriesPerRequest: null }, prefix };
      /** How often each job was run, and by whom. */
      const ran: { readonly to: string; readonly by: "old" | "new" }[] = [];
      const newSide = () =>
        createApp({
          broker: createRedisBroker({ url, prefix, codecs: { [MAIL]: "bullmq" }, onWarning: () => {} }, load),
          results: redisResults({ url, prefix }),
          tasks: [sendEmail],
          handlers: [handle(sendEmail, ({ to }) => ({ by: "new", ran: ran.push({ to, by: "new" }) > 0 }))],
        });
      const oldWorker = () =>
        new Worker(
          MAIL,
          async ({ data }: Job) => ({ by: "old", ran: ran.push({ to: data.to, by: "old" }) > 0 }),
          connection,
        );
      const oldProducer = new Queue(MAIL, connection);
      const events = new QueueEvents(MAIL, { ...connection, lastEventId: "0" });
      // Each waiting caller listens to both.
      events.setMaxListeners(0);
      oldProducer.setMaxListeners(0);
      await events.waitUntilReady();
      const end = async () => {
        await events.close();
        await oldProducer.close();
        await world[Symbol.asyncDispose]();
      };
      return { url, prefix, ran, newSide, oldWorker, oldProducer, events, [Symbol.asyncDispose]: end };
    }

    it("has its workers moved first: both serve the old producer, then ours alone, and none is lost or run twice", async () => {
      await using both = await sides();
      const oldWorker = both.oldWorker();
      const app = both.newSide();
      const ourWorker = app.worker({ ownsProcess: false });
      const report = ourWorker.run();
      const add = async (to: string) => {
        const job = await both.oldProducer.add("send_email", { to });
        return job.waitUntilFinished(both.events, 30_000);
      };
      const together = await Promise.all(
        Array.from({ length: JOBS }, (_, index) => add(`together-${index}`)),
      );
      expect(together.every(({ by }) => by === "old" || by === "new")).toBe(true);
      await oldWorker.close();
      const alone = await Promise.all(Array.from({ length: JOBS }, (_, index) => add(`alone-${index}`)));
      expect(alone.every(({ by }) => by === "new")).toBe(true);
      await ourWorker.stop();
      await report;
      await app.close();
      expect(new Set(both.ran.map(({ to }) => to)).size).toBe(2 * JOBS);
      expect(both.ran).toHaveLength(2 * JOBS);
    });

    it("has its producers moved first: the old worker serves both, and our results have its values", async () => {
      await using both = await sides();
      const app = both.newSide();
      const oldWorker = both.oldWorker();
      const ours = Array.from({ length: JOBS }, async (_, index) => {
        const { id } = await app.enqueue(sendEmail, { to: `ours-${index}` });
        return app.result(id, { waitMs: 30_000 });
      });
      const theirs = Array.from({ length: JOBS }, async (_, index) => {
        const job = await both.oldProducer.add("send_email", { to: `theirs-${index}` });
        return job.waitUntilFinished(both.events, 30_000);
      });
      const value = { by: "old", ran: true };
      expect(await Promise.all(ours)).toEqual(
        Array(JOBS).fill(expect.objectContaining({ status: "succeeded", value })),
      );
      expect(await Promise.all(theirs)).toEqual(Array(JOBS).fill(value));
      await oldWorker.close();
      await app.close();
      expect(both.ran).toHaveLength(2 * JOBS);
    });

    it("leaves the codec out: new jobs go to a queue without it, while the old one is drained", async () => {
      await using both = await sides();
      const { url, prefix } = both;
      await both.oldProducer.add("send_email", { to: "old" });
      const codecs = { [MAIL]: "bullmq" } as const;
      const broker = createRedisBroker({ url, prefix, codecs, keepFinished: 9, onWarning: () => {} }, load);
      const ran: unknown[] = [];
      const moved = defineTask("send_email", { to: "string" }, { queue: POST });
      const app = createApp({
        broker,
        tasks: [moved],
        handlers: [handle(moved, ({ to }) => void ran.push(to))],
      });
      const { id } = await app.enqueue(moved, { to: "new" });
      await app.worker({ queues: [MAIL, POST], ownsProcess: false, until: { type: "drained" } }).run();
      expect([...ran].sort()).toEqual(["new", "old"]);
      const { messages } = await (await app.queue(POST)).peek({ state: "succeeded", limit: 9 });
      expect(messages.map(({ body }) => JSON.parse(body))).toMatchObject([
        { v: 1, id, params: { to: "new" } },
      ]);
      await app.close();
    });

    it("goes back when the old worker is started again", async () => {
      await using both = await sides();
      const app = both.newSide();
      await app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
      await both.oldProducer.add("send_email", { to: "left" });
      const oldWorker = both.oldWorker();
      await expect.poll(() => both.ran).toEqual([{ to: "left", by: "old" }]);
      await oldWorker.close();
      await app.close();
    });
  },
);
