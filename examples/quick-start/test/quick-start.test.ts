import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const example = fileURLToPath(new URL("..", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jobs-quick-start-"));
  for (const file of ["app.ts", "sign-up.ts", "jobs.config.ts", "package.json"])
    cpSync(join(example, file), join(folder, file));
  symlinkSync(join(example, "node_modules"), join(folder, "node_modules"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a program in a copy of the example, since the database is beside the configuration. */
function run(program: string, ...args: string[]) {
  const file = join(example, "node_modules/.bin", program);
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

const jobs = (...args: string[]) => run("jobs", ...args);

describe("the application of the README", () => {
  it("what is enqueued on the command line is run by a worker that drains the queue [P4]", () => {
    expect(jobs("enqueue", "welcome", "email=ada@example.org")).toMatchObject({ status: 0 });
    const worker = jobs("worker", "--drain", "--json");
    expect(worker).toMatchObject({ status: 0 });
    expect(JSON.parse(worker.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      succeeded: 1,
      dead: 0,
    });
  });

  it("what is enqueued in code is there for the command line: both find the tasks in one app module [T25 T27]", () => {
    const script = run("jiti", "sign-up.ts");
    expect(script).toMatchObject({ status: 0, stdout: expect.stringContaining("is on default") });
    const stats = jobs("stats", "--json");
    expect(JSON.parse(stats.stdout)).toMatchObject({
      queues: [{ name: "default", ready: { n: 1, exact: true } }],
    });
  });

  it("a wrong name is refused with what to write instead [W7]", () => {
    const refused = jobs("enqueue", "welcome", "mail=ada@example.org");
    expect(refused).toMatchObject({ status: 65 });
    expect(refused.stderr).toContain("did you mean email");
  });
});
