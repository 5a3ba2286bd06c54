import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Illness, surviveIllnesses } from "@jobs/broker-conformance";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisLink } from "../src/connection/redis-link.ts";
import { redis } from "../src/index.ts";

/** An illness, whose message is made of its answer and what that means. */
interface Answer extends Omit<Illness, "message"> {
  readonly meaning: string;
}

/** What a connection and a call need apart from the commands of scripts. */
const OUTSIDE_OF_SCRIPTS = ["+hello", "+client", "+select", "+info", "+evalsha", "+eval", "+bzpopmin"];

/** In every password, and in the parameters of every job. */
const SECRET = "s3cret";

const SETTINGS = [
  ...["--enable-debug-command", "local", "--enable-protected-configs", "yes"],
  // While it loads, it answers after each kilobyte.
  ...["--loading-process-events-interval-bytes", "1024", "--rdbcompression", "no"],
  ...["--busy-reply-threshold", "1"],
];

/** For each key, in µs. */
const LOAD_DELAY_US = 10_000;

describe.runIf(await hasRedis({ isOwn: true }))("a Redis that is ill", () => {
  let server: Awaited<ReturnType<typeof startRedisServer>>;
  /** It has its connection before the server is ill. */
  let boss: Redis;
  const folder = mkdtempSync(join(tmpdir(), "jobs-ill-"));

  beforeAll(async () => {
    server = await startRedisServer({ args: SETTINGS });
    boss = new Redis(server.url);
    boss.on("error", () => {});
    await boss.call("ACL", "SETUSER", "app", "on", `>${SECRET}`, "~*", "&*", "+@all");
  });
  afterAll(async () => {
    boss.disconnect();
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const set = (name: string, value: string) => boss.config("SET", name, value);
  const grant = (...rules: readonly string[]) => boss.call("ACL", "SETUSER", "app", ...rules);
  const dropClients = () => boss.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  const becomePrimary = () => boss.replicaof("NO", "ONE");
  const becomeReplica = () => boss.replicaof("127.0.0.1", 1);

  const ANSWERS: readonly Answer[] = [
    {
      answers: "OOM",
      meaning: "it has reached its maxmemory",
      // It takes no jobs.
      sparesWorkers: true,
      begin: () => set("maxmemory", "1"),
      end: () => set("maxmemory", "0"),
    },
    {
      answers: "NOREPLICAS",
      meaning: "it has too few replicas",
      begin: () => set("min-replicas-to-write", "1"),
      end: () => set("min-replicas-to-write", "0"),
    },
    {
      answers: "MISCONF",
      meaning: "it cannot save to its disk",
      async begin() {
        const lost = mkdtempSync(join(folder, "lost-"));
        await set("save", "3600 1");
        await set("dir", lost);
        rmSync(lost, { recursive: true });
        await boss.bgsave();
        await expect.poll(() => boss.info("persistence")).toContain("rdb_last_bgsave_status:err");
      },
      async end() {
        await set("dir", folder);
        await boss.save();
      },
    },
    { answers: "READONLY", meaning: "it is a replica", begin: becomeReplica, end: becomePrimary },
    {
      answers: "MASTERDOWN",
      meaning: "it is a replica that has lost its primary",
      async begin() {
        await set("replica-serve-stale-data", "no");
        await becomeReplica();
      },
      end: becomePrimary,
    },
    {
      answers: "NOPERM",
      meaning: "the user may not run the command evalsha",
      code: "access_denied",
      begin: () => grant("-evalsha"),
      end: () => grant("+@all"),
    },
    {
      answers: "NOPERM",
      meaning: "the user is not permitted to do this",
      code: "access_denied",
      begin: () => grant("resetkeys", "~other:*"),
      end: () => grant("~*"),
    },
    {
      // A script that runs a command which the user may not run.
      answers: "ERR",
      meaning: "the user is not permitted to do this",
      code: "access_denied",
      begin: () => grant("-@all", ...OUTSIDE_OF_SCRIPTS),
      end: () => grant("+@all"),
    },
    {
      answers: "WRONGPASS",
      meaning: "user or password is wrong",
      code: "access_denied",
      async begin() {
        await grant("resetpass", ">another");
        await dropClients();
      },
      end: () => grant("resetpass", `>${SECRET}`),
    },
    {
      answers: "BUSY",
      meaning: "it is running a script that does not end",
      async begin() {
        const other = boss.duplicate();
        other.eval("while true do end", 0).catch(() => other.disconnect());
        await expect.poll(() => boss.ping().catch(String)).toContain("BUSY");
      },
      end: () => boss.script("KILL"),
    },
    {
      answers: "LOADING",
      meaning: "it is still loading its data",
      async begin() {
        await set("key-load-delay", String(LOAD_DELAY_US));
        const other = boss.duplicate();
        other
          .debug("RELOAD")
          .catch(() => {})
          .finally(() => other.disconnect());
        await expect.poll(() => boss.ping().catch(String)).toContain("LOADING");
      },
      async end() {
        await set("key-load-delay", "0");
        await expect.poll(() => boss.ping().catch(String)).toBe("PONG");
      },
    },
    {
      // The connection ends before the answer is read.
      answers: "E(?:PIPE|CONNRESET)",
      meaning: "the connection was cut",
      hint: /its maxclients/,
      async begin() {
        await set("maxclients", "1");
        await dropClients();
      },
      end: () => set("maxclients", "1000"),
    },
  ];

  it("each answer is named with its fix; a worker waits, says it once, goes on, and no job is lost [F24]", async () => {
    await storeLoad(boss);
    const url = `redis://app:${SECRET}@127.0.0.1:${server.port}`;
    const illnesses = ANSWERS.map((one) => ({ ...one, message: messageOf(one) }));
    await surviveIllnesses(redis({ url, onWarning: () => {} }), illnesses, SECRET);
  });

  it("a server that loads its data says so to a new process too [F24]", async () => {
    await using one = await startRedisServer({ args: SETTINGS });
    const owner = new Redis(one.url);
    owner.on("error", () => {});
    await storeLoad(owner);
    await owner.config("SET", "key-load-delay", String(LOAD_DELAY_US));
    owner.debug("RELOAD").catch(() => {});
    await expect.poll(() => redisAnswer(one.url)).toContain("LOADING");
    const late = new RedisLink({ url: one.url });
    const call = late.call({ withinMs: 3_000, run: (client) => client.ping() });
    await expect(call).rejects.toThrow("answers LOADING: it is still loading its data");
    late.close();
    owner.disconnect();
  });
});

/** Stores what loads slowly while a server is LOADING: a minute, unless it is told to hurry. */
async function storeLoad(client: Redis): Promise<void> {
  const value = "x".repeat(1_024);
  await client.mset(Object.fromEntries(Array.from({ length: 6_000 }, (_, key) => [`loaded-${key}`, value])));
}

/** What a server says to a connection that does not wait until it is ready. */
async function redisAnswer(url: string): Promise<string> {
  const client = new Redis(url, { enableReadyCheck: false, lazyConnect: true });
  client.on("error", () => {});
  try {
    return await client.ping();
  } catch (error) {
    return String(error);
  } finally {
    client.disconnect();
  }
}

function messageOf({ answers, meaning }: Answer): RegExp {
  return new RegExp(`127\\.0\\.0\\.1.*${answers}.*${meaning}|${meaning}.*\\(${answers}\\)`);
}
