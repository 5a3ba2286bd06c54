import { existsSync } from "node:fs";
import { join } from "node:path";
import { createTables, sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask } from "@jobs/core";
import { createOutbox } from "@jobs/outbox";
import { openSqlite } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { listening } from "../listening.ts";
import { createProject, outcomeOf } from "../project.ts";

const myTask = defineTask("my_task", { a: "integer", b: "integer" });

/** Enqueues jobs with one transaction of a database of its own. */
async function commitJobs(file: string, ids: readonly string[]): Promise<void> {
  await createTables({ file });
  const transaction = openSqlite(file);
  const broker = createOutbox({
    broker: sqlite({ file: join(file, "../unused.db") }),
    store: sqlite({ file }),
  });
  await using app = createApp({ broker, tasks: [myTask] });
  transaction.exec("BEGIN IMMEDIATE");
  for (const id of ids) await app.enqueue(myTask, { a: 1, b: 2 }, { transaction, id });
  transaction.exec("COMMIT");
  transaction.close();
}

describe("jobs relay", () => {
  it("sends what waits to the project's broker, where a worker runs it", async () => {
    using project = createProject();
    const file = join(project.folder, "shop.db");
    await commitJobs(file, ["one", "two"]);
    const stats = ["stats", "--broker", `sqlite:${file}`, "--queues", "outbox", "--json"];
    const waiting = await project.jobs(stats);
    expect(waiting.stderr).toBe("");
    expect(JSON.parse(waiting.stdout).queues).toMatchObject([{ name: "outbox", ready: { n: 2 } }]);
    const relay = ["relay", "--from", `sqlite:${file}`, "--until-empty"];
    expect(await project.json([...relay, "--json"])).toEqual({
      schema: "jobs.relay/1",
      sent: 2,
      refused: 0,
    });
    expect((await project.jobs(relay)).stdout).toBe("0 jobs sent\n");
    const worked = await project.jobs(["worker", "--drain", "--json"]);
    expect(JSON.parse(worked.stdout)).toMatchObject({ succeeded: 2 });
  });

  it("the queue of an outbox has no prefix, also for a command in a project that has one", async () => {
    const config = 'export default { app: "./app.mjs", queuePrefix: "shop-" };';
    using project = createProject({ "jobs.config.mjs": config });
    const file = join(project.folder, "shop.db");
    await commitJobs(file, ["one"]);
    const stats = (queues: string, ...more: readonly string[]) =>
      project.json(["stats", "--broker", `sqlite:${file}`, "--queues", queues, "--json", ...more]);
    expect((await stats("outbox")).queues).toMatchObject([{ name: "outbox", ready: { n: 1 } }]);
    // A prefix that is asked for, and other queues beside it, are meant as written.
    expect((await stats("outbox", "--prefix", "shop-")).queues).toMatchObject([{ ready: { n: 0 } }]);
    expect((await stats("outbox,mail")).queues).toMatchObject([{ ready: { n: 0 } }, { name: "mail" }]);
  });

  it("goes on until it is stopped, and then says what it has done", async () => {
    using project = createProject();
    const file = join(project.folder, "shop.db");
    await commitJobs(file, ["one"]);
    const relay = project.start(["relay", "--from", `sqlite:${file}`, "--json"]);
    await expect
      .poll(async () => (await project.json(["stats", "--json"])).queues, { timeout: 50_000 })
      .toContainEqual(expect.objectContaining({ name: "default", ready: { n: 1, exact: true } }));
    relay.kill("SIGTERM");
    const { code, stdout } = await outcomeOf(relay);
    expect([code, JSON.parse(stdout)]).toEqual([0, { schema: "jobs.relay/1", sent: 1, refused: 0 }]);
  });

  it("refuses a store that does not exist, and makes none", async () => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["relay", "--from", "sqlite:missing.db", "--until-empty"]);
    expect(code).toBe(69);
    expect(stderr).toContain("missing.db does not exist");
    expect(existsSync(join(project.folder, "missing.db"))).toBe(false);
  });

  it("shows its numbers and its health", async () => {
    using project = createProject();
    const file = join(project.folder, "shop.db");
    await commitJobs(file, ["one"]);
    const at = ["--health-port", "127.0.0.1:0", "--metrics-port", "127.0.0.1:0"];
    const relay = project.start(["relay", "--from", `sqlite:${file}`, ...at]);
    const ended = outcomeOf(relay);
    const url = await listening(relay);
    const look = async (path: string) => {
      const answer = await fetch(`${url}${path}`);
      return { status: answer.status, body: await answer.text() };
    };
    await expect
      .poll(async () => (await look("/metrics")).body, { timeout: 50_000 })
      .toContain('jobs_relay_sent_total{store="sqlite",queue="outbox"} 1');
    const { body } = await look("/metrics");
    expect(body).toContain('jobs_relay_state{store="sqlite",queue="outbox",state="active"} 1');
    expect(body).toMatch(/^jobs_relay_waiting_jobs\{store="sqlite",queue="outbox"\} [01]$/m);
    expect(body).toMatch(/^jobs_relay_oldest_seconds\{store="sqlite",queue="outbox"\} [\d.]+$/m);
    expect(await look("/live")).toMatchObject({ status: 200 });
    const ready = await look("/ready");
    expect(JSON.parse(ready.body)).toEqual({
      store: "sqlite",
      queue: "outbox",
      state: "active",
      isReady: true,
    });
    relay.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  it("needs --from, and quotes no URL", async () => {
    using project = createProject();
    expect((await project.jobs(["relay"])).code).toBe(2);
    const odd = await project.jobs(["relay", "--from", "mysql://me:secret@host/db"]);
    expect(odd.code).toBe(78);
    expect(odd.stderr).not.toContain("secret");
  });
});
