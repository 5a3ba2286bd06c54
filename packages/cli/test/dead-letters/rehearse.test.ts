import { join } from "node:path";
import { loadDriver } from "@jobs/adapter-sqlite/driver";
import { askRedis, hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createProject, type TestProject } from "../project.ts";

const isRedisThere = await hasRedis({ isOwn: true });

/** `broken`: the handler of which job throws what; `value`: what the others return. */
const app = (broken: string, value: string) => `
import { createApp, defineTask, handle } from "@jobs/core";
const mail = defineTask("send_mail", { n: "number", token: "string" }, { maxAttempts: 1 });
const child = defineTask("child", { of: "number", token: "string" }, { redact: ["token"] });
const app = createApp({
  tasks: [mail, child],
  handlers: [
    handle(mail, async ({ n, token }, ctx) => {
      ctx.log.info("mailing", { n });
      await ctx.enqueue(child, { of: n, token });
      await app.enqueue(child, { of: n + 100, token });
      ${broken}
      return ${value};
    }),
    handle(child, () => {}),
  ],
});
export default app;
`;

const BEFORE = app('if (n === 1) throw new RangeError("as asked");', "n * 2");
const TODAY = app(
  'if (n === 1) throw new RangeError("as asked"); if (n === 2) throw new TypeError("new");',
  "n === 3 ? 9 : n * 2",
);

const config = (stores: string) => `export default {
  app: "./app.mjs", ${stores},
  tasks: { send_mail: { monitorParams: true } },
};`;

/** Four jobs that the release before has run, one of them into its death, and the code of today. */
async function createRecorded(stores: string): Promise<TestProject> {
  const project = createProject({ "app.mjs": BEFORE, "jobs.config.mjs": config(stores) });
  const jobs = [0, 1, 2, 3].map((n) => ({
    task: "send_mail",
    params: { n, token: "s3cret" },
    id: `job-${n}`,
  }));
  await project.jobs(["enqueue", "--batch", "-"], {
    input: jobs.map((job) => JSON.stringify(job)).join("\n"),
  });
  const ran = await project.jobs(["worker", "--drain"]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  project.write("app.mjs", TODAY);
  return project;
}

/** Runs jobs of production with today's code. @returns what the broker and its stores held before and after */
async function rehearse(project: TestProject, dump: () => Promise<string>): Promise<readonly string[]> {
  const before = await dump();
  const asked = await project.jobs(["repro", "job-1"]);
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("Add --yes to do it.\n") });
  const dead = await project.jobs(["repro", "job-1", "--yes", "--params"]);
  expect(dead.code).toBe(1);
  expect(dead.stdout).toMatch(/^send_mail job-1: failed in .*; a worker would set it aside: exhausted\n/);
  expect(dead.stdout).toContain("recorded: exhausted: RangeError: as asked\n");
  expect(dead.stdout).toContain('log: info mailing {"n":1}\n');
  expect(
    dead.stdout.match(/^not sent: child .* on default \{"of":(1|101),"token":"\[redacted\]"\}$/gm),
  ).toHaveLength(2);
  const fine = await project.json(["repro", "job-3", "--from", "history", "--yes", "--json"]);
  expect(fine).toMatchObject({
    schema: "jobs.repro/1",
    status: "succeeded",
    value: 9,
    recorded: "succeeded",
  });
  expect(JSON.stringify(fine)).not.toContain("s3cret");
  const replay = [
    "replay",
    "--from-history",
    "--task",
    "send_mail",
    "--concurrency",
    "9007199254740991",
    "--yes",
    "--json",
  ];
  expect(await project.json(replay)).toEqual({
    schema: "jobs.replay/1",
    task: "send_mail",
    ran: 4,
    same: 2,
    different: 2,
    notRecorded: 0,
    redacted: 0,
    followUps: 4,
    jobs: expect.arrayContaining([
      expect.objectContaining({
        id: "job-2",
        differs: ["outcome"],
        recorded: { outcome: "succeeded" },
        now: { outcome: "dead", error: "TypeError" },
      }),
      expect.objectContaining({ id: "job-3", differs: ["value"] }),
    ]),
  });
  const childs = await project.jobs(["replay", "--from-history", "--task", "child"]);
  expect(childs).toMatchObject({ code: 0, stdout: expect.stringContaining("8 jobs are not recorded") });
  return [before, await dump()];
}

/** All rows of all tables of a file. */
async function dumpSqlite(file: string): Promise<string> {
  const connection = new (loadDriver())(file);
  try {
    const tables = connection
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name",
      )
      .all() as readonly { readonly name: string }[];
    expect(tables.length).toBeGreaterThan(5);
    const rows = tables.map(({ name }) => [name, connection.prepare(`SELECT * FROM "${name}"`).all()]);
    return JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value));
  } finally {
    connection.close();
  }
}

/**
 * All keys with their values. The fields of a hash have no order. The time of the last sweep is forgotten by Redis itself
 * after some seconds.
 */
const DUMP = [
  "local keys = redis.call('KEYS', '*') table.sort(keys) local all = {}",
  "for i, key in ipairs(keys) do local value",
  "if redis.call('TYPE', key).ok == 'hash' then local fields = {}",
  "for at, name in ipairs(redis.call('HKEYS', key)) do fields[at] = name .. ' ' .. redis.call('HGET', key, name) end",
  "table.sort(fields) value = table.concat(fields, ' ')",
  "else value = redis.call('DUMP', key) end",
  "if not string.find(key, ':swept$') then all[#all + 1] = key .. ' ' .. redis.sha1hex(value) end end",
  "return table.concat(all, '  ')",
].join(" ");

describe("jobs of production that are run here", () => {
  it("leave SQLite as it was: broker, results and history", async () => {
    using project = await createRecorded('results: "sqlite", history: "sqlite"');
    const file = join(project.folder, ".jobs", "jobs.db");
    const [before, after] = await rehearse(project, () => dumpSqlite(file));
    expect(before).toContain("s3cret");
    expect(after).toBe(before);
  });

  it.runIf(isRedisThere)("leave Redis as it was", () => redisStaysAsItWas());
});

async function redisStaysAsItWas(): Promise<void> {
  await using redis = await startRedisServer({ appendonly: false });
  const stores = `broker: "${redis.url}", results: "${redis.url}", history: "sqlite"`;
  using project = await createRecorded(stores);
  const { port } = new URL(redis.url);
  const dump = () => askRedis(Number(port), `EVAL "${DUMP}" 0`);
  const [before, after] = await rehearse(project, dump);
  expect(after?.split("  ")).toEqual(before?.split("  "));
}
