import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, FatalError, handle } from "@jobs/core";
import { type Broker, decodeEnvelope, type StoredMessage } from "@jobs/core/broker";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";

const isRedisThere = await hasRedis({ isOwn: true });

const SCRIPT = fileURLToPath(new URL("killed-retry.mjs", import.meta.url));

/** What the jobs of an earlier release look like. */
const old = defineTask("count", { n: "number" }, { maxAttempts: 1 });

/** More than all runs before the last can put back. */
const JOBS = [0, 1, 2, 3, 4, 5];

/** Where the process dies: at which redrive, and when. The last one runs to its end. */
const POINTS = [
  ["1", "before"],
  ["1", "during"],
  ["2", "after"],
  ["3", "during"],
  ["0", "never"],
] as const;

async function run(args: readonly string[]): Promise<NodeJS.Signals | number | null> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  const [code, signal] = await once(child, "exit");
  return signal ?? code;
}

/** Dead letters that today's code refuses: {@link JOBS}. */
async function fill(broker: Broker): Promise<void> {
  const fail = handle(old, () => {
    throw new FatalError("as asked");
  });
  const app = createApp({ broker, tasks: [old], handlers: [fail] });
  for (const n of JOBS) await app.enqueue(old, { n }, { id: `job-${n}` });
  await app.worker({ ownsProcess: false, until: { type: "settled", jobs: JOBS.length } }).run();
  await app.close();
}

async function read(broker: Broker): Promise<readonly StoredMessage[]> {
  const queue = await broker.openQueue("default");
  const pages = await Promise.all(
    (["ready", "delayed", "leased", "dead"] as const).map((state) => queue.peek({ state, limit: 100 })),
  );
  await broker.close();
  return pages.flatMap(({ messages }) => messages);
}

/** Kills the retry at each point. @returns the parameters of all jobs at the end, by id */
async function killAndRepeat(kind: string, address: string, open: () => Broker) {
  await fill(open());
  for (const point of POINTS) {
    const ended = await run([kind, address, ...point]);
    // Whoever dies before the last job leaves something to do.
    expect(ended).toBe(point[1] === "never" ? 0 : "SIGKILL");
    const all = await read(open());
    expect(all.map(({ messageId }) => messageId).sort()).toEqual(JOBS.map((n) => `job-${n}`));
    expect(all.filter(({ state }) => state !== "dead" && state !== "ready")).toEqual([]);
  }
  const all = await read(open());
  expect(all.map(({ state }) => state)).toEqual(JOBS.map(() => "ready"));
  return Object.fromEntries(all.map(({ messageId, body }) => [messageId, decodeEnvelope(body).params]));
}

const CHANGED_ONCE = Object.fromEntries(JOBS.map((n) => [`job-${n}`, { n, times: 1 }]));

describe("a retry with changed parameters that is killed", () => {
  it("loses and doubles no job on SQLite, and changes each once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "jobs-killed-retry-"));
    try {
      const file = join(folder, "jobs.db");
      expect(await killAndRepeat("sqlite", file, () => sqlite({ file }))).toEqual(CHANGED_ONCE);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.runIf(isRedisThere)("loses and doubles no job on Redis, and changes each once", async () => {
    await using server = await startRedisServer({ appendonly: false });
    const open = () => redis({ url: server.url });
    expect(await killAndRepeat("redis", server.url, open)).toEqual(CHANGED_ONCE);
  });

  it.runIf(isRedisThere)("loses and doubles no job with BullMQ's scripts", async () => {
    await using server = await startRedisServer({ appendonly: false });
    const open = () => redis({ url: server.url, engine: "bullmq" });
    const all = await killAndRepeat("bullmq", server.url, open);
    expect(Object.values(all).map((params) => params.n)).toEqual(JOBS);
  });
});
