import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

const NOISE = `
console.log("loading");
console.info("loading");
console.debug("loading");
console.table([{ a: 1 }]);
console.dir({ a: 1 });
process.stdout.write("loading\\n");
`;

const APP = `${NOISE}
import { createApp, defineTask, handle } from "@jobs/core";
const task = defineTask("loud", {});
const fails = defineTask("fails", {}, { maxAttempts: 1 });
export default createApp({
  tasks: [task, fails],
  handlers: [
    handle(task, () => { ${NOISE} return 1; }),
    handle(fails, () => { throw new Error("no"); }),
  ],
});
`;

describe("stdout holds data only", () => {
  it.each([
    ["tasks"],
    ["run", "loud"],
    ["enqueue", "loud"],
    ["stats"],
    ["config"],
    ["worker", "--drain"],
    ["worker", "--drain", "--processes", "1"],
  ])("jobs %s %s %s", async (...args) => {
    const words = args.filter((word) => word !== undefined);
    using project = createProject({
      "app.mjs": APP,
      "jobs.config.mjs": `${NOISE} export default { app: "./app.mjs" };`,
    });
    await project.jobs(["enqueue", "loud"]);
    const { stdout, stderr, code } = await project.jobs([...words, "--json"]);
    expect({ code, stderr: stderr.includes("loading") }).toEqual({ code: 0, stderr: true });
    for (const line of stdout.trim().split("\n")) expect(() => JSON.parse(line), line).not.toThrow();
  });

  const METRIC = /^(# (HELP|TYPE) |jobs_)/;
  it.each([
    ["stats --format prom", (line: string) => METRIC.test(line)],
    ["dlq export --queues default", (line: string) => JSON.parse(line).id !== undefined],
    ["monitor --to ndjson --drain", (line: string) => JSON.parse(line).type !== undefined],
    ["infra print --format terraform", (line: string) => !line.includes("loading")],
    ["config", (line: string) => !line.includes("loading")],
    ["lock", (line: string) => !line.includes("loading")],
    ["run loud", (line: string) => line === "1"],
  ] as const)("and without --json: jobs %s", async (line, isData) => {
    using project = createProject({
      "app.mjs": APP,
      "jobs.config.mjs": `${NOISE} export default { app: "./app.mjs", monitor: "monitor" };`,
    });
    await project.jobs(["enqueue", "loud"]);
    await project.jobs(["enqueue", "fails"]);
    await project.jobs(["worker", "--drain"]);
    const { stdout, stderr, code } = await project.jobs(line.split(" "));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const lines = stdout.trim().split("\n");
    expect(lines.filter((text) => !isData(text))).toEqual([]);
  });

  it("a worker without --json writes no data there, so its handlers may", async () => {
    using project = createProject({ "app.mjs": APP });
    await project.jobs(["enqueue", "loud"]);
    const { stdout } = await project.jobs(["worker", "--drain"]);
    expect(stdout).toContain("loading");
  });

  it("also where it is asked for by JOBS_JSON, and an app that fails is told in JSON", async () => {
    using project = createProject({ "app.mjs": `${NOISE} throw new Error("broken");` });
    const { stdout, code } = await project.jobs(["tasks"], { env: { JOBS_JSON: "1" } });
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "invalid_config" } });
  });
});
