import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, type HostReport } from "../src/index.ts";

/** Writes down which queues its worker serves. */
const APP = `
import { writeFileSync } from "node:fs";
import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";
const work = defineTask("work", {});
const app = createApp({
  broker: memory(),
  tasks: [work],
  handlers: [handle(work, () => {})],
  observers: [(event) => {
    if (event.type === "worker.started") writeFileSync(new URL("served", import.meta.url), String(event.queues));
  }],
});
export default app;
`;

/** An app outside of this repository, with core and a broker beside it, but without the package of the command. */
function standaloneApp(source: string): URL {
  const folder = mkdtempSync(join(tmpdir(), "jobs-host-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules", "@jobs"), { recursive: true });
  for (const name of ["core", "adapter-memory"]) {
    const target = fileURLToPath(new URL(`../../${name}`, import.meta.url));
    symlinkSync(target, join(folder, "node_modules", "@jobs", name), "dir");
  }
  writeFileSync(join(folder, "app.mjs"), source);
  return pathToFileURL(join(folder, "app.mjs"));
}

async function runHost(app: URL, variable: string): Promise<HostReport> {
  process.env.JOBS_WORKER_QUEUES = variable;
  onTestFinished(() => void delete process.env.JOBS_WORKER_QUEUES);
  const worker = { queues: ["by_code"], until: { type: "drained" } } as const;
  return createHost({ app, processes: 1, worker, execArgv: [] }).join();
}

describe("a host without the command's package beside its app", () => {
  it.each([
    ["what code says", "", "by_code"],
    ["the environment rather than code", "by_env", "by_env"],
  ])("heeds %s [C14 C20]", async (_title, variable, served) => {
    const app = standaloneApp(APP);
    expect(await runHost(app, variable)).toMatchObject({ cause: "completed" });
    expect(readFileSync(new URL("served", app), "utf8")).toBe(served);
  });

  it("does not start an app that its own module has opened", async () => {
    const app = standaloneApp(`${APP}await app.enqueue(work, {});\n`);
    expect(await runHost(app, "by_env")).toMatchObject({ cause: "start_failed", exitCode: 1 });
  });
});
