import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DRIVEN_VERSIONS } from "../src/bullmq/load-bullmq.ts";
import { createRedisBroker } from "../src/create-broker.ts";
import { redis } from "../src/index.ts";
import { CHECKED_VERSION } from "../src/scripts/layout.lua.ts";
import { ALL_BULLMQ_VERSIONS, type BullmqVersion } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

/** No version is noted, as by a worker of BullMQ 5 alone. Else our calls are refused. */
const UNSEEN = { skipMetasUpdate: true };

const ofMajor = (major: number) => ALL_BULLMQ_VERSIONS.filter((version) => version.major === major);

describe.runIf(await hasRedis())("the layouts of BullMQ's versions", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Its queue on the keys of a world. It has noted its version when it is ready. */
  async function openTheirs(
    { url, prefix }: RedisWorld,
    { bullmq: { Queue } }: BullmqVersion,
    options: { readonly skipMetasUpdate?: boolean } = {},
  ) {
    const queue = new Queue(QUEUE, { connection: { url }, prefix, ...options });
    await queue.waitUntilReady();
    return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
  }

  it("the newest is the one that the scripts were checked with", async () => {
    expect(ALL_BULLMQ_VERSIONS.at(-1)?.version).toBe(CHECKED_VERSION);
    await using world = await RedisWorld.open(server.url);
    await using theirs = await openTheirs(world, ALL_BULLMQ_VERSIONS.at(-1)!);
    await expect.poll(() => theirs.getVersion()).toBe(`bullmq:${CHECKED_VERSION}`);
  });

  it.each(ofMajor(6))("a queue of $version is opened", async (version) => {
    await using world = await RedisWorld.open(server.url);
    await using theirs = await openTheirs(world, version);
    await expect.poll(() => theirs.getVersion()).toBe(`bullmq:${version.version}`);
    const late = redis({ url: server.url, prefix: world.prefix, onWarning: () => {} });
    expect((await late.openQueue(QUEUE)).name).toBe(QUEUE);
    await late.close();
  });

  it("the engine of BullMQ is checked with the versions of these tests", () => {
    expect(DRIVEN_VERSIONS).toEqual(ALL_BULLMQ_VERSIONS.map(({ version }) => version));
  });

  /** A broker of ours where this version is installed, and its warnings about the queue. */
  function openOurs({ url, prefix }: RedisWorld, { load }: BullmqVersion) {
    const warnings: string[] = [];
    const broker = createRedisBroker(
      { url, prefix, sweepMs: 50, onWarning: (warning) => void warnings.push(warning) },
      load,
    );
    return Object.assign(broker, {
      aboutQueue: () => warnings.filter((warning) => warning.includes(QUEUE)),
      [Symbol.asyncDispose]: () => broker.close(),
    });
  }

  it.each(ofMajor(5))(
    "a queue of $version is run by its own scripts where it is installed, with a warning that says what was checked",
    async (version) => {
      const { bullmq } = version;
      await using world = await RedisWorld.open(server.url);
      await using theirs = await openTheirs(world, version);
      await expect.poll(() => theirs.getVersion()).toBe(`bullmq:${version.version}`);
      await using ours = openOurs(world, version);
      const [queue, consumer] = [
        await ours.openQueue(QUEUE),
        await ours.openConsumer(QUEUE, { leaseMs: 30_000, holder: "host:1:a" }),
      ];
      const [warning, ...more] = ours.aboutQueue();
      expect(warning).toMatch(
        `BullMQ 5. The scripts of bullmq ${version.version} run it, more slowly: ours know BullMQ 6.`,
      );
      expect(warning).toContain(`Checked was engine "bullmq" with ${DRIVEN_VERSIONS.join(", ")}.`);
      expect(more).toEqual([]);

      await theirs.add("tell", { name: "theirs" }, { jobId: "theirs" });
      await theirs.pause();
      await queue.send([{ id: "ours", label: "tell", body: '{"name":"ours"}' }]);
      await theirs.resume();
      const signal = new AbortController().signal;
      const taken = await consumer.receive({ max: 1, waitMs: 0, signal });
      expect(taken).toMatchObject([{ messageId: "theirs", body: '{"name":"theirs"}' }]);
      await consumer.settle(taken.map((delivery) => ({ delivery, action: "ack", value: '{"sum":7}' })));
      const ran: string[] = [];
      const connection = { url: world.url, maxRetriesPerRequest: null };
      const worker = new bullmq.Worker(QUEUE, async (job) => void ran.push(job.data.name), {
        connection,
        prefix: world.prefix,
      });
      await expect.poll(() => ran).toEqual(["ours"]);
      await worker.close();
      expect((await queue.stats()).ready.n).toBe(0);
    },
  );

  it.each(
    ALL_BULLMQ_VERSIONS.flatMap((used) =>
      ["jobs", "bullmq"].flatMap((engine) =>
        ALL_BULLMQ_VERSIONS.filter(({ major }) => major !== used.major)
          // Our scripts run a queue of 6 without the package.
          .filter(() => used.major !== 6 || engine === "bullmq")
          .map((installed) => ({ used, installed, engine, of: used.version, by: installed.version })),
      ),
    ),
  )(
    "a queue of $of is refused by engine $engine where bullmq $by is installed, and what to install is said",
    async ({ used, installed, engine }) => {
      await using world = await RedisWorld.open(server.url);
      await using theirs = await openTheirs(world, used);
      await expect.poll(() => theirs.getVersion()).toBe(`bullmq:${used.version}`);
      const options = { url: world.url, prefix: world.prefix, engine: engine as "jobs", onWarning: () => {} };
      const late = createRedisBroker(options, installed.load);
      await expect(late.openQueue(QUEUE)).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringMatching(
          new RegExp(`BullMQ ${used.major}, and bullmq ${installed.version} is installed`),
        ),
        hint: expect.stringContaining(`pnpm add bullmq@${used.major}`),
      });
      await late.close();
    },
  );

  it("a queue of a later major version is refused", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.client.hset(world.key("meta"), "version", "bullmq:7.0.0");
    const late = redis({ url: server.url, prefix: world.prefix });
    await expect(late.openQueue(QUEUE)).rejects.toThrow(/BullMQ 7/);
    await late.close();
  });

  it("our running workers and producers leave a queue that another major version begins to use", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(["job"]);
    await world.client.hset(world.key("meta"), "version", "bullmq:7.0.0");
    await expect(world.take(1)).rejects.toThrow(/used by BullMQ 7 since it was opened/);
    await expect(world.send(["another"])).rejects.toThrow(/used by BullMQ 7 since it was opened/);
    await world.client.hset(world.key("meta"), "version", "bullmq:6.9.0");
    expect(await world.take(1)).toMatchObject([{ messageId: "job" }]);
  });

  it.each(ALL_BULLMQ_VERSIONS)(
    "a running worker of engine `bullmq` of $version leaves a queue that another major version begins to use",
    async ({ load, version }) => {
      await using world = await RedisWorld.open(server.url, { engine: "bullmq", sweepMs: 20, load });
      const noted = () => world.client.hget(world.key("meta"), "version");
      const taken = () => world.take(1).catch((error: Error) => error.message);
      await world.queue.resume();
      await expect.poll(noted).toBe(`bullmq:${version}`);
      await world.client.hset(world.key("meta"), "version", "bullmq:7.0.0");
      await expect.poll(taken).toMatch(/used by BullMQ 7 since it was opened/);
      await world.send(["job"]);
      expect(await taken()).toMatch(/used by BullMQ 7/);
      await world.client.hset(world.key("meta"), "version", `bullmq:${version}`);
      await expect.poll(taken).toMatchObject([{ messageId: "job" }]);
    },
  );

  it("warns once of a newer minor version than the checked one, also while a worker runs", async () => {
    const warnings: string[] = [];
    // What a listener throws, or rejects with, fails no call.
    const onWarning = (warning: string) => {
      warnings.push(warning);
      return Promise.reject(new Error("no log today"));
    };
    await using world = await RedisWorld.open(server.url, {
      onWarning: onWarning as (warning: string) => void,
    });
    warnings.length = 0;
    await world.send(["a", "b"]);
    await world.client.hset(world.key("meta"), "version", "bullmq:6.99.0");
    await world.take(1);
    await world.take(1);
    expect(warnings).toEqual([expect.stringContaining(`checked with BullMQ ${CHECKED_VERSION}`)]);
  });

  it.each(ofMajor(5))("$version loses what arrived during its pause, which is why", async (version) => {
    await using world = await RedisWorld.open(server.url);
    await using theirs = await openTheirs(world, version, UNSEEN);
    await theirs.add("tell", { name: "before" }, { jobId: "before" });
    await theirs.pause();
    await world.send(["during"]);
    await theirs.resume();
    expect(await theirs.getWaiting()).toMatchObject([{ id: "before" }]);
  });

  it.each(ofMajor(5))(
    "what $version left in a paused queue is put back when we resume it",
    async (version) => {
      await using world = await RedisWorld.open(server.url);
      await using theirs = await openTheirs(world, version, UNSEEN);
      await theirs.addBulk(
        Array.from({ length: 1_500 }, (_, n) => ({ name: "tell", data: {}, opts: { jobId: `job-${n}` } })),
      );
      await theirs.pause();
      await world.send(["late"]);
      await world.queue.resume();
      expect(await world.client.exists(world.key("paused"))).toBe(0);
      expect((await world.take(3)).map(({ messageId }) => messageId)).toEqual(["job-0", "job-1", "job-2"]);
      const [first] = await theirs.getWaiting(1_497, 1_497);
      expect(first?.id).toBe("late");
      expect(await world.queue.stats()).toMatchObject({ ready: { n: 1_498 }, isPaused: false });
    },
  );

  it.each(ofMajor(5))("what $version left in a paused queue is purged with the rest", async (version) => {
    await using world = await RedisWorld.open(server.url);
    await using theirs = await openTheirs(world, version, UNSEEN);
    await theirs.add("tell", {}, { jobId: "job" });
    await theirs.pause();
    await world.queue.purge();
    expect(await world.client.exists(world.key("paused"), world.key("job"))).toBe(0);
  });
});
