import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("fixtures/one-process", import.meta.url));
const VITEST = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/** Runs the files of the folder, which share the module of one app, and gives what the report says. */
async function runFiles(...flags: string[]) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [VITEST, "run", "--root", FOLDER, "--reporter", "json", ...flags],
    { env },
  );
  const report = JSON.parse(stdout.slice(stdout.indexOf('{"numTotal')));
  const apps = new Set([...stdout.matchAll(/^app of (\d+)/gm)].map(([, loadedAt]) => loadedAt));
  return { passed: report.numPassedTests, failed: report.numFailedTests, apps: apps.size };
}

describe("an app that several test files import has no jobs of another file", () => {
  test.each(["threads", "forks"])("in one of the %s, without isolation", async (pool) => {
    const flags = [`--pool=${pool}`, "--no-isolate", "--no-file-parallelism"];
    expect(await runFiles(...flags)).toEqual({ passed: 5, failed: 0, apps: 1 });
  });

  test("side by side, each in a process with an app of its own", async () => {
    const flags = ["--pool=forks", "--maxWorkers=3"];
    expect(await runFiles(...flags)).toEqual({ passed: 5, failed: 0, apps: 2 });
  });
});
