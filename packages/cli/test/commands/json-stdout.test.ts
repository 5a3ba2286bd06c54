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
export default createApp({
  tasks: [task],
  handlers: [handle(task, () => { ${NOISE} return 1; })],
});
`;

describe("stdout in JSON mode holds data only", { timeout: 60_000 }, () => {
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

  it("also where it is asked for by JOBS_JSON, and an app that fails is told in JSON", async () => {
    using project = createProject({ "app.mjs": `${NOISE} throw new Error("broken");` });
    const { stdout, code } = await project.jobs(["tasks"], { env: { JOBS_JSON: "1" } });
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "invalid_config" } });
  });
});
