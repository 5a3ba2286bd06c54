import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const example = fileURLToPath(new URL("..", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jobs-commonjs-"));
  for (const file of ["app.js", "sign-up.js", "jobs.config.js", "package.json"])
    cpSync(join(example, file), join(folder, file));
  symlinkSync(join(example, "node_modules"), join(folder, "node_modules"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

const jobs = (...args: readonly string[]) => run(join(example, "node_modules/.bin/jobs"), ...args);

it("an app of CommonJS modules enqueues by require, and the command runs it", () => {
  const script = run(process.execPath, "sign-up.js");
  expect(script).toMatchObject({ status: 0, stdout: expect.stringContaining("is on default") });
  const worker = jobs("worker", "--drain", "--json");
  expect(JSON.parse(worker.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ succeeded: 1 });
});

/** What the TypeScript compiler writes for `export default createApp(…)` with `module: "commonjs"`. */
const COMPILED = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const core_1 = require("@jobs/core");
const add = (0, core_1.defineTask)("add", { a: "integer" });
exports.default = (0, core_1.createApp)({ tasks: [add] });
`;

it("the command takes an app that was compiled to CommonJS", () => {
  writeFileSync(join(folder, "compiled.js"), COMPILED);
  expect(jobs("tasks", "--app", "compiled.js", "--json")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('"add"'),
  });
});
