import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { installCommand } from "./install-command.ts";

let folder: string;
let inner: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jobs-install-"));
  inner = join(folder, "packages", "one");
  mkdirSync(inner, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ["pnpm-lock.yaml", "pnpm add x"],
  ["yarn.lock", "yarn add x"],
  ["bun.lock", "bun add x"],
  ["package-lock.json", "npm install x"],
])("a project with %s installs by its package manager", (lockfile, command) => {
  writeFileSync(join(folder, lockfile), "");
  expect(installCommand("x", inner)).toBe(command);
});

it("the nearest lockfile counts, and npm where there is none", () => {
  expect(installCommand("x", inner)).toBe("npm install x");
  writeFileSync(join(folder, "yarn.lock"), "");
  writeFileSync(join(inner, "pnpm-lock.yaml"), "");
  expect(installCommand("x", inner)).toBe("pnpm add x");
});
