import { join } from "node:path";
import { createTables, sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask } from "@jobs/core";
import { createOutbox } from "@jobs/outbox";
import { openSqlite } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
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
    const waiting = await project.json([
      "stats",
      "--broker",
      `sqlite:${file}`,
      "--queues",
      "outbox",
      "--json",
    ]);
    expect(waiting.queues).toMatchObject([{ name: "outbox", ready: { n: 2 } }]);
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

  it("needs --from, and quotes no URL", async () => {
    using project = createProject();
    expect((await project.jobs(["relay"])).code).toBe(2);
    const odd = await project.jobs(["relay", "--from", "mysql://me:secret@host/db"]);
    expect(odd.code).toBe(78);
    expect(odd.stderr).not.toContain("secret");
  });
});
