import { readdirSync } from "node:fs";
import { join } from "node:path";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import type { Broker } from "@jobs/core/broker";
import {
  hasPostgres,
  hasRedis,
  openSqlite,
  startPostgresServer,
  startRedisServer,
  startSqsEndpoint,
} from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { AWS_VARIABLES, provision } from "../commands/sqs-project.ts";
import { createProject, type TestProject } from "../project.ts";
import { fill, stored } from "./moved-jobs.ts";

/** `JOBS_TEST_MOVED_JOBS=10000` moves that many through all brokers. */
const JOBS = Number(process.env.JOBS_TEST_MOVED_JOBS ?? 240);

/** Where a move is killed before it is resumed: before its send, after it, and after the note of its answer. */
const KILLS = ["after sending", "before sent", "after sent"] as const;

/** With many jobs each move is killed at all of them. */
const killsOf = (kill: (typeof KILLS)[number]) => (JOBS > 1_000 ? KILLS : [kill]);

/** One job in twenty is a dead letter, and one has failed. */
const DEAD = Math.ceil(JOBS / 20);

/** Which line of the journal kills it: about after a third of the sends. Of SQS it is the first after the dead letters. */
const KILL_LINE = Math.max(1, Math.floor(JOBS / 300));
const KILL_LINE_FROM_SQS = 1 + Math.ceil(DEAD / 10);

const PRELOAD = join(import.meta.dirname, "..", "fixtures", "move", "kill-at.mjs");

const server = (await hasRedis()) ? await startRedisServer() : undefined;
const postgres = (await hasPostgres()) ? await startPostgresServer() : undefined;

/** A move, and where its short form is killed. */
interface KilledMove {
  readonly from: string;
  readonly to: string;
  readonly kill: (typeof KILLS)[number];
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a move that is killed, and then to the end. Returns the ids that may be there twice. */
async function moveWithKills(project: TestProject, { from, to, kill, env }: KilledMove) {
  const words = `move --from ${from} --to ${to} --queues default --lease 2s --until-empty --json`;
  const args = words.split(" ");
  for (const point of killsOf(kill)) {
    const at = `${point} ${from === "sqs" ? KILL_LINE_FROM_SQS : KILL_LINE}`;
    const killing = { ...env, KILL_AT: at, NODE_OPTIONS: `--import ${PRELOAD}` };
    const { code, stdout } = await project.jobs(args, { env: killing });
    expect({ at, code, stdout }).toEqual({ at, code: null, stdout: "" });
  }
  const report = await project.json(args, { env });
  expect(report).toMatchObject({ isResumed: true, isStopped: false });
  const [queue] = report.queues as readonly { readonly maybeTwice: readonly string[] }[];
  expect(queue).toMatchObject({ refused: [], left: { ready: 0, delayed: 0, leased: 0, dead: 0 } });
  return queue?.maybeTwice ?? [];
}

async function contentOf(broker: Broker) {
  const all = await stored(await broker.openQueue("default"));
  await broker.close();
  return all;
}

describe("a killed move between two files of SQLite", () => {
  const [one, other] = ["sqlite:./one.db", "sqlite:./other.db"];
  const moveArgs = (from: string, to: string) =>
    ["move", "--from", from, "--to", to, "--queues", "default", "--json"] as const;

  async function createKilled(point: string) {
    const project = createProject();
    const broker = sqlite({ file: join(project.folder, "one.db") });
    const ids = await fill(await broker.openQueue("default"), { ready: 250 });
    await broker.close();
    const env = { KILL_AT: point, NODE_OPTIONS: `--import ${PRELOAD}` };
    const { code } = await project.jobs(moveArgs(one, other), { env });
    expect(code).toBe(null);
    return { project, ids };
  }

  it.each(["after sent 2", "before gone 2"])("loses no job that comes back later: %s", async (point) => {
    const { project, ids } = await createKilled(point);
    using _ = project;
    await project.json(moveArgs(one, other));
    expect(readdirSync(join(project.folder, ".jobs"))).toEqual([]);
    await project.json(moveArgs(other, one));
    await project.json(moveArgs(one, other));
    const atEnd = await contentOf(sqlite({ file: join(project.folder, "other.db") }));
    expect(atEnd.map(({ messageId }) => messageId).sort()).toEqual(ids);
  });

  it("is resumed before its jobs are moved back", async () => {
    const { project } = await createKilled("after sent 2");
    using _ = project;
    const { code, stdout } = await project.jobs(moveArgs(other, one));
    expect({ code, stdout }).toEqual({ code: 2, stdout: expect.stringContaining("is not done") });
  });

  it("says that the queue stays paused where the new broker fails", async () => {
    using project = createProject();
    const [from, to] = ["one.db", "other.db"].map((file) => join(project.folder, file)) as [string, string];
    for (const file of [from, to]) {
      const broker = sqlite({ file });
      const queue = await broker.openQueue("default");
      const ids = await fill(queue, { ready: 3 });
      if (file === to) await queue.remove?.(ids);
      await broker.close();
    }
    using target = openTarget(to);
    target.run("CREATE TRIGGER refuse BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'refused'); END");
    const failed = await project.jobs(moveArgs(one, other));
    expect(failed).toMatchObject({ code: 69, stderr: expect.stringContaining('"default" stays paused') });
    target.run("DROP TRIGGER refuse");
    const resumed = await project.jobs(moveArgs(one, other));
    expect(resumed).toMatchObject({ code: 0, stderr: expect.not.stringContaining("paused") });
  });
});

/** A connection of a program that is not jobs. */
function openTarget(file: string): Disposable & { run(sql: string): void } {
  const database = openSqlite(file);
  return { run: (sql) => database.exec(sql), [Symbol.dispose]: () => database.close() };
}

describe.runIf(server !== undefined)("a move that is killed", () => {
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  it("loses and doubles no job from SQLite over Redis, SQS and Postgres to SQLite", {
    timeout: 900_000,
  }, async () => {
    using project = createProject();
    const sqs = await startSqsEndpoint();
    await provision(sqs, "default");
    const env = { ...AWS_VARIABLES, AWS_ENDPOINT_URL_SQS: sqs.url };
    const [first, last] = ["sqlite:./first.db", "sqlite:./last.db"];
    const url = server?.url ?? "";
    const broker = sqlite({ file: join(project.folder, "first.db") });
    const kinds = { ready: JOBS - 2 * DEAD, failed: DEAD, dead: DEAD };
    const ids = await fill(await broker.openQueue("default"), kinds);
    await broker.close();

    await moveWithKills(project, { from: first, to: url, kill: "after sending", env });
    const onRedis = await contentOf(redis({ url }));
    expect(onRedis.map(({ messageId }) => messageId).sort()).toEqual(ids);
    const failed = onRedis.filter(({ messageId }) => messageId.startsWith("failed"));
    expect(failed).toHaveLength(DEAD);
    for (const { failureCount, crashCount } of failed) expect([failureCount, crashCount]).toEqual([2, 1]);

    const inDoubt = await moveWithKills(project, { from: url, to: "sqs", kill: "before sent", env });
    expect(inDoubt.length).toBeLessThanOrEqual(2 * 10);

    // Where no Postgres can run, the jobs go from SQS to the end.
    const beforeLast = postgres?.url ?? last;
    await moveWithKills(project, { from: "sqs", to: beforeLast, kill: "after sent", env });
    if (postgres !== undefined)
      await moveWithKills(project, { from: postgres.url, to: last, kill: "before sent", env });
    const atEnd = await contentOf(sqlite({ file: join(project.folder, "last.db") }));
    expect(atEnd.map(({ messageId }) => messageId).sort()).toEqual(ids);
    const letters = atEnd.filter(({ state }) => state === "dead");
    expect(letters).toHaveLength(DEAD);
    for (const { dead: death, redrives } of letters) {
      expect({ death, redrives }).toEqual({
        death: { reason: "fatal", at: 1_700_000_000_000, error: { name: "Error", message: "as asked" } },
        redrives: 1,
      });
    }
    for (const { messageId, failureCount } of atEnd) {
      // SQS counts the leases of the killed moves as deliveries.
      if (messageId.startsWith("failed")) expect([3, 4, 5, 6]).toContain(failureCount);
    }
    await sqs.close();
  });
});
