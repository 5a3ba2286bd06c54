import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

const PROGRAM = `
import { createApp, defineTask, handle } from "@jobs/core";
import { memory } from "@jobs/adapter-memory";
import { runInThread } from "@jobs/host";
const [here, away] = ["here", "away"].map((name) => defineTask(name, {}, { maxAttempts: 1 }));
const errors = [];
const app = createApp({
  broker: memory(),
  tasks: [here, away],
  handlers: [handle(here, () => {}), handle(away, runInThread(new URL("file:///no-such-module.js")))],
  observers: [(event) => event.type === "job.failed" && errors.push(event.error)],
});
await app.enqueue(here, {});
await app.enqueue(away, {});
const { succeeded, dead } = await app.worker({ until: { type: "drained" } }).run();
await app.close();
process.stdout.write(JSON.stringify({ succeeded, dead, error: errors[0]?.message }));
`;

it("a worker needs piscina for handlers in threads alone, and names it where it is missing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jobs-no-piscina-"));
  try {
    const scope = join(folder, "node_modules/@jobs");
    mkdirSync(join(scope, "host"), { recursive: true });
    for (const part of ["dist", "package.json"])
      cpSync(join(PACKAGE, part), join(scope, "host", part), { recursive: true });
    for (const name of ["core", "adapter-memory"])
      symlinkSync(realpathSync(join(PACKAGE, "node_modules/@jobs", name)), join(scope, name));
    const program = join(folder, "program.mjs");
    writeFileSync(program, PROGRAM);
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      succeeded: 1,
      dead: 1,
      error: expect.stringContaining("needs the package piscina, which is not installed"),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
