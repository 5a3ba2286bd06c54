import { closeSync, existsSync, openSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { createProject } from "./project.ts";

const FULL = "/dev/full";

function fullDisk(): { readonly stdout: number } {
  const stdout = openSync(FULL, "w");
  onTestFinished(() => closeSync(stdout));
  return { stdout };
}

describe.runIf(existsSync(FULL))("a command whose stdout cannot be written [F08]", () => {
  it.each([[[]], [["--json"]]])("is exit 70 and says that its work is done: %j", async (flags) => {
    using project = createProject();
    const args = ["enqueue", "my_task", "a=1", "b=2", "--id", "e1", ...flags];
    const { code, stderr } = await project.jobs(args, fullDisk());
    expect(code).toBe(70);
    expect(stderr).toMatch(
      /^stdout cannot be written: ENOSPC: .* The command has done its work\.\n {2}Fix: .*\n$/,
    );
    const shown = await project.jobs(["show", "e1"], fullDisk());
    expect(shown).toMatchObject({ code: 70, stderr: expect.stringContaining("has done its work") });
    expect((await project.jobs(["show", "e1"])).code).toBe(0);
  });

  it("says that its work is done when its broker closes slowly", async () => {
    using project = createProject({
      "jobs.config.mjs": `import { setTimeout } from "node:timers/promises";
        import { memory } from "@jobs/adapter-memory";
        const inner = memory();
        const broker = { ...inner, reach: "machine", close: () => setTimeout(50).then(() => inner.close()) };
        export default { app: "./app.mjs", broker };`,
    });
    const { code, stderr } = await project.jobs(["enqueue", "my_task", "a=1", "b=2"], fullDisk());
    expect(code).toBe(70);
    expect(stderr).toContain("The command has done its work.");
  });

  it("tells that the command has failed", async () => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["show", "nope", "--json"], fullDisk());
    expect(code).toBe(70);
    expect(stderr).toContain("The command has ended with status 1.");
  });

  it("ends early where it would write again and again", async () => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["stats", "--watch", "10ms", "--json"], fullDisk());
    expect(code).toBe(70);
    expect(stderr).toContain("The command was ended early.");
  });
});
