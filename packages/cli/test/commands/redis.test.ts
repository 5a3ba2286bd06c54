import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { startStopwatch } from "@jobs/core/testing";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

/** A server that does with each connection what a test wants. */
interface Listener extends AsyncDisposable {
  readonly url: string;
}

async function listen(onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    onConnection(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

/** Stands before a real Redis and has it say that it is of another version, as long as its own. */
function claimVersion(port: number, own: string, claimed: string): (socket: Socket) => void {
  return (socket) => {
    const redis = connect(port, "127.0.0.1").on("error", () => socket.destroy());
    socket.pipe(redis).setEncoding("latin1");
    redis.on("data", (text) => socket.write(String(text).replaceAll(own, claimed), "latin1"));
    socket.on("close", () => redis.destroy());
  };
}

const COUNT = ["stats", "--queues", "default", "--json"];

describe.runIf(await hasRedis({ isOwn: true }))("the command on a Redis", () => {
  it("is told by a URL, a variable, or a key of the configuration [P9]", async () => {
    await using redis = await startRedisServer({ appendonly: false });
    using project = createProject({
      "jobs.config.mjs": null,
      "jobs.config.json": JSON.stringify({
        app: "./app.mjs",
        brokers: { main: { kind: "redis", url: redis.url } },
      }),
    });
    const one = { broker: "redis", queues: [{ name: "default", ready: { n: 1, exact: true } }] };
    const sent = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--broker", redis.url]);
    expect(sent, sent.stderr).toMatchObject({ code: 0 });
    expect(sent.stderr.match(/^warning: Redis keeps no append-only file/gm)).toHaveLength(1);
    expect(await project.json(COUNT, { env: { JOBS_BROKER: redis.url } })).toMatchObject(one);
    expect(await project.json([...COUNT, "--broker", "main"])).toMatchObject(one);
    const worker = await project.json(["worker", "--drain", "--json", "--broker", "main"]);
    expect(worker).toMatchObject({ succeeded: 1, dead: 0 });
  });

  it("runs a queue by BullMQ's own scripts where the URL or the configuration says so", async () => {
    await using redis = await startRedisServer({ appendonly: true });
    const main = { kind: "redis", url: redis.url, engine: "bullmq" };
    using project = createProject({
      "jobs.config.mjs": null,
      "jobs.config.json": JSON.stringify({ app: "./app.mjs", brokers: { main } }),
    });
    const broker = ["--broker", `${redis.url}?engine=bullmq`];
    const caps = await project.json(["caps", "--json", ...broker]);
    expect(JSON.stringify(caps)).toContain('"fencing":"lease-end"');
    expect(await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "r1", ...broker])).toMatchObject({
      code: 0,
    });
    expect(await project.json(["show", "r1", "--json", "--broker", "main"])).toMatchObject({ id: "r1" });
    const worker = await project.json(["worker", "--drain", "--json", ...broker]);
    expect(worker).toMatchObject({ succeeded: 1, dead: 0 });
    const wrong = await project.jobs(["stats", "--broker", `${redis.url}?engine=fast`]);
    expect(wrong).toMatchObject({ code: 78, stderr: expect.stringContaining('"jobs" or "bullmq"') });
  });

  it("keeps results too, told by a URL", async () => {
    await using redis = await startRedisServer({ appendonly: false });
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "r1"]);
    const worked = await project.jobs(["worker", "--drain", "--results", redis.url]);
    expect(worked, worked.stderr).toMatchObject({ code: 0 });
    const result = await project.json(["result", "r1", "--json", "--results", redis.url]);
    expect(result).toMatchObject({ id: "r1", status: "succeeded" });
  });

  it("one that is not there is exit 69 within ten seconds [P8]", async () => {
    const { url } = await stoppedRedis();
    using project = createProject();
    const env = { JOBS_BROKER: url };
    const commands = [["stats"], ["enqueue", "my_task", "a=1", "b=2"], ["worker", "--start-timeout", "1s"]];
    const elapsedMs = startStopwatch();
    const ends = await Promise.all(commands.map((args) => project.jobs(args, { env })));
    expect(elapsedMs()).toBeLessThan(10_000);
    expect(ends).toMatchObject(commands.map(() => ({ code: 69, stderr: expect.stringContaining("redis") })));
  });

  it("one that never answers is exit 69 within ten seconds [P8]", async () => {
    await using silent = await listen(() => undefined);
    using project = createProject();
    const elapsedMs = startStopwatch();
    const { code, stderr } = await project.jobs(["stats"], { env: { JOBS_BROKER: silent.url } });
    expect({ code, stderr }).toMatchObject({ code: 69 });
    expect(elapsedMs()).toBeLessThan(10_000);
  });

  it.each([
    ["stats", 'redis queue "default": no connection to Redis at 127.0.0.1:'],
    ["enqueue my_task a=1 b=2", 'redis queue "default": no connection to Redis at 127.0.0.1:'],
    ["doctor", "redis"],
    ["queue purge default --yes", 'redis queue "default": no connection to Redis at 127.0.0.1:'],
    ["dlq rm --all --yes", 'redis queue "default": no connection to Redis at 127.0.0.1:'],
    [
      "result an-id --broker sqlite --results URL",
      "redis results store: no connection to Redis at 127.0.0.1:",
    ],
    [
      "result an-id --broker sqlite --results postgres://u:p@127.0.0.1:9/db",
      "postgres results store: no connection to Postgres at 127.0.0.1:9/db: the connection is refused",
    ],
  ])("is named with exit 69 whatever the time limit: jobs %s", async (line, named) => {
    const { url } = await stoppedRedis();
    using project = createProject();
    const args = line.replace("URL", url).split(" ");
    const { code, stderr } = await project.jobs([...args, "--timeout", "1s"], { env: { JOBS_BROKER: url } });
    expect({ code, stderr }).toMatchObject({ code: 69, stderr: expect.stringContaining(named) });
  });

  it("one that refuses the password is exit 77 at once, and no password is shown [F62]", async () => {
    await using redis = await startRedisServer({ requirepass: "right-s3cret" });
    using project = createProject();
    const wrong = `redis://:wrong-s3cret@127.0.0.1:${redis.port}`;
    for (const broker of [`redis://127.0.0.1:${redis.port}`, wrong]) {
      for (const args of [
        ["stats", "--debug"],
        ["stats", "--json", "--debug"],
        ["worker", "--drain"],
      ]) {
        const { code, stdout, stderr } = await project.jobs(args, { env: { JOBS_BROKER: broker } });
        expect({ broker, args, code, stderr }).toMatchObject({ code: 77 });
        expect(stdout + stderr).not.toContain("s3cret");
      }
    }
    const right = await project.jobs(COUNT, { env: { JOBS_BROKER: redis.url } });
    expect(right, right.stderr).toMatchObject({ code: 0 });
  });

  it("a database that is not there is exit 78 and named, and nothing is written to another", async () => {
    await using redis = await startRedisServer({ appendonly: false });
    using project = createProject();
    for (const [database, said] of [
      ["99", /no database 99/],
      ["abc", /the database "abc", which is no number/],
    ] as const) {
      for (const args of [["enqueue", "my_task", "a=1", "b=2"], ["stats"], ["worker", "--drain"]]) {
        const env = { JOBS_BROKER: `${redis.url}/${database}` };
        const { code, stdout, stderr } = await project.jobs(args, { env });
        expect({ args, code, stdout, stderr }).toMatchObject({ code: 78, stdout: "" });
        expect(stderr).toMatch(said);
        expect(stderr).not.toMatch(/^ +at /m);
      }
    }
    const count = await project.json(COUNT, { env: { JOBS_BROKER: redis.url } });
    expect(count).toMatchObject({ queues: [{ ready: { n: 0 } }] });
  });

  it("one that is too old is exit 78, and says which would do", async () => {
    await using redis = await startRedisServer({ appendonly: false });
    const version = await versionOf(redis.port);
    await using old = await listen(claimVersion(redis.port, version, oldVersion(version.length)));
    using project = createProject();
    const { code, stderr } = await project.jobs(["stats"], { env: { JOBS_BROKER: old.url } });
    expect({ code, stderr }).toMatchObject({ code: 78 });
    expect(stderr).toMatch(/4\.0\.\d+/);
  });
});

/** Where nobody listens any more. */
async function stoppedRedis(): Promise<{ readonly url: string }> {
  await using redis = await startRedisServer({ appendonly: false });
  return { url: redis.url };
}

async function versionOf(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  socket.write("INFO server\r\n");
  const [info] = (await once(socket, "data")) as [string];
  socket.destroy();
  return /redis_version:(\S+)/.exec(info)?.[1] ?? "";
}

/** A version of Redis 4 of a given length, so that the answer it stands in keeps its own. */
function oldVersion(length: number): string {
  return "4.0.".padEnd(length, "1");
}
