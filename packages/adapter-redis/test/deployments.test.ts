import { createApp, defineTask, handle, type JobResult } from "@jobs/core";
import { startStopwatch } from "@jobs/core/testing";
import {
  askRedis,
  hasRedis,
  startRedisCluster,
  startRedisSentinel,
  startRedisServer,
} from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { type RedisOptions, redis, redisResults } from "../src/index.ts";

const greet = defineTask("greet", { name: "string" });

const RESULT: JobResult = {
  id: "job",
  task: "greet",
  queue: "default",
  status: "succeeded",
  value: null,
  attempt: 1,
  finishedAt: 0,
};

/** An app with a worker on a Redis, and a record of its greetings. */
async function openWorld(options: RedisOptions) {
  const greeted: string[] = [];
  const app = createApp({
    broker: redis({ onWarning: () => {}, ...options }),
    tasks: [greet],
    handlers: [handle(greet, ({ name }) => void greeted.push(name))],
  });
  const worker = app.worker({ ownsProcess: false });
  const running = worker.run();
  return {
    app,
    greeted,
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await running;
      await app.close();
    },
  };
}

/** Enqueues, and waits until the worker has run it. */
async function expectGreeting(world: Awaited<ReturnType<typeof openWorld>>, name: string): Promise<void> {
  const enqueue = () =>
    world.app.enqueue(greet, { name }, { id: name }).then(
      () => "sent",
      (error: unknown) => String(error),
    );
  await expect.poll(enqueue, { timeout: 20_000 }).toBe("sent");
  await expect.poll(() => world.greeted, { timeout: 10_000 }).toContain(name);
}

describe.runIf(await hasRedis({ isOwn: true }))("ways to deploy a Redis", () => {
  it("works over TLS with the authority that is named", async () => {
    await using server = await startRedisServer({ hasTls: true });
    await using world = await openWorld({ url: server.url, connection: { tls: { ca: server.ca } } });
    await expectGreeting(world, "Ada");
  });

  it("refuses at once a TLS server whose certificate is not trusted, and says how to trust it", async () => {
    await using server = await startRedisServer({ hasTls: true });
    const broker = redis({ url: server.url });
    const elapsedMs = startStopwatch();
    await expect(broker.openQueue("default")).rejects.toMatchObject({
      code: "access_denied",
      hint: expect.stringContaining("ca"),
    });
    expect(elapsedMs()).toBeLessThan(2_000);
    await broker.close();
  });

  it("works as a user without dangerous commands, in the database that the URL names", async () => {
    await using server = await startRedisServer({ requirepass: "root" });
    await askRedis(server.port, "AUTH root", "ACL SETUSER ada on >p@ss ~* &* +@all -@dangerous");
    await using world = await openWorld({ url: `redis://ada:p%40ss@127.0.0.1:${server.port}/3` });
    await world.app.enqueue(greet, { name: "later" }, { delayMs: 60_000 });
    await expectGreeting(world, "Ada");
    expect(await askRedis(server.port, "AUTH root", "INFO keyspace")).toMatch(/^db3:/m);
  });

  it("goes on with the replica that a Sentinel has put in the place of a lost primary [F20]", async () => {
    await using sentinel = await startRedisSentinel();
    const { name, port } = sentinel;
    await using world = await openWorld({ connection: { sentinels: [{ host: "127.0.0.1", port }], name } });
    await expectGreeting(world, "Ada");
    await sentinel.primary.kill();
    await expectGreeting(world, "Grace");
    expect(await askRedis(sentinel.replica.port, "INFO replication")).toContain("role:master");
  });

  it("keeps a queue on one node of a cluster", async () => {
    await using cluster = await startRedisCluster();
    const nodes = cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
    await using world = await openWorld({ cluster: { nodes } });
    await world.app.enqueue(greet, { name: "later" }, { delayMs: 60_000 });
    await expectGreeting(world, "Ada");

    const stored = await Promise.all(cluster.nodes.map(({ port }) => keysOf(port)));
    const slots = await Promise.all(
      stored.flat().map((key) => askRedis(nodes[0]!.port, `CLUSTER KEYSLOT ${key}`)),
    );
    expect(new Set(slots).size).toBe(1);
    expect(stored.flat().length).toBeGreaterThan(2);

    const results = redisResults({ cluster: { nodes } });
    await results.put(RESULT, 60_000);
    expect(await results.get("job")).toEqual(RESULT);
    await results.close();
  });

  it("goes on with the replica that a cluster has put in the place of a lost node [F20]", async () => {
    await using cluster = await startRedisCluster();
    const nodes = cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
    const owner = await cluster.ownerOf("{bull}");
    const replica = await cluster.addReplica(owner);
    await using world = await openWorld({ cluster: { nodes } });
    await expectGreeting(world, "Ada");
    await owner.kill();
    await expectGreeting(world, "Grace");
    expect(await askRedis(replica.port, "INFO replication")).toContain("role:master");
  });

  it("refuses at once a url that names one node of a cluster, and says how to name the cluster", async () => {
    await using cluster = await startRedisCluster();
    const refusal = {
      code: "invalid_config",
      message: expect.stringContaining("is a node of a Redis Cluster"),
      hint: expect.stringContaining("cluster: { nodes: [{ host, port }] }"),
    };
    const got = await Promise.all(
      cluster.nodes.map(async ({ url }) => {
        const [broker, results] = [redis({ url, onWarning: () => {} }), redisResults({ url })];
        await expect(broker.openQueue("default")).rejects.toMatchObject(refusal);
        const answer = await results.get("job").catch((error: unknown) => error);
        await Promise.all([broker.close(), results.close()]);
        return answer;
      }),
    );
    // One of them has the key.
    expect(got.filter((answer) => answer === undefined)).toHaveLength(1);
    for (const answer of got) if (answer !== undefined) expect(answer).toMatchObject(refusal);
  });

  it("refuses a prefix that would spread a queue over the nodes of a cluster", () => {
    const cluster = { nodes: [{ host: "127.0.0.1", port: 1 }] };
    expect(() => redis({ cluster, prefix: "bull" })).toThrow(/"bull" would spread a queue/);
    expect(() => redis({ cluster, url: "redis://127.0.0.1" })).toThrow(/excludes url/);
  });

  it("refuses a list on another node of a cluster than its queue", () => {
    const cluster = { nodes: [{ host: "127.0.0.1", port: 1 }] };
    const lists = { mail: "mail-jobs" };
    expect(() => redis({ cluster, intakeLists: lists })).toThrow(/"mail-jobs" would be on another node/);
    expect(() => redis({ cluster, celeryQueues: lists })).toThrow(/"mail-jobs" would be on another node/);
    const both = { celeryQueues: lists, intakeLists: { mail: "{bull}-mail-jobs" } };
    expect(() => redis({ cluster, ...both })).toThrow(/"mail-jobs" would be on another node/);
    expect(() => redis({ cluster, intakeLists: both.intakeLists })).not.toThrow();
  });
});

/** What a node of a cluster has stored. */
async function keysOf(port: number): Promise<readonly string[]> {
  const answer = await askRedis(port, "KEYS *");
  return answer.split("\r\n").filter((line) => !/^[*$]/.test(line));
}
