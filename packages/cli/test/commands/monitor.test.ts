import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

const MONITORED = { JOBS_MONITOR: "monitor" };

describe("jobs monitor", () => {
  it("takes the events of producers and workers off the monitor's queue, once each [T11]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"], { env: MONITORED });
    await project.jobs(["enqueue", "failing"], { env: MONITORED });
    await project.jobs(["worker", "--drain"], { env: MONITORED });
    const stats = await project.json(["stats", "--json"], { env: MONITORED });
    expect(stats.queues).toContainEqual(expect.objectContaining({ name: "monitor" }));
    const printed = await project.jobs(["monitor", "--to", "ndjson", "--drain"]);
    const events = printed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; job?: object });
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type === "job.enqueued")).toHaveLength(2);
    expect(types).toContain("job.succeeded");
    expect(types).toContain("job.dead");
    expect(types).toContain("worker.stopped");
    expect(printed.stdout).not.toContain("params");
    expect((await project.jobs(["monitor", "--to", "ndjson", "--drain"])).stdout).toBe("");
  });

  it("writes into a database of its own, where a second run finds nothing new [T11]", async () => {
    using project = createProject();
    const env = MONITORED;
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"], { env });
    const to = `sqlite:${join(project.folder, "monitor.db")}`;
    const first = await project.jobs(["monitor", "--to", to, "--drain", "--json"]);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ succeeded: 1, dead: 0 });
    const second = await project.jobs(["monitor", "--to", to, "--drain", "--json"]);
    expect(JSON.parse(second.stdout)).toMatchObject({ succeeded: 0 });
  });

  it("names no URL in its errors, and needs --to", async () => {
    using project = createProject();
    const odd = await project.jobs(["monitor", "--to", "mysql://me:secret@host/db"]);
    expect(odd.code).toBe(78);
    expect(odd.stderr).toContain("there is no history store of that name");
    expect(odd.stderr).not.toContain("secret");
    expect((await project.jobs(["monitor"])).code).toBe(2);
  });
});

describe("jobs events", () => {
  it("prints a line for each event and ends when there are no more", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"], { env: MONITORED });
    const { stdout, code } = await project.jobs(["events"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} job\.enqueued {4}my_task \S+ default\n$/);
  });

  it("-f goes on until it is stopped", async () => {
    using project = createProject();
    const following = project.start(["events", "-f", "--queue", "monitor"]);
    const outcome = outcomeOf(following);
    const printed = following.stdout === null ? [] : once(following.stdout, "data");
    await hasSaid(following, "worker.started");
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"], { env: MONITORED });
    expect(String(await printed)).toContain("job.enqueued");
    following.kill("SIGTERM");
    expect(await outcome).toMatchObject({ code: 0 });
  });
});
