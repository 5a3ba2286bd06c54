import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";

const EXAMPLE = fileURLToPath(new URL("node-test-example.ts", import.meta.url));

test("works under node:test, without any other test runner", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jobs-testing-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const outfile = join(folder, "example.test.mjs");
  const { metafile } = await build({
    entryPoints: [EXAMPLE],
    outfile,
    bundle: true,
    metafile: true,
    platform: "node",
    target: "node20",
    format: "esm",
    conditions: ["@jobs/source"],
  });
  expect(Object.keys(metafile.inputs).filter((file) => file.includes("vitest"))).toEqual([]);
  const { NODE_TEST_CONTEXT: _inherited, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap", outfile], {
    env,
  });
  expect(stdout).toContain("# pass 2");
  expect(stdout).toContain("# fail 0");
});
