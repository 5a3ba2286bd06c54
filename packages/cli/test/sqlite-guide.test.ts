import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, type TestProject } from "./project.ts";

const PAGE = readFileSync(new URL("../../../docs/brokers/sqlite.md", import.meta.url), "utf8");

/** The commands of the page under a mark. */
function commands(mark: string): string {
  const text = new RegExp(`<!-- run: ${mark} -->\n\`\`\`sh\n([^\`]*)\`\`\``).exec(PAGE)?.[1];
  if (text === undefined) throw new Error(`the page has no commands ${mark}`);
  return text;
}

function run({ folder }: TestProject, mark: string): void {
  execFileSync("sh", ["-ec", commands(mark)], { cwd: folder });
}

async function enqueue(project: TestProject, id: string): Promise<void> {
  const { code, stderr } = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", id]);
  expect(code, stderr).toBe(0);
}

async function ready(project: TestProject, broker: string): Promise<unknown> {
  const { queues } = await project.json(["stats", "--json", "--queues", "default", "--broker", broker]);
  return (queues as readonly { readonly ready: { readonly n: number } }[])[0]?.ready.n;
}

function hasSqlite(): boolean {
  try {
    execFileSync("sqlite3", ["--version"]);
    return true;
  } catch {
    return false;
  }
}

describe("the page about SQLite", () => {
  it("backs up, restores and moves the file by the commands it tells", async () => {
    using project = createProject();
    await enqueue(project, "before");
    run(project, "backup");
    await enqueue(project, "after");
    expect(await ready(project, "sqlite:.jobs/jobs.db")).toBe(2);
    run(project, "restore");
    expect(await ready(project, "sqlite:.jobs/jobs.db")).toBe(1);
    run(project, "move");
    expect(await ready(project, "sqlite:data/jobs.db")).toBe(1);
  });

  it.runIf(hasSqlite())("backs up beside a running worker by the command it tells", async () => {
    using project = createProject();
    await enqueue(project, "one");
    run(project, "online");
    expect(await ready(project, `sqlite:${join(project.folder, "online.db")}`)).toBe(1);
  });
});
