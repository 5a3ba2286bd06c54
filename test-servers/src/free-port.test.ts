import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { freePort } from "./free-port.ts";

const PORTS = 200;
const SCRIPT = `import { freePort } from "@jobs/test-servers";
const ports = [];
for (let n = 0; n < ${PORTS}; n++) ports.push(await freePort());
console.log(JSON.stringify(ports));
process.stdin.resume();`;

it("is given to one caller alone, in any process, and to no outgoing connection", async () => {
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", SCRIPT], {
    cwd: import.meta.dirname,
  });
  const own: number[] = [];
  for (let n = 0; n < PORTS; n++) own.push(await freePort());
  run.child.stdin?.end();
  const all = [...own, ...(JSON.parse((await run).stdout) as number[])];
  expect(new Set(all).size).toBe(2 * PORTS);
  expect(Math.max(...all)).toBeLessThan(32_768);
});
