import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const JITI = fileURLToPath(import.meta.resolve("jiti/register"));
const JEST = fileURLToPath(import.meta.resolve("jest/bin/jest"));

/** What a runner writes. It does not see that it is called by another one. */
async function run(...args: string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_TEST_CONTEXT|NODE_OPTIONS)/.test(name)),
  );
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: FOLDER, env });
  return stdout + stderr;
}

test("the tests of the API pass under node:test", async () => {
  const output = await run("--import", JITI, "--test", "--test-reporter=tap", "test/orders.node.ts");
  expect(output).toContain("# pass 2");
  expect(output).toContain("# fail 0");
});

test("the tests of the API pass under jest", async () => {
  const output = await run("--experimental-vm-modules", JEST);
  expect(output).toMatch(/Tests: +2 passed, 2 total/);
});
