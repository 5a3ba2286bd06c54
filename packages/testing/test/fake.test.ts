import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { sqs } from "@jobs/adapter-sqs";
import { type App, chain, createApp, defineTask, handle, step } from "@jobs/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectEnqueued, expectNotEnqueued, fake } from "../src/index.ts";
import { charge, mail, ship, app as shop } from "./shop.ts";

const work = defineTask("work", { n: "integer" });
const next = defineTask("next", { n: "integer" }, { queue: "later" });

/** An app as a module has it: its handler uses the app that it was written beside. */
function moduleApp(options: { broker?: App["broker"] } = {}) {
  const ran: string[] = [];
  const app: App<[typeof work, typeof next]> = createApp({
    ...(options.broker && { broker: options.broker }),
    tasks: [work, next],
    handlers: [
      handle(work, async ({ n }) => {
        if (n < 0) throw new RangeError("below zero");
        await app.enqueue(next, { n });
        ran.push(`work ${n}`);
      }),
      handle(next, ({ n }) => void ran.push(`next ${n}`)),
    ],
  });
  return { app, ran };
}

/** A server that nobody should connect to. */
async function watchedServer() {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

describe("fake", () => {
  test("keeps what all importers of the app enqueue, and runs it with the app's own handlers", async () => {
    const { app, ran } = moduleApp();
    using jobs = fake(app);
    await app.enqueue(work, { n: 1 });
    expect(jobs.jobs()).toMatchObject([{ task: "work", params: { n: 1 }, queue: "default", delayMs: 0 }]);
    expect(ran).toEqual([]);
    expect(await jobs.runAll()).toMatchObject([
      { task: "work", status: "succeeded" },
      { task: "next", status: "succeeded" },
    ]);
    expect(ran).toEqual(["work 1", "next 1"]);
    // What has run was enqueued all the same.
    expect(jobs.jobs().map(({ task }) => task)).toEqual(["work", "next"]);
    expect(jobs.jobs(next)[0]?.params.n).toBe(1);
  });

  test("delays, retries, dead letters, dedupe and flows work on the virtual clock", async () => {
    using jobs = fake(shop);
    await shop.enqueue(charge, { order: 1, cents: -1 });
    await shop.enqueue(mail, { to: "a@b.c", subject: "Hi" }, { id: "once", delayMs: 60_000 });
    expect(await shop.enqueue(mail, { to: "a@b.c", subject: "Hi" }, { id: "once" })).toMatchObject({
      status: "duplicate",
    });
    expect(jobs.jobs(mail)).toMatchObject([{ id: "once", delayMs: 60_000 }]);
    await jobs.advance("1h");
    expect(jobs.dead(charge)).toMatchObject([{ params: { order: 1 }, reason: "exhausted" }]);
    await shop.start(chain([step(ship, { order: 2 }), step(ship, { order: 3 })]));
    await jobs.runAll();
    expect(jobs.jobs(ship).map(({ params }) => params.order)).toEqual([2, 3]);
  });

  test("has the limits of the app's own broker, by its name, and never connects to it", async () => {
    const server = await watchedServer();
    const file = join(tmpdir(), `jobs-never-${process.pid}`, "jobs.db");
    const brokers = [
      redis({ url: `redis://127.0.0.1:${server.port}`, maxMessageBytes: 100_000 }),
      sqs({ endpoint: `http://127.0.0.1:${server.port}`, region: "eu-west-1" }),
      sqlite({ file }),
    ];
    for (const broker of brokers) {
      const { app } = moduleApp({ broker });
      await using _jobs = fake(app);
      expect(await app.enqueue(work, { n: 1 })).toMatchObject({ broker: broker.kind });
      const { groups, durable, provisioning, ...limits } = broker.limits ?? {};
      expect((await app.queue("default")).capabilities).toMatchObject(limits);
    }
    const { app } = moduleApp({ broker: brokers[1] });
    using jobs = fake(app);
    await expect(app.enqueue(work, { n: 1 }, { priority: 5 })).rejects.toThrow("has no priority");
    await app.enqueue(work, { n: 1 }, { groupKey: "a" });
    await app.enqueue(work, { n: 2 }, { delayMs: 3_600_000 });
    expect(jobs.jobs()).toMatchObject([{ delayMs: 0 }, { delayMs: 3_600_000 }]);
    expect(server.connections()).toBe(0);
    expect(existsSync(file)).toBe(false);
  });

  test("takes other limits, handlers, seed and time", async () => {
    const { app } = moduleApp();
    const startAt = new Date("2030-01-01T00:00:00Z");
    const stub = handle(work, () => "stub");
    using jobs = fake(app, { like: { delay: false }, handlers: [stub], startAt, seed: 3 });
    await expect(app.enqueue(work, { n: 1 }, { delayMs: 1 })).rejects.toMatchObject({ code: "unsupported" });
    await app.enqueue(work, { n: 1 });
    expect(await jobs.runAll()).toMatchObject([{ result: "stub", at: startAt.getTime() }]);
    expect(() => fake(app, { mode: "eager" as "inline" })).toThrow(/mode/);
  });

  test("refuses an app that has opened its own broker, with the call that did it", async () => {
    const { app } = moduleApp({ broker: sqlite({ file: join(tmpdir(), `jobs-open-${process.pid}.db`) }) });
    app.worker();
    expect(() => fake(app)).toThrow("app.worker has already opened the app with its own broker");
    await app.close();
  });
});

describe("clear and restore", () => {
  test("clear starts anew: jobs, ids, outcomes and time, also after the app was closed", async () => {
    const { app } = moduleApp();
    using jobs = fake(app);
    const { id } = await app.enqueue(work, { n: 1 });
    await jobs.advance("1h");
    const before = jobs.clock;
    await app.close();
    await jobs.clear();
    expect(jobs.jobs()).toEqual([]);
    expect(jobs.outcomes).toEqual([]);
    expect(before.now() - jobs.clock.now()).toBe(3_600_000);
    expect(await app.enqueue(work, { n: 1 })).toMatchObject({ id, status: "enqueued" });
  });

  test("restore gives the app back, and the handle has ended", async () => {
    const { app } = moduleApp();
    const jobs = fake(app);
    await jobs.restore();
    await expect(app.enqueue(work, { n: 1 })).rejects.toThrow("this app has no broker");
    expect(() => jobs.jobs()).toThrow("jobs: this fake has ended");
    expect(() => expectNotEnqueued(jobs)).toThrow("this fake has ended");
    await jobs.restore();
  });

  test("a second fake of an app begins without the jobs of the first, and ends it", async () => {
    const { app } = moduleApp();
    const first = fake(app);
    await app.enqueue(work, { n: 1 });
    using second = fake(app);
    expect(second.jobs()).toEqual([]);
    expect(() => first.jobs()).toThrow("another fake of its app was made");
    await first.restore();
    await app.enqueue(work, { n: 2 });
    expect(second.jobs()).toHaveLength(1);
  });

  test("fakes of two apps do not see each other", async () => {
    const { app } = moduleApp();
    using jobs = fake(app);
    using others = fake(shop);
    await shop.enqueue(ship, { order: 1 });
    expect(jobs.jobs()).toEqual([]);
    expect(others.jobs()).toHaveLength(1);
    expectNotEnqueued(app);
    expectEnqueued(shop, ship);
  });
});

describe("mode inline", () => {
  test("an enqueue resolves when the job and its follow-ups have run", async () => {
    const { app, ran } = moduleApp();
    using jobs = fake(app, { mode: "inline" });
    await app.enqueue(work, { n: 1 });
    expect(ran).toEqual(["work 1", "next 1"]);
    expectEnqueued(jobs, next, { n: 1 });
    await app.enqueueMany([
      [work, { n: 2 }],
      [work, { n: 3 }],
    ]);
    await Promise.all([app.enqueue(work, { n: 4 }), app.enqueue(work, { n: 5 })]);
    expect(ran.toSorted()).toEqual([1, 2, 3, 4, 5].flatMap((n) => [`next ${n}`, `work ${n}`]).toSorted());
    await app.start(chain([step(next, { n: 6 }), step(next, { n: 7 })]));
    expect(ran.slice(-2)).toEqual(["next 6", "next 7"]);
  });

  test("a failure is an outcome, no error of the enqueue, and its retry waits for its time", async () => {
    const { app } = moduleApp();
    using jobs = fake(app, { mode: "inline" });
    await app.enqueue(work, { n: -1 });
    expect(jobs.outcomes).toMatchObject([{ status: "retried", error: { message: "below zero" } }]);
    await app.enqueue(next, { n: 1 }, { delayMs: 1_000 });
    expect(jobs.outcomes).toHaveLength(1);
    await jobs.advance("1s");
    expect(jobs.outcomes.at(-1)).toMatchObject({ task: "next", status: "succeeded" });
  });

  test("a task without a handler is an error of the enqueue, and the next enqueue still runs", async () => {
    const { app } = moduleApp();
    const lonely = createApp({ tasks: [work] });
    using _jobs = fake(lonely, { mode: "inline" });
    await expect(lonely.enqueue(work, { n: 1 })).rejects.toThrow("this app has no handlers");
    using jobs = fake(app, { mode: "inline" });
    await app.enqueue(next, { n: 1 });
    expect(jobs.outcomes).toHaveLength(1);
  });
});
