import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

describe("jobs schema", () => {
  it("is for stores in a database with tables of their own", async () => {
    using project = createProject();
    for (const command of [["migrate"], ["grants", "worker"]]) {
      const refused = await project.jobs(["schema", ...command], { env: { JOBS_RESULTS: "sqlite" } });
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--broker postgres://") });
    }
  });
});

const isAvailable = await hasPostgres();

const ROLE = `jobs_cli_${process.pid}`;

describe.runIf(isAvailable)("jobs schema in Postgres", () => {
  let server: Awaited<ReturnType<typeof startPostgresServer>>;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Lets the server's owner say something. */
  async function say(statements: string): Promise<void> {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(statements);
    await client.end();
  }

  /** An empty database of a test. */
  async function database(name: string): Promise<{ readonly url: string } & AsyncDisposable> {
    await say(`CREATE DATABASE ${name}`);
    const url = new URL(server.url);
    url.pathname = name;
    return { url: url.href, [Symbol.asyncDispose]: () => say(`DROP DATABASE ${name} WITH (FORCE)`) };
  }

  it("the owner migrates and grants; a worker of that role keeps results, found by RESULT_DB_* [T12 T14]", async () => {
    using project = createProject();
    const schema = `cli_${process.pid}`;
    project.write(
      "jobs.config.mjs",
      `export default { app: "./app.mjs", results: { kind: "postgres", schema: "${schema}" } };`,
    );
    const { hostname, port, username, password, pathname } = new URL(server.url);
    const place = { RESULT_DB_HOST: hostname, RESULT_DB_PORT: port, RESULT_DB_NAME: pathname.slice(1) };
    const owner = { env: { ...place, RESULT_DB_USER: username, RESULT_DB_PASS: password } };
    const made = await project.json(["schema", "migrate", "--json"], owner);
    const name = expect.stringMatching(new RegExp(`^${hostname}:${port}/.*, schema ${schema}$`));
    expect(made).toMatchObject({ schema: "jobs.schema-migrate/1", stores: [{ name, from: 0 }] });
    const again = await project.jobs(["schema", "migrate"], owner);
    expect(again.stdout).toMatch(/^\S+, schema \w+: nothing to do, it has version \d+\n$/);
    const grants = await project.jobs(["schema", "grants", ROLE], owner);
    expect(grants.stdout).toMatch(new RegExp(`^(GRANT .* TO "${ROLE}";\n)+$`));
    await say(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'secret'; ${grants.stdout}`);
    const worker = { env: { ...place, RESULT_DB_USER: ROLE, RESULT_DB_PASS: "secret" } };
    const { id } = await project.json(["enqueue", "my_task", "a=20", "b=22", "--json"], worker);
    await project.jobs(["worker", "--drain"], worker);
    expect(await project.json(["result", String(id), "--json"], worker)).toMatchObject({ value: 42 });
    const refused = await project.jobs(["schema", "migrate"], {
      env: { ...worker.env, JOBS_RESULTS: "postgres" },
    });
    expect(refused).toMatchObject({ code: 77, stderr: expect.stringContaining("jobs schema migrate") });
    await say(`DROP SCHEMA ${schema} CASCADE; DROP ROLE ${ROLE}`);
  });

  it("one migration serves broker, results and history of the same schema, also those of the app's own code", async () => {
    await using one = await database(`cli_own_${process.pid}`);
    using project = createProject({
      "own.mjs": `import { postgres, postgresResults } from "@jobs/adapter-postgres";
import { createApp, defineTask } from "@jobs/core";
const url = ${JSON.stringify(one.url)};
export default createApp({ broker: postgres({ url }), results: postgresResults({ url, schema: "other" }), tasks: [defineTask("my_task", {})] });`,
    });
    const args = ["schema", "migrate", "--app", "own.mjs", "--history", one.url];
    const { stdout } = await project.jobs(args);
    expect(stdout).toMatch(/^\S+, schema jobs: migrated .*\n\S+, schema other: migrated .*\n$/);
  });

  it("jobs doctor looks at server and tables before any queue, and makes no table", async () => {
    await using one = await database(`cli_doctor_${process.pid}`);
    using project = createProject();
    const doctor = (...args: readonly string[]) =>
      project.jobs(["doctor", "--broker", one.url, ...args], { env: { JOBS_RESULTS: `sqlite` } });
    const empty = await doctor();
    expect(empty.stdout).toMatch(/, schema jobs\n {2}ok {4}Postgres \d/);
    expect(empty.stdout).toMatch(/\n {2}warn {2}schema "jobs" has no tables; the first process/);
    expect(empty.stdout).toContain("queues were not looked at");
    await project.jobs(["schema", "migrate", "--broker", one.url]);
    const { stores, queues } = JSON.parse((await doctor("--json")).stdout);
    expect(stores).toMatchObject([
      { findings: expect.arrayContaining([{ check: "rights", status: "ok", message: expect.any(String) }]) },
    ]);
    expect(queues).toHaveLength(2);
  });

  it("goes back to an older version: it shows the statements, keeps jobs, and asks before it removes records", async () => {
    await using one = await database(`cli_back_${process.pid}`);
    using project = createProject();
    const env = { JOBS_BROKER: one.url, JOBS_RESULTS: one.url };
    const { stores } = (await project.json(["schema", "migrate", "--json"], { env })) as {
      stores: [{ to: number }];
    };
    const newest = stores[0].to;
    const back = (...args: readonly string[]) =>
      project.jobs(["schema", "migrate", "--to", ...args], { env });
    expect(await back(String(newest + 1))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`newest version of`),
    });
    await project.jobs(["enqueue", "my_task", "a=20", "b=22", "--id", "one"], { env });
    const refused = await back("0", "--yes");
    expect(refused).toMatchObject({ code: 78, stdout: "" });
    expect(refused.stderr).toContain("1 job would be lost: default 1.");
    await project.jobs(["worker", "--drain"], { env });

    const shown = await back("0", "--dry-run");
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(
      /^-- \S+, schema jobs: would migrate from version \d+ to 0, removing 1 result/,
    );
    expect(shown.stdout).toContain("\nBEGIN;\n");
    expect(shown.stdout.slice(shown.stdout.indexOf("DROP TABLE"))).toMatch(/\nCOMMIT;\n$/);
    expect(await back("0")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no terminal"),
    });
    expect(await project.json(["result", "one", "--json"], { env })).toMatchObject({ value: 42 });
    const done = await back("0", "--yes");
    expect(done.stdout).toMatch(/: migrated from version \d+ to 0, removed 1 result/);
    expect((await back("0")).stdout).toContain("nothing to do, it has version 0");
  });
});
