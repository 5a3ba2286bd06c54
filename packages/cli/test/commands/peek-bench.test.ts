import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

describe("jobs peek [W28]", () => {
  it("shows task and parameters of waiting, delayed and dead jobs, and takes none of them", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "failing", "how=badly"]);
    await project.jobs(["worker", "--drain"]);
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    await project.jobs(["enqueue", "my_task", "a=3", "b=4", "--in", "1h"]);
    for (let look = 0; look < 2; look++) {
      const { stdout } = await project.jobs(["peek"]);
      expect(stdout).toMatch(/my_task.*\{"a":1,"b":2\}/);
    }
    const of = (state: string) => project.json(["peek", "default", "--state", state, "--json"]);
    expect(await of("ready")).toMatchObject({ jobs: [{ task: "my_task", params: { a: 1 }, deliveries: 0 }] });
    expect(await of("delayed")).toMatchObject({ jobs: [{ task: "my_task", params: { a: 3 } }] });
    expect(await of("dead")).toMatchObject({ jobs: [{ task: "failing", params: { how: "badly" } }] });
  });

  it("reads jobs of another system as the worker does, under the id that the queue finds them by", async () => {
    using project = createProject({
      "jobs.config.mjs": 'export default { app: "./app.mjs", worker: { codec: ["simple-worker"] } };',
    });
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const broker = sqlite({ file: join(project.folder, ".jobs", "jobs.db") });
    const body = '{"task_name":"send_mail","task_payload":{"to":"ada"}}';
    await (await broker.openQueue("default")).send([{ id: "python-1", label: "?", body }]);
    await broker.close();
    const theirs = { id: "python-1", task: "send_mail", params: { to: "ada" } };
    expect(await project.json(["peek", "--json"])).toMatchObject({ jobs: [{ task: "my_task" }, theirs] });
    expect(await project.json(["show", "python-1", "--params", "--json"])).toMatchObject(theirs);
  });

  it("a cursor of no earlier list is a wrong command line: exit 2", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const { code, stdout, stderr } = await project.jobs(["list", "--cursor", "zzz"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^--cursor cannot be used: .*\n {2}Fix: .*leave --cursor out/);
  });

  it("is refused by name where the broker cannot look", async () => {
    const config = `import { memory } from "@jobs/adapter-memory"; export default { broker: memory({ capabilities: { peek: false } }) };`;
    using project = createProject({ "jobs.config.mjs": config });
    const { code, stderr } = await project.jobs(["peek"]);
    expect(code).toBe(64);
    expect(stderr).toContain("peek");
  });
});

describe("jobs bench [P2]", () => {
  it("works jobs off on a queue of its own and leaves nothing behind", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const report = await project.json(["bench", "--count", "1500", "-c", "20", "--json"]);
    expect(report).toMatchObject({
      schema: "jobs.bench/1",
      broker: "sqlite",
      queue: expect.stringMatching(/^jobs-bench-[0-9a-f]{8}$/),
      enqueued: { jobs: 1_500, perSecond: expect.any(Number) },
      worked: { jobs: 1_500, perSecond: expect.any(Number) },
    });
    const { queues } = await project.json([
      "stats",
      "--queues",
      `${report.queue}`,
      "--queues",
      "default",
      "--json",
    ]);
    const left = (queues as { ready: { n: number } }[]).map(({ ready }) => ready.n);
    expect(left).toEqual([0, 1]);
  });

  it("refuses a queue that is not there for benchmarks, or holds jobs", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--queue", "jobs-bench-x"]);
    for (const queue of ["default", "jobs-bench-x"]) {
      const { code, stderr } = await project.jobs(["bench", "--count", "5", "--queue", queue]);
      expect(code).toBe(2);
      expect(stderr).toContain("is not benchmarked");
    }
  });
});
