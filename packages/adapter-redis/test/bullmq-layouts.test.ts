import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";
import { CHECKED_VERSION } from "../src/scripts/layout.lua.ts";
import { BULLMQ_VERSIONS, type BullmqVersion } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

/** No version is noted, as by a worker of BullMQ 5 alone. Else our calls are refused. */
const UNSEEN = { skipMetasUpdate: true };

const ofMajor = (major: number) => BULLMQ_VERSIONS.filter((version) => version.major === major);

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
    expect(BULLMQ_VERSIONS.at(-1)?.version).toBe(CHECKED_VERSION);
    await using world = await RedisWorld.open(server.url);
    await using theirs = await openTheirs(world, BULLMQ_VERSIONS.at(-1)!);
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

  it.each(ofMajor(5))("a queue of $version is refused", async (version) => {
    await using world = await RedisWorld.open(server.url);
    await using theirs = await openTheirs(world, version);
    await expect.poll(() => theirs.getVersion()).toBe(`bullmq:${version.version}`);
    const late = redis({ url: server.url, prefix: world.prefix, onWarning: () => {} });
    await expect(late.openQueue(QUEUE)).rejects.toThrow(/BullMQ 5/);
    await late.close();
  });

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

  it("warns once of a newer minor version than the checked one, also while a worker runs", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: string) => void warnings.push(warning);
    await using world = await RedisWorld.open(server.url, { onWarning });
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
